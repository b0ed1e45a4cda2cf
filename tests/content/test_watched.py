"""No statement of health reads a large table from end to end; by the plans of both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from content import watched
from content.lifecycle import State
from content.store import Store
from tests import factory

AT = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = (  # by dozens, or capped
    "heartbeat", "account", "organisation", "pause", "hold", "instance", "pace", "circuit", "journal_mark",
    "alembic_version",
)  # fmt: skip
STATEMENTS = {
    "scheduled": watched.counted(watched.scheduled()),
    "due": watched.oldest_of(watched.due(AT)),
    "kept back": watched.oldest_of(watched.kept_back(AT)),
    "lapsed": watched.oldest_of(watched.lapsed(AT)),
    "notes": watched.notes(),
    "surplus": watched.oldest_of(watched.surplus()),
    "surplus posts": watched.surplus_posts(),
    "wordings": watched.oldest_of(watched.open_wordings()),
    "unsealed": watched.oldest_of(watched.unsealed()),
    "not evaluated": watched.not_evaluated(AT),
    "what there is one of": watched.single(sqlite=True),
    "circuits": watched.circuits(),
    "recent": watched.recent(AT),
    "strangers": watched.oldest_of(watched.strangers()),
    "appeals": watched.oldest_of(watched.appeals()),
    **{str(state): watched.oldest_of(watched.standing(state)) for state in (
        State.UNCERTAIN, State.BLOCKED, State.RECALLING, State.RECALL_IMPOSSIBLE)},
    "expired": watched.oldest_of(watched.standing(State.EXPIRED, since=AT)),
    "failed": watched.oldest_of(watched.standing(State.FAILED, since=AT)),
}  # fmt: skip


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with factory.opened(db) as store:
        yield store


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_goes_by_an_index(store: Store, name: str) -> None:
    lines = plan(store, STATEMENTS[name])
    sorts = any("TEMP B-TREE" in line for line in lines)
    whole = [line for line in lines if _whole(line, sorts) and not any(f" {table}" in line for table in SMALL)]
    assert whole == [], lines


def _whole(line: str, sorts: bool) -> bool:
    """A whole table. A SCAN in the order of the primary key or of a partial index stops at the limit, and may."""
    if line in ("SCAN attempt", "SCAN version"):
        return sorts
    if line.startswith("SCAN "):
        return "USING" not in line and not line.startswith(("SCAN anon", "SCAN CONSTANT", "SCAN (subquery"))
    return "Seq Scan" in line


def plan(store: Store, statement: Any) -> list[str]:
    """The steps of the plan, chosen as if the tables were large."""
    dialect = sqlite.dialect() if store.sqlite else postgresql.dialect()
    words = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    with store.engine.connect() as connection:
        if store.sqlite:
            return [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {words}".replace(":", r"\:")))]
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        return [row[0] for row in connection.execute(text(f"EXPLAIN {words}".replace(":", r"\:")))]
