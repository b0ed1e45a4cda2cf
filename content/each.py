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

    few: SELECT key … ORDER BY … LIMIT …, without a word about the id.
    """
    return session.execute(of_each(is_sqlite(session), of, few, key, wanted), for_these(session, ids)).all()


def for_these(session: Session, ids: Collection[int]) -> dict[str, Any]:
    """What `of_each` is to be given for these ids."""
    return given.rows(session.connection(), ["id"], [(one,) for one in ids])


def of_each(sqlite: bool, of: Any, few: Select[Any], key: Any, wanted: Sequence[Any]) -> Select[Any]:
    """The same as a statement, for whoever asks it again and again."""
    found = given.table(sqlite, id=int)
    chosen = few.where(col(of) == found.c.id).correlate(found)
    rows = select(*wanted).select_from(found)
    table = of.class_
    if sqlite:
        return rows.join(table, col(key).in_(chosen))
    some = chosen.lateral("some")
    return rows.join(some, true()).join(table, col(key) == some.c[0])
