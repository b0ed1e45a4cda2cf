"""F13: the disk of the database is full. No send without a durable intent; with room again everything goes on."""

# ruff: noqa: F811  # fixtures are imported by their names

import os
import time
from pathlib import Path

import pytest
from sqlmodel import col, select

from content.lifecycle import Post
from content.migrations import upgrade
from tests.faults.counting import injected
from tests.faults.wire_desk import Outside, hurry, outside_of, server  # noqa: F401
from tests.faults.wire_disk import Disk, small_disk
from tests.faults.wire_server import SLOW, Server
from tests.faults.wire_worker import LEASE, at_work, house_on, own_postgres
from tests.postgres import Postgres

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
POSTS = 8
SMALL = ("wal_level=minimal", "max_wal_senders=0", "min_wal_size=32MB", "max_wal_size=48MB")


def some(desk: Outside) -> list[int]:
    desk.server.mood, desk.server.late = (lambda _number, _key: SLOW), 0.2  # so that one call is always under way
    return desk.posts(POSTS // 2, "hook", due=0.3) + desk.posts(POSTS // 2, "wall", due=0.3)


def wait(desk: Outside, posts: list[int], number: int) -> None:
    end = time.monotonic() + 15 * LEASE
    while desk.states(posts).count("published") < number:
        assert time.monotonic() < end, desk.all_states()
        time.sleep(0.05)


def while_full(desk: Outside, disk: Disk) -> None:
    """The disk is full from the middle of a call on, for a lease. Somebody reads, so that no old room is used again."""
    seen = len(desk.server.ledger.calls)
    with desk.store.read() as reader:
        reader.execute(select(col(Post.id))).all()
        while len(desk.server.ledger.calls) == seen:
            time.sleep(0.005)
        disk.fill()
        injected("disk.full")
        time.sleep(LEASE)
    disk.clear()


def test_f13_sqlite_on_a_full_disk(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, LEASE)
    with small_disk(tmp_path / "disk", 24) as disk:
        url = f"sqlite:///{disk.folder / 'house.db'}"
        upgrade(url)
        with outside_of(url, tmp_path / "home", server, monkeypatch) as desk:
            posts = some(desk)
            with at_work(desk):
                wait(desk, posts, 1)
                while_full(desk, disk)
                wait(desk, posts, POSTS)
            desk.compare()


def test_f13_postgresql_on_a_full_disk(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path(f"/tmp/cp-disk-{os.getpid()}")  # where the server's own user may reach it
    with (
        small_disk(place, 160) as disk,
        own_postgres(within=place, more=SMALL) as running,
        house_on(running, tmp_path / "home", server, monkeypatch) as desk,
    ):
        posts = some(desk)
        with at_work(desk):
            wait(desk, posts, 1)
            while_full(desk, disk)
            revive(running)
            wait(desk, posts, POSTS)
        desk.compare()


def revive(running: Postgres) -> None:
    """A server that its full disk ended is started again, as an operator would."""
    if running.ended():
        running.start()
