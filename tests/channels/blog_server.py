"""WordPress's REST interface on loopback, as far as the channel uses it, with the traps of the real one.

Slugs are looked at and then taken, not at once: calls that cross get the same. A later one gets `-2`, the trash adds
`__trashed`. With a password it does not know it answers as to anybody: 401 to who asks who they are, 400 to who asks
for drafts. What holds here is tried on the real server too (tests/servers/test_wordpress.py).
"""

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Row = dict[str, Any]


class No(Exception):
    """An answer other than 2xx: status, WordPress's code."""


@dataclass
class BlogServer:
    """rows: posts and media by number; files: the bytes of media. told: (status, headers) answered next, whatever is
    asked; loses: what a request must hold for its answer to get lost, once done; alone: the user's rights; calls,
    paths: what was asked."""

    password: str = "pass word"
    rows: dict[int, Row] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    told: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    loses: str = ""
    rights: dict[str, bool] = field(
        default_factory=lambda: dict.fromkeys(("publish_posts", "delete_published_posts", "upload_files"), True)
    )
    user: int = 1
    calls: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    _numbers: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "BlogServer":
        blog = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                blog.handle(self)

            do_POST = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def of(self, kind: str, *states: str) -> list[Row]:
        """Posts or media, the oldest first."""
        found = [row for row in list(self.rows.values()) if row["kind"] == kind]
        return sorted((row for row in found if not states or row["status"] in states), key=lambda row: row["id"])

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        self.paths.append(request.path)
        place = urlsplit(request.path)
        query = dict(parse_qsl(place.query))
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        if self.told:
            status, headers = self.told.pop(0)
            return answer(request, status, {}, headers)
        lost = bool(self.loses) and self.loses.encode() in body
        try:
            said: tuple[int, Any] = (200, self.do(request, query, body))
        except No as error:
            said = error.args[0], {"code": error.args[1]}
        if lost:
            request.close_connection = True
            return request.connection.close()
        return answer(request, *said)

    def do(self, request: BaseHTTPRequestHandler, query: dict[str, str], body: bytes) -> Any:
        route = query["rest_route"].removeprefix("/wp/v2/")
        self.calls.append(f"{request.command} {route}")
        pair = base64.b64encode(f"desk:{self.password}".encode()).decode()
        if request.headers["authorization"] != f"Basic {pair}":
            raise No(*((401, "rest_not_logged_in") if route == "users/me" else (400, "rest_invalid_param")))
        if route == "users/me":
            return {"id": self.user, "capabilities": self.rights}
        kind, _, number = route.partition("/")
        if not number:
            return self.listed(kind, query) if request.command == "GET" else self.make(kind, request, query, body)
        row = self.rows.get(int(number))
        if row is None or row["kind"] != kind:
            raise No(404, "rest_post_invalid_id")
        if request.command == "DELETE":
            return self.gone(int(number)) if query.get("force") == "true" else self.bin(row)
        return row if request.command == "GET" else self.change(row, json.loads(body))

    def listed(self, kind: str, query: dict[str, str]) -> list[Row]:
        states = query.get("status", "inherit" if kind == "media" else "publish").split(",")
        slugs = query["slug"].split(",") if "slug" in query else None
        found = [row for row in self.of(kind, *states) if slugs is None or row["slug"] in slugs]
        start = int(query.get("offset", "0"))
        return found[start : start + int(query.get("per_page", "10"))]

    def make(self, kind: str, request: BaseHTTPRequestHandler, query: dict[str, str], body: bytes) -> Row:
        told = json.loads(body) if kind == "posts" else query
        slugs = {row["slug"] for row in list(self.rows.values())}
        time.sleep(0.01)  # between looking and taking
        name = told["slug"] if told["slug"] not in slugs else f"{told['slug']}-2"
        with self._numbers:
            number = max(self.rows, default=0) + 1
            row: Row = {
                "id": number, "kind": kind, "slug": name, "link": f"http://{self.pair}/?p={number}", "password": "",
                "status": "auto-draft", "date_gmt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
            }  # fmt: skip
            self.rows[number] = row
        if kind == "media":
            ending = request.headers["content-disposition"].rpartition(".")[2].rstrip('"')
            source = f"http://{self.pair}/{name}.{ending}"
            told = {"status": "inherit", "alt_text": "", "source_url": source, "media_details": {}}
            self.files[number] = body
            return self.changed(row, told | {"parent": int(query["post"])})
        return self.change(row, told)

    def change(self, row: Row, told: Row) -> Row:
        shown = {name: {"raw": told[name]} if name in ("title", "content", "excerpt") else told[name] for name in told}
        shown.pop("date", None)
        shown["slug"] = row["slug"]
        return self.changed(row, shown)

    def changed(self, row: Row, told: Row) -> Row:
        row.update(told)
        return row

    def gone(self, number: int) -> Row:
        self.files.pop(number, None)
        return self.rows.pop(number)

    def bin(self, row: Row) -> Row:
        return self.changed(row, {"status": "trash", "slug": f"{row['slug']}__trashed"})


def answer(request: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    content = json.dumps(body).encode()
    request.send_response(status)
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.send_header("content-length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
