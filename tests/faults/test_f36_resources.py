"""F36: a worker without file handles, and one without memory: it fails closed, and goes on once it has some."""

import os
import resource
import time
from pathlib import Path

import pytest

from content.lifecycle import State
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import LEASE, REAL_TIME
from tests.faults.run import Run

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600 if REAL_TIME else 120)]
SHAPE = Shape(narratives=15, ways=("wall", "exact"), begins=4.0, lasts=3 * LEASE)  # posts fall due while it starves
FAILS_CLOSED = {State.PUBLISHED, State.BLOCKED, State.SCHEDULED, State.CLAIMED, State.PUBLISHING, State.UNCERTAIN}


def starved(run: Run, kind: int, limit: int) -> None:
    """The running worker has that little of it for a lease, then as much as before. A worker that ended is replaced."""
    worker = run.programs.workers[0]
    before = resource.prlimit(worker.pid, kind)
    resource.prlimit(worker.pid, kind, (limit, before[1]))
    injected(f"prlimit.{kind}")
    time.sleep(LEASE)
    assert run.states().keys() <= FAILS_CLOSED, run.states()
    if worker.poll() is None:
        resource.prlimit(worker.pid, kind, before)
    else:
        run.programs.workers.remove(worker)
        run.programs.start_worker()


def all_end(run: Run) -> None:
    """Everything is out, but for what a broken gate blocked: that waits for a person, and is not out."""
    whole = len(run.burst.posts)
    run.wait(
        lambda: run.states()[State.PUBLISHED] + run.states()[State.BLOCKED] == whole,
        run.bound() + 3 * LEASE,
        "all ended",
    )
    run.compare()


def test_f36_without_file_handles_nothing_is_doubled_and_all_goes_on(run: Run) -> None:
    run.start(broker=False, beats=0)
    run.middle(2)
    held = {int(one.name) for one in Path(f"/proc/{run.programs.workers[0].pid}/fd").iterdir()}
    starved(run, resource.RLIMIT_NOFILE, min(set(range(len(held) + 1)) - held))  # what is open stays so
    assert run.logged("call.failed", "intent.failed"), "nothing was tried while it had no file handle"
    all_end(run)


def test_f36_without_memory_nothing_is_doubled_and_all_goes_on(run: Run) -> None:
    run.start(broker=False, beats=0)
    run.middle(2)
    pages = int(Path(f"/proc/{run.programs.workers[0].pid}/statm").read_text("ascii").split()[0])
    starved(run, resource.RLIMIT_AS, pages * os.sysconf("SC_PAGE_SIZE"))
    all_end(run)
