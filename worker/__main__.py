"""`python -m worker`: formats, checks, publishes on the second, recalls; until a signal ends it."""

import logging
import sys
from typing import Any

from worker.heap import for_good, one_heap


def main() -> int:
    """Runs one worker; SIGTERM lets what was begun come to its end."""
    one_heap()
    with for_good():
        worker = _worker()
    worker.start()
    return int(worker.exitcode or 0)


def _worker() -> Any:
    """Celery's worker with everything that it imports, ready to start."""
    from worker.app import RECALLS, RINGS, app  # in here: it brings in all the rest, and that is to stay for good

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("celery").setLevel(logging.ERROR)  # it reports an absent broker every few seconds
    logging.getLogger("counterpoint").setLevel(logging.INFO)  # whatever level Celery gives the root
    return app.Worker(
        pool="threads", queues=[RINGS, RECALLS], quiet=True, without_gossip=True, without_mingle=True, loglevel="ERROR"
    )


if __name__ == "__main__":
    sys.exit(main())
