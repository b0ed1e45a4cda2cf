"""A webhook's other end on loopback, as the standard asks: checks signature and time, drops what it has seen."""

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

SECRET = b"s" * 32


class Http(ThreadingHTTPServer):
    """With room for a crowd that calls at once: a full queue would reset connections."""

    daemon_threads = True
    request_queue_size = 64


@dataclass
class Receiver:
    """`told`: (status, headers) answered next, in order, before the usual 200. `events`: taken, by id."""

    secret: bytes = SECRET
    told: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: int = 0
    silent: bool = False  # takes the event and answers nothing
    drip: bool = False  # sends its answer a byte at a time

    def __enter__(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.handle(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = Http(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.pair}/hook"

    def out(self) -> dict[str, str]:
        """The words that stand at the receiver, by key."""
        return {data["id"]: data["text"] for data in self.standing()}

    def files(self) -> list[dict[str, Any]]:
        """What stands there beside the words."""
        return [file for data in self.standing() for file in data.get("attachments", ())]

    def standing(self) -> list[dict[str, Any]]:
        taken = [e["data"] for e in self.events.values() if e["type"] == "post.published"]
        gone = {e["data"]["id"] for e in self.events.values() if e["type"] == "post.recalled"}
        return [data for data in taken if data["id"] not in gone]

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["content-length"]))
        self.calls += 1
        key = request.headers["webhook-id"]
        if not self.signed(request, key, body):
            return answer(request, 401)
        if self.told:
            status, headers = self.told.pop(0)
            if status == 500:
                self.events.setdefault(key, json.loads(body))  # taken, and then it broke
            return answer(request, status, headers)
        self.events.setdefault(key, json.loads(body))
        if self.silent:
            request.close_connection = True
            return request.connection.close()
        if self.drip:
            return drip(request)
        return answer(request, 200)

    def signed(self, request: BaseHTTPRequestHandler, key: str, body: bytes) -> bool:
        stamp = request.headers["webhook-timestamp"]
        if abs(time.time() - int(stamp)) > 300:
            return False
        wanted = hmac.new(self.secret, f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
        given = request.headers["webhook-signature"].split(" ")
        return any(hmac.compare_digest(one, f"v1,{base64.b64encode(wanted).decode()}") for one in given)


def answer(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None) -> None:
    request.send_response(status)
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.send_header("content-length", "0")
    request.end_headers()


def drip(request: BaseHTTPRequestHandler) -> None:
    try:
        for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()
            time.sleep(0.05)
    except OSError:
        request.close_connection = True
