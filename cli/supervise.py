"""Starts programs as children of this one and ends them with it, whatever signal ends it.

Each child leads its own process group (Ctrl-C reaches us alone, and its own children end with it) and is
bound to our life twice: by the kernel (PR_SET_PDEATHSIG, on Linux), and by a guard that kills the whole
group, grandchildren too, when the pipe from us closes. SIGINT, SIGTERM and SIGHUP raise `Ended` in
the main thread, so that every `finally` runs; a second signal kills at once.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 35.0  # seconds for SIGTERM to do its work: a call's deadline and some
QUICK = 3.0  # seconds; a child that lived less counts as a false start
FALSE_STARTS = 5  # in a row, before we give up
_PR_SET_PDEATHSIG = 1
_GUARD = 'read -r _; kill -s KILL -- "-$1" 2>/dev/null'  # for sh; read returns when we end, however we end


class Ended(SystemExit):
    """A signal asked this program to end; its code is 128 + the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


class GaveUp(Exception):
    """A child program ended again and again right after its start."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run beside us. `environment` is added to ours; `ready` waits until it can be used."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    ready: Callable[[], None] | None = None


def python(name: str, module: str, environment: Mapping[str, str] | None = None, log: Path | None = None) -> Program:
    """One of our own programs, started by module name. -P: a `worker` folder where we stand is not ours."""
    return Program(name, (sys.executable, "-P", "-m", module), environment or {}, log)


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]
    born: float
    false_starts: int = 0


class Supervisor:
    """Use as a context manager in the main thread; leaving it ends every child."""

    def __init__(self, grace: float = GRACE, say: Callable[[str], None] = lambda text: None) -> None:
        self._grace = grace
        self._say = say
        self._children: list[_Child] = []
        self._before: dict[signal.Signals, Any] = {}
        self._stopping = False

    def __enter__(self) -> "Supervisor":
        follow_launcher()
        self._before = {number: signal.signal(number, self._on_signal) for number in ENDING}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            self._kill()
            return
        self._stopping = True
        raise Ended(number)

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Start a program and wait until it is ready, if it says how."""
        process = spawn(program)
        child = _Child(program, process, _guard(process), time.monotonic())
        self._children.append(child)
        if program.ready:
            program.ready()
        return child.process

    def watch(self, pause: float = 0.2) -> None:
        """Keep the children running until a signal ends us. Raises GaveUp if one cannot stay up."""
        while True:
            time.sleep(pause)
            for child in self._children:
                if child.process.poll() is not None:
                    self._restart(child)

    def _restart(self, child: _Child) -> None:
        lived = time.monotonic() - child.born
        child.false_starts = child.false_starts + 1 if lived < QUICK else 0
        code, name = child.process.returncode, child.program.name
        _signal_group(child.process, signal.SIGKILL)
        if child.false_starts >= FALSE_STARTS:
            raise GaveUp(f"{name} ended {FALSE_STARTS} times right after its start, last with code {code}.")
        self._say(f"{name} ended with code {code}; it is started again.")
        _dismiss(child.guard)
        child.process, child.born = spawn(child.program), time.monotonic()
        child.guard = _guard(child.process)

    def stop(self) -> None:
        """End every child, last started first: SIGTERM, then SIGKILL to what is left of its group."""
        self._stopping = True
        for child in reversed(self._children):
            _signal_group(child.process, signal.SIGTERM)
        until = time.monotonic() + self._grace
        for child in reversed(self._children):
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, until - time.monotonic()))
        self._kill()
        for child in self._children:
            child.process.wait()
            _dismiss(child.guard)
        self._children.clear()

    def _kill(self) -> None:
        for child in self._children:
            _signal_group(child.process, signal.SIGKILL)


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start the program in its own group, bound to our life. Call from the main thread: the kernel binds
    a child to the thread that made it."""
    parent = os.getpid()
    log = program.log.open("ab") if program.log else None
    try:
        return subprocess.Popen(
            program.command,
            env={**os.environ, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=lambda: _die_with(parent),
        )
    finally:
        if log:
            log.close()


def _guard(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    command = ("/bin/sh", "-c", _GUARD, "guard", str(process.pid))
    return subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    guard.kill()
    guard.wait()
    if guard.stdin:
        guard.stdin.close()


def follow_launcher() -> None:
    """Under `uv run`: end when uv is killed, since nobody else would pass its end on to us."""
    with suppress(OSError):
        if Path(f"/proc/{os.getppid()}/comm").read_text("ascii").strip() == "uv":
            _bind(signal.SIGTERM)


def _die_with(parent: int) -> None:
    # SIGKILL, not SIGTERM: nobody would be left to insist, and every step of a post survives kill -9.
    _bind(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _bind(number: signal.Signals) -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


# Loaded before any fork: dlopen between fork and exec can wait for a lock that nobody holds any more.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
