"""`counterpoint length`: how long texts are to each platform."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from content.errors import Refusal
from content.formats import Length, measure

KEYS = ("id", "channel", "text")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("length")(length)


def length(
    cases: Annotated[
        Path,
        typer.Option("--cases", help='JSON lines: {"id", "channel", "text", "parse_mode"?, "spoiler"?}.'),
    ],
) -> None:
    """Measure texts in each platform's own unit.

    Writes one JSON line each: {"id", "length", "limit", "unit", "fits"}; for sms also "segments" and
    "encoding".
    """
    try:
        for number, line in _lines(cases):
            sys.stdout.write(_answer(line, f"{cases}:{number}") + "\n")
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(1) from None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise Refusal("cases.unreadable", f"{path} was not read: {reason}.", "Name a file of JSON lines.") from None


def _answer(line: bytes, where: str) -> str:
    case = _case(line, where)
    try:
        measured = measure(
            case["channel"], case["text"], parse_mode=case.get("parse_mode"), spoiler=case.get("spoiler")
        )
    except Refusal as refusal:
        refusal.where = where
        raise
    return json.dumps({"id": case["id"], **_shown(measured)}, ensure_ascii=False)


def _case(line: bytes, where: str) -> dict[str, Any]:
    try:
        case = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refusal("cases.encoding", "This line is not UTF-8.", "Save the file as UTF-8.", where) from None
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "it cannot be read")
        raise Refusal("cases.json", f"This line is not JSON: {reason}.", "Write one object a line.", where) from None
    wrong = _wrong(case)
    if wrong:
        raise Refusal("cases.shape", wrong, 'Each line needs "id", "channel" and "text".', where)
    assert isinstance(case, dict)
    return case


def _wrong(case: object) -> str:
    if not isinstance(case, dict):
        return "This line is JSON but no object."
    missing = [key for key in KEYS if key not in case]
    if missing:
        return f"This line has no {', '.join(map(repr, missing))}."
    words = [key for key in ("channel", "text") if not isinstance(case[key], str)]
    words += [key for key in ("parse_mode", "spoiler") if not isinstance(case.get(key), str | None)]
    return f"{', '.join(map(repr, words))} must be text." if words else ""


def _shown(measured: Length) -> dict[str, object]:
    shown: dict[str, object] = {
        "length": measured.length,
        "limit": measured.limit,
        "unit": measured.unit,
        "fits": measured.fits,
    }
    if measured.encoding is not None:
        shown |= {"segments": measured.segments, "encoding": measured.encoding}
    return shown
