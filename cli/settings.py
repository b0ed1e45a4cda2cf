"""`counterpoint settings`: each setting, its value and where it came from."""

import json
import os
from typing import Annotated

import typer

from content.settings import settings, unknown_variables


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("settings")(show)


def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a setting.")] = False,
) -> None:
    """Print each setting, its value and where it came from; secrets stay hidden."""
    rows = settings().shown()
    strangers = unknown_variables(os.environ)
    if as_json:
        keys = ("name", "value", "origin")
        typer.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], ensure_ascii=False, indent=2))
    else:
        width = max(len(name) for name, _, _ in rows)
        for name, value, origin in rows:
            typer.echo(f"{name:<{width}}  {value}  ({origin})")
    for name in strangers:
        typer.echo(f"{name} is set, but there is no such setting: look at its spelling.", err=True)
