"""The one way to the network: what it never calls, however the address is written."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.channels.receiver import Receiver
from worker import outbound
from worker.outbound import Network, NoAnswer, NotSent, public


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.9",
        "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1",
        "ff02::1", "100::1", "3fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_a_private_or_special_address_is_not_public(address: str) -> None:
    assert not public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"])
def test_the_open_network_is_public(address: str) -> None:
    assert public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://0177.0.0.1/", "https://0x7f.1/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/", "https://localhost/",
        "https://user@house.example.org/", "https://user:word@house.example.org/", "https://a@127.0.0.1/",
        "https://１２７.0.0.1/", "https://ｌocalhost/", "https://house。example/",
        "http://house.example.org/", "ftp://house.example.org/", "file:///etc/hostname", "gopher://127.0.0.1/",
        "https://", "https:///x", "//house.example.org", "house.example.org", "", "https://house.example.org:99999/",
        "https://house.example.org:x/", "https://house .example.org/", "https://house.example.org\\@127.0.0.1/",
        "https://house.example.org\r\nx: y/", "https://-house.example.org/", "https://house..example.org/",
    ],
)  # fmt: skip
def test_such_an_address_is_never_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr(outbound.httpcore.SyncBackend, "connect_tcp", lambda *a, **k: called.append(a))
    with pytest.raises(NotSent):
        Network().request("GET", url)
    assert called == []


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names lead to these addresses, one answer a question; returns the addresses that were connected to."""
    questions = iter(answers)
    reached: list[str] = []

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(questions)]

    def connect(self: Any, host: str, port: int, **_: Any) -> Any:
        reached.append(host)
        raise outbound.httpcore.ConnectError("nobody there")

    monkeypatch.setattr(outbound.socket, "getaddrinfo", answer)
    monkeypatch.setattr(outbound.httpcore.SyncBackend, "connect_tcp", connect)
    return reached


def test_one_private_address_among_the_answers_refuses_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = resolving(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(NotSent) as refused:
        Network().request("POST", "https://house.example.org/")
    assert refused.value.code == "outbound.private"
    assert reached == []


def test_a_name_that_changes_its_address_is_asked_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = resolving(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    with pytest.raises(NotSent):
        Network().request("POST", "https://house.example.org/")
    assert reached == ["93.184.216.34"]


def test_an_exception_is_exact_in_host_and_port(receiver: Receiver) -> None:
    port = int(receiver.pair.rpartition(":")[2])
    for allowed in (f"127.0.0.1:{port + 1}", f"localhost:{port}", "127.0.0.1"):
        with pytest.raises(NotSent):
            Network([allowed]).request("POST", receiver.url)
    assert receiver.calls == 0
    signed = {"webhook-id": "k", "webhook-timestamp": "0", "webhook-signature": "v1,x"}
    assert Network([receiver.pair]).request("POST", receiver.url, headers=signed).status == 401


def serving(reply: bytes) -> tuple[str, threading.Thread]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def serve() -> None:
        with listener:
            line, _ = listener.accept()
            with line:
                line.recv(65536)
                line.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"127.0.0.1:{port}", thread


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    pair, thread = serving(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    answer = Network([pair]).request("GET", f"http://{pair}/")
    thread.join(5)
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/")


def test_an_answer_without_end_is_cut_off() -> None:
    pair, thread = serving(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000)
    with pytest.raises(NoAnswer):
        Network([pair]).request("GET", f"http://{pair}/", limit=1000)
    thread.join(5)


def test_the_host_header_keeps_the_name() -> None:
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def serve() -> None:
        with listener:
            line, _ = listener.accept()
            with line:
                heard.append(line.recv(65536))
                line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    Network([f"localhost:{port}"]).request("GET", f"http://localhost:{port}/")
    thread.join(5)
    assert f"Host: localhost:{port}".encode() in heard[0]
