"""A Bot API on loopback that keeps its channel: what Telegram documents of sending, deleting, limits and rights.

No faithful server exists to try against. What it does not do, Telegram may do all the same.
"""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

CHAT = "-1001234567890"
BOT = 4711
TOKEN = "4711:canary-token"
DAYS = 2 * 24 * 3600  # seconds in which a message can be deleted


@dataclass
class Message:
    text: str
    at: float
    answers: int | None = None
    pictures: int = 0
    preview: bool = True
    file: bytes = b""


@dataclass
class BotApi:
    """messages: by number. told: answered next, in order. silent: takes the message and breaks the line."""

    token: str = TOKEN
    messages: dict[int, Message] = field(default_factory=dict)
    told: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    silent: bool = False
    may_delete: bool = True
    calls: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "BotApi":
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                api.handle(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def out(self) -> dict[str, str]:
        return {str(number): message.text for number, message in self.messages.items()}

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["content-length"]))
        asked = fields(request.headers["content-type"], body)
        path = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        assert path is not None
        with self._lock:
            self.calls.append(path[2])
            status, answer = self.answer(path[1], path[2], asked)
        if self.silent:
            request.close_connection = True
            return request.connection.close()
        return say(request, status, answer)

    def answer(self, token: str, method: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if token != self.token:
            return no(401, "Unauthorized")
        if self.told:
            return self.told.pop(0)
        if method != "getMe" and asked.get("chat_id") != CHAT:
            return no(400, "Bad Request: chat not found")
        found: tuple[int, dict[str, Any]] = getattr(self, f"_{method}")(asked)
        return found

    def _getMe(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        return yes({"id": BOT, "is_bot": True, "first_name": "House"})

    def _getChatMember(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        rights = {"can_post_messages": True, "can_delete_messages": self.may_delete}
        return yes({"status": "administrator", "user": {"id": asked["user_id"]}, **rights})

    def _sendMessage(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        return self._keep(asked, asked["text"], 4096)

    def _sendPhoto(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        if not asked["photo"].startswith(b"\x89PNG"):
            return no(400, "Bad Request: IMAGE_PROCESS_FAILED")
        return self._keep(asked, asked["caption"], 1024, asked["photo"])

    def _sendVideo(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        return self._film(asked, asked["video"])

    def _sendAudio(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        return self._film(asked, asked["audio"])

    def _film(self, asked: dict[str, Any], file: bytes) -> tuple[int, dict[str, Any]]:
        if file[4:8] != b"ftyp":
            return no(400, "Bad Request: wrong file type")
        return self._keep(asked, asked["caption"], 1024, file)

    def _keep(self, asked: dict[str, Any], text: str, most: int, file: bytes = b"") -> tuple[int, dict[str, Any]]:
        if len(text.encode("utf-16-le")) // 2 > most:
            return no(400, "Bad Request: message is too long")
        number = len(self.calls) + 100
        told = {name: asked.get(name, {}) for name in ("link_preview_options", "reply_parameters")}
        told = {name: json.loads(one) if isinstance(one, str) else one for name, one in told.items()}
        preview = not told["link_preview_options"].get("is_disabled")
        answers = told["reply_parameters"].get("message_id")
        self.messages[number] = Message(text, time.time(), answers, int(bool(file)), preview, file)
        return yes({"message_id": number, "date": int(time.time()), "chat": {"id": int(CHAT), "username": "openhouse"}})

    def _deleteMessage(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # the API's own word
        message = self.messages.get(asked["message_id"])
        if message is None:
            return no(400, "Bad Request: message to delete not found")
        if time.time() - message.at > DAYS:
            return no(400, "Bad Request: message can't be deleted for everyone")
        del self.messages[asked["message_id"]]
        return 200, {"ok": True, "result": True}


def yes(result: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"ok": True, "result": result}


def no(status: int, words: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    told = {"parameters": parameters} if parameters else {}
    return status, {"ok": False, "error_code": status, "description": words, **told}


def fields(kind: str, body: bytes) -> dict[str, Any]:
    """JSON as it is; a form's fields as texts, its file as bytes."""
    if kind == "application/json":
        return dict(json.loads(body))
    form = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in form.get_payload():  # type: ignore[union-attr]  # a multipart's payload is its parts
        raw = part.get_payload(decode=True)  # type: ignore[union-attr]  # as above
        name = str(part.get_param("name", header="content-disposition"))  # type: ignore[union-attr]  # as above
        found[name] = raw if part.get_filename() else raw.decode()  # type: ignore[union-attr]  # as above
    return found


def say(request: BaseHTTPRequestHandler, status: int, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
