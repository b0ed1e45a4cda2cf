"""What keeps the child that decodes from reaching anybody: no network by the kernel, where it lets us, and a hook that
refuses sockets and other programs in Python in any case.

Two walls, for neither is whole. The kernel's holds whatever a decoder was made to do, and the programs it starts, but
for sockets that are files; it is not there where the machine forbids namespaces to its users. The hook holds Python
alone: code that took a decoder over calls the kernel itself.
"""

import ctypes
import os
import shutil
import sys
from typing import Any

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of Linux
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn")
_PACKAGE = "socket."


def shut_in() -> bool:
    """Puts both walls up, for good; whether the kernel's is among them. Call it while there is one thread."""
    alone = _without_network()
    sys.addaudithook(_hook(shutil.which("ffmpeg")))
    return alone


def _without_network() -> bool:
    """A network of its own without a single way out: in a namespace of users too, or as one who may without it."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)  # os.unshare comes with Python 3.12
    return unshare is not None and any(unshare(flags) == 0 for flags in (_NEW_USER | _NEW_NETWORK, _NEW_NETWORK))


def _hook(ffmpeg: str | None) -> Any:
    def refuse(event: str, given: tuple[Any, ...]) -> None:
        if event.startswith(_PACKAGE) or (event in _PROGRAMS and not _is(ffmpeg, event, given)):
            raise PermissionError(f"the child that decodes may not: {event}")

    return refuse


def _is(ffmpeg: str | None, event: str, given: tuple[Any, ...]) -> bool:
    """Whether this starts the system's ffmpeg: the one program that a film needs."""
    if ffmpeg is None or event not in ("subprocess.Popen", "os.posix_spawn"):
        return False
    return os.fsdecode(given[0]) == ffmpeg
