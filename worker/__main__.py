"""`python -m worker`: formats, checks, publishes on the second, recalls; until a signal ends it."""

import gc
import logging
import sys

from content.checks.warm import warm
from worker.app import RECALLS, RINGS, app
from worker.heap import one_heap


def main() -> int:
    """Runs one worker; SIGTERM lets what was begun come to its end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("celery").setLevel(logging.ERROR)  # it reports an absent broker every few seconds
    logging.getLogger("counterpoint").setLevel(logging.INFO)  # whatever level Celery gives the root
    worker = app.Worker(
        pool="threads", queues=[RINGS, RECALLS], quiet=True, without_gossip=True, without_mingle=True, loglevel="ERROR"
    )
    one_heap()
    warm()
    gc.freeze()  # what was imported and built stays: no collection need ever look through it again
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
