"""A small disk of a test's own: a tmpfs in a private mount namespace, gone with the last process that sees it."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

_NEWNS, _FS = 0x00020000, 0x00000200
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Disk:
    """`folder`: where it is mounted, for this thread and whatever it starts."""

    folder: Path

    def fill(self) -> None:
        """Not a byte is left."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
            for size in (1 << 20, 4096, 1):
                with suppress(OSError):
                    while ballast.write(b"x" * size):
                        pass

    def clear(self) -> None:
        """What filled it is gone."""
        (self.folder / "ballast").unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Mounted there until the end. Needs root; must be called by the main thread."""
    if os.geteuid() != 0:
        pytest.skip("a disk of a test's own needs root")
    folder.mkdir(parents=True)
    here, ours = Path.cwd(), os.open("/proc/thread-self/ns/mnt", os.O_RDONLY)
    _check(_LIBC.unshare(_NEWNS), "unshare")
    try:
        _mount("--make-rprivate", "/")
        _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "none", str(folder))
        yield Disk(folder)
    finally:
        _check(_LIBC.unshare(_FS), "unshare")  # threads that were started meanwhile share our folder; setns minds
        _check(_LIBC.setns(ours, _NEWNS), "setns")
        os.close(ours)
        os.chdir(here)
        folder.rmdir()


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True, timeout=20)


def _check(answer: int, what: str) -> None:
    if answer != 0:
        raise OSError(ctypes.get_errno(), what)
