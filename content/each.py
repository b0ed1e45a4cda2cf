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
    found = given.table(is_sqlite(session), id=int)
    chosen = few.where(col(of) == found.c.id).correlate(found)
    statement = select(*(col(one) for one in wanted)).select_from(found)
    table = of.class_
    if is_sqlite(session):
        joined = statement.join(table, col(key).in_(chosen))
    else:
        some = chosen.lateral("some")
        joined = statement.join(some, true()).join(table, col(key) == some.c[0])
    return session.execute(joined, given.rows(session.connection(), ["id"], [(one,) for one in ids])).all()
