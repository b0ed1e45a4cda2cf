"""No test sees what the one before it did to PostgreSQL: its rows are put back, or the whole is copied anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlmodel import Session, col, select

from content.people import Person
from tests import factory


@pytest.fixture
def databases(_postgresql_databases: Any) -> Iterator[Any]:
    """Just copied, so that nothing else stands in the way of a second use."""
    _postgresql_databases.drop(_postgresql_databases.migrated())
    yield _postgresql_databases


@contextmanager
def _line(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as line:
        yield line


def _founded(url: str) -> list[int | None]:
    with factory.opened(url) as store, store.write() as session:
        assert _people(session) == []
        factory.founded(session)
        return _people(session)


def _people(session: Session) -> list[int | None]:
    return list(session.exec(select(Person.id).order_by(col(Person.id))))


def _which(url: str) -> Any:
    with _line(url) as line:
        return line.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()


def test_rows_and_their_numbers_are_put_back(databases: Any) -> None:
    first = databases.migrated()
    before, people = _which(first), _founded(first)
    again = databases.migrated()
    assert (again, _which(again)) == (first, before), "no other copy was made"
    assert _founded(again) == people
    with _line(again) as line:
        assert line.execute("SELECT count(*) FROM legal_move").fetchone() != (0,), "what a migration wrote stands"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE post DISABLE TRIGGER ALL",
        "CREATE INDEX one_more ON post (id)",
        "DROP TABLE term_hit",
        "CREATE TABLE left_behind (id integer)",
        "ANALYZE legal_move",
        "ALTER TABLE person ADD COLUMN colour text",
        "TRUNCATE TABLE legal_move",
    ],
)
def test_what_is_more_than_rows_makes_another_copy(databases: Any, statement: str) -> None:
    url = databases.migrated()
    before = _which(url)
    with _line(url) as line:
        line.execute(statement.encode())
    assert _which(databases.migrated()) != before


def test_whoever_is_still_connected_has_no_part_in_the_next_test(databases: Any) -> None:
    url = databases.migrated()
    before = _which(url)
    with _line(url) as line:
        assert _which(databases.migrated()) != before
        with pytest.raises(psycopg.OperationalError):
            line.execute("SELECT 1")
