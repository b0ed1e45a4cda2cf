"""A book outside the database: JSON lines that only grow, each numbered, signed and synced to the disk.

A line that a crash tore is seen and harmless: whoever wrote it writes it again. A line that is missing, changed or
written by somebody else is damage, and an instance beside a damaged book is not armed.
"""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.record import canonical

Row = dict[str, Any]
_LAST = 1 << 16  # bytes at the end of a file in which its last whole line is looked for


@dataclass(frozen=True, slots=True)
class Book:
    """What a book holds. first, last: the numbers of its lines, 0 where it is empty; damage: what is wrong, or ''."""

    rows: tuple[Row, ...]
    first: int
    last: int
    torn: int
    damage: str


def append(path: Path, rows: Iterable[Row], key: bytes, last: int) -> int:
    """Adds signed lines numbered after `last`; returns the number of the last one now."""
    lines = []
    for row in rows:
        last += 1
        numbered = row | {"n": last}
        lines.append(canonical(numbered | {"mac": _mac(numbered, key)}))
    add(path, lines)
    return last


def add(path: Path, lines: Sequence[str]) -> None:
    """Adds lines as they are, on the disk when this returns. A line that a crash tore stays a line of its own."""
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        text = ("\n" if _torn(descriptor) else "") + "\n".join(lines) + "\n"
        rest = memoryview(text.encode())
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        settle(path.parent)


def read(paths: Sequence[Path], key: bytes | None) -> Book:
    """All lines of a book that may lie in several files, one after the other. Without the key no MAC is looked at."""
    rows: list[Row] = []
    first = last = torn = 0
    damage = ""
    for path in paths:
        for row in _lines(path):
            if row is None:
                torn += 1
                continue
            number = row.pop("n", None)
            wrong = _wrong(row, number, last, key, torn > 0)
            damage = damage or (wrong and f"{path.name}: {wrong}")
            if isinstance(number, int):
                first, last = first or number, number
            row.pop("mac", None)
            rows.append(row)
    return Book(tuple(rows), first, last, torn, damage)


def tail(path: Path) -> Row | None:
    """The last whole line, found from the end; None where there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LAST))
        lines = file.read().split(b"\n")
    whole = lines if size <= _LAST else lines[1:]  # the first may be cut by where we began
    return next((row for line in reversed(whole) if line and (row := _parsed(line)) is not None), None)


def replace(path: Path, text: str) -> None:
    """Puts a file in place of the old one at once, on the disk; readers see the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    settle(path.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Alone in this folder among all processes and threads; the kernel lets go when a holder dies. Never nest it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def settle(folder: Path) -> None:
    """Sees to it that new names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wrong(row: Row, number: object, last: int, key: bytes | None, torn: bool) -> str:
    if not isinstance(number, int) or "mac" not in row:
        return "a line has no number or no MAC."
    if last and number != last + 1 and not (torn and number == last):
        return f"line {number} follows line {last}: lines are missing or doubled."
    signed = {name: value for name, value in row.items() if name != "mac"} | {"n": number}
    if key is not None and not hmac.compare_digest(str(row["mac"]), _mac(signed, key)):
        return f"line {number} was changed, or written under another key."
    return ""


def _mac(row: Row, key: bytes) -> str:
    return hmac.new(key, f"counterpoint/book/1|{canonical(row)}".encode(), hashlib.sha256).hexdigest()[:32]


def _lines(path: Path) -> Iterator[Row | None]:
    """Each line, None for one that cannot be read."""
    if path.is_file():
        with path.open("rb") as file:
            yield from (_parsed(line) for line in file if line.strip())


def _parsed(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
