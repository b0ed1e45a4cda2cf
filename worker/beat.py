"""The exact clock: sleeps until a moment before the next post is due, and rings. Two may run; none need.

`python -m worker.beat` runs it. A ring that cannot be delivered is forgotten: workers look by themselves.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from celery import beat

from content.store import Store
from worker.app import app
from worker.node import ticks
from worker.program import BEAT_EVERY, alive, opened
from worker.waiting import CAP, NAMES, SLOW, Waiting, Watch

log = logging.getLogger("counterpoint.beat")
EXPIRES = 5.0  # seconds: an old ring is no use to anybody
LEAST = {"release_due": 0.2}  # seconds between two rings for the same look
OTHERS = 0.5


class Bell:
    """Rings in a thread of its own, so that a broker that hangs delays no tick; what it cannot ring it forgets."""

    def __init__(self, ring: Callable[[str], None]) -> None:
        self._ring = ring
        self._wanted: set[str] = set()
        self._change = threading.Condition()
        self._rung: dict[str, float] = {}
        threading.Thread(target=self._run, daemon=True, name="bell").start()

    def ask(self, names: Iterable[str]) -> None:
        """Asks for rings; those that were rung a moment ago are left out."""
        now = ticks()
        fresh = {n for n in names if now - self._rung.get(n, float("-inf")) >= LEAST.get(n, OTHERS)}
        self._rung |= dict.fromkeys(fresh, now)
        with self._change:
            self._wanted |= fresh
            self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._wanted)
                wanted, self._wanted = self._wanted, set()
            for name in sorted(wanted):
                self._one(name)

    def _one(self, name: str) -> None:
        try:
            self._ring(name)
        except Exception as error:
            log.debug("ring.lost: %s", type(error).__name__)


class Tick(beat.Scheduler):
    """Celery's beat asks `tick()` how long to sleep; there is no schedule but the rows."""

    _watch: Watch | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._bell: Bell | None = None
        self._slow = self._alive = float("-inf")
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing is set up: rows carry the schedule."""

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Seconds until the next post is nearly due, a quarter at most. Rings for whatever waits."""
        try:
            store, _ = opened()
            self._watch = self._watch or Watch(store)
            found = self._watch.ask()
        except Exception as error:
            log.warning("tick.failed: %s", type(error).__name__)
            return CAP
        self._ring(found)
        self._sign(store)
        return found.rest()

    def _ring(self, found: Waiting) -> None:
        names = {name for name, some in found.work.items() if some}
        if ticks() - self._slow > SLOW:
            self._slow = ticks()
            names.update(NAMES)
        if names:
            self._bell = self._bell or Bell(self._send)
            self._bell.ask(names)

    def _send(self, name: str) -> None:
        self.app.send_task(name, expires=EXPIRES, retry=False, ignore_result=True)

    def _sign(self, store: Store) -> None:
        if ticks() - self._alive > BEAT_EVERY:
            self._alive = ticks()
            alive(store, "beat")

    def should_sync(self) -> bool:
        """There is nothing to keep."""
        return False

    @property
    def info(self) -> str:
        """For the banner."""
        return "    . rows in the database"


def main() -> None:
    """Runs the clock until a signal ends it."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    app.Beat(quiet=True, loglevel="WARNING", scheduler="worker.beat:Tick", redirect_stdouts=False).run()


if __name__ == "__main__":
    main()
