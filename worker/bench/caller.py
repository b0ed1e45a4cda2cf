"""One request to the desk's application in this process, as its server hands it over: no network, no other program."""

import asyncio
import gc
import gzip
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import event

from content import sign_in
from content.store import Store
from web.app import build
from web.asking import SESSION
from web.heap import settle

HOST = "desk.example"
_MARK = re.compile(r'name="mark" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """body: as it was sent, compressed; wall, cpu: seconds until its last byte was handed over, and processor time of
    this process in them; statements: that the database was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    wall: float
    cpu: float
    statements: int

    @property
    def text(self) -> str:
        """The page, as a browser unpacks it."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def mark(self) -> str:
        """What its forms carry."""
        found = _MARK.search(self.text)
        return found[1] if found else ""


class Caller:
    """The application over a store. `close` ends the loop that it runs in."""

    def __init__(self, store: Store) -> None:
        self._store, self._app, self._loop = store, build(store, secure=True), asyncio.Runner()
        self._collected = gc.get_threshold()
        settle()  # as `python -m web` does
        self._statements = 0
        event.listen(store.engine, "before_cursor_execute", self._count)

    def close(self) -> None:
        event.remove(self._store.engine, "before_cursor_execute", self._count)
        self._loop.close()
        gc.set_threshold(*self._collected)

    def enter(self, person: int) -> str:
        """A session of this person, as their cookie carries it."""
        with self._store.write() as session:
            return f"{SESSION}={sign_in.begin(session, person)}"

    def get(self, address: str, cookie: str = "") -> Answer:
        return self._ask("GET", address, cookie, b"")

    def typed(self, address: str, cookie: str, form: Mapping[str, Any]) -> Answer:
        """What the page's script sends as somebody types."""
        return self._ask("POST", address, cookie, urlencode(form, doseq=True).encode())

    def _ask(self, method: str, address: str, cookie: str, body: bytes) -> Answer:
        scope, sent = _scope(method, address, cookie), list[Mapping[str, Any]]()
        self._statements = 0
        began, used = time.perf_counter(), time.process_time()
        self._loop.run(_through(self._app, scope, body, sent))
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        whole = b"".join(one.get("body", b"") for one in sent[1:])
        return Answer(sent[0]["status"], headers, whole, wall, cpu, self._statements)

    def _count(self, *_: Any) -> None:
        self._statements += 1


async def _through(app: Any, scope: dict[str, Any], body: bytes, sent: list[Mapping[str, Any]]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)


def _scope(method: str, address: str, cookie: str) -> dict[str, Any]:
    path, _, query = address.partition("?")
    headers = {
        "host": HOST, "cookie": cookie, "accept-encoding": "gzip", "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    if method == "POST":
        headers["hx-request"] = "true"
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": (HOST, 443), "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
