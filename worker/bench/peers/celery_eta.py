"""Celery's own ETA on Redis: `enqueue FIRST COUNT SECONDS` or `work`; told by BENCH_BROKER and BENCH_LEDGER.

As its documentation advises: a visibility time-out longer than any ETA, results ignored.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from celery import Celery

from worker.bench.channel import append

THREADS = 8  # as many as the product's workers have
app = Celery("bench", broker=os.environ.get("BENCH_BROKER", ""))
app.conf.update(
    task_default_queue="bench-peer",
    task_ignore_result=True,
    broker_transport_options={"visibility_timeout": 7 * 24 * 3600},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)


@app.task(name="line")
def line(post: int) -> None:
    """The whole job."""
    append(Path(os.environ["BENCH_LEDGER"]), post, str(post))


def main() -> int:
    """`at` is in seconds since 1970."""
    if sys.argv[1] == "work":
        worker = app.Worker(pool="threads", concurrency=THREADS, quiet=True, loglevel="ERROR")
        worker.start()
        return int(worker.exitcode or 0)
    first, count, at = int(sys.argv[2]), int(sys.argv[3]), datetime.fromtimestamp(float(sys.argv[4]), UTC)
    began = time.perf_counter()
    with app.producer_pool.acquire(block=True) as producer:
        for post in range(first, first + count):
            line.apply_async((post,), eta=at, producer=producer)
    sys.stdout.write(str(time.perf_counter() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
