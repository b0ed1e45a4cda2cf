"""A worker's own look in this process, in threads, on a database of the test's own that may be hurt under it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from content.migrations import upgrade
from content.store import Store
from tests.factory import KEYS
from tests.faults.wire_desk import Outside, hurry, outside_of
from tests.faults.wire_server import Server
from tests.postgres import Postgres
from worker import dispatch, reconcile, seal
from worker.node import Node

LEASE = 2.0  # seconds
_furnished: set[str] = set()  # servers on which the house was built


@contextmanager
def at_work(desk: Outside, workers: int = 1) -> Iterator[list[Node]]:
    """So many workers that look all the time, each with a store of its own; what a look raises ends only that look."""
    nodes = [Node(f"worker-{number}") for number in range(workers)]
    stores = [Store(desk.store.url, KEYS, lease=LEASE, waits=LEASE / 6) for _ in nodes]
    threads = [_thread(desk, store, node, looks) for store, node in zip(stores, nodes, strict=True) for looks in LANES]
    try:
        yield nodes
    finally:
        for node in nodes:
            node.ending.set()
        for thread in threads:
            thread.join(20)
        for store in stores:
            store.close()


def _reconcile(desk: Outside, store: Store, node: Node) -> None:
    reconcile.look(store, desk.settings, node)


def _send(desk: Outside, store: Store, node: Node) -> None:
    dispatch.look(store, desk.settings, node)


def _seal(desk: Outside, store: Store, node: Node) -> None:
    seal.look(store, desk.settings)


LANES: Sequence[Callable[[Outside, Store, Node], None]] = (_send, _reconcile, _seal)


def _thread(desk: Outside, store: Store, node: Node, look: Callable[[Outside, Store, Node], None]) -> threading.Thread:
    def run() -> None:
        while not node.ending.wait(0.03):
            with suppress(Exception):
                look(desk, store, node)

    thread = threading.Thread(target=run, daemon=True, name=look.__name__)
    thread.start()
    return thread


@contextmanager
def own_postgres(*, within: Path | None = None, more: Sequence[str] = ()) -> Iterator[Postgres]:
    """A server of the test's own that keeps what it has promised."""
    running = Postgres(durable=True, within=within, more=("shared_buffers=32MB", *more))
    try:
        yield running
    finally:
        running.remove()


@contextmanager
def house_on(running: Postgres, home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """The house on that server, in a new database, and a short lease."""
    url = running.url("house")
    sql(running.url(), "DROP DATABASE IF EXISTS house WITH (FORCE)")
    sql(running.url(), "CREATE DATABASE house")
    if str(running.folder) not in _furnished:  # else it is copied from the first one's
        upgrade(url)
        _furnished.add(str(running.folder))
    hurry(monkeypatch, LEASE)
    with outside_of(url, home, server, monkeypatch) as desk:
        yield desk


def sql(url: str, statement: str) -> list[tuple[object, ...]]:
    """One statement past the product, in a session of its own."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        done = connection.execute(statement)  # type: ignore[call-overload]  # ours
        return done.fetchall() if done.description else []
