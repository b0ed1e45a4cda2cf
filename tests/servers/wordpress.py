"""A real WordPress as its owner and its readers see it."""

import base64
import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


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

    def call_as_anybody(self, route: str) -> Any:
        return json.loads(read(f"{self.url}/index.php?{urlencode({'rest_route': f'/wp/v2/{route}'})}"))

    def posts(self) -> list[dict[str, Any]]:
        states = "publish,future,draft,pending,private,trash"
        found: list[dict[str, Any]] = self.call("GET", "posts", status=states, context="edit", per_page="100")
        return found

    def pictures(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "media", status="inherit,trash", context="edit")
        return found

    def clear(self) -> None:
        pages = self.call("GET", "pages", status="publish,draft", context="edit", per_page="100")
        for one in pages:  # a new site comes with two of them, under the name of its first user
            self.call("DELETE", f"pages/{one['id']}", force="true")
        for one in self.posts():
            self.call("DELETE", f"posts/{one['id']}", force="true")
        for one in self.pictures():
            self.call("DELETE", f"media/{one['id']}", force="true")

    def out(self) -> dict[str, str]:
        """What readers see, by address: the words of each public post's own page."""
        public = self.call("GET", "posts", per_page="100")
        return {one["link"]: Page(read(one["link"])).words for one in public}


def read(url: str) -> str:
    return fetched(url).decode()


def fetched_or_gone(url: str) -> bytes:
    """What an address gives that somebody kept; empty where it gives nothing."""
    try:
        return fetched(url)
    except HTTPError:
        return b""


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=20) as answer:
        return bytes(answer.read())


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
