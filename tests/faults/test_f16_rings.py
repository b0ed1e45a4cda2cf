"""Too many beats, none, and rings that nobody should have sent: the result is the same."""

from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from content import health
from content.alarms import SIGN, alarms
from content.errors import Refusal
from content.lifecycle import Attempt, PostHistory
from tests.faults import rings
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import REAL_TIME
from tests.faults.run import Run, few

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 300)]
SHAPE = Shape(narratives=6, ways=("site", "wall", "exact", "keyed"), begins=1.0, lasts=2.0)
PROMPT = 5.0  # seconds of lateness on a machine that has time for us
QUIET = ("insert", "claim", "release_lease", "begin", "confirm")


@pytest.mark.parametrize("beats", [2, 10])
def test_f16_more_beats_than_one_send_nothing_twice(run: Run, beats: int) -> None:
    run.start(beats=beats)
    run.all_out()
    as_if_nothing_were(run)
    assert [one.poll() for one in run.programs.beats] == [None] * beats, "a clock ended because of another"


def test_f17_without_a_beat_all_goes_out_and_an_alarm_says_so_within_two_intervals(run: Run) -> None:
    run.start(beats=1)
    run.middle(2)
    run.programs.beats[0].kill()
    run.all_out()
    assert run.lateness() < PROMPT * max(1.0, few() / 10)
    run.wait(lambda: "beat.silent" in codes(run), 2 * SIGN + few(), "alarm that no clock runs")
    assert "worker.silent" not in codes(run), "a worker that is there is not said to be gone"


def test_f17_a_worker_that_is_gone_is_said_within_two_intervals(run: Run) -> None:
    run.start(beats=0)
    run.all_out()
    run.programs.workers[0].kill()
    run.wait(lambda: "worker.silent" in codes(run), 2 * SIGN + few(), "alarm that no worker runs")


def test_f18_rings_repeated_out_of_order_and_a_day_old_change_nothing(run: Run) -> None:
    run.start()
    run.middle(2)
    made = [rings.ring(name, age=age) for name in rings.KNOWN for age in (timedelta(), timedelta(days=1)) * 5]
    for _ in range(3):
        run.seed.shuffle(made)
        assert rings.put(run.told, *made, *made[:10])
        injected("old_ring", len(made) + 10)
    assert rings.put(run.told, *made[:20], queue="recalls")
    run.all_out()
    as_if_nothing_were(run)


def test_f19_forged_rings_have_no_effect(run: Run) -> None:
    run.start()
    run.middle(2)
    worker = run.programs.workers[0]
    wrong = [rings.ring(name, [1, "x"], post=7) for name in (*rings.FORGED, *rings.KNOWN)]
    for queue in rings.QUEUES:
        assert rings.put(run.told, *wrong, *rings.JUNK, *wrong, queue=queue)
        injected("forged_ring", 2 * len(wrong) + len(rings.JUNK))
    run.all_out()
    as_if_nothing_were(run)
    assert worker.poll() is None, "a forged ring ended the worker"
    assert run.lateness() < PROMPT * max(1.0, few() / 10)


def codes(run: Run) -> set[str]:
    """The alarms that stand; none known where a busy machine gave no answer in time."""
    try:
        return {alarm.code for alarm in alarms(health.ask(run.store))}
    except Refusal:
        return set()


def as_if_nothing_were(run: Run) -> None:
    """Every post was begun once and ended once; again only where a machine was too slow for a lease of two seconds."""
    with run.store.read() as session:
        taken = dict(session.exec(select(PostHistory.action, func.count()).group_by(col(PostHistory.action))).all())
        told = session.exec(select(Attempt.evidence).where(Attempt.outcome == "retry")).all()
        unknown = session.exec(select(Attempt.evidence).where(Attempt.outcome == "unknown")).all()
    whole, lost, back = len(run.burst.posts), taken.get("lose_track", 0), taken.get("defer", 0)
    assert all(one["code"].startswith("worker.") for one in told), told  # put back before a call began
    assert (taken["insert"], taken["confirm"]) == (whole, whole)
    assert taken["begin"] <= whole + lost + back, taken
    assert not lost or run.logged("call.overrun", "settle.failed"), (taken, unknown)
    assert taken.keys() <= {*QUIET, "lose_track", "defer", "retry_same_key"}, taken
