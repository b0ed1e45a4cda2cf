"""A worker asked to end under load, and one that is frozen beyond its lease and wakes up again."""

import fcntl
import signal
import subprocess
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, func, select

from content.lifecycle import Action, Attempt, Post, PostHistory, State
from content.record import Record
from tests.faults.burst import Shape
from tests.faults.programs import LEASE, REAL_TIME, end
from tests.faults.run import Run

SHAPE = Shape(narratives=40, ways=("site", "wall", "profile", "exact", "keyed"), begins=1.5, lasts=4)
pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 240)]
TRIES = 200  # to freeze a worker between an intent and its outcome, and in no transaction
HELD = """SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND l.locktype IN ('advisory', 'transactionid')"""
AWAKE = 3.0  # seconds in which a worker that was frozen would write what it holds


def test_sigterm_under_load_leaves_nothing_open(run: Run) -> None:
    run.start()
    run.middle(60)
    began = time.monotonic()
    assert end(run.programs.workers[0]) == 0
    print(f"ended after {time.monotonic() - began:.1f} s")
    left = run.states()
    assert left.keys() <= {State.PUBLISHED, State.SCHEDULED}, left
    assert left[State.SCHEDULED]
    run.programs.start_worker()
    run.all_out()
    with run.store.read() as session:
        lost = session.exec(select(PostHistory.post_id).where(PostHistory.action == Action.LOSE_TRACK)).all()
    assert not lost


def test_a_worker_frozen_beyond_its_lease_writes_nothing_when_it_wakes(run: Run) -> None:
    run.start(broker=False, beats=0)  # its own look is one thread: there are moments without a transaction
    run.middle(20)
    sleeper = run.programs.workers[0]
    held = _frozen_while_sending(run, sleeper)
    run.programs.start_worker()
    whole = len(run.burst.posts)
    run.wait(lambda: run.states()[State.PUBLISHED] == whole, run.bound() + LEASE, "all posts out without the sleeper")
    before = _as_told(run, held)
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(AWAKE)
    assert sleeper.poll() is None
    assert _as_told(run, held) == before
    run.all_out()


def _frozen_while_sending(run: Run, worker: subprocess.Popen[bytes]) -> set[int]:
    """SIGSTOP at a moment when posts are on the wire; returns those. Their intents and fences are the sleeper's."""
    for _ in range(TRIES):
        worker.send_signal(signal.SIGSTOP)
        time.sleep(0.02)
        held = _publishing(run)
        if held and not _in_transaction(run) and not _in_a_folder(run):
            print(f"frozen with {len(held)} posts on the wire")
            return held
        worker.send_signal(signal.SIGCONT)
        time.sleep(run.seed.uniform(0.001, 0.02))
    pytest.fail("the worker was never caught between an intent and its outcome")


def _publishing(run: Run) -> set[int]:
    with run.store.read() as session:
        statement = select(Post.id).join(Attempt, col(Attempt.post_id) == col(Post.id))
        found = session.exec(statement.where(Post.state == State.PUBLISHING, col(Attempt.ended_at).is_(None)))
        return {one for one in found if one is not None}


def _in_transaction(run: Run) -> bool:
    """Whether the sleeper holds locks that only its waking (or a time-out of the database) would end."""
    if not run.sqlite:
        with run.store.read() as session:
            return bool(session.execute(text(HELD)).scalar())
    with run.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("UPDATE instance SET stops = stops")
            return False
        except OperationalError:
            return True
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA busy_timeout=30000")
            connection.rollback()


def _in_a_folder(run: Run) -> bool:
    """Whether the sleeper holds the lock of a local channel's folder: all others would wait for its waking."""
    for lock in (run.told.home / "paper" / ".lock", *run.told.site.glob("*/.lock")):
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _as_told(run: Run, posts: set[int]) -> tuple[object, ...]:
    """Where these posts stand, how many steps they took, and what the record says of them."""
    with run.store.read() as session:
        places = session.exec(
            select(Post.id, Post.state, Post.step, Post.fence).where(col(Post.id).in_(posts)).order_by(col(Post.id))
        ).all()
        said = session.exec(
            select(func.count())
            .select_from(Record)
            .where(Record.subject == "post", col(Record.subject_id).in_([str(one) for one in posts]))
        ).one()
    return tuple(tuple(place) for place in places), said
