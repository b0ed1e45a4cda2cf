"""What a worker starts with."""

from typing import Any

from celery.concurrency.thread import TaskPool

from worker.pulse import fill


def test_every_thread_of_the_pool_is_there_from_the_start() -> None:
    pool: Any = TaskPool(limit=5)
    fill(pool)
    assert len(pool.executor._threads) == 5
    pool.executor.shutdown()
