"""F25: the worker's clock is hours off, seconds off, or set back while it works. The database's clock decides.

On PostgreSQL only: SQLite lives in the worker's own process, and so its clock is the worker's.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from cli.supervise import Program, spawn
from content.lifecycle import Attempt, Post, State
from content.store import now
from tests.faults import hooked
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import LEASE, REAL_TIME
from tests.faults.run import Run
from tests.faults.wire_skewed import library, skewed

pytestmark = [
    pytest.mark.fault,
    pytest.mark.timeout(600 if REAL_TIME else 120),
    pytest.mark.parametrize("_databases", ["postgresql"], indirect=True),
]
SHAPE = Shape(narratives=6, ways=("exact", "keyed"), begins=8.0, lasts=3 * LEASE)  # paper dates by the worker's clock


def start(run: Run, file: Path) -> None:
    """A worker with the clock that the file says, once it looks."""
    found = library()
    if found is None:
        pytest.skip("libfaketime is not installed: apt-get install libfaketime")
    environment = run.told.environment() | {hooked.SERVER: run.platform.address, hooked.SCALED: "1"}
    environment |= skewed(found, file)
    log = run.told.home / "skewed.log"
    command = (sys.executable, "-m", "tests.faults.wire_skewed", "worker")
    run.programs._all.append(spawn(Program("skewed", command, environment, log)))


def set_clock(file: Path, seconds: int) -> None:
    """The next look at the clock sees it; a reader never sees half a file."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{seconds:+d}\n", "ascii")
    fresh.replace(file)
    injected("clock.set")


def never_early(run: Run) -> None:
    with run.store.read() as session:
        early = session.exec(
            select(func.count())
            .select_from(Attempt)
            .join(Post, col(Post.id) == col(Attempt.post_id))
            .where(col(Attempt.began_at) < col(Post.due_at))
        ).one()
    assert early == 0


def overdue(run: Run) -> int:
    """Scheduled posts whose time was a second ago."""
    with run.store.read() as session:
        due = col(Post.due_at) < now(session) - timedelta(seconds=1)
        return session.exec(select(func.count()).where(Post.state == State.SCHEDULED, due)).one()


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_f25_a_worker_hours_off_publishes_nothing_until_its_clock_is_set(
    run: Run, tmp_path: Path, seconds: int
) -> None:
    file = tmp_path / "clock"
    set_clock(file, seconds)
    start(run, file)
    log = run.told.home / "skewed.log"
    run.wait(lambda: "clock.off" in log.read_text("utf-8"), 40, "word of the clock")
    time.sleep(LEASE / 2)
    assert run.states().keys() == {State.SCHEDULED}
    set_clock(file, 0)
    run.all_out()
    never_early(run)


def test_f25_seconds_off_and_then_set_back_by_hours_the_database_s_clock_decides(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    set_clock(file, 20)
    start(run, file)
    run.middle(3)  # twenty seconds ahead is borne, and makes nothing early
    set_clock(file, -7200)
    time.sleep(LEASE)  # what it had claimed already goes out, by the database's clock
    held = run.states()
    run.wait(lambda: overdue(run) > 0, 2 * LEASE, "post that is due and not claimed")
    assert run.states() == held
    set_clock(file, 20)
    run.all_out()
    never_early(run)
