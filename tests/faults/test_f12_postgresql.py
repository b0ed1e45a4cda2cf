"""F12, F14, F15: PostgreSQL stops at once, cuts its connections, has none left; a row is locked by somebody else.

One server of their own for all of them, which keeps what it has promised: fsync and synchronous commits are on, and
what was not synced is lost for sure, for nobody writes its log unasked.
"""

# ruff: noqa: F811  # fixtures are imported by their names

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlmodel import Session

from content.lifecycle import Post
from tests.faults.counting import injected
from tests.faults.programs import SEED
from tests.faults.wire_desk import Outside, server  # noqa: F401
from tests.faults.wire_server import Server
from tests.faults.wire_worker import LEASE, at_work, house_on, own_postgres, sql
from tests.postgres import Postgres
from worker import publish
from worker.caps import Delivery

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]
POSTS = 12
CONNECTIONS = 30
LOST_IF_NOT_SYNCED = ("wal_writer_delay=10s", "wal_writer_flush_after=1GB", f"max_connections={CONNECTIONS}")
Own = tuple[Outside, Postgres]


@pytest.fixture(scope="module")
def running() -> Iterator[Postgres]:
    with own_postgres(more=LOST_IF_NOT_SYNCED) as made:
        yield made


@pytest.fixture
def own(running: Postgres, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Own]:
    with house_on(running, tmp_path / "home", server, monkeypatch) as desk:
        yield desk, running


def some(desk: Outside) -> list[int]:
    """Posts on the wire's own channels, due in a moment."""
    return desk.posts(POSTS // 2, "hook", due=0.3) + desk.posts(POSTS // 2, "wall", due=0.3)


def wait(desk: Outside, posts: list[int], number: int, seconds: float = 5 * LEASE) -> None:
    """Until so many of them are out."""
    end = time.monotonic() + seconds
    while desk.states(posts).count("published") < number:
        assert time.monotonic() < end, desk.all_states()
        time.sleep(0.02)


def test_f12_a_server_that_stops_at_once_loses_nothing_that_it_had_promised(own: Own) -> None:
    desk, running = own
    posts = some(desk)
    with at_work(desk):
        wait(desk, posts, Random(f"{SEED} f12").randint(2, POSTS // 2))
        running.stop("immediate")
        injected("postgresql.immediate")
        seen = len(desk.server.ledger.calls)
        time.sleep(LEASE / 2)
        assert len(desk.server.ledger.calls) <= seen + 2  # what had its intent and was about to be called
        running.start()
        wait(desk, posts, POSTS)
    desk.compare()


def test_f14_connections_that_are_cut_cost_no_post_and_double_none(own: Own) -> None:
    desk, running = own
    posts = some(desk)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'house' AND pid <> pg_backend_pid()"
    with at_work(desk):
        for number in (2, POSTS // 2, POSTS - 3):
            wait(desk, posts, number)
            injected("postgresql.terminate", len(sql(running.url(), cut)))
        wait(desk, posts, POSTS)
    desk.compare()


def test_f14_where_no_connection_is_left_nothing_is_sent_until_one_is(own: Own) -> None:
    desk, running = own
    posts = some(desk)
    plain = make_url(running.url("house")).set(drivername="postgresql").render_as_string(hide_password=False)
    with ExitStack() as taken:
        desk.store.engine.dispose()
        while True:
            try:
                taken.enter_context(psycopg.connect(plain))
            except psycopg.OperationalError:
                break
        injected("postgresql.full")
        with at_work(desk):
            time.sleep(LEASE / 2)
            assert desk.server.ledger.calls == []
            taken.close()
            wait(desk, posts, POSTS)
    desk.compare()


def test_f14_a_pool_with_nothing_free_costs_no_post(own: Own) -> None:
    desk, _ = own
    posts = some(desk)
    with at_work(desk), ExitStack() as held:
        for _number in range(16):  # of the test's own store; each worker has one of its own
            held.enter_context(desk.store.engine.connect())
        injected("pool.full")
        began = time.monotonic()
        desk.store.engine.pool._timeout = 0.2  # type: ignore[attr-defined]  # ROOM, for a test in a hurry
        desk.look_in_vain()
        assert time.monotonic() - began < LEASE
        held.close()
        wait(desk, posts, POSTS)
    desk.compare()


def test_f15_a_locked_row_holds_up_nobody_else(own: Own) -> None:
    desk, running = own
    posts = some(desk)
    plain = make_url(running.url("house")).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as other, at_work(desk):
        other.execute("SELECT 1 FROM post WHERE id = %s FOR UPDATE", (posts[0],))
        injected("row.locked")
        wait(desk, posts, POSTS - 1)
        assert desk.state(posts[0]) in ("scheduled", "claimed")
        other.rollback()
        wait(desk, posts, POSTS)
    desk.compare()


def test_f14_a_connection_cut_in_the_middle_of_an_intent_blocks_no_post(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, running = own
    posts = desk.posts(2, "wall")
    begin, cut = publish.begin, list[int]()

    def unlucky(session: Session, claimed: Sequence[Post], node: str) -> Any:
        if not cut:
            cut.append(session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one())
            sql(running.url(), f"SELECT pg_terminate_backend({cut[0]}, 5000)")
            injected("postgresql.terminate")
        return begin(session, claimed, node)

    monkeypatch.setattr(publish, "begin", unlucky)
    desk.look_in_vain()
    assert "blocked" not in desk.states(posts)
    desk.until(lambda: {*desk.states(posts)} == {"published"})
    desk.compare()


def test_f15_a_row_locked_between_claim_and_intent_holds_up_its_own_post_only(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, running = own
    for ref in ("one", "two", "three"):
        desk.account(ref, "paper", "site")
    posts = [desk.posts(1, ref)[0] for ref in ("one", "two", "three")]
    desk.caps = {name: replace(caps, delivery=Delivery.EXACT) for name, caps in desk.caps.items()}  # one intent for all
    begin = publish.begin
    plain = make_url(running.url("house")).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as other:
        held = list[int]()

        def late(session: Session, claimed: Sequence[Post], node: str) -> Any:
            if not held and any(post.id == posts[0] for post in claimed):
                held.append(posts[0])
                other.execute("SELECT 1 FROM post WHERE id = %s FOR UPDATE", (posts[0],))
                injected("row.locked")
            return begin(session, claimed, node)

        monkeypatch.setattr(publish, "begin", late)
        with at_work(desk):
            wait(desk, posts, 2)
            assert desk.state(posts[0]) != "published"
            other.rollback()
            wait(desk, posts, 3)
    desk.compare()
