"""Who waits to write to SQLite comes before who has just written."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from content import turn
from content.store import Store

BUSY = 4  # threads that write without a pause, as a worker's do in a burst
HOLDS = 0.02  # seconds of each of their transactions
TRIES = 8
PASSED_BY = 60  # writes of others, of which four stand in the queue beside it: one in a million waits for longer


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path}/turn.db")
    with made.write() as session:
        session.connection().execute(text("CREATE TABLE written (id INTEGER PRIMARY KEY, by INTEGER)"))
    return made


def write(store: Store, by: int, holds: float = 0.0) -> None:
    with store.write() as session:
        session.connection().execute(text("INSERT INTO written (by) VALUES (:by)"), {"by": by})
        time.sleep(holds)


def busy(store: Store, over: threading.Event) -> None:
    while not over.is_set():
        write(store, 1, HOLDS)


def last(store: Store, by: int) -> int:
    """The number of the last row by these, of all that were written."""
    with store.read() as session:
        found = session.connection().execute(text("SELECT max(id) FROM written WHERE by = :by"), {"by": by}).scalar()
        return int(found or 0)


def test_beside_busy_writers_everybody_else_has_a_turn_soon(store: Store) -> None:
    """Counted in what others write meanwhile: on a machine that has much else to do, everybody's turn is longer."""
    over = threading.Event()
    threads = [threading.Thread(target=busy, args=(store, over)) for _ in range(BUSY)]
    passed = []
    for thread in threads:
        thread.start()
    try:
        for _ in range(TRIES):
            before = last(store, 1)
            write(store, 2)
            passed.append(last(store, 2) - before)
    finally:
        over.set()
    for thread in threads:
        thread.join()
    assert max(passed) < PASSED_BY


def test_whoever_stands_in_the_queue_for_too_long_is_passed_from_then_on(store: Store) -> None:
    with turn.in_turn(f"{store.engine.url.database}-turn"):  # frozen there
        took = []
        for _ in range(2):
            began = time.monotonic()
            write(store, 1)
            took.append(time.monotonic() - began)
    assert turn.PATIENCE <= took[0] < turn.PATIENCE + 1
    assert took[1] < turn.PATIENCE
    write(store, 1)  # it is free again, and is waited for again
    assert not turn._passed


def test_a_place_in_the_queue_is_free_again_when_whoever_held_it_is_done(tmp_path: Path) -> None:
    for _ in range(3):
        with ExitStack() as stack:
            began = time.monotonic()
            stack.enter_context(turn.in_turn(f"{tmp_path}/place"))
            assert time.monotonic() - began < 1
