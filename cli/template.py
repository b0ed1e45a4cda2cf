"""`template check`: reads template files as the product would and says what is wrong with them, by line."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from content import formats, template
from content.errors import Refusal


def register(app: typer.Typer) -> None:
    """Adds the `template` group."""
    group = typer.Typer(help="Templates: the forms that campaign messages take.", no_args_is_help=True)
    group.command("check")(check)
    app.add_typer(group, name="template")


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders (`*.j2` below them); none: the templates that ship.", metavar="[PATH]..."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one record per file.")] = False,
) -> None:
    """Check template files: header, grammar, languages and channels. Changes nothing."""
    records = [_record(path) for path in _files(paths or [template.folder()])]
    for record in records:
        _show(record, as_json)
    if not records:
        typer.echo("No template was found there. Name a file or a folder that holds *.j2 files.", err=True)
    if not records or any(record["refusals"] for record in records):
        raise typer.Exit(1)


def _files(paths: list[Path]) -> list[Path]:
    return [file for path in paths for file in (sorted(path.rglob("*.j2")) if path.is_dir() else [path])]


def _record(path: Path) -> dict[str, Any]:
    read, refusals = _examined(path)
    record: dict[str, Any] = {"path": str(path), "refusals": [_plain(r) for r in refusals]}
    if read:
        record |= {"ref": read.ref, "languages": read.languages, "channels": read.channels}
    return record


def _examined(path: Path) -> tuple[template.Template | None, list[Refusal]]:
    try:
        read, refusals = template.examine(template.text_of(path), str(path))
    except Refusal as refusal:
        return None, [refusal]
    if read is None:
        return None, refusals
    placed = template.misplaced(read, path)
    return read, [*([placed] if placed else []), *_unknown_channels(read, path)]


def _unknown_channels(read: template.Template, path: Path) -> list[Refusal]:
    known = [*formats.FORMATS]
    return [
        Refusal(
            "template.channel",
            f"The header names the channel `{name}`, which does not exist.",
            f"Use some of {', '.join(known)}.",
            f"{path}:2",
        )
        for name in read.channels
        if name not in known
    ]


def _plain(refusal: Refusal) -> dict[str, str]:
    return {
        "code": refusal.code,
        "where": refusal.where,
        "message": refusal.message,
        "todo": refusal.todo,
        "text": str(refusal),
    }


def _show(record: dict[str, Any], as_json: bool) -> None:
    for refusal in record["refusals"]:
        typer.echo(refusal["text"], err=True)
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
    elif not record["refusals"]:
        typer.echo(f"{record['ref']}  ok  {', '.join(record['languages'])}")
