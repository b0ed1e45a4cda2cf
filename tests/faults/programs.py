"""The real programs of one instance as processes of a test, and the ways to hurt them."""

import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from cli import broker
from cli.supervise import Program, spawn
from content.settings import Settings, load
from tests.factory import key_files
from tests.faults import counting, hooked, hooks
from tests.faults.nursery import Forked, Nursery

REAL_TIME = bool(os.environ.get("FAULT_REAL_TIME"))
SEED = os.environ.get("FAULT_SEED", "1")
LEASE = 30 if REAL_TIME else 2  # seconds
DRAIN = 45.0  # seconds from SIGTERM to the end


def settled(home: Path, url: str, **more: object) -> Settings:
    """Settings of a new instance with the tests' keys."""
    told = load(**{"home": home, "database_url": url, "lease": LEASE} | more)
    told.make_folders()
    key_files(told.keys)
    return told


Process = subprocess.Popen[bytes] | Forked


@dataclass(slots=True)
class Programs:
    """Processes that end with the test, whatever happens: use as a context manager.

    platform: where the tests' own channels find tests/faults/server.py, "" where there is none; lanes: how many of a
    channel a worker has at most, "" for as many as it has by itself.
    """

    told: Settings
    nursery: Nursery
    platform: str = ""
    lanes: str = ""
    workers: list[Forked] = field(default_factory=list)
    beats: list[Forked] = field(default_factory=list)
    server: subprocess.Popen[bytes] | None = None
    _all: list[Process] = field(default_factory=list)

    def __enter__(self) -> "Programs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._all:
            kill(process)
        broker.tidy(self.told)

    def start_broker(self) -> None:
        """The embedded broker, once it answers."""
        program = broker.program(self.told)
        self.server = self._start(program)
        if program.ready:
            program.ready()

    def start_worker(self, hook: str = "") -> Forked:
        """One more worker; `hook` as in tests/faults/hooks.py."""
        self.workers.append(self._fork("worker", hook))
        return self.workers[-1]

    def start_beat(self, hook: str = "") -> Forked:
        """One more beat."""
        self.beats.append(self._fork("beat", hook))
        return self.beats[-1]

    def kill_broker(self) -> None:
        """For good, with everything it held in memory."""
        assert self.server is not None
        kill(self.server)

    def flush(self) -> None:
        """Empties the broker."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(self.told.socket))
            line.sendall(b"FLUSHALL\r\n")
            assert line.recv(16).startswith(b"+OK")

    def restart_worker(self, old: Forked, hook: str = "") -> Forked:
        """kill -9, and another in its place."""
        kill(old)
        self.workers.remove(old)
        return self.start_worker(hook)

    def restart_beat(self, old: Forked) -> Forked:
        """kill -9, and another in its place."""
        kill(old)
        self.beats.remove(old)
        return self.start_beat()

    def _fork(self, name: str, hook: str) -> Forked:
        log = self.told.home / f"{name}-{len(self._all)}.log"
        extra = {hooks.VARIABLE: hook, hooked.SERVER: self.platform, hooked.SCALED: "" if REAL_TIME else "1"}
        extra[hooked.LANES] = self.lanes
        extra[counting.VARIABLE] = os.environ.get(counting.VARIABLE, "")
        born = self.nursery.start(name, self.told.environment() | extra, log)
        self._all.append(born)
        return born

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        born = spawn(program)
        self._all.append(born)
        return born


def kill(process: Process) -> None:
    """kill -9 of this process alone, and wait for its end."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def end(process: Process) -> int:
    """SIGTERM; the exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(DRAIN)
