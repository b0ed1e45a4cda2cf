"""SQLite's keys a second time, as triggers.

A connection that never says `PRAGMA foreign_keys=ON` (the sqlite3 shell) checks no foreign key, and INSERT OR REPLACE
deletes the row in its way without asking the triggers that keep it. Neither gets past these.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import inspect
from sqlalchemy.engine import Connection, Inspector

_LIVING = "surplus = 0 AND state NOT IN ('cancelled', 'expired', 'failed')"
ONE_LIVING = (  # written out: the index holds for some rows only
    "CREATE TRIGGER guard_uq_post_living BEFORE INSERT ON post WHEN NEW.surplus = 0 AND EXISTS"  # noqa: S608 # constants
    " (SELECT 1 FROM post"
    f" WHERE leaf_id = NEW.leaf_id AND account_id = NEW.account_id AND occurrence = NEW.occurrence AND {_LIVING})"
    " BEGIN SELECT RAISE(ABORT, 'counterpoint: UNIQUE constraint failed: uq_post_living'); END"
)


def statements(connection: Connection, tables: Iterable[str]) -> list[str]:
    """One trigger for each foreign key, unique key and primary key of these tables; all of them must exist."""
    found = inspect(connection)
    return [line for table in tables for line in (*_foreign(found, table), *_unique(found, table))]


def _foreign(found: Inspector, table: str) -> Iterator[str]:
    for key in found.get_foreign_keys(table):
        name, columns = key["name"], key["constrained_columns"]
        there = _same(key["referred_columns"], columns)
        given = " AND ".join(f'NEW."{column}" IS NOT NULL' for column in columns)
        missing = f'{given} AND NOT EXISTS (SELECT 1 FROM "{key["referred_table"]}" WHERE {there})'  # noqa: S608 # our schema's names
        of = ", ".join(f'"{column}"' for column in columns)
        for event, suffix in (("INSERT", "insert"), (f"UPDATE OF {of}", "update")):
            yield _trigger(f"{name}_{suffix}", table, event, missing, f"FOREIGN KEY constraint failed: {name}")


def _unique(found: Inspector, table: str) -> Iterator[str]:
    primary = found.get_pk_constraint(table)
    keys = [(str(key["name"]), key["column_names"]) for key in found.get_unique_constraints(table)]
    for name, columns in [(f"pk_{table}", primary["constrained_columns"]), *keys]:
        taken = f'EXISTS (SELECT 1 FROM "{table}" WHERE {_same(columns, columns)})'  # noqa: S608 # our schema's names
        yield _trigger(name, table, "INSERT", taken, f"UNIQUE constraint failed: {name}")


def _same(theirs: Sequence[str], ours: Sequence[str]) -> str:
    return " AND ".join(f'"{one}" = NEW."{other}"' for one, other in zip(theirs, ours, strict=True))


def _trigger(name: str, table: str, event: str, condition: str, message: str) -> str:
    return (
        f'CREATE TRIGGER "guard_{name}" BEFORE {event} ON "{table}" WHEN {condition}'
        f" BEGIN SELECT RAISE(ABORT, 'counterpoint: {message}'); END"
    )
