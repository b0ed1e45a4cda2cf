"""A pause and a withdrawal in the middle of a burst: nothing new begins, and what is out comes back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from content import stopping
from content.lifecycle import Attempt, Post, State
from content.narrative import Narrative
from content.record import Record
from content.stop import Pause
from tests.faults import ledger
from tests.faults.burst import Shape
from tests.faults.programs import REAL_TIME
from tests.faults.run import Run

SHAPE = Shape(narratives=40, ways=("site", "wall", "profile", "exact", "keyed"), begins=1.5, lasts=4)
pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 240)]
DRAIN = timedelta(seconds=2)  # a call that was allowed before the stop ends within this
BACK = 60  # seconds until everything that a withdrawal covers is taken back
QUICK = 5.0  # seconds for a stop to commit on a machine this busy; what it took is printed


def test_no_intent_commits_after_a_pause_and_the_rest_waits(run: Run) -> None:
    run.start(workers=1 if run.sqlite else 2)
    run.middle(50)
    pause, committed = _paused(run)
    time.sleep(DRAIN.total_seconds())
    out = run.states()[State.PUBLISHED]
    time.sleep(6)  # longer than a post that was put aside waits until it is looked at again
    states = run.states()
    assert states[State.PUBLISHED] == out < len(run.burst.posts)
    assert states.keys() <= {State.PUBLISHED, State.SCHEDULED, State.CLAIMED, State.BLOCKED}, states
    _nothing_began_after(run, pause, committed)
    _resumed(run, pause)
    run.wait(_only(run, State.PUBLISHED, State.BLOCKED), run.bound(), "end of what had waited")
    _only_stood_down_are_blocked(run)
    run.compare()


def test_what_a_withdrawal_covers_is_cancelled_or_taken_back(run: Run) -> None:
    run.start(workers=1 if run.sqlite else 2)
    chosen = run.seed.sample(run.burst.narratives, 8)
    withdrawn = dict[int, int]()
    for moment, some in ((10, chosen[:4]), (120, chosen[4:])):  # most of theirs still to go; most of theirs out
        run.middle(moment)
        withdrawn |= {narrative.id or 0: _withdrawn(run, narrative) for narrative in some}
    covered = _posts_of(run, set(withdrawn))
    over = {State.CANCELLED, State.RECALLED, State.BLOCKED}
    run.wait(lambda: run.states(covered).keys() <= over, BACK, "end of what was withdrawn")
    found = run.states(covered)
    print(f"withdrawn: {dict(found)}")
    assert found[State.CANCELLED]
    assert found[State.RECALLED]
    _only_stood_down_are_blocked(run)
    others = set(run.burst.posts) - set(covered)
    run.wait(lambda: run.states(others)[State.PUBLISHED] == len(others), run.bound(), "the other posts out")
    for narrative, record in withdrawn.items():
        assert not _begun_after(run, record, _posts_of(run, {narrative}))
    run.compare()


def _paused(run: Run) -> tuple[Pause, datetime]:
    began = time.monotonic()
    with run.store.write() as session:
        stopped = stopping.pause(session, run.person("tom"), "all")
    committed = datetime.now(UTC)
    took = time.monotonic() - began
    print(f"the pause committed after {took * 1000:.0f} ms")
    assert took < QUICK
    with run.store.read() as session:
        return session.get_one(Pause, stopped.id), committed


def _resumed(run: Run, pause: Pause) -> None:
    for ref in ("bob", "dana"):
        with run.store.write() as session:
            stopping.resume(session, run.person(ref), pause.id or 0)


def _withdrawn(run: Run, narrative: Narrative) -> int:
    """The id of the withdrawal's record row."""
    began = time.monotonic()
    with run.store.write() as session:
        found = session.get_one(Narrative, narrative.id)
        stopped = stopping.withdraw(session, run.person("kim"), found)
    took = time.monotonic() - began
    print(f"a withdrawal committed after {took * 1000:.0f} ms")
    assert took < QUICK
    with run.store.read() as session:
        statement = select(Record.id).where(Record.action == "consent.withdraw", Record.subject_id == str(stopped.id))
        return session.exec(statement).one() or 0


def _posts_of(run: Run, narratives: set[int]) -> list[int]:
    with run.store.read() as session:
        found = session.exec(select(Post.id).where(col(Post.narrative_id).in_(narratives)))
        return [one for one in found if one is not None]


def _nothing_began_after(run: Run, pause: Pause, committed: datetime) -> None:
    """By three witnesses: the attempts, the order of the record, and what reached the channel."""
    with run.store.read() as session:
        late = session.exec(select(Attempt.post_id).where(col(Attempt.began_at) >= pause.at)).all()
        row = session.exec(select(Record.id).where(Record.action == "pause.set")).one()
    assert not late
    assert not _begun_after(run, row or 0, run.burst.posts)
    assert not [line.post for line in ledger.accepted(run.told) if line.at > committed + DRAIN]


def _begun_after(run: Run, row: int, posts: list[int]) -> list[str]:
    with run.store.read() as session:
        statement = select(Record.subject_id).where(
            Record.action == "post.begin",
            col(Record.id) > row,
            col(Record.subject_id).in_([str(one) for one in posts]),
        )
        return list(session.exec(statement))


def _only_stood_down_are_blocked(run: Run) -> None:
    with run.store.read() as session:
        notes = session.exec(select(Post.note).where(Post.state == State.BLOCKED)).all()
    assert all(note.startswith("stop.seen") for note in notes), notes


def _only(run: Run, *states: State) -> Callable[[], bool]:
    return lambda: run.states().keys() <= set(states)
