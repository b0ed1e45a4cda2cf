"""Health over HTTP: /live, /ready, /health and /metrics. It reads rows, holds no keys and writes nothing.

`python -m worker.probe` runs it. However many ask, the database is asked once a second at most, by one reader.
"""

import argparse
import ipaddress
import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

from content import health
from content.alarms import Alarm, alarms, critical, unread
from content.errors import Refusal
from content.health import Health
from content.migrations import newest
from content.settings import Settings, settings
from content.store import Store
from worker import metrics

log = logging.getLogger("counterpoint.probe")
HOST, PORT = "127.0.0.1", 8079
FRESH = 1.0  # seconds for which an answer is given again
AT_ONCE = 16  # requests; others are turned away at the door
SLOW = 5.0  # seconds a client may take to ask or to listen
STUCK = 10.0  # seconds after which a reader that hangs is left behind, and another connection tried
LEFT = 4  # readers left behind at most
TRY_AGAIN = 5.0  # seconds until an address that is taken is tried again


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read, or why nothing could be."""

    health: Health | None
    alarms: tuple[Alarm, ...]
    refusal: Refusal | None = None


class Reader:
    """Reads in a thread of its own and hands the last answer to everybody for FRESH seconds."""

    def __init__(self, told: Settings, expected: str, fresh: float = FRESH) -> None:
        self._told, self._expected, self._fresh = told, expected, fresh
        self._change = threading.Condition()
        self._answer: Answer | None = None
        self._at = float("-inf")
        self._store: Store | None = None
        self._began: float | None = None  # the reader that is under way
        self._left = 0  # readers that hang
        self.reads = 0

    def answer(self, seconds: float = health.PATIENCE) -> Answer:
        """The answer of now; that the database is away, where none comes in time."""
        until = time.monotonic() + seconds
        with self._change:
            while self._answer is None or time.monotonic() - self._at > self._fresh:
                self._start()
                left = until - time.monotonic()
                if left <= 0:
                    return _unread(Refusal("database.away", "The database does not answer in time."))
                self._change.wait(left)
            return self._answer

    def close(self) -> None:
        """Lets go of the database."""
        with self._change:
            if self._store is not None:
                self._store.close()
            self._store = None

    def _start(self) -> None:
        now = time.monotonic()
        if self._began is not None and (now - self._began < STUCK or self._left >= LEFT):
            return
        if self._began is not None or self._store is None:
            self._left += self._began is not None
            self._store = health.store_of(self._told.database)  # the old one's connection hangs with its reader
        self._began = now
        threading.Thread(target=self._read, args=(self._store, now), daemon=True, name="reader").start()

    def _read(self, store: Store, began: float) -> None:
        found = _examined(store, self._expected)
        with self._change:
            if self._began != began:  # left behind: another reads by now
                self._left -= 1
                store.close()
                return
            self._answer, self._at, self._began = found, time.monotonic(), None
            self.reads += 1
            self._change.notify_all()


def _examined(store: Store, expected: str) -> Answer:
    try:
        found = health.ask(store, schema_expected=expected, seconds=2 * STUCK)
    except Refusal as refusal:
        return _unread(refusal)
    except Exception as error:
        log.warning("probe.failed: %s", type(error).__name__)
        return _unread(Refusal("database.away", "The rows could not be read."))
    return Answer(found, alarms(found))


def _unread(refusal: Refusal) -> Answer:
    return Answer(None, unread(refusal), refusal)


# --- pages --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """What one address answers."""

    status: HTTPStatus
    type: str
    body: str


def live(_ask: Callable[[], Answer]) -> Page:
    """The process lives; nothing is asked."""
    return Page(HTTPStatus.OK, "text/plain; charset=utf-8", "alive\n")


def ready(ask: Callable[[], Answer]) -> Page:
    """The database answers and its schema is this program's."""
    found = ask()
    if found.health is None:
        words = found.refusal.message if found.refusal else "not ready"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", f"{words}\n")
    differs = [alarm.message for alarm in found.alarms if alarm.code == "schema.differs"]
    status = HTTPStatus.SERVICE_UNAVAILABLE if differs else HTTPStatus.OK
    return Page(status, "text/plain; charset=utf-8", "\n".join(differs or ["ready"]) + "\n")


