"""Ends a worker that holds SQLite's lock and comes to no end: nobody else could write until it is gone.

A thread that ran out of memory may leave its transaction as it stands, with nobody left to end it. PostgreSQL ends such
a transaction after a lease; SQLite waits. What was under way is anybody's once its lease is over, as after a kill.
"""

import os
import threading
import time
from contextlib import suppress

from content.store import Store

LOOK = 1.0  # seconds between two looks
LEAST = 5  # looks, however short the lease is: a busy machine may take as long for an honest transaction
STUCK = 70  # exit code, as of a process whose call is stuck
LAST_WORDS = b"watchdog: a transaction held SQLite's lock for a lease; this process ends, another goes on\n"


def start(store: Store) -> None:
    """Begins to watch this process, where its database is SQLite."""
    if store.sqlite:
        threading.Thread(target=_watch, args=(store,), daemon=True, name="watchdog").start()


def _watch(store: Store) -> None:
    stands_still(store)
    os.write(2, LAST_WORDS)  # not the log: its lock may be held by whoever is stuck
    os._exit(STUCK)


def stands_still(store: Store, look: float = LOOK) -> None:
    """Returns once the same transaction held the lock for a lease. Looks are counted, not seconds: a process that was
    frozen, or slept with its machine, has done nothing wrong."""
    seen, same = None, 0
    while same < max(LEAST, store.lease / look):
        with suppress(MemoryError):
            time.sleep(look)
            held = store.turn.held()
            same = same + 1 if held is not None and held is seen else 0
            seen = held
