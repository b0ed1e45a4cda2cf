"""A worker's threads share one heap: what one of them frees serves the next."""

import platform
import subprocess
import sys

import pytest

GROWN = """
import threading
from pathlib import Path
from worker.heap import one_heap
if {shared}:
    one_heap()
def size():
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmSize")]
    return int(line.split()[1]) // 1024
before, here = size(), threading.Barrier(9)
def work():
    kept = [bytes(600) for _ in range(1000)]
    here.wait()
    here.wait()
threading.stack_size(256 * 1024)
for _ in range(8):
    threading.Thread(target=work).start()
here.wait()
print(size() - before)
here.wait()
"""
ARENA = 64  # megabytes of addresses that glibc sets aside for each


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
@pytest.mark.parametrize("shared", [True, False])
def test_threads_share_one_heap(shared: bool) -> None:
    grown = int(subprocess.check_output([sys.executable, "-c", GROWN.format(shared=shared)], text=True))
    assert (grown < ARENA) == shared