def figures(ask: Callable[[], Answer]) -> Page:
    """All figures and alarms as JSON; 503 while a critical alarm stands."""
    found = ask()
    bad = found.health is None or critical(found.alarms)
    told: dict[str, Any] = {"status": "critical" if bad else "warn" if found.alarms else "ok"}
    told["alarms"] = [asdict(alarm) for alarm in found.alarms]
    if found.refusal is not None:
        told["refused"] = {"code": found.refusal.code, "message": found.refusal.message}
    if found.health is not None:
        told["health"] = asdict(found.health) | {"seal_lag": found.health.seal_lag}
    status = HTTPStatus.SERVICE_UNAVAILABLE if bad else HTTPStatus.OK
    return Page(status, "application/json", json.dumps(told, default=_plain, sort_keys=True) + "\n")


def measured(ask: Callable[[], Answer]) -> Page:
    """The figures for Prometheus; 200 also when the database is away, so that `counterpoint_up 0` is seen."""
    found = ask()
    return Page(HTTPStatus.OK, metrics.CONTENT_TYPE, metrics.text(found.health, found.alarms))


PAGES: dict[str, Callable[[Callable[[], Answer]], Page]] = {
    "/live": live, "/ready": ready, "/health": figures, "/metrics": measured,
}  # fmt: skip


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


# --- the server ---------------------------------------------------------------------------------------------


class Probe(ThreadingHTTPServer):
    """Serves PAGES with one reader behind them; AT_ONCE requests at most."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], reader: Reader) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.reader = reader
        self._room = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, where there is room; else the line is closed at once."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """As the library does it, and makes room again."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is named, without what it sent."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            log.warning("probe.failed: %s", type(error).__name__)

    def server_bind(self) -> None:
        """Without the look-up of a host name that the library makes."""
        super(HTTPServer, self).server_bind()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of PAGES; nothing a client sends is used but the path, and nothing of it is logged."""

    server: Probe
    timeout = SLOW
    server_version, sys_version = "counterpoint", ""

    def do_GET(self) -> None:
        """One page, whole."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Its head alone."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        page = PAGES.get(self.path.partition("?")[0])
        if page is None:
            told = Page(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", f"There are {', '.join(PAGES)}.\n")
        else:
            told = page(self.server.reader.answer)
        body = told.body.encode()
        self.send_response(told.status)
        headers = {"Content-Type": told.type, "Content-Length": str(len(body)), "Cache-Control": "no-store",
                   "X-Content-Type-Options": "nosniff", "Connection": "close"}  # fmt: skip
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Nothing: who asks is no business of the log."""


def checked(host: str, *, elsewhere: bool) -> str:
    """The address to listen on. Refuses one that others can reach, unless it is said twice."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise Refusal(
            "probe.host", f"{host} is no address.", "Give one of this machine's, such as 127.0.0.1."
        ) from None
    if not address.is_loopback and not elsewhere:
        raise Refusal(
            "probe.open",
            f"At {host} other machines could read the figures.",
            "Add --elsewhere if only your own can reach it, behind a firewall or in an inner network.",
        )
    return str(address)


def serve(told: Settings, host: str, port: int) -> None:
    """Serves until a signal ends it. An address that is taken is tried again every TRY_AGAIN seconds."""
    reader = Reader(told, newest())
    said = False
    while True:
        try:
            with Probe((host, port), reader) as server:
                server.serve_forever(poll_interval=5.0)
        except OSError as error:
            if not said:
                log.warning("probe.taken: %s:%d cannot be had (%s); trying again", host, port, error.strerror)
            said = True
            time.sleep(TRY_AGAIN)


def main(words: Sequence[str] | None = None) -> int:
    """Reads the options and serves."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m worker.probe", description="Health over HTTP.")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--elsewhere", action="store_true")
    given = parser.parse_args(words)
    try:
        host = checked(given.host, elsewhere=given.elsewhere)
        serve(settings(), host, given.port)
    except Refusal as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
