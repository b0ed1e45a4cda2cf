"""Rows by the hundred thousand: COPY on PostgreSQL, executemany on SQLite, the guards put aside meanwhile.

The guards are back before anything is measured: the same triggers and indices as before, or `bulk` raises.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, get_origin

from pydantic_core import PydanticUndefined
from sqlalchemy import text
from sqlmodel import SQLModel

from content.errors import Refusal
from content.store import Store

Row = tuple[Any, ...]
BLOCK = 1000  # rows handed to COPY at once
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


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
        tail = [self._shaped(table, name, value) for name, value in same.items()]
        columns = ", ".join(f'"{name}"' for name in (*names, *same))
        shaped = (_row(shape, row) for row in rows) if any(shape) else iter(rows)
        if self.store.sqlite:
            return self._execute(table.name, columns, len(names), tail, shaped)
        return self._copy(table.name, columns, tail, shaped)

    def run(self, words: str) -> None:
        """What a trigger would have written."""
        self._connection.execute(words)

    def _execute(self, table: str, columns: str, width: int, tail: Sequence[Any], rows: Iterator[Row]) -> int:
        """What is the same in all rows stands in the words: nothing is bound for it a million times."""
        cursor = self._connection.cursor()
        values = ", ".join(["?"] * width + [literal(value) for value in tail])
        cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({values})', rows)  # noqa: S608  # our own names
        return int(cursor.rowcount)

    def _copy(self, table: str, columns: str, tail: Sequence[Any], rows: Iterator[Row]) -> int:
        """What is the same in all rows is written down once; the driver would do it anew for each."""
        cursor = self._connection.cursor()
        end = "".join(f"\t{written(value)}" for value in tail) + "\n"
        with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            while some := list(islice(rows, BLOCK)):
                copy.write("".join(["\t".join(map(written, row)) + end for row in some]))
        return int(cursor.rowcount)

    def _shaper(self, table: Any, name: str) -> Callable[[Any], Any] | None:
        kind = table.columns[name].type.dialect_impl(self._dialect)
        found: Callable[[Any], Any] | None = kind.bind_processor(self._dialect)
        return found and (lambda value: None if value is None else found(value))

    def _shaped(self, table: Any, name: str, value: Any) -> Any:
        shape = self._shaper(table, name)
        return value if shape is None else shape(value)


@contextmanager
def bulk(store: Store, bare: Sequence[type[SQLModel]] = ()) -> Iterator[Bulk]:
    """A `Bulk` whose rows are committed together at the end; the guards stand again when it is left.

    bare: tables whose secondary indices are dropped meanwhile: made again at the end, each is sorted once instead
    of searched for every row. Unique ones stay, and those that hold a constraint: they are guards.
    """
    before = guards(store), indices(store)
    raw = store.engine.raw_connection()
    connection: Any = raw.driver_connection
    try:
        aside = _sqlite(connection) if store.sqlite else _postgresql(connection)
        with aside, _without_indices(connection, store.sqlite, [_table(model).name for model in bare]):
            yield Bulk(store, connection)
    finally:
        raw.close()
    if (guards(store), indices(store)) != before:
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


def indices(store: Store) -> list[tuple[str, str]]:
    """Every index and the words that make it, by name."""
    words = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"
        if store.sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"
    )
    with store.engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text(words))]


@contextmanager
def _without_indices(connection: Any, sqlite: bool, tables: Sequence[str]) -> Iterator[None]:
    found = [row for table in tables for row in _secondary(connection, sqlite, table)]
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    if found and not sqlite:
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _, words in found:
        connection.execute(words)


def _secondary(connection: Any, sqlite: bool, table: str) -> list[tuple[str, str]]:
    """(name, words that make it) of each index of the table that guards nothing."""
    if sqlite:
        words = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%' AND tbl_name = ?"
    else:
        words = (
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = to_regclass(quote_ident(%s)) AND NOT i.indisunique"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid)"
        )
    return [(row[0], row[1]) for row in connection.execute(words, (table,)).fetchall()]


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


def written(value: Any) -> str:
    """One value as COPY reads it."""
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is str:
        return str(value).translate(_ESCAPES) if _SPECIAL.search(value) else value
    return _seldom(value)


def _seldom(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if hasattr(value, "obj"):  # how the driver wraps JSON; by its name it could not be imported everywhere
        return written(json.dumps(value.obj))
    return written(str(value))


def literal(value: Any) -> str:
    """One value as SQLite reads it inside a statement."""
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return repr(value + 0)
    return "'" + str(value).replace("'", "''") + "'"


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
