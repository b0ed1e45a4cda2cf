"""What each database does with the statements of the way out: they go by keys, never through all posts."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, col, select

from content import gate
from content.lifecycle import Action, At, Post, move
from content.stopping import recall_covered
from content.store import now
from tests import factory, snapshots
from tests.factory import House
from worker.reconcile import lapses

MANY = 5000  # posts beside the one that is looked at


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@pytest.fixture
def post(home: House) -> Post:
    """One post among many of other messages and accounts, most of them finished; made once, then copied."""
    if not snapshots.restore(home.store, "many_posts"):
        _many(home)
        snapshots.keep(home.store, "many_posts")
    with home.store.read() as session:
        return session.exec(select(Post).where(col(Post.narrative_id) == home.narrative.id)).one()


def _many(home: House) -> None:
    with home.store.write() as session:
        factory.cleared_post(session, home, account="facebook-gb", of=home.narrative)
        others = [factory.cleared_post(session, home, account=ref) for ref in ("site", "telegram-ar", "bluesky-en")]
        for other in others:
            session.execute(text(_copies(session, other)))
    with home.store.write() as session:
        session.connection().execute(text("ANALYZE"))


def _copies(session: Session, post: Post) -> str:
    left_out = ("id", "occurrence")
    names = ", ".join(f'"{name}"' for name in Post.model_fields if name not in left_out)
    numbers = f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY // 3})"
    posts = f"SELECT n.n, {names} FROM post CROSS JOIN n WHERE post.id = {post.id}"
    if session.get_bind().dialect.name == "sqlite":
        return f"INSERT INTO post (occurrence, {names}) {numbers} {posts}"
    return f"{numbers} INSERT INTO post (occurrence, {names}) {posts}"


@contextmanager
def heard(home: House) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its values, as the database gets them."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    event.listen(home.store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(home.store.engine, "before_cursor_execute", note)


class _Undone(Exception):
    """Nothing of it is kept."""


def plans(home: House, work: Callable[[Session], Any]) -> list[tuple[str, str]]:
    """(statement, plan) of each statement that names a post, in a transaction that is thrown away."""
    with heard(home) as seen, suppress(_Undone), home.store.write() as session:
        work(session)
        raise _Undone
    words = "EXPLAIN QUERY PLAN " if home.store.sqlite else "EXPLAIN "
    found = []
    with home.store.read() as session:
        for statement, values in seen:
            if re.search(r"\bpost\b", statement):
                rows = session.connection().exec_driver_sql(words + statement, values)  # of an UPDATE too: not run
                found.append((statement, "\n".join(str(row[-1]) for row in rows)))
    return found


THROUGH = re.compile(r"Seq Scan on post\b|SCAN post\b(?!.*USING)|SCAN post_\d+\b(?!.*USING)")


def test_a_move_goes_by_the_primary_key_and_not_by_whom_the_lease_belongs_to(home: House, post: Post) -> None:
    def work(session: Session) -> None:
        move(session, [At(post.id or 0, "scheduled", 0)], Action.BLOCK, at=now(session), held_by="f", fence=None)

    ((_, plan),) = [one for one in plans(home, work) if one[0].startswith("UPDATE post")]
    assert "pk_post" in plan or "USING INTEGER PRIMARY KEY" in plan
    assert "leased" not in plan
    assert not THROUGH.search(plan)


def test_the_gate_reads_no_table_of_posts_from_end_to_end(home: House, post: Post) -> None:
    found = plans(home, lambda session: gate.judge(session, [post], now(session) + timedelta(seconds=1)))
    assert len(found) >= 2
    for statement, plan in found:
        assert not THROUGH.search(plan), f"{statement}\n{plan}"


def test_what_a_stop_may_still_cover_is_found_by_the_stops_and_not_by_all_posts(home: House, post: Post) -> None:
    with home.store.write() as session:
        factory.consent_event(session, home.narrative, home.people["kim"], "narrow", languages=["en"])
        session.connection().execute(text("ANALYZE"))
    found = [one for one in plans(home, recall_covered) if "consent_event" in one[0] or "hold" in one[0]]
    assert len(found) == 3
    for statement, plan in found:
        assert not THROUGH.search(plan), f"{statement}\n{plan}"
        assert "ix_post_narrative_due" in plan, f"{statement}\n{plan}"


def test_leases_that_ended_are_found_by_their_own_index(home: House, post: Post) -> None:
    ((_, plan),) = plans(home, lambda session: session.execute(select(Post.id).where(*lapses(session))))
    assert "ix_post_leased" in plan


def test_what_was_begun_is_read_by_itself(home: House, post: Post) -> None:
    """Joined, it is planned while nothing was begun yet, and read from end to end for every piece ever after."""
    with heard(home) as seen, home.store.read() as session:
        gate.judge(session, [post], now(session))
    (begun,) = [statement for statement, _ in seen if re.search(r"\bpart\.", statement)]
    assert "JOIN" not in begun


def test_what_counts_against_a_cap_is_found_by_the_narrative_s_and_the_account_s_own_indices(
    home: House, post: Post
) -> None:
    found = plans(home, lambda session: gate.judge(session, [post], now(session)))
    ((_, plan),) = [one for one in found if "UNION" in one[0]]
    assert "ix_post_narrative_due" in plan
    assert "ix_post_account_due" in plan
