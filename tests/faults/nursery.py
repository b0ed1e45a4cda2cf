"""Real processes in a tenth of a second: a parent that has loaded everything forks them (tests/faults/hooked.py)."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cli.supervise import Program

BOOT = 60.0  # seconds; three as a rule


class Forked:
    """A process as subprocess.Popen would have it: pid, poll, wait, send_signal, returncode."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = threading.Event()

    def end(self, code: int) -> None:
        """Told by the nursery."""
        self.returncode = code
        self._ended.set()

    def poll(self) -> int | None:
        """The exit code, minus the signal's number if one ended it; None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises TimeoutExpired."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Start it once for a whole run of tests; `close` ends it and whatever it bore."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        program = Program("nursery", (sys.executable, "-m", "tests.faults.hooked", "nursery"), environment or {})
        self._process = _spawn(program)
        self._born: queue.Queue[Forked] = queue.Queue()
        self._living: dict[int, Forked] = {}
        self._ready = threading.Event()
        self._ears = threading.Thread(target=self._listen, daemon=True, name="nursery")
        self._ears.start()
        if not self._ready.wait(BOOT):
            raise RuntimeError("the nursery did not start")

    def start(self, program: str, environment: Mapping[str, str], log: Path) -> Forked:
        """One more `worker` or `beat`."""
        asked = {"program": program, "environment": dict(environment), "log": str(log)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        return self._born.get(timeout=BOOT)

    def close(self) -> None:
        """Ends it; the kernel ends its children with it."""
        for one in list(self._living.values()):
            one.kill()
        until = time.monotonic() + 5
        while self._living and time.monotonic() < until:
            time.sleep(0.01)
        self._process.kill()
        self._process.wait()
        self._ears.join(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "born" in told:
                child = self._living[told["born"]] = Forked(told["born"])
                self._born.put(child)
            elif "ended" in told:
                self._living.pop(told["ended"]).end(told["code"])
            else:
                self._ready.set()


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        program.command,
        env={**os.environ, **program.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )
