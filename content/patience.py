"""Waiting for an answer no longer than it is worth: a call that hangs is left behind, and the caller goes on."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Overrun(Exception):
    """A call did not end within its time; its thread goes on and nobody waits for it."""


@dataclass(slots=True)
class _Job:
    call: Callable[[], Any]
    over: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    error: BaseException | None = None


class _Hand(threading.Thread):
    """A thread that makes one call after the other: to start one for each call would cost more than most calls."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="call")
        self.jobs: SimpleQueue[_Job] = SimpleQueue()

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


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call answers, if it ends in time; raises what it raises, or Overrun.

    Nothing can stop a thread that hangs: it is left behind, and must not keep the process from ending.
    """
    job = _Job(call)
    _hand().jobs.put(job)
    if not job.over.wait(seconds):
        raise Overrun
    if job.error is not None:
        raise job.error
    return job.value  # type: ignore[no-any-return]  # no error: the call's own answer


def _hand() -> _Hand:
    try:
        return _free.pop()
    except IndexError:
        made = _Hand()
        made.start()
        return made
