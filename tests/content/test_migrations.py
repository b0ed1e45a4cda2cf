"""Two versions of the program may work on one database: every revision after the first only adds."""

from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from content import migrations
from content.migrations import breaking, fit, newest, upgrade
from content.store import Store

REVISIONS = [
    step.revision
    for step in reversed(list(ScriptDirectory.from_config(migrations._config("sqlite://")).walk_revisions()))
]


def columns(store: Store) -> dict[tuple[str, str], dict[str, Any]]:
    store.engine.dispose()
    found = sa.inspect(store.engine)
    return {(table, one["name"]): dict(one) for table in found.get_table_names() for one in found.get_columns(table)}


@pytest.mark.wide
def test_every_revision_only_adds(blank_db: str) -> None:
    """Or says from which program on it may be worked with."""
    store = Store(blank_db)
    upgrade(blank_db, REVISIONS[0])
    before = columns(store)
    for last, revision in pairwise(REVISIONS):
        upgrade(blank_db, revision)
        after = columns(store)
        if not breaking(last, revision):
            assert before.keys() <= after.keys(), revision
            old = {table for table, _ in before}
            new = [one for key, one in after.items() if key not in before and key[0] in old]
            assert all(one["nullable"] or one["default"] is not None for one in new), revision
        before = after
    store.close()


def test_the_numbers_of_revisions_tell_their_order() -> None:
    assert sorted(REVISIONS) == REVISIONS
    assert {len(one) for one in REVISIONS} == {4}
    assert REVISIONS[-1] == newest()


def test_a_program_works_on_newer_schemas_and_on_none_older(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(db)
    assert not fit(store).wrong
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0998'"))
    assert not fit(store).wrong
    monkeypatch.setattr(migrations, "newest", lambda: "0999")
    assert "migrate" in fit(store).todo
    store.close()


def test_a_database_says_which_programs_it_takes(db: str) -> None:
    store = Store(db)
    with store.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO instance (id, kind, clock_offset, epoch, armed, stops, created_at, least_program)"
                " VALUES (1, 'live', 0, 'e', :no, 0, '2026-01-01 00:00:00', '0998')"
            ),
            {"no": False},
        )
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0998'"))
    found = fit(store)
    assert "no program older than schema 0998" in found.wrong
    store.close()
