"""A worker that sleeps beyond its lease, and wakes when others have done its work."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from content.lifecycle import Post, State
from content.record import Record
from tests.faults.burst import Shape
from tests.faults.nursery import Forked
from tests.faults.programs import LEASE, REAL_TIME
from tests.faults.run import Run

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 300)]
# One channel, one lane of it, no rings: one thread sends, so that no other is between a look and the wire. It begins
# when the worker has got ready and judged all words: on SQLite one that is frozen while it writes holds up everybody.
SHAPE = Shape(narratives=14, ways=("exact",), begins=7.0, lasts=0.5)
AWAKE = 1.0  # seconds in which a worker that was frozen would write what it holds


@pytest.mark.parametrize("point", ["after_begin:1", "after_call:2"])
def test_f07_a_worker_frozen_beyond_its_lease_writes_nothing_and_calls_nobody(run: Run, point: str) -> None:
    run.programs.lanes = "1"
    sleeper = run.programs.start_worker(f"{point}:stop")
    run.wait(lambda: frozen(sleeper), 20, "sleep at the hook")
    stirred = 0
    while run.sqlite and writing(run):
        stirred = 1
        sleeper.send_signal(signal.SIGCONT)
        time.sleep(0.02)
        sleeper.send_signal(signal.SIGSTOP)
    held = publishing(run)
    assert held
    run.programs.start_worker()
    whole = len(run.burst.posts)
    run.wait(lambda: run.states()[State.PUBLISHED] == whole, run.bound() + LEASE, "all posts out without the sleeper")
    before, calls = as_told(run, held), run.platform.ledger.calls.copy()
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(AWAKE)
    assert as_told(run, held) == before
    more = run.platform.ledger.calls - calls
    assert more.total() <= stirred, more  # once stirred it may have stopped just before the wire: see docs/faults.md
    run.all_out()


def frozen(worker: Forked) -> bool:
    stat = Path(f"/proc/{worker.pid}/stat").read_text("ascii")
    return stat.rpartition(")")[2].split()[0] == "T"


def writing(run: Run) -> bool:
    """Whether somebody has SQLite's lock. Frozen like that a program holds up everybody: see docs/faults.md."""
    try:
        with closing(sqlite3.connect(run.told.database.removeprefix("sqlite:///"), timeout=0.3)) as connection:
            connection.execute("BEGIN IMMEDIATE")
        return False
    except sqlite3.OperationalError:
        return True


def publishing(run: Run) -> list[int]:
    with run.store.read() as session:
        return [one or 0 for one in session.exec(select(Post.id).where(Post.state == State.PUBLISHING))]


def as_told(run: Run, posts: list[int]) -> tuple[object, ...]:
    """Where these posts stand, how many steps they took, and what the record says of them."""
    with run.store.read() as session:
        places = session.exec(
            select(Post.id, Post.state, Post.step, Post.fence).where(col(Post.id).in_(posts)).order_by(col(Post.id))
        ).all()
        about = col(Record.subject_id).in_([str(one) for one in posts])
        said = session.exec(select(func.count()).select_from(Record).where(Record.subject == "post", about)).one()
    return tuple(tuple(place) for place in places), said
