"""References to deny, as a list gives them: one a line, JSON lines, or a table with a column `reference`."""

import csv
import io
import json
from collections.abc import Iterator

from content.errors import Refusal

COLUMN = "reference"
MOST = 10_000  # lines at once


def listed(text: str) -> list[str]:
    """The references in their order. Raises Refusal with the line: `deny.line`, `deny.none`, `deny.many`.

    What stands in a line is never repeated: the list is no directory, and neither is a terminal's scroll-back.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    found = list(_column(text)) if lines and _is_table(lines[0][1]) else [_one(line, n) for n, line in lines]
    if not found:
        raise Refusal("deny.none", "No reference was given.", "Send one a line on standard input.")
    if len(found) > MOST:
        raise Refusal("deny.many", f"More than {MOST:,} at once.", "Split the list.")
    return found


def _is_table(first: str) -> bool:
    return COLUMN in (name.strip().lower() for name in first.split(","))


def _column(text: str) -> Iterator[str]:
    rows = csv.DictReader(io.StringIO(text.lstrip()), skipinitialspace=True)
    rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
    yield from (told.strip() for row in rows if (told := row.get(COLUMN) or "").strip())


def _one(line: str, number: int) -> str:
    """A bare line, or a line of JSON: a text, or an object that has one under `reference`."""
    if line[0] not in '{"':
        return line
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    told = value.get(COLUMN) if isinstance(value, dict) else value
    if not isinstance(told, str):
        todo = f'Write a text, or {{"{COLUMN}": "…"}}.'
        raise Refusal("deny.line", "This line is no JSON that holds a reference.", todo, f"line {number}")
    return told.strip()
