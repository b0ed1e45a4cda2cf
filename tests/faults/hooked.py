"""Starts one of the product's programs with hooks and the tests' channels: `python -m tests.faults.hooked worker`.

Environment: HOOK (tests/faults/hooks.py), FAULT_SERVER (host:port of tests/faults/server.py, which gives the
channels `exact`, `keyed` and `once`), FAULT_SCALED (waits of half a minute last a second), FAULT_LANES (how many of a
channel at once). `hooked nursery` reads requests from its input and forks a program for each, which takes a tenth of
a second instead of two.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from types import ModuleType
from typing import Any

from tests.faults import hooks

SERVER, SCALED, LANES = "FAULT_SERVER", "FAULT_SCALED", "FAULT_LANES"
PROGRAMS = {"worker": "worker.__main__", "beat": "worker.beat"}
SHORT = timedelta(seconds=1)
# What a person or a platform is given time for, in a hurry. A name that is gone fails the start.
WAITS: tuple[tuple[str, str, object], ...] = (
    ("worker.reconcile", "AGAIN", SHORT),
    ("worker.recall", "AGAIN", SHORT),
    ("worker.publish", "LATER", SHORT),
    ("worker.waiting", "SLOW", 10.0),
    ("content.gate", "LOOK_AGAIN", SHORT),
    ("content.circuit", "FIRST", SHORT),
)
HEAVY = (
    "celery.apps.worker", "celery.apps.beat", "celery.concurrency.thread", "celery.worker.consumer",
    "kombu.transport.redis", "sqlalchemy.dialects.sqlite.pysqlite", "sqlalchemy.dialects.postgresql.psycopg",
    "content.release", "content.gate", "content.stopping", "content.reevaluating", "content.keys", "tests.faults.told",
)  # fmt: skip


def install() -> None:
    """Hooks, channels and waits of this process, as the environment says."""
    worker = importlib.import_module("worker.tasks")
    assert isinstance(worker, ModuleType)
    hooks.POINTS.hooks = hooks.parse(os.environ.get(hooks.VARIABLE, ""))
    hooks.watch()
    told = importlib.import_module("tests.faults.told")
    address = os.environ.get(SERVER, "")
    more = [told.Told(name, address) for name in told.CAPS] if address else []
    product = importlib.import_module("worker.channels").channels

    def channels(settings: Any) -> dict[str, Any]:
        return {name: hooks.Wrapped(one) for name, one in (product(settings) | {m.name: m for m in more}).items()}

    hooks.put_everywhere(product, channels)
    for module, name, value in WAITS if os.environ.get(SCALED) else ():
        hooks.put_everywhere(getattr(importlib.import_module(module), name), value)
    if width := os.environ.get(LANES, ""):
        importlib.import_module("worker.lanes").__dict__["WIDTH"] = int(width)


def run(program: str) -> None:
    """One program of the product, to its end."""
    install()
    runpy.run_module(PROGRAMS[program], run_name="__main__", alter_sys=False)


def nursery() -> None:
    """A line of JSON in (`program`, `environment`, `log`), a line out for each process born and each that ended."""
    for name in HEAVY:
        importlib.import_module(name)
    if "worker.node" in sys.modules:
        raise RuntimeError("worker.node reads the settings of each process, so it must not be loaded before the fork")
    importlib.import_module("sqlalchemy.orm").configure_mappers()
    gc.freeze()
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    _say(ready=True)
    waiting = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _bury()
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                return
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                _bear(json.loads(line), (ended, wake))


def _bear(asked: dict[str, Any], ours: tuple[int, ...]) -> None:
    child = os.fork()
    if child:
        _say(born=child)
        return
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))
        _redirect(asked["log"], ours)
        os.environ.update(asked["environment"])
        run(asked["program"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def _redirect(log: str, ours: tuple[int, ...]) -> None:
    target, empty = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), os.open(os.devnull, os.O_RDONLY)
    for old, new in ((empty, 0), (target, 1), (target, 2)):
        os.dup2(old, new)
    for descriptor in (target, empty, *ours):
        os.close(descriptor)


def _bury() -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _say(ended=pid, code=os.waitstatus_to_exitcode(status))


def _say(**told: object) -> None:
    os.write(1, json.dumps(told).encode() + b"\n")


if __name__ == "__main__":
    nursery() if sys.argv[1:] == ["nursery"] else run(sys.argv[1])
