"""Workers, beats and the broker are killed and emptied under a run of 200 posts: each still goes out once."""

from collections.abc import Callable

import pytest

from tests.faults.burst import Shape
from tests.faults.programs import LEASE, REAL_TIME
from tests.faults.run import Run, few

SHAPE = Shape(narratives=40, ways=("site", "wall", "profile", "exact", "keyed"), begins=1.5, lasts=4)
pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 240)]


def test_a_worker_killed_again_and_again_loses_nothing_and_repeats_nothing(run: Run) -> None:
    run.start()
    for moment in run.moments(3):
        run.middle(moment)
        run.programs.restart_worker(run.programs.workers[0])
    run.all_out()


def test_a_broker_that_forgets_everything_changes_nothing(run: Run) -> None:
    run.start()
    for moment in run.moments(2):
        run.middle(moment)
        run.programs.flush()
    run.all_out()
    assert run.lateness() < LEASE + few()


def test_a_broker_gone_for_good_changes_nothing(run: Run) -> None:
    run.start()
    run.middle(*run.moments(1))
    run.programs.kill_broker()
    run.all_out()
    assert run.lateness() < LEASE + few()


def test_a_broker_that_was_never_there_changes_nothing(run: Run) -> None:
    run.start(broker=False)
    run.all_out()
    assert run.lateness() < LEASE + few()


def test_no_beat_at_all_changes_nothing(run: Run) -> None:
    run.start(beats=0)
    run.all_out()
    assert run.lateness() < LEASE + few()


def test_all_of_it_together(run: Run) -> None:
    run.start(workers=1 if run.sqlite else 2, beats=1 if run.sqlite else 2)
    faults = _faults(run)
    for moment, fault in zip(run.moments(len(faults)), faults, strict=True):
        run.middle(moment)
        fault()
    run.all_out()


def _faults(run: Run) -> list[Callable[[], object]]:
    """Two workers and a beat killed, the broker emptied; then, somewhere after that, the broker gone for good."""
    programs, seed = run.programs, run.seed

    def worker() -> object:
        return programs.restart_worker(seed.choice(programs.workers))

    def beat() -> object:
        return programs.restart_beat(seed.choice(programs.beats))

    faults: list[Callable[[], object]] = [worker, worker, beat, programs.flush]
    seed.shuffle(faults)
    faults.insert(seed.randint(faults.index(programs.flush) + 1, len(faults)), programs.kill_broker)
    return faults
