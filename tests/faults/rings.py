"""Rings put straight into the broker's list: repeated, out of order, a day old, and forged."""

import base64
import json
import random
import socket
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from content.settings import Settings

QUEUES = ("rings", "recalls")
KNOWN = ("release_due", "recall", "prepare", "reconcile", "seal", "verify")
FORGED = ("os.system", "worker.tasks.release_due", "celery.backend_cleanup", "publish", "content.release.begin")
JUNK = (b"not json", b"\x00\xff\xfe", b"[]", b"{}", b'{"body": 1, "headers": {}}', b'"ring"', b"null")


def ring(task: str, arguments: Sequence[Any] = (), *, age: timedelta = timedelta(), **more: Any) -> bytes:
    """One message as Celery writes it on Redis."""
    key = str(uuid.uuid4())
    body = json.dumps([list(arguments), more, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    expires = (datetime.now(UTC) - age + timedelta(seconds=5)).isoformat()
    headers = {"lang": "py", "task": task, "id": key, "root_id": key, "expires": expires, "retries": 0}
    headers |= {"eta": None, "group": None, "timelimit": [None, None], "argsrepr": "()", "kwargsrepr": "{}"}
    properties = {
        "correlation_id": key, "delivery_mode": 2, "priority": 0, "body_encoding": "base64",
        "delivery_info": {"exchange": "", "routing_key": "rings"}, "delivery_tag": str(uuid.uuid4()),
    }  # fmt: skip
    told = {"body": base64.b64encode(body.encode()).decode(), "content-encoding": "utf-8", "headers": headers}
    told |= {"content-type": "application/json", "properties": properties}
    return json.dumps(told).encode()


def put(told: Settings, *messages: bytes, queue: str = "rings") -> bool:
    """Puts them into the broker's list; False where no broker takes them."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(0.5)
            line.connect(str(told.socket))
            line.sendall(_command(b"LPUSH", queue.encode(), *messages))
            return line.recv(64).startswith(b":")
    except OSError:
        return False


def ask(told: Settings, *words: str) -> bytes:
    """Any command; the raw answer."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(told.socket))
        line.sendall(_command(*(word.encode() for word in words)))
        return line.recv(65536)


def forge(told: Settings, seed: random.Random) -> bool:
    """One message that nobody should have sent."""
    message = seed.choice(
        (
            ring(seed.choice(FORGED), [1]),
            ring(seed.choice(KNOWN), [seed.randrange(99)], post=1),
            ring(seed.choice(KNOWN), age=timedelta(days=1)),
            ring(seed.choice(KNOWN)),
            seed.choice(JUNK),
        )
    )
    return put(told, *[message] * seed.randint(1, 5), queue=seed.choice(QUEUES))


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
