"""Waiting for an answer no longer than it is worth: a call that hangs is left behind, and the caller goes on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class Overrun(Exception):
    """A call did not end within its time; its thread goes on and nobody waits for it."""


@dataclass(slots=True)
class _Ended(Generic[T]):
    value: T | None = None
    error: BaseException | None = None


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call answers, if it ends in time; raises what it raises, or Overrun.

    Nothing can stop a thread that hangs: it is left behind, and must not keep the process from ending.
    """
    done: list[_Ended[T]] = []
    thread = threading.Thread(target=_run, args=(call, done), daemon=True, name="call")
    thread.start()
    thread.join(seconds)
    if not done:
        raise Overrun
    ended = done[0]
    if ended.error is not None:
        raise ended.error
    return ended.value  # type: ignore[return-value]  # no error: the call's own answer


def _run(call: Callable[[], T], done: list[_Ended[T]]) -> None:
    try:
        done.append(_Ended(value=call()))
    except BaseException as error:
        done.append(_Ended(error=error))
