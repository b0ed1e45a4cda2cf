"""`counterpoint deny`: what no message may point at, entered once and never shown again."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.session import As, acting
from content import denied
from content.errors import Refusal
from content.intake.denials import listed
from content.intake.reading import read_text
from content.organisation import the_organisation

File = Annotated[Path | None, typer.Argument(help="A file instead of standard input. Delete it afterwards.")]


def register(app: typer.Typer) -> None:
    """Adds the `deny` group."""
    group = typer.Typer(
        help="What no message may point at: kept as hashes, so it is no directory.", no_args_is_help=True
    )
    group.callback()(_group)
    group.command()(add)
    group.command()(lift)
    app.add_typer(group, name="deny")


def add(file: File = None, name: As = "") -> None:
    """Deny links, hosts, @accounts, channels and #tags: one a line, JSON lines, or CSV with a column `reference`.

    Only keyed hashes are stored, and nothing is echoed. Every live clearance is evaluated again.
    """
    references = listed(_text(file))
    with acting(name) as (session, person):
        new = denied.add(session, person, the_organisation(session).id or 0, references)
    typer.echo(f"{new} denied, {len(references) - new} were already")


def lift(file: File = None, name: As = "") -> None:
    """Take references off the list again, given in the same way, by somebody else than entered them."""
    references = listed(_text(file))
    with acting(name) as (session, person):
        found = denied.lift(session, person, the_organisation(session).id or 0, references)
    typer.echo(f"{found} lifted, {len(references) - found} were not on the list")


def _text(file: Path | None) -> str:
    if file is not None:
        return read_text(file)
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("deny.encoding", "The input is no UTF-8.", "Save it as UTF-8.") from None


def _group() -> None:
    """What no message may point at."""
