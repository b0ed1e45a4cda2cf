"""`counterpoint check`: what the checks find in cases given as JSON lines. Plain records in, no database."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from content.errors import Refusal

Cases = Annotated[
    Path, typer.Option("--cases", metavar="FILE", help="JSON lines, one case each; - reads standard input.")
]

Answer = Callable[[str], tuple[dict[str, Any], Iterable[str]]]


def register(app: typer.Typer) -> None:
    """Adds `check` to the commands."""
    app.command("check")(check)


def check(cases: Cases) -> None:
    """Judge texts with the checks of the rules in force, without a database.

    Reads JSON lines {id, text, language, channel, at?, narrative?, campaign?, organisation?} and writes one
    line each: {id, findings, not_evaluated, ms}. Spans are code points in the text. A bad line is named on
    standard error, the good ones are still answered, and the exit code is 1.
    """
    from content.checks.case import answer  # slow to load, and other commands must not wait for it

    refused = 0
    told: set[str] = set()  # each key that no check reads is named once
    try:
        with _opened(cases) as file:
            for where, line in _lines(file, cases.name):
                refused += not _answered(answer, where, line, told)
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        refused += 1
    raise typer.Exit(1 if refused else 0)


def _answered(answer: Answer, where: str, line: bytes, told: set[str]) -> bool:
    """Writes what the checks say on one line, or why it cannot be read."""
    try:
        answered, unread = answer(_text(line))
    except Refusal as refusal:
        refusal.where = where
        typer.echo(str(refusal), err=True)
        return False
    for key in sorted(set(unread) - told):
        told.add(key)
        typer.echo(f"{where}: No check reads the key {key}; it was passed over. [case.unread]", err=True)
    typer.echo(json.dumps(answered, ensure_ascii=False))
    return True


def _opened(cases: Path) -> BinaryIO:
    if str(cases) == "-":
        return sys.stdin.buffer
    try:
        return cases.open("rb")
    except OSError as error:
        reason = f"The file cannot be read ({error.strerror})."
        raise Refusal("cases.unreadable", reason, "Check its name and rights.", str(cases)) from None


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """The lines that hold something, each with its place; a byte order mark is dropped."""
    for number, line in enumerate(file, start=1):
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.strip():
            yield f"{name}:{number}", line


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"Byte {error.start + 1} of this line is no UTF-8."
        raise Refusal("case.encoding", reason, "Save the file as UTF-8.") from None
