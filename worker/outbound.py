"""The one way to the network: every address is looked at before it is called, and called exactly once.

A name is resolved once; one private or special address among the answers refuses them all; the connection goes
to the very address that was looked at, while TLS and the Host header keep the name. No redirects, no proxies,
one deadline for everything after the look-up, a limit on what is read.
"""

import contextlib
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import httpcore

LIMIT = 1 << 20  # bytes of an answer
_CHUNK = 1 << 14  # bytes written between two looks at the clock
_CONNECT = 5.0  # seconds at most for one connection
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# What `is_global` of some Python we run on calls public and is not: by name.
SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?\Z")


class NotSent(Exception):
    """Nothing left this machine; the call may be made again. `code` says why (`outbound.private`)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code


class NoAnswer(Exception):
    """Something may have arrived, but no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, headers by lower-case name, at most `LIMIT` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Network:
    """Calls the outside. `allow`: exact `host:port` that may be private and may speak plain http."""

    allow: Collection[str] = ()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = 15.0,
        limit: int = LIMIT,
        whole: bool = True,
    ) -> Answer:
        """One call. Raises NotSent or NoAnswer; every status, redirects too, is an answer.

        whole: an answer beyond the limit is none; otherwise its first `limit` bytes are.
        """
        place = self._place(url)
        backend = _Pinned(time.monotonic() + seconds, private=_pair(place) in self.allow)
        try:
            return _call(backend, method, url, list((headers or {}).items()), body, _Most(limit, whole))
        except NotSent:
            raise
        except Exception as error:
            kind = type(error).__name__
            if backend.began:
                raise NoAnswer(f"no whole answer: {kind}") from error
            raise NotSent("outbound.unreachable", f"No connection could be made: {kind}.") from error

    def line(self, host: str, port: int, tls: Literal["tls", "starttls", "none"], seconds: float = 15.0) -> "Line":
        """An open connection for another protocol than HTTP, under the same rules. Raises NotSent.

        starttls: whoever speaks calls `secure` before anything that matters is said. none: where `allow` names it.
        """
        place = _split(f"https://{f'[{host}]' if ':' in host else host}:{port}/")
        if place.hostname != host.lower() or place.port != port:
            raise NotSent("outbound.odd_host", "This host is neither a plain name nor a plain address.")
        if tls == "none" and _pair(place) not in self.allow:
            raise NotSent("outbound.plain", "Nothing is said there without encryption.")
        backend = _Pinned(time.monotonic() + seconds, private=_pair(place) in self.allow)
        with _unreached():
            line = Line(backend.connect_tcp(place.hostname, port), place.hostname)
            return line.secure() if tls == "tls" else line

    def check(self, url: str) -> None:
        """Raises NotSent where an address would never be called; looks nothing up."""
        self._place(url)

    def _place(self, url: str) -> SplitResult:
        place = _split(url)
        if place.scheme == "http" and _pair(place) not in self.allow:
            raise NotSent("outbound.plain", "Only https is called.")
        return place


@dataclass(frozen=True, slots=True)
class Line:
    """As much of a socket as a client of the standard library needs; what goes wrong on it is an OSError."""

    stream: httpcore.NetworkStream
    host: str

    def sendall(self, data: bytes) -> None:
        """All of it, before the deadline."""
        with _as_os_error():
            self.stream.write(data)

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """What comes back, to read from. What was read ahead of it is lost."""
        return io.BufferedReader(_Coming(self.stream))

    def secure(self) -> "Line":
        """The same line from here on encrypted, with the certificate that the host's name asks for. Raises NotSent."""
        with _unreached():
            return Line(self.stream.start_tls(httpcore.default_ssl_context(), self.host), self.host)

    def close(self) -> None:
        self.stream.close()


class _Coming(io.RawIOBase):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # any writable buffer, a name for which comes with Python 3.12
        room = memoryview(buffer)
        with _as_os_error():
            found = self._stream.read(len(room))
        room[: len(found)] = found
        return len(found)


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise ConnectionError(type(error).__name__) from error


