"""The processes of a run, started and ended by their ids, and what the kernel says of them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from content.settings import Settings
from content.store import Store

_TICK = os.sysconf("SC_CLK_TCK")
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
STARTING = 0.5  # seconds of processor time that the leanest of them needs to be up
GRACE = 10.0  # seconds from SIGTERM until SIGKILL


@dataclass(slots=True)
class Programs:
    """By name: worker-1, worker-2 …, beat."""

    told: Settings
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, module: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
        """One more `python -m module`, in our group, so that whoever ends us ends it."""
        with (self.told.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                (sys.executable, "-P", "-m", module, *words),
                env={**os.environ, **self.told.environment(), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_us,
            )

    def end(self) -> None:
        """SIGTERM to each, SIGKILL to what is left."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + GRACE
        for process in self.running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ready(self, seconds: float = 40.0) -> None:
        """Waits until each has done what a start takes and none uses a sixth of a core, thrice in a row.

        A program that the machine gives no time looks calm too: so many seconds of its own it must have had.
        """
        until, calm = time.monotonic() + seconds, 0
        while calm < 3 and time.monotonic() < until:
            before = {pid: _used(pid) for pid in self.pids()}
            time.sleep(1.0)
            still = all(used > STARTING and _used(pid) - used < 1 / 6 for pid, used in before.items())
            calm = calm + 1 if still else 0

    def ended(self) -> list[str]:
        """Those that are gone though nobody ended them."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each, by name; empty where the kernel does not say."""
        found = {name: _status(process.pid, "VmRSS") for name, process in self.running.items()}
        return {name: round(size / 1024, 1) for name, size in found.items() if size}

    def pids(self) -> list[int]:
        return [process.pid for process in self.running.values()]


@contextmanager
def programs(told: Settings) -> Iterator[Programs]:
    """Ends whatever was started, however the block is left."""
    made = Programs(told)
    try:
        yield made
    finally:
        made.end()


def own_memory() -> float:
    """Resident megabytes of this process."""
    return round(_status(os.getpid(), "VmRSS") / 1024, 1)


def cpu(pids: Sequence[int]) -> float:
    """Seconds of processor time these processes have used so far."""
    return sum(_used(pid) for pid in pids)


def server_pids(store: Store) -> list[int]:
    """The processes of a PostgreSQL server on this machine; none where it is elsewhere, or the database is a file."""
    if store.sqlite:
        return []
    with store.engine.connect() as connection:
        backend: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        parent = _parent(backend)
    if parent is None or "postgres" not in _name(backend):
        return []
    return [parent, *(pid for pid in _all_pids() if _parent(pid) == parent)]


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text("ascii")
    except OSError:
        return ""


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    found = _fields(pid)
    return int(found[1]) if found else None


def _used(pid: int) -> float:
    found = _fields(pid)
    return (int(found[11]) + int(found[12])) / _TICK if found else 0.0


def _status(pid: int, name: str) -> int:
    """A figure of /proc/PID/status, in kilobytes."""
    try:
        rows = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith(f"{name}:")), 0)


def _end_with_us() -> None:
    if _LIBC is not None:
        _LIBC.prctl(1, int(signal.SIGKILL))
