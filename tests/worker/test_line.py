"""A connection for another protocol than HTTP, under the rules of the one way out."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.channels.mail_server import MailServer
from worker import outbound
from worker.outbound import Network, NotSent


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def test_nothing_is_said_in_the_clear_but_where_it_is_allowed(server: MailServer) -> None:
    with pytest.raises(NotSent, match=r"outbound\.plain"):
        Network().line("127.0.0.1", server.port, "none")
    line = Network([server.pair]).line("127.0.0.1", server.port, "none")
    with line.makefile() as coming:
        assert coming.readline() == b"220 greeting\r\n"
    line.close()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_a_private_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, host: str, tls: Any) -> None:
    called: list[Any] = []
    monkeypatch.setattr(outbound.httpcore.SyncBackend, "connect_tcp", lambda *a, **k: called.append(a))
    with pytest.raises(NotSent, match=r"outbound\.private"):
        Network().line(host, 25, tls)
    assert called == []


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.1", 25), ("0x7f000001", 25), ("", 25), ("a@house.example", 25), ("house .example", 25),
     ("house.example", 99999), ("house.example#", 25),
     ("house.example/x", 25), ("house.example:26", 25), ("house.example\r\n", 25)],
)  # fmt: skip
def test_what_is_no_plain_host_is_not_looked_up(monkeypatch: pytest.MonkeyPatch, host: str, port: int) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *a, **k: asked.append(a) or [])
    with pytest.raises(NotSent):
        Network().line(host, port, "tls")
    assert asked == []


def test_who_answers_a_byte_at_a_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        port = listener.getsockname()[1]
        line, began = Network([f"127.0.0.1:{port}"]).line("127.0.0.1", port, "none", seconds=0.4), time.monotonic()
        with pytest.raises(OSError), line.makefile() as coming:
            coming.readline()
        assert time.monotonic() - began < 5.0
        with pytest.raises(OSError):
            line.sendall(b"x")
        line.close()


def drip(listener: socket.socket) -> None:
    with suppress(OSError):
        line, _ = listener.accept()
        with line:
            while True:
                line.sendall(b"2")
                time.sleep(0.02)
