"""The first few rows of each of several things, in one statement: each is one look into an index, and not more."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, select, true
from sqlmodel import Session, col

from content import given
from content.store import is_sqlite


def each(
    session: Session, of: Any, few: Select[Any], key: Any, wanted: Sequence[Any], ids: Collection[int]
) -> Sequence[Any]:
    """The wanted columns of those rows that `few` chooses by their key for each of the ids; `of` is where an id stands.

    few: SELECT key … ORDER BY … LIMIT …, without a word about the id; all of one table.
    """
    return asked(session, of_each(is_sqlite(session), of, few, key, wanted), ids)


def of_each(sqlite: bool, of: Any, few: Select[Any], key: Any, wanted: Sequence[Any]) -> Select[Any]:
    """The same as a statement, for whoever builds it once and asks it of every page (`asked`)."""
    found = given.table(sqlite, id=int)
    chosen = few.where(col(of) == found.c.id).correlate(found)
    if not sqlite:  # straight out of the look into the index
        some = chosen.with_only_columns(*wanted).lateral("some")
        return select(some).select_from(found).join(some, true())
    return select(*wanted).select_from(found).join(of.class_, col(key).in_(chosen))


def asked(session: Session, statement: Select[Any], ids: Collection[int], **values: Any) -> Sequence[Any]:
    """The rows for these ids. values: of the names that stand in it besides."""
    session.flush()
    connection = session.connection()
    return connection.execute(statement, given.rows(connection, ["id"], [(one,) for one in ids]) | values).all()
