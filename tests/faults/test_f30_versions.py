"""Two versions of the program on one database, in the middle of a burst: nothing is dropped, nothing goes out twice."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from cli.supervise import Program, spawn
from content.lifecycle import State
from content.migrations import fit, newest
from content.organisation import Heartbeat
from tests.faults.burst import Shape
from tests.faults.counting import injected
from tests.faults.programs import REAL_TIME, kill
from tests.faults.run import Run

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 120)]
SHAPE = Shape(narratives=8, ways=("site", "wall"), begins=1.0, lasts=4.0)
ROOT = Path(__file__).parents[2]
NEXT = "0999"
REVISION = f'''"""the next version's."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "{NEXT}", "{newest()}", None, None
def upgrade() -> None:
    op.add_column("post", sa.Column("colour", sa.String(), nullable=True))
'''


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The next version of the program: this one, and a migration more."""
    folder = tmp_path_factory.mktemp("newer")
    for name in ("content", "worker", "cli", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    _revise(folder)
    yield folder
    shutil.rmtree(folder)


def _revise(folder: Path, more: str = "") -> None:
    (folder / "content" / "migrations" / "versions" / f"{NEXT}_next.py").write_text(REVISION + more)


def test_f30_an_older_worker_goes_on_beside_a_newer_one(run: Run, newer: Path) -> None:
    _revise(newer)
    run.start()
    run.middle(3)
    _migrate(run, newer)
    with _worker(run, newer):
        run.all_out()
    with run.store.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM post WHERE colour IS NULL")).scalar() == 16


def test_f30_a_newer_worker_waits_for_its_schema_and_says_so(run: Run, newer: Path) -> None:
    _revise(newer)
    with _worker(run, newer):
        run.wait(lambda: "expects 0999" in _said(run), 30, "worker that says what it waits for")
        time.sleep(1.5)
        assert run.states().keys() <= {State.SCHEDULED}
        _migrate(run, newer)
        run.all_out()


def test_f30_an_older_worker_stops_where_a_migration_did_more_than_add(run: Run, newer: Path) -> None:
    _revise(newer, f'least_program = "{NEXT}"\n')
    run.start(beats=0)
    run.middle(3)
    _migrate(run, newer)
    assert fit(run.store).wrong
    run.wait(lambda: "takes no program older" in _said(run), 20, "older worker that says why it stops")
    run.wait(lambda: not run.at_work(), 10, "end of what was begun before")
    out = run.states()[State.PUBLISHED]
    time.sleep(1)
    assert run.states()[State.PUBLISHED] == out
    with _worker(run, newer):
        run.all_out()


def _said(run: Run) -> str:
    with run.store.read() as session:
        return " ".join(session.exec(select(Heartbeat.detail).where(Heartbeat.name == "worker")))


def _migrate(run: Run, tree: Path) -> None:
    code = "import sys; from content.migrations import upgrade; upgrade(sys.argv[1])"
    words = [sys.executable, "-P", "-c", code, run.told.database]
    subprocess.run(words, check=True, env=os.environ | {"PYTHONPATH": str(tree)}, timeout=60, cwd=tree)
    injected("migrated")


@contextmanager
def _worker(run: Run, tree: Path) -> Iterator[None]:
    """The newer program's worker, beside whatever else runs."""
    told = run.told.environment() | {"PYTHONPATH": str(tree)}
    program = Program("newer", (sys.executable, "-P", "-m", "worker"), told, run.told.home / "newer.log")
    process = spawn(program)
    try:
        yield
    finally:
        kill(process)