@contextlib.contextmanager
def _unreached() -> Iterator[None]:
    try:
        yield
    except NotSent:
        raise
    except Exception as error:
        raise NotSent("outbound.unreachable", f"No connection could be made: {type(error).__name__}.") from error


@dataclass(frozen=True, slots=True)
class _Most:
    """How many bytes are read, and whether an answer with more of them is none."""

    bytes: int
    whole: bool


def _call(
    backend: "_Pinned", method: str, url: str, headers: list[tuple[str, str]], body: bytes, most: _Most
) -> Answer:
    given: list[tuple[bytes | str, bytes | str]] = [*headers]
    with (
        httpcore.ConnectionPool(network_backend=backend, max_connections=1, retries=0) as pool,
        pool.stream(method, url, headers=given, content=body) as response,
    ):
        return Answer(response.status, _headers(response.headers), _read(response.iter_stream(), most))


def _split(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        host, _port = place.hostname or "", place.port
    except ValueError as error:
        raise NotSent("outbound.address", "This is no address.") from error
    if place.scheme not in ("http", "https") or not host or not url.isascii() or re.search(r"[\s\\\x00-\x20]", url):
        raise NotSent("outbound.address", "This is no plain http(s) address.")
    if "@" in place.netloc:
        raise NotSent("outbound.userinfo", "An address with a user's name in it is never called.")
    if not _literal(host) and (not _NAME.match(host) or _NUMBER.match(host.rstrip(".").rpartition(".")[2])):
        raise NotSent("outbound.odd_host", "This host is neither a plain name nor a plain address.")
    return place


def _literal(host: str) -> Address | None:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def _pair(place: SplitResult) -> str:
    return f"{place.hostname}:{place.port or (443 if place.scheme == 'https' else 80)}"


def public(address: Address) -> bool:
    """Whether an address belongs to the open network."""
    special = any(address in network for network in SPECIAL if network.version == address.version)
    return address.is_global and not special


def look_up(host: str, port: int) -> list[Address]:
    """Every address of a host, asked once. The resolver has no deadline of its own; the caller's thread has."""
    if literal := _literal(host):
        return [literal]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("outbound.unknown_host", "The host's name leads nowhere.") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


@dataclass(slots=True)
class _Pinned(httpcore.NetworkBackend):
    """Resolves, looks, and connects to what it looked at; hands out streams that know the one deadline."""

    until: float
    private: bool
    began: bool = field(default=False)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = look_up(host, port)
        if not addresses or not (self.private or all(map(public, addresses))):
            raise NotSent("outbound.private", "The host stands at a private or special address.")
        return _Stream(self._open(addresses, port), self)

    def _open(self, addresses: list[Address], port: int) -> httpcore.NetworkStream:
        last: Exception = httpcore.ConnectError("no address")
        for address in addresses[:3]:
            try:
                seconds = min(_CONNECT, self.left())
                return httpcore.SyncBackend().connect_tcp(str(address), port, timeout=seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise NotSent("outbound.address", "A unix socket is not the network.")

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, self.left()))

    def left(self) -> float:
        """Seconds until the deadline; raises once it is over."""
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the deadline is over")
        return seconds


@dataclass(slots=True)
class _Stream(httpcore.NetworkStream):
    inner: httpcore.NetworkStream
    backend: _Pinned

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.backend.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.backend.began = True
        for start in range(0, len(buffer), _CHUNK):
            self.inner.write(buffer[start : start + _CHUNK], self.backend.left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, self.backend.left()), self.backend)

    def get_extra_info(self, info: str) -> object:
        return self.inner.get_extra_info(info)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _read(stream: Iterable[bytes], most: _Most) -> bytes:
    body = bytearray()
    for chunk in stream:
        body += chunk
        if len(body) > most.bytes and most.whole:
            raise NoAnswer(f"the answer is longer than {most.bytes} bytes")
        if len(body) >= most.bytes and not most.whole:
            break
    return bytes(body[: most.bytes])
