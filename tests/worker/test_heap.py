"""A worker's threads share one heap: what one frees serves the next; what is kept for good is never looked through."""

import gc
import platform
import subprocess
import sys

import pytest

from worker.heap import for_good

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


def test_nothing_is_collected_while_things_are_built_for_good_nor_are_they_ever_searched() -> None:
    before = gc.get_freeze_count()
    try:
        with for_good():
            assert not gc.isenabled()
            built = [[] for _ in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(built)
        assert not any(one is built for one in gc.get_objects())
    finally:
        gc.unfreeze()


def test_where_building_fails_collections_go_on() -> None:
    with pytest.raises(KeyError), for_good():
        raise KeyError
    gc.unfreeze()
    assert gc.isenabled()
