"""Seals the record: numbers and chains what was written, and writes down outside the database what must survive it."""

from sqlmodel import Session, col, select

from content.journal import export_heads, write_stops
from content.organisation import Instance
from content.record import seal
from content.settings import Settings
from content.store import Store
from worker import shelf
from worker.node import ticks

ROWS = 1000
ROUNDS = 50  # then another look goes on
STOPS_EVERY = 60.0  # seconds between two full looks at the stops; a raised counter is seen at once
_stops: dict[str, tuple[int, float]] = {}  # by journal: the counter seen, and when


def look(store: Store, settings: Settings) -> int:
    """Seals until nothing is left, then exports; returns how many rounds it took."""
    done = 0
    while done < ROUNDS and _seal(store):
        done += 1
    _export(store, settings, heads=done > 0)
    return done


def _seal(store: Store) -> bool:
    with store.write() as session:
        return seal(session, ROWS) is not None


def _export(store: Store, settings: Settings, *, heads: bool) -> None:
    """Only committed rows are written down, by one process at a time."""
    settings.journal.mkdir(parents=True, exist_ok=True, mode=0o700)
    with store.read() as session, shelf.locked(settings.journal):
        if heads:
            export_heads(session, settings.journal)
        _write_stops(session, settings)


def _write_stops(session: Session, settings: Settings) -> None:
    counter = session.exec(select(col(Instance.stops))).one()
    seen, when = _stops.get(str(settings.journal), (-1, 0.0))
    if counter != seen or ticks() - when > STOPS_EVERY:
        write_stops(session, settings.journal)
        _stops[str(settings.journal)] = (counter, ticks())
