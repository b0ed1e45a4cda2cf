"""Whether this program may work on its database: they are of versions that go together, and the journal was looked at.

Two versions may run at once during a deploy. One that does not fit looks at nothing, says why, and goes on as soon as
it does.
"""

import logging
import threading
from contextlib import suppress

from content import restoring
from content.glance import glance
from content.migrations import fit
from content.settings import Settings
from content.store import Store
from worker.node import ticks

log = logging.getLogger("counterpoint.fitting")
EVERY = 1.0  # seconds between two questions


class Fitting:
    """Asked before every look; answers from the last second."""

    def __init__(self) -> None:
        self.wrong = ""  # why nothing is looked at, nor claimed or begun by a look under way; '' where all is well
        self._asked = float("-inf")
        self._found: tuple[object, ...] | None = None  # what stood there when all was well
        self._unseen = False
        self._alone = threading.Lock()

    def open(self, store: Store, told: Settings) -> None:
        """A program begins: its journal is looked at before anything else, as soon as the database answers and fits."""
        with self._alone:
            self._unseen, self._found = True, None
            try:
                self._ask(store, told)
            except Exception as error:
                log.warning("schema: not read yet, %s", type(error).__name__)

    def fits(self, store: Store, told: Settings) -> bool:
        """Raises whatever the database raises; then nothing is looked at either."""
        with self._alone:
            if ticks() - self._asked > EVERY:
                self._ask(store, told)
        return not (self._unseen or self.wrong)

    def _ask(self, store: Store, told: Settings) -> None:
        stands = _stands(store)
        if stands is None or stands != self._found:
            self._look(store, told)
            self._found = None if self.wrong or self._unseen else stands
        self._asked = ticks()

    def _look(self, store: Store, told: Settings) -> None:
        found = fit(store)
        if found.wrong != self.wrong:
            log.warning("schema: %s", f"waits: {found.wrong}. {found.todo}" if found.wrong else "goes on")
        self.wrong = found.wrong
        if not found.wrong and self._unseen:
            settled = restoring.boot(store, told.journal, "worker:")
            if settled is not None:
                log.error("restore: %s; the instance is disarmed until two people arm it again", settled.place)
            self._unseen = False


def _stands(store: Store) -> tuple[object, ...] | None:
    """The revision and the oldest program it takes, in one short question; None where it cannot be asked so."""
    with suppress(Exception):  # an older schema, none, or no database: `fit` says which
        return glance(store, "SELECT version_num, (SELECT least_program FROM instance) FROM alembic_version")
    return None


FITTING = Fitting()
