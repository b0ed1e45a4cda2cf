"""The workers' own look: where no ring has been heard for a second, the same functions are called all the same.

A step of the worker, not of its consumer: it starts before the first connection to a broker is tried, and goes on
while there is none. It also ends a process in which a call is stuck.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from celery import bootsteps

from content.organisation import CLOCK_OFF
from content.settings import Settings
from content.store import Store
from worker import watchdog
from worker.looks import HEARD, send_due
from worker.node import Node, this_node, ticks
from worker.program import BEAT_EVERY, alive, opened
from worker.waiting import CALM, CAP, SLOW, Waiting, Watch

T = TypeVar("T")
log = logging.getLogger("counterpoint.pulse")
SILENCE = 1.0  # seconds without a ring
BESIDE = 5.0  # seconds for the other lanes to write down what was begun, where one is stuck for good
FILLED = 10.0  # seconds at most until the pool's threads are there
GRACE = 45.0  # seconds from SIGTERM until a process with a stuck thread is ended for good
# One thread a lane, so that no work holds up a take-down or a seal. What is due has lanes of its own (lanes.py).
LANES: tuple[tuple[str, ...], ...] = (
    ("recall",), ("seal",), ("prepare",), ("reconcile", "verify"), ("links",), ("watch",),
)  # fmt: skip


def fill(pool: Any) -> None:
    """Starts every thread of Celery's pool now: else they come one by one for as long as it runs, and look like a leak.

    Each waits for the last one, so that none does the work of two.
    """
    together = threading.Barrier(pool.limit + 1)
    for _ in range(pool.limit):
        pool.executor.submit(together.wait, FILLED)
    with suppress(threading.BrokenBarrierError):  # a machine so busy that they are not there yet: they come later
        together.wait(FILLED)


class Pulse(bootsteps.StartStopStep):
    """Runs `Beating` beside the worker, from before its consumer until after its last task."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.beating: Beating | None = None

    def start(self, parent: Any) -> None:
        """Called before the consumer connects."""
        fill(parent.pool)
        store, told = opened()
        watchdog.start(store)
        self.beating = Beating(store, told, this_node())
        self.beating.start()

    def stop(self, parent: Any) -> None:
        """Called at a warm shutdown."""
        if self.beating is not None:
            self.beating.stop()

    terminate = stop


class Beating:
    """The threads: one that asks what waits, and one a lane that looks."""

    def __init__(self, store: Store, told: Settings, node: Node, silence: float = SILENCE) -> None:
        self.store, self.told, self.node, self.silence = store, told, node, silence
        self.over = threading.Event()
        self._wanted_by = {lane: threading.Event() for lane in LANES}
        self._slow: dict[str, float] = {}
        self._told_alive = float("-inf")
        self._threads = [threading.Thread(target=self._watch, daemon=True, name="pulse")]
        self._threads += [
            threading.Thread(target=self._lane, args=(lane,), daemon=True, name=f"pulse-{lane[0]}") for lane in LANES
        ]

    def start(self) -> None:
        """Starts every thread."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 25.0) -> None:
        """Claims nothing more and waits for what was begun; beside a call that is stuck, a moment for the others."""
        self.over.set()
        self.node.ending.set()
        for wanted in self._wanted_by.values():
            wanted.set()
        until = time.monotonic() + (min(seconds, BESIDE) if self.node.overrun.is_set() else seconds)
        for thread in (*self._threads, *self.node.lanes.threads()):
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))

    def _watch(self) -> None:
        """Whatever fails in a round, there is a next: where there is no room for a thread, say, none begins for now."""
        watch = Watch(self.store)
        while not self.over.is_set():
            work = _quietly(watch.ask)
            _quietly(partial(self._call_for, work))
            _quietly(self._sign)
            if self.node.overrun.is_set():
                end_this_process()
                break
            self.over.wait(_rest(work))
        watch.close()

    def _call_for(self, work: Waiting | None) -> None:
        """Wakes the lanes for which something waits; what is due goes out on lanes of its own."""
        if work is not None:
            self.node.trusts(work.off)
        if self._wanted("release_due", work):
            send_due(self.node, self.store, self.told)
        for lane, wanted in self._wanted_by.items():
            if any(self._wanted(name, work) for name in lane):
                wanted.set()

    def _lane(self, names: tuple[str, ...]) -> None:
        while True:
            self._wanted_by[names].wait()
            if self.over.is_set():
                return
            self._wanted_by[names].clear()
            for name in names:
                _quietly(partial(HEARD.run, name, self.store, self.told))

    def _wanted(self, name: str, work: Waiting | None) -> bool:
        """Whether a look is called for and nobody has rung for it of late. Some come round without being asked."""
        if self.node.ending.is_set():
            return False
        if ticks() - self._slow.get(name, float("-inf")) > SLOW:
            self._slow[name] = ticks()
            return True
        return work is not None and work.work[name] and HEARD.since(name) > self.silence

    def _sign(self) -> None:
        """Signs of life, and of a clock that is too far off for this machine to publish; every other second."""
        if ticks() - self._told_alive <= BEAT_EVERY:
            return
        self._told_alive = ticks()
        alive(self.store, "worker", self.node.name)
        if self.node.clock_off:  # in a row of its own: the next worker's sign must not write over it
            off = self.node.clock_off.total_seconds()
            alive(self.store, f"worker:{self.node.name}", f"{CLOCK_OFF}{off:+.0f} s")


def _rest(work: Waiting | None) -> float:
    """Seconds until the next look. In calm times one a second is enough: beat asks more often, and rings."""
    if work is None:
        return CAP
    return CALM if work.calm() else work.rest()


def end_this_process() -> None:
    """A thread is stuck in a call that nobody can stop: the process ends, and another goes on."""
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Thread(target=_for_good, daemon=True, name="end").start()


def _for_good() -> None:
    time.sleep(GRACE)
    os._exit(70)


def _quietly(work: Callable[[], T]) -> T | None:
    """What it answers; None where it fails: no thread of the pulse ends by that."""
    try:
        return work()
    except Exception as error:
        with suppress(Exception):
            log.warning("pulse.failed: %s", type(error).__name__)
        return None
