"""APScheduler 3 with its SQLAlchemy store: `enqueue FIRST COUNT SECONDS` or `work`; told by BENCH_STORE, BENCH_LEDGER.

As it ships: ten threads, one second of grace, one scheduler.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from worker.bench.channel import append

LINE = "worker.bench.peers.apscheduler_jobs:line"  # by name: the store keeps it


def line(ledger: str, post: int) -> None:
    """The whole job."""
    append(Path(ledger), post, str(post))


def main() -> int:
    """`at` is in seconds since 1970."""
    stores = {"default": SQLAlchemyJobStore(url=os.environ["BENCH_STORE"])}
    if sys.argv[1] == "work":
        BlockingScheduler(jobstores=stores, timezone=UTC).start()
        return 0
    first, count, at = int(sys.argv[2]), int(sys.argv[3]), datetime.fromtimestamp(float(sys.argv[4]), UTC)
    scheduler = BackgroundScheduler(jobstores=stores, timezone=UTC)
    scheduler.start(paused=True)
    began = time.perf_counter()
    for post in range(first, first + count):
        scheduler.add_job(LINE, "date", run_date=at, args=[os.environ["BENCH_LEDGER"], post])
    sys.stdout.write(str(time.perf_counter() - began))
    scheduler.shutdown(wait=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
