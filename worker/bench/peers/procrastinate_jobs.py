"""procrastinate on PostgreSQL: `enqueue FIRST COUNT SECONDS` or `work`; told by BENCH_STORE and BENCH_LEDGER.

As it ships, with as many jobs at a time as the product's workers have threads.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from procrastinate import App, PsycopgConnector

from worker.bench.channel import append

THREADS = 8  # as many as the product's workers have
app = App(connector=PsycopgConnector(conninfo=os.environ.get("BENCH_STORE", "")))


@app.task(name="line")
def line(post: int) -> None:
    """The whole job."""
    append(Path(os.environ["BENCH_LEDGER"]), post, str(post))


async def _enqueue(first: int, count: int, at: datetime) -> float:
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        began = time.perf_counter()
        jobs: list[Any] = [{"post": number} for number in range(first, first + count)]
        await line.configure(schedule_at=at).batch_defer_async(*jobs)
        return time.perf_counter() - began


def main() -> int:
    """`at` is in seconds since 1970."""
    if sys.argv[1] == "work":
        with app.open():
            app.run_worker(concurrency=THREADS, install_signal_handlers=True)
        return 0
    at = datetime.fromtimestamp(float(sys.argv[4]), UTC)
    sys.stdout.write(str(asyncio.run(_enqueue(int(sys.argv[2]), int(sys.argv[3]), at))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
