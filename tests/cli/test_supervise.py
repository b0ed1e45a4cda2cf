"""Children end with their parent, whatever signal ends it, and are started again when they fall."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.supervise import Ended, GaveUp, Program, Supervisor, python
from tests.processes import alive, gone

# A child with a child of its own; both write their numbers, and the first may turn a deaf ear to SIGTERM.
CHILD = """
import os, signal, subprocess, sys, time
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1] + ".part", "w").write(f"{os.getpid()} {inner.pid}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(60)
"""
PARENT = """
import sys
from cli.supervise import Program, Supervisor
with Supervisor(grace=float(sys.argv[3])) as supervisor:
    supervisor.start(Program("child", (sys.executable, sys.argv[1], sys.argv[2], sys.argv[4])))
    supervisor.watch()
"""


def _numbers(path: Path) -> list[int]:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, "the child never wrote its number"
        time.sleep(0.02)
    return [int(word) for word in path.read_text("ascii").split()]


def _family(tmp_path: Path, manners: str, grace: float) -> tuple["subprocess.Popen[bytes]", list[int]]:
    child, numbers = tmp_path / "child.py", tmp_path / "numbers"
    child.write_text(CHILD, "utf-8")
    command = [sys.executable, "-c", PARENT, str(child), str(numbers), str(grace), manners]
    parent = subprocess.Popen(command, process_group=0)
    return parent, _numbers(numbers)


@pytest.mark.parametrize("manners", ["polite", "deaf"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_process_is_left_after_a_signal_to_the_parent(number: signal.Signals, manners: str, tmp_path: Path) -> None:
    parent, family = _family(tmp_path, manners, grace=0.5)
    parent.send_signal(number)
    assert parent.wait(10) == 128 + number
    assert gone(family)


def test_no_process_is_left_after_the_parent_was_killed(tmp_path: Path) -> None:
    parent, family = _family(tmp_path, "deaf", grace=30)
    parent.kill()
    parent.wait(10)
    assert gone(family)


def test_a_second_signal_kills_at_once(tmp_path: Path) -> None:
    parent, family = _family(tmp_path, "deaf", grace=30)
    parent.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert alive(family[0])
    parent.send_signal(signal.SIGTERM)
    parent.wait(10)
    assert gone(family)


def test_ctrl_c_reaches_the_parent_alone() -> None:
    with Supervisor() as supervisor:
        child = supervisor.start(Program("child", (sys.executable, "-c", "import time; time.sleep(60)")))
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)


def test_a_signal_becomes_an_exception_so_that_every_finally_runs() -> None:
    ran = []
    with pytest.raises(Ended) as caught, Supervisor():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            ran.append(True)
    assert ran
    assert caught.value.code == 128 + signal.SIGTERM


def test_the_handlers_of_before_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Supervisor():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_child_that_falls_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.supervise.QUICK", 0.0)
    said: list[str] = []
    log = tmp_path / "log"

    def count(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Ended), Supervisor(say=count) as supervisor:
        supervisor.start(Program("child", (sys.executable, "-c", "print('born'); exit(7)"), log=log))
        supervisor.watch(pause=0.01)
    assert said[0] == "child ended with code 7; it is started again."


def test_a_child_that_cannot_stay_up_is_given_up() -> None:
    with pytest.raises(GaveUp, match="child ended 5 times"), Supervisor() as supervisor:
        supervisor.start(Program("child", (sys.executable, "-c", "exit(1)")))
        supervisor.watch(pause=0.01)


def test_our_programs_start_by_module_name_and_not_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "worker.py").write_text("raise SystemExit(9)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    command = python("worker", "worker", {}).command
    assert command[1:] == ("-P", "-m", "worker")
    seen = subprocess.run([*command[:2], "-c", "import worker; print(worker.__file__)"], capture_output=True, text=True)
    assert str(tmp_path) not in seen.stdout
    assert seen.returncode == 0
