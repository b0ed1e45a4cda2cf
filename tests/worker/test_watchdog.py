"""A transaction on SQLite that nobody ends is noticed; one that ends, however many follow it, is not."""

import threading
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from content.store import Store
from worker.watchdog import LEAST, stands_still

LOOK = 0.02  # seconds


def watched(store: Store) -> threading.Thread:
    thread = threading.Thread(target=stands_still, args=(store, LOOK), daemon=True)
    thread.start()
    return thread


def a_store(path: Path) -> Store:
    return Store(f"sqlite:///{path / 'counterpoint.db'}", lease=LOOK * LEAST)


def test_a_transaction_that_nobody_ends_is_noticed(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    thread = watched(store)
    with store.write() as session:
        session.connection()
        thread.join(10)
        assert not thread.is_alive()


def test_many_short_ones_and_a_long_look_are_not(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    thread = watched(store)
    for _ in range(LEAST * 4):
        with store.write() as session:
            session.connection()
            thread.join(LOOK)
    with store.read() as session:  # by the connection that wrote
        session.connection()
        thread.join(LOOK * LEAST * 4)
    assert thread.is_alive()


def test_a_connection_that_was_closed_holds_nothing(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with Session(store.engine.execution_options(counterpoint_write=True)) as session:
        session.connection().execute(text("SELECT 1"))
        assert store.turn.held() is not None
    store.close()
    assert store.turn.held() is None
