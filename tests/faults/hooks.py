"""Points in a post's way out at which a test may hurt the process that passes them.

No hook stands in the product. What the process tells the database and its channels is watched from outside: every
UPDATE of a post's `action` names a step (`claim`, `begin`, `confirm` …), and each call of a channel is wrapped. So a
point is `before_claim` and `after_claim` (the commit that holds the claim), `before_begin` and `after_begin` (the
intent), `before_call`, `during_call` (sent, not answered; channels of tests only), `after_call`, `before_confirm` …,
`before_seal`, `after_seal`, `before_take_back`, `after_take_back` (a recall's call), `before_find`, `after_find`.
Of the watch: `before_take_up` (posts whose turn it is), `before_stands` (the call), `before_saw` (what was seen of a
post), `before_list` (the call), `before_listed` (what was found), each with its `after_…`.

`HOOK="after_begin:3:kill,before_call@once:1:sleep:0.5"`: at the third intent kill -9; at the first call of the
channel `once` sleep. What may happen: kill, stop (SIGSTOP), term, raise, sleep:SECONDS, starve:MEGABYTES,
leave (a transaction begun that nobody ends).
"""

import os
import resource
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlmodel import Session

from tests.faults.counting import injected

VARIABLE = "HOOK"
CALLS = {"publish": "call", "find": "find", "recall": "take_back", "stands": "stands", "listed": "list"}
STEPS = {
    "INSERT INTO head": "seal",
    "UPDATE watched_account SET looked_at": "take_up",
    "INSERT INTO sighting": "saw",
    "UPDATE watched_account SET list_at": "listed",
}  # what the statement of a step begins with


class Planted(Exception):
    """Raised by a hook."""


class Died(BaseException):
    """The end of a process as a test in the same process plays it: no handler of the product catches it."""


@dataclass(frozen=True, slots=True)
class Hook:
    """At the `nth` pass of `point` do `what`."""

    point: str
    nth: int
    what: str
    argument: float = 0.0


def parse(text: str) -> list[Hook]:
    """Hooks from HOOK's words."""
    found = []
    for word in text.split(","):
        if word:
            point, nth, what, *more = word.split(":")
            if what not in EFFECTS:
                raise ValueError(f"there is no effect called {what}")
            found.append(Hook(point, int(nth), what, float(more[0]) if more else 0.0))
    return found


class Points:
    """Counts the passes of each point in this process and does what the hooks say, or calls what tests gave."""

    def __init__(self, hooks: list[Hook] | None = None) -> None:
        self.hooks = hooks or []
        self.passes: Counter[str] = Counter()
        self.calls: dict[str, Callable[[], None]] = {}  # point -> called at every pass
        self._lock = threading.Lock()

    def quiet(self) -> None:
        """This thread passes no points: it is not what is tried."""
        _told.quiet = True

    def reach(self, point: str, channel: str = "") -> None:
        """The point is passed now."""
        if getattr(_told, "quiet", False):
            return
        names = [point, f"{point}@{channel}"] if channel else [point]
        with self._lock:
            self.passes.update(names)
            due = [one for one in self.hooks for name in names if (one.point, one.nth) == (name, self.passes[name])]
        for hook in due:
            injected(f"{hook.what}@{point}")
            print(f"hook: {hook.point}:{hook.nth}", flush=True)  # into the process's log: which of several it was
            EFFECTS[hook.what](hook.argument)
        for name in names:
            if (call := self.calls.get(name)) is not None:
                call()


_told = threading.local()  # `steps`: what this thread's last commit held; `quiet`: it passes no points
POINTS = Points()


def reach(point: str, channel: str = "") -> None:
    """For the tests' own channels."""
    POINTS.reach(point, channel)


# --- what may happen ----------------------------------------------------------------------------------------


def _raise(_: float) -> None:
    raise Planted


def _starve(megabytes: float) -> None:
    """So little memory is left that an allocation fails somewhere in the middle of what follows."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + int(megabytes * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    kept = [bytearray(2**20) for _ in range(max(0, int(megabytes) - 1))]
    kept.append(bytearray(2**20))
    STARVED.append(kept)


def _leave(_: float) -> None:
    """As a thread does that has no memory to end its transaction with."""
    from worker.program import opened  # by then: it reads this program's settings as it is imported

    store, _told = opened()
    session = Session(store.engine.execution_options(counterpoint_write=True))
    session.connection()
    STARVED.append(session)


STARVED: list[object] = []
EFFECTS: Mapping[str, Callable[[float], None]] = {
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda _: os.kill(os.getpid(), signal.SIGSTOP),
    "term": lambda _: os.kill(os.getpid(), signal.SIGTERM),
    "sleep": time.sleep,
    "raise": _raise,
    "starve": _starve,
    "leave": _leave,
}


# --- watching -----------------------------------------------------------------------------------------------


def watch() -> Callable[[], None]:
    """Listens to what goes to the database, whoever sends it; returns how to stop."""
    ears: list[tuple[Any, str, Callable[..., None]]] = [
        (Engine, "begin", _begin),
        (Engine, "before_cursor_execute", _statement),
        (Engine, "commit", _commit),
        (Session, "after_commit", _committed),
    ]
    for ear in ears:
        event.listen(*ear)

    def stop() -> None:
        for ear in ears:
            event.remove(*ear)

    return stop


def _begin(connection: Connection) -> None:
    connection.info["steps"] = []


def _statement(connection: Connection, _c: Any, statement: str, _p: Any, context: Any, _many: bool) -> None:
    steps = connection.info.get("steps")
    if steps is None:
        return
    if statement.startswith("UPDATE post SET") and (told := _action(context)):
        steps.append(told)
    steps += [step for words, step in STEPS.items() if statement.startswith(words)]


def _action(context: Any) -> str:
    for values in getattr(context, "compiled_parameters", None) or ():
        if values.get("action"):
            return str(values["action"])
    return ""


def _commit(connection: Connection) -> None:
    _told.steps = list(dict.fromkeys(connection.info.pop("steps", None) or ()))
    for step in _told.steps:
        POINTS.reach(f"before_{step}")


def _committed(_: Session) -> None:
    steps, _told.steps = getattr(_told, "steps", None) or (), []
    for step in steps:
        POINTS.reach(f"after_{step}")


class Wrapped:
    """A channel with a point before and after each call."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._channel, name)
        return self._pointed(CALLS[name], found) if name in CALLS else found

    def _pointed(self, point: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def pointed(*given: Any, **named: Any) -> Any:
            POINTS.reach(f"before_{point}", self._channel.name)
            answer = call(*given, **named)
            POINTS.reach(f"after_{point}", self._channel.name)
            return answer

        return pointed


def put_everywhere(old: object, new: object) -> Callable[[], None]:
    """Puts one function in the place of another wherever a module of ours holds it; returns how to undo it.

    Fails where nobody holds it: a seam that has gone must be noticed.
    """
    places = [
        (module, name)
        for key, module in list(sys.modules.items())
        if key.partition(".")[0] in ("content", "worker", "cli")
        for name, value in list(vars(module).items())
        if value is old
    ]
    if not places:
        raise RuntimeError(f"no module holds {old!r} any more")
    for module, name in places:
        setattr(module, name, new)

    def undo() -> None:
        for module, name in places:
            with suppress(AttributeError):
                setattr(module, name, old)

    return undo
