"""Seals the record: numbers and chains what was written, and writes down outside the database what must survive it."""

import logging

from content import journal, restoring
from content.errors import Refusal
from content.organisation import JournalMark
from content.record import seal
from content.settings import Settings
from content.store import Store

ROWS = 1000
ROUNDS = 50  # then another look goes on
log = logging.getLogger("counterpoint.seal")


def look(store: Store, settings: Settings) -> int:
    """Seals until nothing is left, then exports; returns how many rounds it took."""
    done = 0
    while done < ROUNDS and _seal(store):
        done += 1
    _export(store, settings)
    return done


def _seal(store: Store) -> bool:
    with store.write() as session:
        return seal(session, ROWS) is not None


def _export(store: Store, settings: Settings) -> None:
    """Only committed rows are written down. What is not outside counts as not sealed, and holds up every release."""
    try:
        with store.read() as session:
            seq = journal.export(session, settings.journal)
            known = session.get(JournalMark, 1)
    except journal.Behind:
        log.error("journal.behind: the journal tells of more than this database; it was put back from elsewhere")
        restoring.boot(store, settings.journal, "worker:")
        return
    except Refusal as refused:
        log.error("journal.refused: %s", refused)
        return
    if known is None or known.seq < seq:
        with store.write() as session:
            journal.mark(session, seq)
