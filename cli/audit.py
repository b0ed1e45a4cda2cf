"""`counterpoint audit`: verifies the record, here or from an exported file, and exports it."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.printing import say_json
from cli.session import AsJson, opened, reading
from content import audit, journal, keys
from content.audit import Audited
from content.errors import Refusal
from content.journal import Exported
from content.settings import settings


def register(app: typer.Typer) -> None:
    """Adds the `audit` group."""
    group = typer.Typer(help="The record: verify it, export it.", no_args_is_help=True)
    group.command()(verify)
    group.command()(export)
    app.add_typer(group, name="audit")


def verify(
    file: Annotated[Path | None, typer.Argument(help="An exported record; none: this installation's.")] = None,
    heads: Annotated[
        Path | None, typer.Option("--heads", help="The exported heads to compare with; default: the journal's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify every row and link of the record, name the first broken one, and compare with the exported heads.

    A file is verified offline, without the database; without the record's key its chain and heads alone.
    """
    known = _heads(heads)
    if file is None:
        found = audit.verify(opened(), known)
    else:
        found = audit.verify_file(file, known, _record_key())
    _say(found, as_json)
    if found.problems:
        raise typer.Exit(1)


def export(
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; none: standard output.")] = None,
) -> None:
    """Export the sealed record as JSON lines, the same bytes each time."""
    with reading() as session:
        written = audit.export(session)
    if out is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(written)


def _heads(path: Path | None) -> list[Exported]:
    if path is None:
        return journal.read_heads(settings().journal)
    if not path.is_file():
        raise Refusal("audit.heads", "There are no exported heads there.", "Name the copy of heads.jsonl.", str(path))
    return journal.heads_in(path)


def _record_key() -> bytes | None:
    try:
        return keys.load(settings().keys).record
    except Refusal:
        return None


def _say(found: Audited, as_json: bool) -> None:
    for problem in found.problems:
        typer.echo(str(problem), err=True)
    if as_json:
        problems = [asdict(problem) for problem in found.problems]
        say_json({"rows": found.rows, "sealed": found.sealed, "keyed": found.keyed, "heads": found.heads,
                  "problems": problems})  # fmt: skip
        return
    said = f"{found.rows} rows, {found.sealed} of them sealed, compared with {found.heads} exported heads"
    if not found.keyed:
        said += "; without the record's key: the chain and the heads only, no row's own MAC"
    if not found.heads:
        said += "; no head was exported, so a cut tail would not be seen"
    typer.echo(f"{said}: {'verified' if not found.problems else f'{len(found.problems)} problem(s)'}.")
