"""Counts the faults that were really injected, so that a long run can say how many there were."""

import json
import os
import time
from collections import Counter
from pathlib import Path

VARIABLE = "FAULT_LOG"


def injected(kind: str, n: int = 1) -> None:
    """Adds one line to the file that FAULT_LOG names, if it names one; whole, however many processes write."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps({"kind": kind, "n": n, "at": round(time.time(), 3), "pid": os.getpid()}) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def counted(path: Path) -> Counter[str]:
    """How many of each kind that file tells of."""
    found: Counter[str] = Counter()
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        row = json.loads(line)
        found[row["kind"]] += row["n"]
    return found
