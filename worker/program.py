"""What every program of these does, workers and beat alike: opens its database, and gives signs of life."""

import logging
from functools import cache
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from content import keys
from content.organisation import Heartbeat
from content.settings import Settings, settings
from content.store import Store, wall
from worker.fitting import FITTING

log = logging.getLogger("counterpoint.program")
LOCKS = 6  # of a lease: longer than that no look waits for one lock
BEAT_EVERY = 2.0  # seconds between two signs of life


@cache
def opened() -> tuple[Store, Settings]:
    """This process's database with its keys, and its settings; opened at the first look."""
    told = settings()
    store = Store(told.database, keys.load(told.keys), lease=told.lease, waits=told.lease / LOCKS,
                  media=told.media)  # fmt: skip
    FITTING.open(store, told)
    return store, told


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
