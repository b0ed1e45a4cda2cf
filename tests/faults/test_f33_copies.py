"""A copy with live tokens, beside no journal or another's: nothing leaves the machine, whatever falls due."""

import shutil
import time
from pathlib import Path

import pytest

from content import journal, restoring
from content.organisation import the_instance
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import REAL_TIME
from tests.faults.run import Run

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 90)]
SHAPE = Shape(narratives=4, ways=("wall", "exact", "keyed", "once"), begins=1.0, lasts=1.0)


@pytest.mark.parametrize("how", ["without", "of-another", "copied-along"])
def test_f33_a_copy_with_live_tokens_is_a_dry_run(run: Run, tmp_path: Path, how: str) -> None:
    folder = run.told.journal
    with run.store.read() as session:
        journal.write_epoch(folder, the_instance(session).epoch, journal.place_of(session))
        seq = journal.export(session, folder)
    with run.store.write() as session:
        journal.mark(session, seq)
    if how == "without":
        shutil.rmtree(folder)
    elif how == "of-another":
        journal.write_epoch(folder, "f" * 32)
    else:  # the whole home was copied: the journal names the database that it came from
        journal.write_epoch(folder, journal.read_epoch(folder) or "", "the original's")
    injected("copied")
    run.start()
    run.wait(lambda: not _armed(run), 20, "disarmed copy")
    time.sleep(3)
    assert not run.platform.ledger.calls
    with run.store.read() as session:
        assert restoring.place(session, folder) is not restoring.Place.OWN
    assert not set(run.states(run.burst.on("exact", "keyed", "once"))) & {"publishing", "published", "failed"}


def _armed(run: Run) -> bool:
    with run.store.read() as session:
        return the_instance(session).armed
