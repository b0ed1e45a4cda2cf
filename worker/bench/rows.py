"""Rows by the hundred thousand: COPY on PostgreSQL, executemany on SQLite, the guards put aside meanwhile.

The guards are back before anything is measured: the same triggers as before, or `bulk` raises.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, get_origin

from pydantic_core import PydanticUndefined
from sqlalchemy import text
from sqlmodel import SQLModel

from content.errors import Refusal
from content.store import Store

Row = tuple[Any, ...]


class Bulk:
    """One connection that fills tables in one transaction, past triggers and foreign keys."""

    def __init__(self, store: Store, connection: Any) -> None:
        self.store, self._connection = store, connection
        self._dialect = store.engine.dialect

    def fill(self, model: type[SQLModel], names: Sequence[str], rows: Iterable[Row], **fixed: Any) -> int:
        """Inserts rows whose columns are `names`; `fixed` columns are the same in all; the rest are the defaults."""
        table = _table(model)
        same = _defaults(model, {*names, *fixed}) | fixed
        shape = [self._shaper(table, name) for name in names]
        tail = tuple(self._shaped(table, name, value) for name, value in same.items())
        columns = ", ".join(f'"{name}"' for name in (*names, *same))
        return self._insert(table.name, columns, len(names) + len(same), (_row(shape, row) + tail for row in rows))

    def _insert(self, table: str, columns: str, width: int, rows: Iterator[Row]) -> int:
        cursor = self._connection.cursor()
        if self.store.sqlite:
            cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" * width)})', rows)  # noqa: S608  # our own names
            return int(cursor.rowcount)
        with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)

    def _shaper(self, table: Any, name: str) -> Callable[[Any], Any] | None:
        kind = table.columns[name].type.dialect_impl(self._dialect)
        found: Callable[[Any], Any] | None = kind.bind_processor(self._dialect)
        return found and (lambda value: None if value is None else found(value))

    def _shaped(self, table: Any, name: str, value: Any) -> Any:
        shape = self._shaper(table, name)
        return value if shape is None else shape(value)


@contextmanager
def bulk(store: Store) -> Iterator[Bulk]:
    """A `Bulk` whose rows are committed together at the end; the guards stand again when it is left."""
    before = guards(store)
    raw = store.engine.raw_connection()
    connection: Any = raw.driver_connection
    try:
        with _sqlite(connection) if store.sqlite else _postgresql(connection):
            yield Bulk(store, connection)
    finally:
        raw.close()
    if guards(store) != before:
        raise RuntimeError("the guards that were put aside for loading are not all back")
    _count_on(store)


def guards(store: Store) -> list[tuple[str, str]]:
    """Every trigger that is in force, by name and table."""
    words = (
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1, 2"
        if store.sqlite
        else "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        " ORDER BY 1, 2"
    )
    with store.engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text(words))]


@contextmanager
def _sqlite(connection: Any) -> Iterator[None]:
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in found:
            connection.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, words in found:
            connection.execute(words)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _postgresql(connection: Any) -> Iterator[None]:
    try:
        connection.execute("SET LOCAL session_replication_role = replica")
    except Exception as error:
        connection.rollback()
        raise Refusal(
            "bench.superuser",
            "Loading puts triggers aside, and this user of PostgreSQL may not.",
            "Give --database the address of a server on which this user is a superuser; never one in earnest.",
        ) from error
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _count_on(store: Store) -> None:
    """PostgreSQL gives the next ids after those that were given here, and knows how much there is."""
    if store.sqlite:
        return
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in SQLModel.metadata.tables.values():
            if "id" in table.columns and table.columns["id"].primary_key:
                words = (
                    f'SELECT setval(s.name, GREATEST(1, (SELECT max(id) FROM "{table.name}"))) FROM'  # noqa: S608  # our own names
                    f" (SELECT pg_get_serial_sequence('\"{table.name}\"', 'id') AS name) s WHERE s.name IS NOT NULL"
                )
                connection.execute(text(words))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _row(shape: Sequence[Callable[[Any], Any] | None], row: Row) -> Row:
    return tuple(value if one is None else one(value) for one, value in zip(shape, row, strict=True))


def _table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table


def _defaults(model: type[SQLModel], known: set[str]) -> dict[str, Any]:
    """What a row made by the program would hold in the columns that nobody names."""
    return {name: _default(field) for name, field in model.model_fields.items() if name not in known and name != "id"}


def _default(field: Any) -> Any:
    if field.default_factory is not None:
        return field.default_factory()
    if field.default is not PydanticUndefined:
        return field.default
    return {list: [], dict: {}}.get(get_origin(field.annotation))
