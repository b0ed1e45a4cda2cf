"""`python -m worker.bench.node LEDGER CLASS CALL_MS`: an ordinary worker whose channel `bench` writes a ledger."""

import sys
from pathlib import Path

from content.settings import Settings
from worker import channels
from worker.__main__ import main as worker
from worker.bench.channel import CLASSES, Ledger


def main() -> int:
    """Adds the channel to the list and runs the worker."""
    path, kind, call = sys.argv[1:4]
    ledger = Ledger(Path(path), CLASSES[kind], float(call) / 1000)

    def bench(_told: Settings) -> channels.Channel:
        return ledger

    channels.MORE.append(bench)
    return worker()


if __name__ == "__main__":
    sys.exit(main())
