"""Processes that die of a signal or of want, alone or all together."""

import time

import pytest

from content.lifecycle import State
from tests.faults.burst import Shape
from tests.faults.programs import LEASE, REAL_TIME, kill
from tests.faults.run import Run, few
from worker.watchdog import LEAST, STUCK

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 300)]
SHAPE = Shape(narratives=6, ways=("site", "wall", "exact", "keyed"), begins=0.3, lasts=1.0)


def test_f06_one_of_two_workers_is_killed_and_the_other_goes_on(run: Run) -> None:
    dying = run.programs.start_worker("during_call@exact:1:kill")  # with more in its hands than this one post
    run.start(workers=0)
    run.wait(run.at_work, 20, "post in the hands of the one that dies")
    run.programs.start_worker()
    run.dies(dying)
    run.all_out()


def test_f06_everything_is_killed_at_once_and_started_again(run: Run) -> None:
    run.start()
    run.middle(*run.moments(1))
    assert run.programs.server is not None
    for process in (*run.programs.workers, *run.programs.beats, run.programs.server):
        kill(process)
    run.start()
    run.all_out()


def test_f06_no_memory_in_the_middle(run: Run) -> None:
    starved = run.programs.start_worker("after_begin:2:starve:2")
    run.wait(lambda: run.hooks() != [], 60, "want of memory")  # it may get nothing out after it
    time.sleep(run.seed.uniform(0, 0.3))
    run.programs.start_worker()
    run.wait(lambda: run.states()[State.PUBLISHED] == len(run.burst.posts), run.bound(), "all out in spite of it")
    kill(starved)
    run.all_out()


def test_f06_a_worker_that_never_ends_its_transaction_is_ended(run: Run) -> None:
    leaving = run.programs.start_worker("after_call:3:leave")
    run.wait(lambda: run.hooks() != [], 60, "transaction that is left as it stands")
    run.programs.start_worker()
    if run.sqlite:  # PostgreSQL ends the transaction, and the worker goes on
        run.wait(lambda: leaving.poll() is not None, LEAST + LEASE + few(), "end of the one that holds the lock")
        assert leaving.poll() == STUCK
    run.all_out()
