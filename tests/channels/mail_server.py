"""A mail server on loopback that answers as it is told, stage by stage, and keeps what it took."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

GONE = -1  # instead of a reply: the line is cut


@dataclass
class MailServer:
    """`told`: the reply by stage, in place of the usual one: greeting, ehlo, starttls, auth, mail, rcpt, data, dot.

    taken: the mails for which it said 250, and those it kept before it cut the line; heard: every command.
    """

    told: dict[str, int] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    certificate: ssl.SSLContext | None = None
    at_once: bool = False  # encrypted from the first byte
    taken: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __enter__(self) -> "MailServer":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if self.at_once and self.certificate:
                line = self.certificate.wrap_socket(line, server_side=True)
            with line:
                Talk(self, line).run()


class Talk:
    """One connection."""

    def __init__(self, server: MailServer, line: socket.socket) -> None:
        self.server, self.line, self.file = server, line, line.makefile("rb")

    def run(self) -> None:
        try:
            if self.answer("greeting", 220):
                while (text := self.file.readline()) and self.one(text.decode("ascii").strip()):
                    pass
        finally:
            self.file.close()
            self.line.close()

    def one(self, text: str) -> bool:
        self.server.heard.append(text)
        verb = text.split(" ")[0].upper()
        steps: dict[str, Callable[[], bool]] = {
            "EHLO": self.ehlo, "STARTTLS": self.starttls, "DATA": self.data, "QUIT": lambda: False,
            "AUTH": lambda: self.answer("auth", 235), "MAIL": lambda: self.answer("mail", 250),
            "RCPT": lambda: self.answer("rcpt", 250),
        }  # fmt: skip
        return steps.get(verb, lambda: self.say("502 what"))()

    def answer(self, stage: str, usual: int) -> bool:
        code = self.server.told.get(stage, usual)
        if code == GONE:
            return False
        return self.say(f"{code} {stage}") and code != 421

    def say(self, text: str) -> bool:
        self.line.sendall(text.encode() + b"\r\n")
        return True

    def ehlo(self) -> bool:
        if "ehlo" in self.server.told:
            return self.answer("ehlo", 250)
        for one in ("lists.example.org", *self.server.extensions):
            self.say(f"250-{one}")
        return self.say("250 HELP")

    def starttls(self) -> bool:
        self.answer("starttls", 220)
        if self.server.told.get("starttls", 220) != 220 or self.server.certificate is None:
            return True
        self.file.close()
        self.line = self.server.certificate.wrap_socket(self.line, server_side=True)
        self.file = self.line.makefile("rb")
        return True

    def data(self) -> bool:
        if not self.answer("data", 354):
            return False
        if self.server.told.get("data", 354) != 354:
            return True
        kept = b""
        while (text := self.file.readline()) not in (b".\r\n", b""):
            kept += text[1:] if text.startswith(b"..") else text
        if text == b"":
            return False
        if self.server.told.get("dot", 250) in (250, GONE):
            self.server.taken.append(kept)
        return self.answer("dot", 250)
