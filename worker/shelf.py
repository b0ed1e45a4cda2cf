"""Files that several processes write: once and for all, or whole by whole, or under a lock."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_once(path: Path, content: bytes) -> bool:
    """Writes a file that was not there, all of it or nothing, and on the disk; False where one was there."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)  # unlike rename it refuses to replace
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _settle(path.parent)
    return True


def replace(path: Path, content: bytes) -> None:
    """Puts a file in place of the old one at once; readers see the one or the other. Equal bytes: nothing."""
    with suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return
    _draft(path, content).rename(path)


def append(path: Path, line: str) -> None:
    """Adds one line in one write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in this folder among all processes and threads; the kernel lets go when a holder dies."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _draft(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
