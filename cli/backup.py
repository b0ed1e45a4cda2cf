"""`counterpoint backup`: a verified copy of the database and its media, made while everything runs."""

from pathlib import Path
from typing import Annotated

import typer

from cli.printing import say_json
from cli.session import As, AsJson, acting, opened
from content import backup, keys, media_copies, people
from content.errors import Refusal
from content.record import Step, by, write
from content.settings import settings
from content.store import now


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("backup")(make)


def make(
    target: Annotated[Path, typer.Argument(help="A file that is not there yet, or a folder.")],
    kit: Annotated[
        Path | None, typer.Option("--keys", help="Also write the keys there, sealed for the keeper; keep it apart.")
    ] = None,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Copy the database while everything runs, verify the copy, and note it in the record.

    Pictures, films and sounds are copied beside it, into `counterpoint-media/`, each once for all backups there.

    The keys are not in it, nor the journal: keep a kit of the keys (--keys; only the keeper's private half opens it)
    and the journal's folder in other places than the backup.
    """
    with acting(name) as (session, person):
        people.require(session, person, now(session), "backup.make")
    if kit is not None:
        _keep(kit)
    path, sheet = backup.make(opened(), target.absolute(), media=opened().media)
    with acting(name) as (session, person):
        detail = {"sha256": sheet.sha256, "seq": sheet.seq, "schema": sheet.schema, "size": sheet.size,
                  "media": (sheet.media or {}).get("files", 0), "media_missing": len(sheet.missing)}  # fmt: skip
        write(session, Step(by(person.id), "backup.make", "backup", sheet.mark, detail))
    if as_json:
        say_json({"file": str(path), "sheet": str(backup.sheet_of(path)), "seq": sheet.seq, "chain": sheet.chain,
                  "schema": sheet.schema, "size": sheet.size, "sha256": sheet.sha256,
                  "media": sheet.media})  # fmt: skip
        return
    typer.echo(f"{path}: {sheet.size:,} bytes, schema {sheet.schema}, the record up to {sheet.seq}; verified.")
    _say_media(sheet, media_copies.folder_of(path))
    if kit is None:
        typer.echo("The keys are not in it: without them it cannot be read. `--keys` writes a kit for the keeper.")


def _say_media(sheet: backup.Sheet, folder: Path) -> None:
    told = sheet.media or {"files": 0, "bytes": 0}
    typer.echo(f"{folder}: {told['files']:,} files of media, {told['bytes']:,} bytes. Keep it with the backup.")
    for one in sorted(sheet.missing):
        typer.echo(f"Missing, or not what its row says: {one}", err=True)


def _keep(kit: Path) -> None:
    told = settings()
    if kit.exists():
        raise Refusal("backup.exists", f"{kit} is there already.", "Name another file; a kit is never overwritten.")
    sealed = keys.pack(told.keys, keys.load(told.keys).keeper_public)
    kit.touch(0o600, exist_ok=False)
    kit.write_bytes(sealed)
    typer.echo(f"{kit}: the keys, sealed for the keeper. Keep it apart from the backup and from the private half.")
