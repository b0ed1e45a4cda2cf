"""`up` starts broker, worker and beat with the same settings, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli import broker, up
from content.settings import load
from tests.processes import gone

# Stands for worker and beat: writes down whom it was started for, and waits.
PATIENT = """
import os, pathlib, time
home = pathlib.Path(os.environ["COUNTERPOINT_HOME"])
(home / f"started-{os.getpid()}").touch()
time.sleep(60)
"""
RUN = """
import sys
from cli import up
up.PROGRAMS = {"worker": "patient", "beat": "patient"}
up.BESIDE = {}
up.up()
"""


@pytest.fixture
def patient(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "patient.py").write_text(PATIENT, "utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def _started(home: Path, number: int) -> list[int]:
    until = time.monotonic() + 20
    while len(found := list(home.glob("started-*"))) < number:
        assert time.monotonic() < until, "the programs were not started"
        time.sleep(0.02)
    return [int(path.name.removeprefix("started-")) for path in found]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_up_runs_all_and_leaves_none(number: signal.Signals, patient: dict[str, str]) -> None:
    told = load()
    process = subprocess.Popen([sys.executable, "-c", RUN], env=patient, stderr=subprocess.DEVNULL, process_group=0)
    children = _started(told.home, 2)
    assert broker.alive(told.socket)
    process.send_signal(number)
    process.wait(20)
    assert gone(children)
    until = time.monotonic() + 5
    while broker.alive(told.socket) and time.monotonic() < until:
        time.sleep(0.02)
    assert not broker.alive(told.socket)
    broker.tidy(told)
    assert not told.runtime.exists()


def test_up_starts_no_broker_where_one_is_named(patient: dict[str, str]) -> None:
    told = load()
    given = {**patient, "REDIS_URL": "redis://127.0.0.1:1/0"}
    process = subprocess.Popen([sys.executable, "-c", RUN], env=given, stderr=subprocess.PIPE, process_group=0)
    _started(told.home, 2)
    assert not broker.alive(told.socket)
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert b"broker" not in said


def test_up_gives_up_with_a_reason_when_a_program_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(up, "PROGRAMS", {"worker": "no_such_module"})
    app = typer.Typer()
    up.register(app)
    result = CliRunner().invoke(app, ["up"])
    assert result.exit_code == 1
    assert "worker ended 5 times" in result.output
    assert "[up.gave_up]" in result.output


def test_the_programs_end_when_uv_is_killed(tmp_path: Path, patient: dict[str, str]) -> None:
    """`uv run` cannot pass on SIGKILL; a link of that name stands in for it."""
    told = load()
    uv = tmp_path / "uv"
    uv.symlink_to(os.path.realpath(sys.executable))
    launcher = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', {RUN!r}])"
    process = subprocess.Popen([str(uv), "-I", "-c", launcher], env=patient, stderr=subprocess.DEVNULL)
    children = _started(told.home, 2)
    process.kill()
    process.wait(20)
    assert gone(children, seconds=10)
