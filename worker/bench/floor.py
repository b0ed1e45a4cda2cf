"""The bare floor: the same rows, in a table of the same columns and indices, claimed by one bare statement.

No gate, no intent, no record, no history, no guard: what the database alone can do, so that a ratio to it means
the same on every machine.
"""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import ForeignKeyConstraint, MetaData, Table, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import quoted_name
from sqlmodel import SQLModel, col

from content.lifecycle import Post
from content.store import Store

BATCH = 500
NAME = "bench_floor"
LEAST = 5000  # rows a measurement claims where there are as many: fewer say little

_CLAIM = f"""
UPDATE {NAME} SET state = 'claimed', step = step + 1, action = 'claim', fence = 'floor', lease_until = :until,
 changed_at = :at WHERE id IN (SELECT id FROM {NAME} WHERE state = 'scheduled' AND due_at <= :at ORDER BY due_at
 LIMIT {BATCH} %s) RETURNING id
"""  # noqa: S608  # our own names


class Floor:
    """A copy of the posts as they stand when it is made; each measurement uses up rows of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = _copy(store)
        self._used = 0

    def measure(self, due: int) -> tuple[int, float]:
        """Makes so many rows due, claims them in batches of 500, a commit each; (rows, seconds)."""
        wanted = max(due, LEAST)
        at = datetime.now(UTC) + timedelta(seconds=1)
        with self._store.write() as session:
            ids = select(self._table.c.id).where(self._table.c.state == "scheduled", self._table.c.id > self._used)
            chosen = session.execute(ids.order_by(self._table.c.id).limit(wanted)).scalars().all()
            if not chosen:
                return 0, 0.0
            self._used = chosen[-1]
            session.execute(
                update(self._table)
                .where(self._table.c.id.between(chosen[0], chosen[-1]), self._table.c.state == "scheduled")
                .values(due_at=at - timedelta(seconds=1))
            )
        return self._claim(at, len(chosen))

    def _claim(self, at: datetime, due: int) -> tuple[int, float]:
        words = text(_CLAIM % ("" if self._store.sqlite else "FOR UPDATE SKIP LOCKED"))
        bound = {"at": _plain(at, self._store), "until": _plain(at + timedelta(seconds=30), self._store)}
        engine = self._store.engine.execution_options(counterpoint_write=True)
        done = 0
        with engine.connect() as connection:
            began = time.perf_counter()
            while done < due and (taken := _once(connection, words, bound)):
                done += taken
            return done, time.perf_counter() - began

    def drop(self) -> None:
        with self._store.write() as session:
            self._table.drop(session.connection())


def _once(connection: Connection, words: object, bound: dict[str, object]) -> int:
    with connection.begin():
        return len(connection.execute(words, bound).all())  # type: ignore[call-overload]  # a text clause


def _plain(at: datetime, store: Store) -> object:
    """As SQLAlchemy writes an instant into SQLite."""
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if store.sqlite else at


def copied(model: type[SQLModel], metadata: MetaData, name: str) -> Table:
    """A table with the model's columns and indices under another name; no foreign keys, no guards."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table
    made = table.to_metadata(metadata, name=name)
    made.constraints = {one for one in made.constraints if not isinstance(one, ForeignKeyConstraint)}
    made.primary_key.name = quoted_name(f"pk_{name}", None)
    for number, one in enumerate(made.constraints - {made.primary_key}):
        one.name = quoted_name(f"{name}_{number}", None)
    for index in made.indexes:
        index.name = quoted_name(f"{name}_{index.name}", None)
    return made


def _copy(store: Store) -> Table:
    made = copied(Post, MetaData(), NAME)
    with store.write() as session:
        connection = session.connection()
        made.create(connection)
        posts = select(*(col(getattr(Post, column.name)) for column in made.columns))
        connection.execute(insert(made).from_select(list(made.columns.keys()), posts))
    if not store.sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM ANALYZE {NAME}"))
    return made
