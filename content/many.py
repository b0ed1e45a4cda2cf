"""Many new rows in one statement, whose text is the same however many they are.

They travel as one JSON document: to spell out thousands of rows, or to quote each of their texts, costs more than to
store them.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import JSON, bindparam, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSON as POSTGRESQL_JSON
from sqlalchemy.engine import Connection
from sqlalchemy.types import String


def insert_many(
    connection: Connection, into: Any, names: Sequence[str], rows: Collection[Sequence[Any]], **same: Any
) -> Any:
    """Runs this INSERT for rows with values for the columns of these names. same: what each row has alike.

    No instants among the values of a row, and no JSON that may be None: JSON does not tell them from texts and nulls.
    """
    columns = into.table.c
    find = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    found = find([columns[name] for name in names])
    alike = [bindparam(name, type_=columns[name].type) for name in same]
    statement = into.from_select([*names, *same], select(*found.c, *alike).where(true()))  # SQLite takes no ON else
    given = [list(row) for row in rows]
    if connection.dialect.name == "sqlite":
        _as_texts(given, [place for place, name in enumerate(names) if isinstance(columns[name].type, JSON)])
    return connection.execute(statement, {"given": json.dumps(given)} | same)


def _as_texts(rows: Sequence[list[Any]], places: Sequence[int]) -> None:
    """JSON inside JSON comes out of SQLite in another spelling: as a text it stays what the driver would write."""
    for row in rows:
        for place in places:
            row[place] = json.dumps(row[place])


def _sqlite(columns: Sequence[Any]) -> Any:
    each = func.json_each(bindparam("given", type_=String())).table_valued(column("value", String), name="each")
    kinds = [String() if isinstance(one.type, JSON) else one.type for one in columns]
    values = [func.json_extract(each.c.value, f"$[{place}]", type_=kind) for place, kind in enumerate(kinds)]
    return _named(values, columns)


def _postgresql(columns: Sequence[Any]) -> Any:
    document = cast(bindparam("given", type_=String()), POSTGRESQL_JSON)
    each = func.json_array_elements(document).table_valued(column("value", POSTGRESQL_JSON), name="each")
    values = [
        each.c.value[place] if isinstance(one.type, JSON) else cast(each.c.value[place].astext, one.type)
        for place, one in enumerate(columns)
    ]
    return _named(values, columns)


def _named(values: Sequence[Any], columns: Sequence[Any]) -> Any:
    return select(*(value.label(one.key) for value, one in zip(values, columns, strict=True))).subquery("given")
