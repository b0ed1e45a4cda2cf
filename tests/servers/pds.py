"""A real PDS as its other clients see it: new accounts, what readers find there, what the owner does to it."""

import hashlib
import itertools
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from worker.protocols.atrecord import POSTS

NAMES = itertools.count(time.time_ns() % 10**9)


def ask(url: str, what: str, body: Any = None, token: str = "", query: Mapping[str, str] | None = None) -> Any:
    """As any other client of the server would."""
    address = f"{url}/xrpc/{what}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=20) as answer:
        return json.loads(answer.read() or b"null")


@dataclass
class Account:
    """A new account of the server: its owner's own token, and an app password for us."""

    url: str
    handle: str
    did: str
    token: str
    password: str

    @classmethod
    def new(cls, url: str) -> "Account":
        handle = f"desk{next(NAMES)}.test"
        given = {"handle": handle, "email": f"{handle}@example.org", "password": "the-owner-s"}
        made = ask(url, "com.atproto.server.createAccount", given)
        token = made["accessJwt"]
        password = ask(url, "com.atproto.server.createAppPassword", {"name": "desk"}, token)["password"]
        return cls(url, handle, made["did"], token, password)

    def records(self) -> list[dict[str, Any]]:
        query = {"repo": self.did, "collection": POSTS, "limit": "100"}
        found: list[dict[str, Any]] = ask(self.url, "com.atproto.repo.listRecords", query=query)["records"]
        return found

    def out(self) -> dict[str, str]:
        return {one["uri"]: one["value"]["text"] for one in self.records()}

    def alts(self) -> list[str]:
        return [one["alt"] for one in self.shown()]

    def shown(self) -> list[dict[str, Any]]:
        """Each picture or film of a post, as its record has it."""
        embeds = [one["value"]["embed"] for one in self.records() if "embed" in one["value"]]
        return [shown for one in embeds for shown in one.get("images") or [one]]

    def kept(self) -> list[Callable[[], bytes]]:
        """Each file by its digest, which anybody may ask the server for: pictures, films, captions."""
        files = [one.get("image") or one["video"] for one in self.shown()]
        files += [said["file"] for one in self.shown() for said in one.get("captions", ())]
        return [lambda link=one["ref"]["$link"]: self.blob(link) for one in files]

    def sums(self) -> list[str]:
        return [hashlib.sha256(read()).hexdigest() for read in self.kept()]

    def blob(self, link: str) -> bytes:
        query = urllib.parse.urlencode({"did": self.did, "cid": link})
        try:
            with urllib.request.urlopen(f"{self.url}/xrpc/com.atproto.sync.getBlob?{query}", timeout=20) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError:
            return b""

    def after(self, uri: str) -> str:
        known = {one["uri"]: one for one in self.records()}
        reply = known[uri]["value"].get("reply")
        if reply is None:
            return ""
        for one in reply.values():  # the server checks neither
            assert known[one["uri"]]["cid"] == one["cid"]
        return str(reply["parent"]["uri"])

    def put(self, rkey: str, record: Mapping[str, Any]) -> Any:
        wanted = {"repo": self.did, "collection": POSTS, "rkey": rkey, "record": record}
        return ask(self.url, "com.atproto.repo.putRecord", wanted, self.token)

    def stored(self, content: bytes, kind: str) -> dict[str, Any]:
        """A file that no record shows: what the server calls it."""
        headers = {"content-type": kind, "authorization": f"Bearer {self.token}"}
        place = f"{self.url}/xrpc/com.atproto.repo.uploadBlob"
        with urllib.request.urlopen(urllib.request.Request(place, content, headers), timeout=20) as answer:
            found: dict[str, Any] = json.loads(answer.read())["blob"]
            return found

    def removed(self, uri: str) -> None:
        wanted = {"repo": self.did, "collection": POSTS, "rkey": uri.rpartition("/")[2]}
        ask(self.url, "com.atproto.repo.deleteRecord", wanted, self.token)

    @contextmanager
    def revoked(self) -> Iterator[None]:
        ask(self.url, "com.atproto.server.revokeAppPassword", {"name": "desk"}, self.token)
        yield
