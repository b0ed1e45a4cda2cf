"""A worker whose clock somebody sets: `python -m tests.faults.wire_skewed worker`, under libfaketime.

libfaketime 0.9 answers CLOCK_BOOTTIME with the wall clock it fakes, and refuses the sleep of today's Python, neither
of which any kernel does: the worker is left with the monotonic clock and with another way to sleep.
"""

import runpy
import select
import time
from pathlib import Path

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def library() -> Path | None:
    """Where the package libfaketime has put it, None where it is not installed."""
    return next((found for pattern in LIBRARIES for found in Path("/").glob(pattern.lstrip("/"))), None)


def skewed(library: Path, file: Path) -> dict[str, str]:
    """Environment of a program whose wall clock is off by what stands in the file (`+7200`, in seconds)."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


if __name__ == "__main__":
    del time.CLOCK_BOOTTIME
    time.sleep = lambda seconds: select.select([], [], [], seconds) and None
    runpy.run_module("tests.faults.hooked", run_name="__main__", alter_sys=True)
