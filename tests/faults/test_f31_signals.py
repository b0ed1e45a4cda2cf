"""A worker asked to end under load, and a pause of everything pressed in a burst."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from content import stopping
from content.lifecycle import Attempt, State
from content.record import Record
from content.stop import Pause
from tests.faults import ledger
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import REAL_TIME, end
from tests.faults.run import Run, few

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 300)]
SHAPE = Shape(narratives=10, ways=("site", "wall", "exact", "keyed", "once"), begins=0.8, lasts=2.0)
DRAIN = timedelta(seconds=2)  # a call that was allowed before the stop ends within this
QUICK = 2.0  # seconds for a pause to commit on a machine this busy; 0.2 is the promise, and what it took is printed


def test_f31_sigterm_under_load_leaves_nothing_open(run: Run) -> None:
    run.start()
    run.middle(10)
    began = time.monotonic()
    assert end(run.programs.workers[0]) == 0
    injected("sigterm")
    print(f"ended after {time.monotonic() - began:.1f} s")
    left = run.states()
    ends = {State.PUBLISHED, State.SCHEDULED}
    if run.logged("call.overrun", "settle.failed"):  # a machine too slow for a lease of two seconds
        ends |= {State.UNCERTAIN, State.PUBLISHING}
    assert left.keys() <= ends, left
    assert left[State.SCHEDULED]
    run.programs.start_worker()
    run.all_out()


def test_f37_no_intent_commits_after_a_pause_and_the_rest_waits(run: Run) -> None:
    run.start(workers=1 if run.sqlite else 2)
    run.middle(10)
    pause, committed = paused(run)
    time.sleep(DRAIN.total_seconds())
    out = run.states()[State.PUBLISHED]
    time.sleep(1.5)  # longer than a post that was put aside waits until it is looked at again
    states = run.states()
    assert states[State.PUBLISHED] == out < len(run.burst.posts)
    assert states.keys() <= {State.PUBLISHED, State.SCHEDULED, State.CLAIMED}, states
    nothing_began_after(run, pause, committed)
    for ref in ("bob", "dana"):
        with run.store.write() as session:
            stopping.resume(session, run.person(ref), pause.id or 0)
    run.all_out()


def paused(run: Run) -> tuple[Pause, datetime]:
    """Everything, now; and when that was committed."""
    began = time.monotonic()
    with run.store.write() as session:
        stopped = stopping.pause(session, run.person("tom"), "all")
    committed, took = datetime.now(UTC), time.monotonic() - began
    injected("stop:pause of all")
    print(f"the pause committed after {took * 1000:.0f} ms")
    assert took < QUICK * max(1.0, few() / 10)
    with run.store.read() as session:
        return session.get_one(Pause, stopped.id), committed


def nothing_began_after(run: Run, pause: Pause, committed: datetime) -> None:
    """By three witnesses: the attempts, the order of the record, and what reached the channels."""
    with run.store.read() as session:
        late = session.exec(select(Attempt.post_id).where(col(Attempt.began_at) >= pause.at)).all()
        row = session.exec(select(Record.id).where(Record.action == "pause.set")).one()
        begun = select(Record.subject_id).where(Record.action == "post.begin", col(Record.id) > row)
        assert not session.exec(begun).all()
    assert not late
    lines = (*ledger.accepted(run.told), *run.platform.ledger.entries)
    assert not [line.post for line in lines if line.at > committed + DRAIN]
