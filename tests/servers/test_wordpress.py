"""The WordPress channel on a real WordPress: what readers see, what a lost answer leaves, what a recall takes."""

import base64
import hashlib
import json
import re
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

from content.outcome import Attachment
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.suite import (
    Loses,
    Once,
    Pictures,
    Recalls,
    Revoked,
    Suite,
    Tried,
    Watched,
)
from tests.servers.booting import folder
from tests.servers.losing import Losing
from worker.channels import wordpress as channel
from worker.channels.wordpress import WordPress
from worker.outbound import Network
from worker.wallet import Given

PASSWORD = folder() / "wordpress" / "apppw"  # named here: a test's own surroundings hold no setting


@dataclass(frozen=True)
class Site:
    """The server as its owner sees it."""

    url: str
    password: str

    def call(self, method: str, route: str, values: Any = None, **query: str) -> Any:
        address = f"{self.url}/index.php?{urlencode({'rest_route': f'/wp/v2/{route}', **query})}"
        pair = base64.b64encode(f"admin:{self.password}".encode()).decode()
        headers = {"authorization": f"Basic {pair}", "content-type": "application/json"}
        body = None if values is None else json.dumps(values).encode()
        with urlopen(Request(address, body, headers, method=method), timeout=20) as answer:
            return json.loads(answer.read())

    def posts(self) -> list[dict[str, Any]]:
        states = "publish,future,draft,pending,private,trash"
        found: list[dict[str, Any]] = self.call("GET", "posts", status=states, context="edit", per_page="100")
        return found

    def pictures(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "media", status="inherit,trash", context="edit")
        return found

    def clear(self) -> None:
        for one in self.posts():
            self.call("DELETE", f"posts/{one['id']}", force="true")
        for one in self.pictures():
            self.call("DELETE", f"media/{one['id']}", force="true")

    def out(self) -> dict[str, str]:
        """What readers see, by address: the words of each public post's own page."""
        public = self.call("GET", "posts", per_page="100")
        return {one["link"]: Page(read(one["link"])).words for one in public}


def read(url: str) -> str:
    with urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


class Page(HTMLParser):
    """The words of a post's page, the direction they stand in, its pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.directions, self.pictures, self.links = "", list[str](), list[dict[str, str]](), list[str]()
        self._inside = False
        block = re.search(
            r'class="[^"]*wp-block-post-content[^"]*">(.*?)<div class="wp-block-template-part">', text, re.S
        )
        assert block
        self.feed(block[1])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "p":
            self._inside, self.words = True, self.words + ("\n\n" if self.words else "")
            self.directions.append(f"{told['lang']} {told['dir']}")
        if tag == "br":
            self.words += "\n"
        if tag == "img":
            self.pictures.append(told)
        if tag == "a":
            self.links.append(told["href"])

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.words += data


def png(path: Path, width: int = 3, height: int = 2) -> Attachment:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x20\x80\xc0" * width for _ in range(height))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(content)
    return Attachment(hashlib.sha256(content).hexdigest(), "image/png", "A house.", path, width, height)


@pytest.fixture
def site(wordpress: str) -> Site:
    found = Site(wordpress, PASSWORD.read_text().strip())
    found.clear()
    return found


@pytest.fixture
def line(site: Site) -> Iterator[Losing]:
    place = urlsplit(site.url)
    with Losing((place.hostname or "", place.port or 0)) as running:
        yield running


@pytest.fixture
def tried(site: Site, line: Losing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tried:
    monkeypatch.setattr(channel, "SECONDS", 8.0)
    url = f"http://127.0.0.1:{line.port}"
    wallet = Given({"desk": [{"user": "admin", "password": site.password}]})
    way = WordPress(Network([f"127.0.0.1:{line.port}"]), wallet, tmp_path / "locks")

    def letter(*texts: str, **more: Any) -> Release:
        return a_release(*texts, channel="wordpress", identity=f"{url}#1", settings={"url": f"{url}/"}, **more)

    @contextmanager
    def lost() -> Iterator[None]:
        monkeypatch.setattr(channel, "SECONDS", 3.0)
        line.lose_after(b'"status": "publish"')
        yield
        time.sleep(1.0)  # what was on its way arrives
        line.turn("pass")
        monkeypatch.setattr(channel, "SECONDS", 8.0)

    @contextmanager
    def revoked() -> Iterator[None]:
        wallet.known["desk"][0]["password"] = "revoked"
        yield
        wallet.known["desk"][0]["password"] = site.password

    def removed(remote_id: str) -> None:
        site.call("DELETE", f"posts/{remote_id}")

    def alts() -> list[str]:
        return [one["alt_text"] for one in site.pictures()]

    return Tried(
        way, letter, site.out, lost=lost, revoked=revoked, removed=removed, picture=png(tmp_path / "p.png"), alts=alts
    )


class TestOnWordPress(Suite, Once, Recalls, Loses, Revoked, Watched, Pictures):
    """Everything but patience, which this server never asks for: test_a_site_that_asks_for_patience… below."""
