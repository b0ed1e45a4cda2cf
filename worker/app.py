"""The Celery app: a doorbell. What its broker holds may be lost, doubled or forged without any effect.

Rows carry the schedule; tasks carry nothing and mean "look now". Nobody waits for a result.
"""

from typing import Any

from celery import Celery
from celery.signals import worker_shutting_down
from kombu import Queue

from content.settings import Settings, settings
from worker.node import this_node

RECALLS = "recalls"  # their own queue: a take-down never waits behind a send
RINGS = "rings"
TTL = 5.0  # seconds


def make(told: Settings) -> Celery:
    """The app for these settings; nothing is connected."""
    app = Celery("counterpoint", broker=told.broker, include=["worker.tasks"])
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_pool="threads",
        worker_concurrency=8,
        worker_soft_shutdown_timeout=30.0,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        task_queues=[_queue(RINGS), _queue(RECALLS)],
        task_default_delivery_mode="transient",  # RabbitMQ writes no ring to its disk
        task_default_queue=RINGS,
        task_routes={"recall": {"queue": RECALLS}},
        task_publish_retry=False,
        broker_connection_timeout=1.0,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,  # a broker that is full or read-only answers errors; the worker outlives it
        broker_pool_limit=4,
        broker_heartbeat=30,
        broker_transport_options=transport_options(told.broker),
        worker_consumer="worker.listener:Listener",
        beat_scheduler="worker.beat:Tick",
        beat_max_loop_interval=0.25,
        enable_utc=True,
        timezone="UTC",
    )
    steps: set[Any] = app.steps["worker"]
    steps.add("worker.pulse:Pulse")  # by name, as the consumer above: beat rings with this app and needs no channel
    return app


def transport_options(url: str) -> dict[str, Any]:
    """What keeps a broker that hangs from holding anybody up: each transport has its own words for it.

    A doorbell needs no confirmation, so none is asked of RabbitMQ; a ring that got lost is looked for anyway.
    """
    if url.startswith(("amqp", "pyamqp")):
        return {"connect_timeout": 1.0, "write_timeout": 5.0, "confirm_publish": False}
    return {
        "visibility_timeout": 300,
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "retry_on_timeout": False,
    }


def _queue(name: str) -> Queue:
    """Where nobody listens, RabbitMQ forgets old rings by itself: they mean "look now", and now has passed."""
    return Queue(name, message_ttl=TTL, max_length=1000)


@worker_shutting_down.connect
def _ending(**_told: object) -> None:
    """The first signal: nothing more is claimed; what was begun is brought to its end."""
    this_node().ending.set()


app = make(settings())
