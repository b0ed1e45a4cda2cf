"""A platform on loopback with an append-only ledger: what it accepted, under which key, when. It may misbehave.

Three accounts' worth of behaviour share it: `exact` creates once under a key, `keyed` too, `once` creates a post for
every call it accepts. `POST /<class>/<key>` publishes, `GET` finds, `DELETE` takes back.
"""

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.faults.counting import injected

AMBIGUOUS = ("drop", "lost_answer", "error_before", "error_after", "slow", "hang")
REFUSING = ("busy", "away")  # 429 and 503 with Retry-After: nothing was created
KINDS = ("drop", "lost_answer", "error_before", "error_after", "slow", *REFUSING)  # hang: longer than any deadline


@dataclass(frozen=True, slots=True)
class Entry:
    """One post that this platform created."""

    kind: str
    key: str
    post: int
    part: int
    sha256: str
    at: datetime


@dataclass(slots=True)
class Ledger:
    """Guarded by `lock`. `calls`: every publish that reached it, by class and key; `told`: what it was told to do."""

    entries: list[Entry] = field(default_factory=list)
    back: set[tuple[str, str]] = field(default_factory=set)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubtful: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def under(self, kind: str, key: str) -> list[Entry]:
        """What was created under this key."""
        return [one for one in self.entries if (one.kind, one.key) == (kind, key)]

    def accept(self, kind: str, key: str, told: dict[str, Any]) -> None:
        with self.lock:
            if (kind, key) in self.back or (kind != "once" and self.under(kind, key)):
                return
            entry = Entry(kind, key, told["post"], told["part"], told["sha256"], datetime.now(UTC))
            self.entries.append(entry)


Mood = Callable[[str, str, str], str]  # (method, class, key) -> one of KINDS, or "" for the ordinary


class Platform:
    """Use as a context manager. `mood` says how each request is answered; `slow` is in seconds."""

    def __init__(self, mood: Mood = lambda *_: "", slow: float = 0.25) -> None:
        self.ledger = Ledger()
        self.mood, self.slow = mood, slow
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.platform = self

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "Platform":
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    platform: Platform

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that are killed in the middle are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        kind, key, mood = self._asked("publish")
        ledger = self.server.platform.ledger
        with ledger.lock:
            ledger.calls[kind, key] += 1
            ledger.refused[kind, key] += mood in REFUSING
            ledger.doubtful[kind, key] += mood in AMBIGUOUS
        if mood in REFUSING:
            return self._answer(429 if mood == "busy" else 503, {"retry-after": "1"})
        if mood not in ("drop", "error_before"):
            ledger.accept(kind, key, json.loads(body))
        self._end(mood, 201, {"id": f"{kind}-{key[:12]}"})
        return None

    def do_GET(self) -> None:
        kind, key, mood = self._asked("find")
        found = self.server.platform.ledger.under(kind, key)
        self._end(mood, 200 if found else 404, {"id": f"{kind}-{key[:12]}"} if found else {})

    def do_DELETE(self) -> None:
        kind, key, mood = self._asked("recall")
        if mood not in ("drop", "error_before", *REFUSING):
            with self.server.platform.ledger.lock:
                self.server.platform.ledger.back.add((kind, key))
        self._end(mood, 204, {})

    def _asked(self, verb: str) -> tuple[str, str, str]:
        _, kind, key = self.path.split("/")
        mood = self.server.platform.mood(verb, kind, key)
        if mood:
            injected(f"{mood}@{verb}")
        return kind, key, mood

    def _end(self, mood: str, status: int, told: dict[str, str]) -> None:
        if mood in ("drop", "lost_answer"):
            return self._cut()
        if mood in ("slow", "hang"):
            time.sleep(self.server.platform.slow * (10 if mood == "hang" else 1))
        if mood.startswith("error"):
            status = 500
        if mood in REFUSING:
            status = 503
        return self._answer(status, {}, told)

    def _answer(self, status: int, headers: dict[str, str], told: dict[str, str] | None = None) -> None:
        body = json.dumps(told or {}).encode() if status != 204 else b""
        with suppress(OSError):
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body)), "connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        self.close_connection = True

    def _cut(self) -> None:
        """The connection breaks without an answer."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
