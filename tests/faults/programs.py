"""The real programs of one instance as processes of a test, and the ways to hurt them."""

import os
import signal
import socket
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from cli import broker
from cli.supervise import Program, python, spawn
from content.settings import Settings, load
from tests.factory import KEYS

REAL_TIME = bool(os.environ.get("FAULT_REAL_TIME"))
SEED = os.environ.get("FAULT_SEED", "1")
LEASE = 30 if REAL_TIME else 5  # seconds
DRAIN = 45.0  # seconds from SIGTERM to the end


def settled(home: Path, url: str) -> Settings:
    """Settings of a new instance with the tests' keys."""
    told = load(home=home, database_url=url, lease=LEASE)
    told.make_folders()
    for name, value in (
        ("record.key", KEYS.record),
        ("terms.key", KEYS.terms),
        ("fields.key", KEYS.fields),
        ("keeper.pub", KEYS.keeper_public),
    ):
        (told.keys / name).write_bytes(b64encode(value))
    return told


@dataclass(slots=True)
class Programs:
    """Processes that end with the test, whatever happens: use as a context manager."""

    told: Settings
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    beats: list[subprocess.Popen[bytes]] = field(default_factory=list)
    server: subprocess.Popen[bytes] | None = None
    _all: list[subprocess.Popen[bytes]] = field(default_factory=list)

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

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One more `python -m worker`."""
        self.workers.append(self._start(self._python("worker", "worker")))
        return self.workers[-1]

    def start_beat(self) -> subprocess.Popen[bytes]:
        """One more `python -m worker.beat`."""
        self.beats.append(self._start(self._python("beat", "worker.beat")))
        return self.beats[-1]

    def kill_broker(self) -> None:
        """For good, with everything it held in memory."""
        assert self.server is not None
        kill(self.server)

    def flush(self) -> None:
        """Empties the broker."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(self.told.socket))
            line.sendall(b"FLUSHALL\r\n")
            assert line.recv(16).startswith(b"+OK")

    def restart_worker(self, old: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """kill -9, and another in its place."""
        kill(old)
        self.workers.remove(old)
        return self.start_worker()

    def restart_beat(self, old: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """kill -9, and another in its place."""
        kill(old)
        self.beats.remove(old)
        return self.start_beat()

    def _python(self, name: str, module: str) -> Program:
        log = self.told.home / f"{name}-{len(self._all)}.log"
        return python(name, module, self.told.environment(), log)

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        self._all.append(spawn(program))
        return self._all[-1]


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of this process alone, and wait for its end."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def end(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM; the exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(DRAIN)
