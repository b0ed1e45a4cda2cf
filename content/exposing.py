"""What has been made public of each person: written with an intent, and caught up with when tags become stricter.

A passage that is tagged again after its words went out gave away more than was counted; what was public stays so.
What was public before Counterpoint counts as well: `import` brings it (`expose_before`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, func, insert
from sqlalchemy import select as rows
from sqlmodel import Session, SQLModel, col, select

from content import given
from content.clearing import tags
from content.lifecycle import Post, State
from content.message import Leaf, Used
from content.narrative import Exposure, Quote, Source
from content.record import Step, write_all
from content.store import Level, Scope, is_sqlite, lock, now

Wanted = Mapping[tuple[int, str], int]  # (narrative, attribute) -> the post that made it public
_OUT = (State.PUBLISHED, State.UNCERTAIN, State.RECALLING, State.RECALLED, State.RECALL_IMPOSSIBLE)


def catch_up(session: Session) -> int:
    """Adds the exposures that stand nowhere yet, each on the record; returns how many.

    Reads with a constant number of queries; locks only the narratives that lack one.
    """
    wanted = missing(session)
    if not wanted:
        return 0
    lock(session, [Scope(Level.NARRATIVE, narrative) for narrative, _ in wanted], exclusive=True)
    at = now(session)
    added = expose(session, wanted, at)
    counts: dict[int, int] = {}
    for narrative, _ in added:
        counts[narrative] = counts.get(narrative, 0) + 1
    steps = [
        Step("worker:", "narrative.expose", "narrative", narrative, {"attributes": count})
        for narrative, count in sorted(counts.items())
    ]
    write_all(session, steps, at)
    return len(added)


def missing(session: Session) -> dict[tuple[int, str], int]:
    """What posts that are or were out give away and no exposure says, each with the first such post."""
    used = _used(session)
    given = _by_passage(session, used) | _by_quote(session, used)
    found: dict[tuple[int, str], int] = {}
    for (narrative, kind, material), post in used.items():
        for attribute in given.get((kind, material), ()):
            found[narrative, attribute] = min(post, found.get((narrative, attribute), post))
    known = _known(session, {narrative for narrative, _ in found})
    return {key: post for key, post in found.items() if key not in known}


def expose(session: Session, wanted: Wanted, at: datetime) -> list[tuple[int, str]]:
    """Writes what is made public of a person, once; returns what was new. The narrative's exclusive lock is held."""
    connection = session.connection()
    found = [(narrative, attribute, post) for (narrative, attribute), post in sorted(wanted.items())]
    values = given.rows(connection, tuple(_GIVEN), found)
    new = connection.execute(_insert(is_sqlite(session)), values | {"at": at})
    return sorted((row.narrative_id, row.attribute) for row in new)


def expose_before(session: Session, wanted: Collection[tuple[int, str]], at: datetime) -> list[tuple[int, str]]:
    """Writes what of (narrative, attribute) was made public outside of Counterpoint; returns what was new.

    at: when; no post stands for it. The narratives' exclusive locks are held.
    """
    new = sorted(set(wanted) - _known(session, {narrative for narrative, _ in wanted}))
    session.add_all(Exposure(narrative_id=narrative, attribute=attribute, at=at) for narrative, attribute in new)
    session.flush()
    return new


_GIVEN: dict[str, given.Kind] = {"narrative_id": int, "attribute": str, "post_id": int}


@cache
def _insert(sqlite: bool) -> Any:
    found = given.table(sqlite, **_GIVEN)
    at = bindparam("at", type_=SQLModel.metadata.tables["exposure"].c.at.type)
    known = exists().where(
        col(Exposure.narrative_id) == found.c.narrative_id, col(Exposure.attribute) == found.c.attribute
    )
    return (
        insert(Exposure)
        .from_select([*_GIVEN, "at"], rows(*found.c, at).where(~known))
        .returning(col(Exposure.narrative_id), col(Exposure.attribute))
    )


def _known(session: Session, narratives: set[int]) -> set[tuple[int, str]]:
    if not narratives:
        return set()
    statement = select(Exposure.narrative_id, Exposure.attribute).where(col(Exposure.narrative_id).in_(narratives))
    return set(session.exec(statement))


def _used(session: Session) -> dict[tuple[int, str, int], int]:
    """(narrative, passage | quote, its id) of all that is or was out -> the smallest post with it."""
    columns = (col(Post.narrative_id), col(Used.kind), col(Used.material_id))
    statement = (
        rows(*columns, func.min(col(Post.id)))
        .join(Leaf, col(Leaf.id) == col(Post.leaf_id))
        .join(Used, col(Used.version_id) == col(Leaf.version_id))
        .where(col(Post.state).in_([str(state) for state in _OUT]), col(Used.kind).in_(["passage", "quote"]))
        .group_by(*columns)
    )
    return {(row[0], row[1], row[2]): row[3] for row in session.execute(statement)}


def _by_passage(session: Session, used: Mapping[tuple[int, str, int], int]) -> dict[tuple[str, int], frozenset[str]]:
    found = tags(session, {material for _, kind, material in used if kind == "passage"})
    return {("passage", key): tag.attributes for key, tag in found.items() if tag is not None}


def _by_quote(session: Session, used: Mapping[tuple[int, str, int], int]) -> dict[tuple[str, int], frozenset[str]]:
    """A verbatim quote gives away what the page it comes from says itself."""
    quotes = {material for _, kind, material in used if kind == "quote"}
    if not quotes:
        return {}
    of = (col(Source.narrative_id) == col(Quote.narrative_id)) & (col(Source.ref) == col(Quote.source_ref))
    statement = rows(col(Quote.id), col(Source.attributes)).join(Source, of).where(col(Quote.id).in_(quotes))
    return {("quote", row[0]): frozenset(row[1]) for row in session.execute(statement)}
