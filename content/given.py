"""Values handed to the database as one parameter, however many: the statement's text stays the same.

A statement with the same text is compiled once and prepared once; a list spelled out in it is neither. PostgreSQL
takes arrays, SQLite takes JSON.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    String,
    Text,
    TypeDecorator,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.type_api import TypeEngine

Kind = type[int] | type[str] | type[float] | type[bool]
_TYPES: Mapping[Any, TypeEngine[Any]] = {int: Integer(), str: Text(), float: Float(), bool: Boolean()}


class _Many(TypeDecorator[Any]):
    """A collection of whole numbers or texts: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        super().__init__()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String() if dialect.name == "sqlite" else ARRAY(_TYPES[self.kind])

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json.dumps(list(value)) if dialect.name == "sqlite" else list(value)


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLite would be told `… = 1`, and use no index for that."""
        return self


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: Any, **more: Any) -> str:
    of, values = (compiler.process(one, **more) for one in element.clauses)
    return f"{of} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # both are compiled SQL


@compiles(_Among)
def _among_array(element: _Among, compiler: Any, **more: Any) -> str:
    of, values = (compiler.process(one, **more) for one in element.clauses)
    return f"{of} = ANY ({values})"


def among(of: Any, name: str, kind: Kind = int) -> ColumnElement[bool]:
    """Whether a column holds one of the values given under `name` when the statement is executed."""
    return _Among(of, bindparam(name, type_=_Many(kind)))


def table(sqlite: bool, **columns: Kind) -> FromClause:
    """Rows to be given under the name `given`, as a table with these columns. Fill it with `rows`."""
    return _table(sqlite, tuple(columns.items()))


@cache
def _table(sqlite: bool, columns: tuple[tuple[str, Kind], ...]) -> FromClause:
    if not sqlite:
        arrays = [bindparam(f"given_{name}", type_=_Many(kind)) for name, kind in columns]
        named = [column(name, _TYPES[kind]) for name, kind in columns]
        return func.unnest(*arrays).table_valued(*named, name="given").render_derived()
    each = func.json_each(bindparam("given", type_=String())).table_valued(column("value", String), name="each")
    found = [
        func.json_extract(each.c.value, f"$[{number}]", type_=_TYPES[kind]).label(name)
        for number, (name, kind) in enumerate(columns)
    ]
    return select(*found).subquery("given")


def plain(value: Mapping[str, Any]) -> str:
    """A JSON value as one of the texts of a row."""
    return json.dumps(value)


def rows(connection: Connection, names: Sequence[str], values: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """The parameter that fills a `table` with these columns: one sequence of values a row."""
    if connection.dialect.name == "sqlite":
        return {"given": json.dumps([list(row) for row in values])}
    columns: Collection[Sequence[Any]] = list(zip(*values, strict=True)) or [()] * len(names)
    return {f"given_{name}": list(one) for name, one in zip(names, columns, strict=True)}
