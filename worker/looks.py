"""The looks by name, and how one is run: by a task, by the pulse, by a test; never two of a lane at once here."""

import logging
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from content import keys
from content.organisation import Heartbeat
from content.settings import Settings, settings
from content.store import Store, wall
from worker import dispatch, links, notices, prepare, recall, reconcile, seal, verify, watch
from worker.fitting import FITTING
from worker.node import Node, ticks

log = logging.getLogger("counterpoint.looks")
Look = Callable[[Store, Settings], int]
LOOKS: Mapping[str, Look] = {
    "release_due": dispatch.look,
    "recall": recall.look,
    "prepare": prepare.look,
    "reconcile": reconcile.look,
    "seal": seal.look,
    "verify": verify.look,
    "links": links.look,
    "watch": watch.look,
    "notices": notices.look,
}
LOCKS = 6  # of a lease: longer than that no look waits for one lock
BEAT_EVERY = 2.0  # seconds between two signs of life


class Heard:
    """When each look last began in this process, by a ring or by itself."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._busy: dict[str, threading.Lock] = {name: threading.Lock() for name in LOOKS}

    def since(self, name: str) -> float:
        """Seconds since the look last began or ended here."""
        return ticks() - self._at.get(name, float("-inf"))

    def run(self, name: str, store: Store, told: Settings) -> int:
        """Looks once, unless the same look runs here already. Whatever it raises is logged by its name only."""
        with_us = self._busy[name]
        # Sending runs as often as it is rung for: a slow channel must not hold up what the next claim would send.
        if name != "release_due" and not with_us.acquire(blocking=False):
            return 0
        self._at[name] = ticks()
        try:
            return LOOKS[name](store, told) if FITTING.fits(store, told) else 0
        except Exception as error:
            log.warning("look.failed: %s in %s", type(error).__name__, name)
            return 0
        finally:
            self._at[name] = ticks()
            if with_us.locked() and name != "release_due":
                with_us.release()


HEARD = Heard()


@cache
def opened() -> tuple[Store, Settings]:
    """This process's database with its keys, and its settings; opened at the first look."""
    told = settings()
    store = Store(told.database, keys.load(told.keys), lease=told.lease, waits=told.lease / LOCKS,
                  media=told.media)  # fmt: skip
    FITTING.open(store, told)
    return store, told


def send_due(node: Node, store: Store, told: Settings) -> None:
    """Begins to send what is due, on lanes of its own; whoever calls waits for nothing."""
    node.lanes.run("due", partial(HEARD.run, "release_due", store, told))


def alive(store: Store, name: str, detail: str = "") -> None:
    """Writes a program's sign of life, and what it waits for. A database that is away cannot be told."""
    try:
        _alive(store, name, f"{detail}; waits: {FITTING.wrong}" if FITTING.wrong else detail)
    except Exception as error:
        log.warning("heartbeat.failed: %s", type(error).__name__)


def _alive(store: Store, name: str, detail: str) -> None:
    try:
        with store.write() as session:
            values: dict[str, Any] = {"at": wall(session), "detail": detail}
            found = session.execute(
                update(Heartbeat).where(col(Heartbeat.name) == name).values(**values).returning(col(Heartbeat.name))
            )
            if found.first() is None:
                session.add(Heartbeat(name=name, **values))
    except IntegrityError:
        log.debug("heartbeat: another process was first")
