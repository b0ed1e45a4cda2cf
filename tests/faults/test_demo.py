"""The demo leaves nothing running whatever signal ends it, and can be told again."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import alive, gone

pytestmark = pytest.mark.fault
SEED = int(os.environ.get("FAULT_SEED", "1"))


def started(tmp_path: Path) -> subprocess.Popen[bytes]:
    """The demo as a program of its own, whose folders are made below tmp_path."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": ""}
    with (tmp_path / "told").open("wb") as told:
        return subprocess.Popen(
            [sys.executable, "-c", "from cli.main import main; main()", "demo"],
            stdout=told,
            stderr=subprocess.STDOUT,
            env=environment,
        )


def family(pid: int) -> set[int]:
    """The process and all below it, now."""
    found = {pid}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text("ascii").rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found |= family(int(path.parent.name))
    return found


def told(tmp_path: Path) -> str:
    return (tmp_path / "told").read_text("utf-8", errors="replace")


def wait_for(tmp_path: Path, words: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while words not in told(tmp_path):
        assert time.monotonic() < until, told(tmp_path)
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_signal_ends_the_demo_no_process_is_left(tmp_path: Path, number: signal.Signals) -> None:
    demo = started(tmp_path)
    try:
        wait_for(tmp_path, "3. ")
        time.sleep(random.Random(f"{SEED}-{number}").uniform(0, 6))
        below = family(demo.pid) - {demo.pid}
        assert len(below) >= 3, told(tmp_path)
        demo.send_signal(number)
        demo.wait(40)
        assert gone(below, 15), [pid for pid in below if alive(pid)]
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
    if number is not signal.SIGKILL:
        assert not list(tmp_path.glob("counterpoint-demo-*")), "its folder is left behind"


def test_the_demo_can_be_told_twice_and_stays_until_it_is_ended(tmp_path: Path) -> None:
    demo = started(tmp_path)
    try:
        wait_for(tmp_path, "Ctrl-C ends the demo", 110)
        again = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", "demo", "--exit"],
            capture_output=True,
            timeout=120,
            env={**os.environ, "TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": ""},
        )
        assert again.returncode == 0, again.stdout.decode() + again.stderr.decode()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(40) == 128 + signal.SIGINT
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
    assert not list(tmp_path.glob("counterpoint-demo-*"))
