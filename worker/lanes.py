"""A process's lanes: how many batches of each channel are under way, so that a slow one holds up no other.

And how large its next batch may be: as many posts as the last batch would have sent in a second. So a worker never
holds more than it can call long before its lease ends, and a stop never waits behind a long batch.

A channel that answers at once has one lane: a second would only take the processor from the first, and make it wait
with its locks held. One that takes its time has as many as keep this process busy meanwhile.

Where a repeat would be a second post, nothing is begun that is not called at once, so that a death leaves no more
posts uncertain than calls were under way. There a lane calls several posts at the same time, and their intents share a
commit: slots, of which a channel has as many as it would have lanes. A second lane comes only where a call hangs.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

log = logging.getLogger("counterpoint.lanes")
WIDTH = 8  # batches of one channel at the same time in one process, at most
OWN = 0.004  # seconds of this process's own work on a post: a call that takes as long again earns another lane or slot
AGAIN = 0.05  # seconds until whoever waits for a slot looks again: a call that goes on for long opens others
HANGS = 0.5  # seconds after which a call no longer holds up those that would begin when it is over
RECENT = 0.2  # how much the last call counts
ASKING = 1  # looks that ask what is due at the same time in one process
FIRST, LEAST, MOST = 50, 4, 100  # posts a batch
BRIEF = 0.1  # seconds that one transaction of intents should take: a stop waits for those that are being written
TOGETHER = (25, 50, 100)  # intents in one transaction: at least, at first, at most; a few cost what many do


@dataclass(slots=True)
class Lanes:
    """Counts, under a lock; nothing here waits."""

    _busy: Counter[str] = field(default_factory=Counter)
    _strides: dict[str, int] = field(default_factory=dict)
    _seconds: dict[str, float] = field(default_factory=dict)  # of a call, on average
    _calls: dict[int, tuple[str, float]] = field(default_factory=dict)  # under way: by thread, since when
    _slots: Counter[str] = field(default_factory=Counter)  # taken, of the channels that have slots
    _together: int = TOGETHER[1]
    _lock: threading.Condition = field(default_factory=threading.Condition)  # tells those who wait for a slot
    _asking: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(ASKING))
    _threads: set[threading.Thread] = field(default_factory=set)

    def full(self) -> frozenset[str]:
        """The channels of which no more is claimed for now."""
        with self._lock:
            return frozenset(name for name, count in self._busy.items() if count >= self._width(name))

    def _width(self, channel: str) -> int:
        return min(WIDTH, 1 + int(self._takes(channel) / (HANGS if channel in self._slots else OWN)))

    def _takes(self, channel: str) -> float:
        """Seconds of a call: on average, or of one that is under way, where that is longer by now."""
        now = time.monotonic()
        waiting = [now - since for name, since in self._calls.values() if name == channel]
        return max([self._seconds.get(channel, 0.0), *waiting])

    @contextmanager
    def slots(self, channel: str, wanted: int) -> Iterator[int]:
        """How many posts of this channel, one at least, may be begun now and called at once: waits for a free slot."""
        with self._lock:
            while (free := self._free(channel)) <= 0:
                self._lock.wait(AGAIN)
            granted = min(wanted, free)
            self._slots[channel] += granted
        try:
            yield granted
        finally:
            with self._lock:
                self._slots[channel] -= granted
                self._lock.notify_all()

    def _free(self, channel: str) -> int:
        return min(WIDTH, 1 + int(self._takes(channel) / OWN)) - self._slots[channel]

    @contextmanager
    def calling(self, channel: str) -> Iterator[None]:
        """A call of this channel is under way."""
        began, key = time.monotonic(), threading.get_ident()
        with self._lock:
            self._calls[key] = (channel, began)
        try:
            yield
        finally:
            with self._lock:
                del self._calls[key]
                known = self._seconds.get(channel, 0.0)
                self._seconds[channel] = known + RECENT * (time.monotonic() - began - known)

    def together(self) -> int:
        """How many intents to write in one transaction."""
        return self._together

    def wrote(self, intents: int, seconds: float) -> None:
        """So many were written in so long: the next transaction is as large as is brief."""
        if intents == self._together or seconds > BRIEF:
            fitting = int(intents * BRIEF / max(seconds, 0.001))
            self._together = max(TOGETHER[0], min(TOGETHER[2], fitting, 2 * self._together))

    @contextmanager
    def asking(self) -> Iterator[bool]:
        """Whether this look may ask what is due: enough others are at it where it may not."""
        free = self._asking.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._asking.release()

    @contextmanager
    def on(self, channel: str) -> Iterator[None]:
        """One batch of this channel is under way."""
        with self._lock:
            self._busy[channel] += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy[channel] -= 1

    def stride(self, channel: str) -> int:
        """How many posts of this channel to claim at once."""
        return self._strides.get(channel, FIRST)

    def took(self, channel: str, posts: int, seconds: float) -> None:
        """A batch took so long, not counting the wait for its instants."""
        self._strides[channel] = max(LEAST, min(MOST, int(posts / max(seconds, 0.001))))

    def run(self, name: str, work: Callable[[], object]) -> threading.Thread:
        """Does it in a thread of its own, which `join` waits for."""
        thread = threading.Thread(target=self._run, args=(work,), daemon=True, name=f"lane-{name}")
        with self._lock:
            thread.start()  # raises where the machine has no room for one more
            self._threads.add(thread)
        return thread

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # what it held lapses; a traceback would tell more than a log may hold
            log.warning("lane.failed: %s", type(error).__name__)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def threads(self) -> list[threading.Thread]:
        """Those that are at work."""
        with self._lock:
            return list(self._threads)
