"""How commands speak: refusals on stderr with code and next step, records as JSON where asked."""

import json
import sys
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from content.errors import Refusal, Refusals


def say_refused(refused: Refusal | Refusals) -> None:
    """Each refusal on a line of stderr: where, what happened, what to do, its code."""
    for one in refused.refusals if isinstance(refused, Refusals) else [refused]:
        typer.echo(f"refused: {one}", err=True)


def say_json(value: Any) -> None:
    """One record a line; instants in ISO 8601."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_plain, sort_keys=True))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def say_more(after: str) -> None:
    """Where the next page of a list begins, on stderr; nothing on the last one."""
    if after:
        typer.echo(f"There is more: add --after {after}", err=True)


def say_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table on a terminal, plain tab-separated lines in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(row))
        return
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
