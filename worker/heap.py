"""The heap of a process: one for all of its threads, and no collection looks through what it keeps for good.

glibc gives threads arenas of their own, eight a core, and what one of them freed serves no other: a worker, whose
threads come and go with each batch, grew by 6 MB a minute under a steady load and began with 40 MB more. Threads wait
for each other here all the same, for the interpreter.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ARENA_MAX = -8  # M_ARENA_MAX in glibc's malloc.h


def one_heap() -> bool:
    """Before the first thread starts; False where the C library has no such setting (musl, macOS) or need of it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(_ARENA_MAX, 1))


@contextmanager
def for_good() -> Iterator[None]:
    """What is imported or built in here stays as long as the process: nothing is collected meanwhile, which would look
    through all of it again and again (a fifth of a worker's start), and it is set aside afterwards."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
