"""The bytes of media beside the backups: one folder for all backups in a place, since no file of it ever changes.

The rows say which files belong to a database; they are read first, so whatever is added meanwhile is in the next
backup. A file that is missing or not what its row says is named, and never keeps the rows from being kept.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from content import book
from content.encoding import path_of
from content.store import Store

FOLDER = "counterpoint-media"  # beside the backups
# As one statement of SQL, for a backup is asked without a program's tables.
ROWS = (
    "SELECT medium.ref, medium_file.name, medium_file.sha256, medium_file.bytes "
    "FROM medium_file JOIN medium ON medium.id = medium_file.medium_id ORDER BY medium_file.medium_id, number"
)
_TABLE = "medium_file"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """One file that a row speaks of. ref: of its medium; name: where it lies, random."""

    ref: str
    name: str
    sha256: str
    bytes: int

    def __str__(self) -> str:
        return f"{self.ref} ({self.name})"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the files. files: how many are there, of so many bytes; new: how many were copied just now;
    missing: those that are not there, or are not what their rows say."""

    files: int = 0
    bytes: int = 0
    new: int = 0
    missing: tuple[str, ...] = ()


def folder_of(backup: Path) -> Path:
    """Where the media of a backup lie."""
    return backup.parent / FOLDER


def listed(tables: Iterable[str], ask: Callable[[str], Iterable[Sequence[Any]]]) -> tuple[File, ...]:
    """The files that a database speaks of; none where it is of a time before there were any."""
    return tuple(File(*row) for row in ask(ROWS)) if _TABLE in tables else ()


def listed_in(store: Store) -> tuple[File, ...]:
    """The same of a database that stands at this program's schema."""
    with store.read() as session:
        return tuple(File(*row) for row in session.connection().execute(text(ROWS)))


def keep(files: Iterable[File], media: Path, folder: Path) -> Told:
    """Copies what is not there yet. A copy of the right length is not read again: a trial reads all of them."""
    return _brought(files, media, folder, lambda file, path: path.is_file() and path.stat().st_size == file.bytes)


def put_back(files: Iterable[File], folder: Path | None, media: Path) -> Told:
    """Brings what is missing or changed in the folder of media back from the copies, if there are any."""
    return _brought(files, folder, media, _whole)


def tried(files: Iterable[File], folder: Path) -> Told:
    """Reads every copy and compares it with its row."""
    return _brought(files, None, folder, _whole)


def _brought(files: Iterable[File], source: Path | None, target: Path, there: Callable[[File, Path], bool]) -> Told:
    count = size = new = 0
    missing: list[str] = []
    for file in files:
        place = path_of(target, file.name)
        if not there(file, place):
            if source is None or not _copied(file, path_of(source, file.name), place):
                missing.append(str(file))
                continue
            new += 1
        count, size = count + 1, size + file.bytes
    return Told(count, size, new, tuple(missing))


def _whole(file: File, path: Path) -> bool:
    try:
        with path.open("rb") as bytes_:
            return hashlib.file_digest(bytes_, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _copied(file: File, source: Path, target: Path) -> bool:
    """Copies one file, on the disk when this returns, if it is what its row says; else nothing is left of it."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    seen = hashlib.sha256()
    try:
        with source.open("rb") as read, draft.open("wb") as written:
            draft.chmod(0o600)
            while piece := read.read(_PIECE):
                seen.update(piece)
                written.write(piece)
            written.flush()
            os.fsync(written.fileno())
        if seen.hexdigest() == file.sha256:
            draft.replace(target)
            book.settle(target.parent)
        return seen.hexdigest() == file.sha256
    except FileNotFoundError:
        return False
    finally:
        draft.unlink(missing_ok=True)
