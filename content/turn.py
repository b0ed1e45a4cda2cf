"""Whose turn it is to write to SQLite: who waits comes before who has just written.

SQLite lets whoever asks first after a commit have its lock, and those who wait ask again only now and then: beside a
busy worker somebody else would wait for as long as that has something to write, and be told after half a minute that
the database is locked. So there is a queue of one place: only who stands in it asks for the lock.
"""

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection, ProgrammingError

PATIENCE = 1.0  # seconds: then whoever stands in the queue is taken for frozen, and is passed
PAUSE = 0.002, 0.01  # seconds between two looks at whether its place is free
_passed: set[str] = set()  # queues in which somebody was passed, and whose place has not been seen free since


class Turn:
    """Which of this process's connections had SQLite's lock last. Nothing here asks for memory: a process that has
    none left must still be able to say that it holds the lock."""

    __slots__ = ("_connection", "_mark")

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._mark: object = None

    def took(self, connection: Connection, mark: object) -> None:
        """This one asked for it, and may have got it; `mark` is this transaction's, and nobody else's."""
        if connection.in_transaction:
            self._connection, self._mark = connection, mark

    def reads(self, connection: Connection) -> None:
        """This one begins to read: if it had the lock, it gave it back."""
        if self._connection is connection:
            self._connection = None

    def held(self) -> object:
        """The mark of the transaction that has the lock at this instant; None where none of this process has it."""
        connection, mark = self._connection, self._mark
        try:
            return mark if connection is not None and connection.in_transaction else None
        except ProgrammingError:  # closed since
            return None


@contextmanager
def in_turn(path: str) -> Iterator[None]:
    """Holds the place in the queue of this file, if it can be had; it is free again when its process dies."""
    place = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(place, path)
        yield
    finally:
        os.close(place)


def _wait(place: int, path: str) -> None:
    until = time.monotonic() + (0.0 if path in _passed else PATIENCE)
    while not _taken(place):
        if time.monotonic() >= until:
            _passed.add(path)
            return
        time.sleep(random.uniform(*PAUSE))  # so that two who wait do not look in step
    _passed.discard(path)


def _taken(place: int) -> bool:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
