"""The embedded broker is a real server on a unix socket, reused while it lives, ended with its parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import broker
from cli.supervise import Supervisor
from content.errors import Refusal
from content.settings import Settings, load


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Settings]:
    given = load(home=tmp_path / "home")
    yield given
    broker.tidy(given)
    assert not given.runtime.exists()


def _ask(path: Path, *words: str) -> str:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(path))
        line.sendall((" ".join(words) + "\r\n").encode())
        return line.recv(4096).decode()


def test_it_answers_on_its_socket_and_on_no_port(told: Settings) -> None:
    with Supervisor() as supervisor:
        assert broker.start(supervisor, told)
        assert _ask(told.socket, "PING") == "+PONG\r\n"
        wanted = {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction"}
        assert {name: _ask(told.socket, "CONFIG", "GET", name).split("\r\n")[4] for name in wanted} == wanted
        assert told.socket.stat().st_mode & 0o077 == 0
    assert not broker.alive(told.socket)


def test_a_live_broker_is_used_again(told: Settings) -> None:
    with Supervisor() as first, Supervisor() as second:
        assert broker.start(first, told)
        assert not broker.start(second, told)


def test_a_socket_that_nobody_answers_on_is_replaced(told: Settings) -> None:
    told.make_folders()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(told.socket))
    with Supervisor() as supervisor:
        assert broker.start(supervisor, told)


def test_what_it_kept_is_there_after_a_restart(told: Settings) -> None:
    with Supervisor() as supervisor:
        broker.start(supervisor, told)
        _ask(told.socket, "SET", "bell", "rung")
    with Supervisor() as supervisor:
        broker.start(supervisor, told)
        assert "rung" in _ask(told.socket, "GET", "bell")


def test_a_broker_that_does_not_answer_is_refused(told: Settings) -> None:
    with pytest.raises(Refusal, match=r"broker\.silent"):
        broker.wait(told.socket, seconds=0.05)


def test_it_ends_with_a_parent_that_was_killed(told: Settings) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from cli import broker\n"
        "from cli.supervise import Supervisor\n"
        "from content.settings import load\n"
        "with Supervisor() as supervisor:\n"
        "    broker.start(supervisor, load(home=pathlib.Path(sys.argv[1])))\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(told.home)], stdout=subprocess.PIPE)
    assert parent.stdout
    with parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        assert broker.alive(told.socket)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    until = time.monotonic() + 5
    while broker.alive(told.socket) and time.monotonic() < until:
        time.sleep(0.02)
    assert not broker.alive(told.socket)
