"""The other side of a channel, on loopback: a receiver that misbehaves by script or by seed, and keeps a ledger.

It speaks what the webhook channel speaks (`POST /hook`, signed), and for channels of tests only a plain form:
`POST /post` with an `idempotency-key`, `GET /key/<key>` and `GET /scan` to be asked what stands there.
"""

import hashlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import TracebackType
from typing import Any

from tests.channels.receiver import SECRET, Receiver
from tests.faults.counting import injected

# What may happen to one call. `lost`: taken, then the line is cut. `cut`: cut before anything is taken.
OK, LOST, CUT, BROKEN, AWAY, BUSY, SLOW, NO = "ok", "lost", "cut", "broken", "away", "busy", "slow", "no"
TAKES = frozenset({OK, LOST, BROKEN, SLOW})  # it stands there afterwards, whatever the caller hears
Mood = Callable[[int, str], str]  # (number of the call, key) -> one of the above


@dataclass(frozen=True, slots=True)
class Call:
    """One call that asked to publish. at: seconds on the monotonic clock; taken: whether it created
    something."""

    key: str
    at: float
    mood: str
    taken: bool
    by: str  # the caller's address


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that readers see. `words`: the SHA-256 of its text; seen: when, by the wall clock."""

    key: str
    at: float
    words: str
    seen: datetime


def script(*moods: str) -> Mood:
    """These in order, then all is well."""
    return lambda number, _key: moods[number] if number < len(moods) else OK


def seeded(seed: Random, moods: Sequence[str], share: float = 0.5) -> Mood:
    """So large a share of the calls meets one of the moods; the same for the same seed."""
    return lambda _number, _key: seed.choice(moods) if seed.random() < share else OK


@dataclass(slots=True)
class Ledger:
    """Everything that came in and what stands there. `lock` guards it."""

    calls: list[Call] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def times(self, key: str) -> int:
        """How often something was created under this key."""
        return sum(entry.key == key for entry in self.entries)

    def twice(self) -> list[str]:
        """The keys under which something was created more than once."""
        return [key for key, times in Counter(entry.key for entry in self.entries).items() if times > 1]


@dataclass
class Server:
    """Use as a context manager.

    retry_after: seconds told with `busy` and `away`; late: seconds a `slow` answer takes; window: seconds for which
    a key is remembered (None: for good); dedupes: whether a key is looked at; revoked: every call is answered 401;
    denied: how many were.
    """

    mood: Mood = field(default_factory=script)
    retry_after: int = 1
    late: float = 0.6
    window: float | None = None
    dedupes: bool = True
    revoked: bool = False
    denied: int = 0
    host: str = "127.0.0.1"
    ledger: Ledger = field(default_factory=Ledger)
    _signed: Receiver = field(default_factory=lambda: Receiver(SECRET))

    def __post_init__(self) -> None:
        self._http = _Http((self.host, 0), _Handler)
        self._http.server = self

    def __enter__(self) -> "Server":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def pair(self) -> str:
        """host:port."""
        return f"{self.host}:{self._http.server_address[1]}"

    def url(self, path: str = "hook") -> str:
        return f"http://{self.pair}/{path}"

    def publish(self, request: "_Handler", key: str, text: str) -> None:
        """Takes it or does not, and answers or does not."""
        with self.ledger.lock:
            mood = self.mood(len(self.ledger.calls), key)
            taken = mood in TAKES and not self._knows(key)
            self.ledger.calls.append(Call(key, time.monotonic(), mood, taken, request.client_address[0]))
            if taken:
                self.ledger.entries.append(Entry(key, time.monotonic(), sha256(text), datetime.now(UTC)))
        if mood != OK:
            injected(f"channel.{mood}")
        self._answer(request, mood, key)

    def _knows(self, key: str) -> bool:
        since = time.monotonic() - self.window if self.window is not None else float("-inf")
        return self.dedupes and any(entry.key == key and entry.at > since for entry in self.ledger.entries)

    def _answer(self, request: "_Handler", mood: str, key: str) -> None:
        if mood in (LOST, CUT):
            return request.cut()
        if mood == SLOW:
            time.sleep(self.late)
        if mood == BROKEN:
            return request.told(500)
        if mood in (AWAY, BUSY):
            return request.told(503 if mood == AWAY else 429, retry_after=self.retry_after)
        return request.told(400) if mood == NO else request.told(200, {"id": key})


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    server: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http  # type: ignore[assignment]  # the one we made

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        mine = self.server.server
        signed = self.path != "/hook" or mine._signed.signed(self, self.headers["webhook-id"], body)
        if mine.revoked or not signed:
            mine.denied += 1
            return self.told(401)
        told = json.loads(body)
        if self.path == "/hook":
            return self._event(told)
        return mine.publish(self, self.headers["idempotency-key"], told["text"])

    def _event(self, event: dict[str, Any]) -> None:
        mine, data = self.server.server, event["data"]
        if event["type"] == "post.published":
            return mine.publish(self, data["id"], data["text"])
        if event["type"] == "post.recalled":
            with mine.ledger.lock:
                mine.ledger.gone.add(data["id"])
        return self.told(200)

    def do_GET(self) -> None:
        ledger = self.server.server.ledger
        with ledger.lock:
            found = [entry for entry in ledger.entries if self._asked_for(entry)]
        self.told(200, [{"key": entry.key, "words": entry.words} for entry in found])

    def _asked_for(self, entry: Entry) -> bool:
        return self.path in ("/scan", f"/key/{entry.key}")

    def told(self, status: int, body: object = None, *, retry_after: int | None = None) -> None:
        """An answer, unless nobody listens any more."""
        raw = json.dumps(body).encode()
        with suppress(OSError):
            self.send_response(status)
            if retry_after is not None:
                self.send_header("retry-after", str(retry_after))
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    def cut(self) -> None:
        """The line breaks without an answer."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
