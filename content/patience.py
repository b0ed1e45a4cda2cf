"""Waiting for an answer no longer than it is worth: a call that hangs is left behind, and the caller goes on."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Overrun(Exception):
    """A call did not end within its time; its thread goes on and nobody waits for it."""


@dataclass(slots=True)
class Begun(Generic[T]):
    """A call that is under way in a thread of its own."""

    call: Callable[[], T]
    began: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    error: BaseException | None = None

    def ended(self, seconds: float) -> bool:
        """Whether it is over, or has had so many seconds."""
        return self.over.is_set() or time.monotonic() - self.began >= seconds

    def within(self, seconds: float) -> T:
        """What it answers, if it ends in so many seconds from its begin; raises what it raises, or Overrun.

        Nothing can stop a thread that hangs: it is left behind, and must not keep the process from ending.
        """
        if not self.over.wait(max(0.0, self.began + seconds - time.monotonic())):
            raise Overrun
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[no-any-return]  # no error: the call's own answer


class _Hand(threading.Thread):
    """A thread that makes one call after the other: to start one for each call would cost more than most calls."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="call")
        self.jobs: SimpleQueue[Begun[Any]] = SimpleQueue()

    def run(self) -> None:
        while True:
            job = self.jobs.get()
            try:
                job.value = job.call()
            except BaseException as error:
                job.error = error
            _free.append(self)
            job.over.set()
            del job  # what was called is not kept while this thread waits


_free: list[_Hand] = []
os.register_at_fork(after_in_child=_free.clear)  # a forked process has the list, and none of the threads


def begin(call: Callable[[], T]) -> Begun[T]:
    """Begins the call in another thread. Raises where the machine has no room for one more."""
    job = Begun(call)
    _hand().jobs.put(job)
    return job


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call answers, if it ends in time; raises what it raises, or Overrun."""
    return begin(call).within(seconds)


def _hand() -> _Hand:
    try:
        return _free.pop()
    except IndexError:
        made = _Hand()
        made.start()
        return made
