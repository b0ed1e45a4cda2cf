"""This process as a worker: its name, whether it is ending, and how long a lease still holds."""

import os
import platform
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from content.settings import settings
from worker.lanes import Lanes

LEASE = timedelta(seconds=settings().lease)  # 30 but for tests in a hurry; the others follow it
DEADLINE = LEASE * 2 / 3  # for the call of one post, all its parts
RENEW = LEASE * 5 / 6  # less than this left: renewed before the next call
AHEAD = min(timedelta(seconds=2), LEASE / 4)  # claimed so long before its time: the wait leaves most of the lease
WRONG_CLOCK = timedelta(seconds=30)
# Goes on while the machine sleeps, where there is such a clock: a lease does.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def ticks() -> float:
    """Seconds on a clock that never stands still and never jumps."""
    return time.clock_gettime(_CLOCK)


@dataclass(slots=True)
class Node:
    """One process. `ending`: it claims nothing any more; `overrun`: a call is stuck in it, so it must end."""

    name: str
    ending: threading.Event = field(default_factory=threading.Event)
    overrun: threading.Event = field(default_factory=threading.Event)
    lanes: Lanes = field(default_factory=Lanes)
    clock_off: timedelta = timedelta()  # the database's clock less this machine's, where that is too much

    def trusts(self, off: timedelta) -> bool:
        """Whether this machine's clock is near enough to the database's; what is seen is kept for the pulse to say."""
        self.clock_off = timedelta() if abs(off) <= WRONG_CLOCK else off
        return not self.clock_off

    def stuck(self) -> None:
        """A thread went past its deadline: nothing more is claimed here, and the process ends."""
        self.overrun.set()
        self.ending.set()


@cache
def this_node() -> Node:
    """The node that this process is."""
    return Node(f"{platform.node()}:{os.getpid()}")


@dataclass(slots=True)
class Lease:
    """A claim's lease as this process counts it: begun before the database wrote it, so it ends here first."""

    fence: str
    began: float

    def left(self) -> timedelta:
        return LEASE - timedelta(seconds=ticks() - self.began)


@dataclass(frozen=True, slots=True)
class Clock:
    """The product's time, carried on from one look at the database; never ahead of it."""

    seen: datetime
    at: float

    def until(self, moment: datetime) -> float:
        """Seconds from now until that moment; negative once it has passed."""
        return (moment - self.seen).total_seconds() - (ticks() - self.at)
