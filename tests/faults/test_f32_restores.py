"""Yesterday's database is put back: it boots disarmed, what was stopped holds, what went out never goes out again."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from content import arming, backup, journal, restoring, stopping
from content.lifecycle import Post, State
from content.narrative import Narrative
from content.organisation import the_instance
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import REAL_TIME, end
from tests.faults.run import Run
from worker.waiting import SLOW

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 120)]
SHAPE = Shape(narratives=6, ways=("wall", "exact", "keyed", "once"), begins=1.0, lasts=4.0)
DONE = {State.PUBLISHED, State.CANCELLED, State.RECALLED, State.RECALL_IMPOSSIBLE, State.EXPIRED, State.BLOCKED}


@pytest.mark.parametrize("by_hand", [False, True], ids=["restore", "by-hand"])
def test_f32_what_went_out_since_the_backup_never_goes_again(run: Run, tmp_path: Path, by_hand: bool) -> None:
    run.start()
    run.middle(3)
    path, _ = backup.make(run.store, tmp_path / "yesterday")
    withdrawn = _withdrawn(run)
    run.middle(12)
    _ended(run)
    _put_back(run, path, by_hand=by_hand)
    run.programs.start_worker()
    run.wait(lambda: _settled(run), 20, "restore that was settled")
    calls = sum(run.platform.ledger.calls.values())
    assert not _armed(run)
    run.wait(lambda: run.states(run.burst.on("wall")).keys() <= DONE, run.bound(), "end of what is on paper")
    assert sum(run.platform.ledger.calls.values()) == calls, "a disarmed instance called outside"
    for ref in ("kim", "dana"):
        with run.store.write() as session:
            arming.arm(session, run.person(ref))
    _wake(run)
    over = run.burst.on("wall", "exact", "keyed")
    run.wait(lambda: run.states(over).keys() <= DONE, run.bound() + 15, "end of what can be found")
    unknown = run.burst.on("once")
    run.wait(lambda: run.states(unknown).keys() <= DONE | {State.UNCERTAIN, State.RECALLING}, run.bound(), "the others")
    out = {State.PUBLISHED, State.SCHEDULED}  # what was found out there is looked for by the stops' own look
    run.wait(lambda: not run.states(_of(run, withdrawn)).keys() & out, run.bound() + SLOW, "recall of what was found")
    run.compare()


def test_f32_a_stop_in_the_last_second_before_the_loss_still_holds(run: Run, tmp_path: Path) -> None:
    path, _ = backup.make(run.store, tmp_path / "yesterday")
    withdrawn = _withdrawn(run)  # a command writes its stop down before it ends; nothing was sealed yet
    _put_back(run, path, by_hand=False)
    run.start(broker=False)
    over = {State.CANCELLED, State.RECALLING, State.RECALLED}
    run.wait(lambda: run.states(_of(run, withdrawn)).keys() <= over, 20, "end of what was withdrawn")


def _withdrawn(run: Run) -> int:
    narrative = run.seed.choice(run.burst.narratives)
    with run.store.write() as session:
        stopping.withdraw(session, run.person("kim"), session.get_one(Narrative, narrative.id))
    with run.store.read() as session:
        journal.write_stops(session, run.told.journal)
    return narrative.id or 0


def _ended(run: Run) -> None:
    for worker in list(run.programs.workers):
        assert end(worker) == 0
    for beat in list(run.programs.beats):
        end(beat)
    run.programs.workers.clear()


def _put_back(run: Run, path: Path, *, by_hand: bool) -> None:
    run.store.engine.dispose()
    backup.put(run.store, path, replace=True)
    injected("put back")
    if not by_hand:
        restoring.settle(run.store, run.told.journal)


def _settled(run: Run) -> bool:
    with run.store.read() as session:
        return "." in the_instance(session).epoch


def _armed(run: Run) -> bool:
    with run.store.read() as session:
        return the_instance(session).armed


def _wake(run: Run) -> None:
    """What was put aside while it was disarmed is looked at now."""
    with run.store.write() as session:
        for post in session.exec(select(Post).where(col(Post.retry_at).is_not(None))):
            post.retry_at = None
            session.add(post)


def _of(run: Run, narrative: int) -> list[int]:
    with run.store.read() as session:
        return [one or 0 for one in session.exec(select(Post.id).where(Post.narrative_id == narrative))]
