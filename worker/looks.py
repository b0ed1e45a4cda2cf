"""The looks by name, and how one is run: by a task, by the pulse, by a test; never two of a lane at once here."""

import logging
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial

from content.checks.warm import warm
from content.settings import Settings
from content.store import Store
from worker import dispatch, links, prepare, recall, reconcile, seal, verify, watch
from worker.fitting import FITTING
from worker.heap import for_good
from worker.node import Node, ticks

log = logging.getLogger("counterpoint.looks")
Look = Callable[[Store, Settings], int]


@cache
def ready() -> None:
    """All is built that the checks on words look things up in: no language's first message waits for it."""
    with for_good():
        warm()


def _prepare(store: Store, told: Settings) -> int:
    """Gets ready before it first judges; on the lane of this look, so that what is due goes out meanwhile."""
    ready()
    return prepare.look(store, told)


LOOKS: Mapping[str, Look] = {
    "release_due": dispatch.look,
    "recall": recall.look,
    "prepare": _prepare,
    "reconcile": reconcile.look,
    "seal": seal.look,
    "verify": verify.look,
    "links": links.look,
    "watch": watch.look,
}


class Heard:
    """When each look last began in this process, by a ring or by itself."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._busy: dict[str, threading.Lock] = {name: threading.Lock() for name in LOOKS}

    def since(self, name: str) -> float:
        """Seconds since the look last began or ended here."""
        return ticks() - self._at.get(name, float("-inf"))

    def run(self, name: str, store: Store, told: Settings) -> int:
        """Looks once, unless the same look runs here already. Whatever it raises is logged by its name only."""
        with_us = self._busy[name]
        # Sending runs as often as it is rung for: a slow channel must not hold up what the next claim would send.
        if name != "release_due" and not with_us.acquire(blocking=False):
            return 0
        self._at[name] = ticks()
        try:
            return LOOKS[name](store, told) if FITTING.fits(store, told) else 0
        except Exception as error:
            log.warning("look.failed: %s in %s", type(error).__name__, name)
            return 0
        finally:
            self._at[name] = ticks()
            if with_us.locked() and name != "release_due":
                with_us.release()


HEARD = Heard()


def send_due(node: Node, store: Store, told: Settings) -> None:
    """Begins to send what is due, on lanes of its own; whoever calls waits for nothing."""
    node.lanes.run("due", partial(HEARD.run, "release_due", store, told))
