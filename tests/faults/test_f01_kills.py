"""kill -9 at each step of the way out, on a channel of each class of delivery."""

from collections import Counter

import pytest
from sqlmodel import col, select

from content.lifecycle import Attempt, Post, PostHistory, State
from tests.faults.burst import Shape
from tests.faults.run import Run
from worker.reconcile import QUARANTINE

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
SHAPE = Shape(narratives=6, ways=("exact", "keyed", "once"), begins=0.3, lasts=1.0)
CLASSES = ("exact", "keyed", "once")


def test_f01_killed_before_the_claim_commits(run: Run) -> None:
    killed_at(run, "before_claim:1")
    everything_once(run)
    with run.store.read() as session:
        lapses = session.exec(select(Post.lapses)).all()
    assert not any(lapses), "nothing was claimed, so no lease lapsed"


def test_f02_killed_after_the_claim_before_the_intent(run: Run) -> None:
    killed_at(run, "after_claim:1")
    everything_once(run)
    with run.store.read() as session:
        assert max(session.exec(select(Post.lapses))) == 1
        assert "lose_track" not in session.exec(select(PostHistory.action)).all()


def test_f03_killed_after_the_intent_before_the_wire(run: Run) -> None:
    killed_at(run, *(f"before_call@{name}:1" for name in CLASSES))
    once_or_uncertain(run, out=False)


def test_f04_killed_during_the_call(run: Run) -> None:
    killed_at(run, *(f"during_call@{name}:1" for name in CLASSES))
    once_or_uncertain(run, out=True)


def test_f05_killed_after_the_answer_before_the_commit(run: Run) -> None:
    killed_at(run, *(f"after_call@{name}:1" for name in CLASSES))
    once_or_uncertain(run, out=True)


def test_f05_killed_in_the_transaction_of_the_answer(run: Run) -> None:
    killed_at(run, "before_confirm:1", "before_confirm:1", "before_confirm:1")
    end(run)


def killed_at(run: Run, *points: str) -> None:
    """One worker after the other, each of which dies at the first of the points that are left; then one that lives.

    Channels are called side by side: nobody can say which of them is called first.
    """
    left = list(points)
    while left:
        run.dies(run.programs.start_worker(",".join(f"{point}:kill" for point in dict.fromkeys(left))))
        left = list((Counter(points) - Counter(run.hooks())).elements())
    run.programs.start_worker()


def everything_once(run: Run) -> None:
    run.all_out()
    with run.store.read() as session:
        began = session.exec(select(Attempt.post_id)).all()
    assert sorted(began) == sorted(run.burst.posts), "one intent a post"


def once_or_uncertain(run: Run, *, out: bool) -> None:
    """What was on its way where nobody can ask is uncertain: one post for each death at most, since that channel was
    at work beside the one that the worker died at. `out`: whether the platform has the one that it died at.
    """
    end(run)
    found = uncertain(run)
    assert 1 <= len(found) <= len(CLASSES), f"uncertain: {found}"
    assert set(found) <= set(run.burst.on("once"))
    calls = Counter(one.post for one in run.platform.ledger.entries if one.post in found)
    assert out in [calls[post] for post in found]
    assert max(calls.values(), default=0) <= 1
    with run.store.read() as session:
        assert len(session.exec(select(Attempt).where(col(Attempt.post_id).in_(found))).all()) == len(found)


def end(run: Run) -> None:
    """All out, but for what nobody can know, and then nothing more happens to that; and but for what three of the dead
    had in their hands beside what they died at: it is put aside (docs/faults.md, known limits)."""
    run.wait(lambda: ended(run) and undecided(run) == uncertain(run), run.bound(), "end")
    assert len(put_aside(run)) < len(CLASSES)
    assert set(uncertain(run)) <= set(run.burst.on("once"))
    run.compare()


def ended(run: Run) -> bool:
    states = run.states()
    known = {State.PUBLISHED, State.UNCERTAIN, State.BLOCKED}
    return states.keys() <= known and states[State.BLOCKED] == len(put_aside(run))


def put_aside(run: Run) -> list[int]:
    with run.store.read() as session:
        statement = select(Post.id).where(col(Post.state) == State.BLOCKED, col(Post.lapses) == QUARANTINE)
        return [one or 0 for one in session.exec(statement)]


def uncertain(run: Run) -> list[int]:
    with run.store.read() as session:
        return [one or 0 for one in session.exec(select(Post.id).where(col(Post.state) == State.UNCERTAIN))]


def undecided(run: Run) -> list[int]:
    """Those a look-up was tried for, which is left to a person now."""
    with run.store.read() as session:
        statement = select(Post.id).where(col(Post.note).startswith("find.undecidable"), col(Post.fence).is_(None))
        return [one or 0 for one in session.exec(statement.where(col(Post.state) == State.UNCERTAIN))]
