"""What others do on an account behind our back: by another client with its own credentials, or as the platform itself.

Each server is asked by its own interface, never by our channels.
"""

import base64
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.channels import mastodon_server
from tests.channels.receiver import Http
from tests.servers.everywhere import (
    Place,
    Room,
    a_blog,
    a_room,
    asked,
    on_bluesky,
    on_mastodon,
    on_matrix,
    on_site,
    on_wordpress,
    signed_in,
)
from tests.servers.pds import Account as OnBluesky
from tests.servers.pds import ask
from tests.servers.wordpress import Site as Blog
from worker.protocols.atrecord import POSTS

LIKES = "app.bsky.feed.like"


@dataclass
class Behind:
    """An account on one server, and what others can do there. away: ways in which a piece leaves, by its remote id;
    edit: it says something else; strange: ways in which something comes that we did not send, each tells its id;
    liked: readers like a piece, and what the channel should count then."""

    name: str
    place: Place
    away: Mapping[str, Callable[[str], Any]]
    edit: Callable[[str], Any]
    strange: Mapping[str, Callable[[], str]]
    liked: Callable[[str], Mapping[str, int]] = field(default=lambda _: {})


# The ways by name, for tests to be called by them.
AWAY = {
    "bluesky": ("deleted", "taken_down", "account_taken_down", "account_deactivated"),
    "matrix": ("redacted", "room_deleted"),
    "wordpress": ("trashed", "deleted", "private", "protected"),
    "mastodon": ("deleted",),
    "site": ("deleted",),
}


def behind(name: str, stack: ExitStack, url: str, home: Path) -> Behind:
    """A new account there. url: of the server, where one was booted."""
    match name:
        case "bluesky":
            return _bluesky(stack, url)
        case "matrix":
            return _matrix(url)
        case "wordpress":
            return _wordpress(url)
        case "mastodon":
            return _mastodon(stack.enter_context(mastodon_server.Server()))
        case _:
            return _site(home)


# --- Bluesky ------------------------------------------------------------------------------------------------


def _bluesky(stack: ExitStack, url: str) -> Behind:
    account, fan = OnBluesky.new(url), OnBluesky.new(url)
    place = on_bluesky(account)
    place.settings["appview"] = stack.enter_context(View(fan)).url

    def edit(uri: str) -> None:
        (one,) = (record for record in account.records() if record["uri"] == uri)
        account.put(uri.rpartition("/")[2], one["value"] | {"text": "Other words."})

    def strange() -> str:
        record = {"$type": POSTS, "text": "Not ours.", "createdAt": datetime.now(UTC).isoformat()}
        wanted = {"repo": account.did, "collection": POSTS, "record": record}
        return str(ask(url, "com.atproto.repo.createRecord", wanted, account.token)["uri"])

    away = {
        "deleted": account.removed,
        "taken_down": lambda uri: _moderated(url, {"$type": "com.atproto.repo.strongRef", **_named(account, uri)}),
        "account_taken_down": lambda _: _moderated(
            url, {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}
        ),
        "account_deactivated": lambda _: ask(url, "com.atproto.server.deactivateAccount", {}, account.token),
    }
    return Behind("bluesky", place, away, edit, {"post": strange}, lambda uri: _liked(account, fan, uri))


def _named(account: OnBluesky, uri: str) -> dict[str, str]:
    (one,) = (record for record in account.records() if record["uri"] == uri)
    return {"uri": uri, "cid": one["cid"]}


def _moderated(url: str, subject: Mapping[str, str]) -> None:
    """The server's own moderators take it down."""
    body = json.dumps({"subject": subject, "takedown": {"applied": True, "ref": "1"}}).encode()
    pair = base64.b64encode(b"admin:admin-pass").decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {pair}"}
    address = f"{url}/xrpc/com.atproto.admin.updateSubjectStatus"
    with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=20) as answer:
        answer.read()


def _liked(account: OnBluesky, fan: OnBluesky, uri: str) -> Mapping[str, int]:
    record = {"$type": LIKES, "subject": _named(account, uri), "createdAt": datetime.now(UTC).isoformat()}
    wanted = {"repo": fan.did, "collection": LIKES, "record": record}
    ask(fan.url, "com.atproto.repo.createRecord", wanted, fan.token)
    return {"likes": 1, "replies": 0, "reposts": 0, "quotes": 0}


class View:
    """An AppView, as far as counts go: it counts the likes that a fan's repository on the server holds."""

    def __init__(self, fan: OnBluesky) -> None:
        self._fan = fan

    def __enter__(self) -> "View":
        view = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                (uri,) = parse_qs(urlsplit(self.path).query)["uris"]
                counts = {"likeCount": view._likes(uri), "repostCount": 0, "replyCount": 0, "quoteCount": 0}
                mastodon_server.answer(self, 200, {"posts": [{"uri": uri, **counts}]}, {})

            def log_message(self, *_: object) -> None:
                pass

        self._http = Http(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def _likes(self, uri: str) -> int:
        query = {"repo": self._fan.did, "collection": LIKES}
        records = ask(self._fan.url, "com.atproto.repo.listRecords", query=query)["records"]
        return sum(one["value"]["subject"]["uri"] == uri for one in records)


# --- Matrix -------------------------------------------------------------------------------------------------


def _matrix(url: str) -> Behind:
    room = a_room(url)

    def edit(event: str) -> None:
        new = {"msgtype": "m.text", "body": "Other words."}
        told = {**new, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event}}
        room.call("PUT", "send/m.room.message/edit", told)

    def says(kind: str, content: Mapping[str, Any]) -> Callable[[], str]:
        return lambda: str(room.call("PUT", f"send/{kind}/{time.time_ns()}", content)["event_id"])

    away = {
        "redacted": lambda event: room.call("PUT", f"redact/{quote(event)}/gone", {}),
        "room_deleted": lambda _: _deleted(room),
    }
    strange = {
        "message": says("m.room.message", {"msgtype": "m.text", "body": "Not ours."}),
        "notice": says("m.room.message", {"msgtype": "m.notice", "body": "Not ours."}),
        "sticker": says("m.sticker", {"body": "Not ours.", "url": "mxc://localhost/x", "info": {}}),
        "poll": says("org.matrix.msc3381.poll.start", {"org.matrix.msc1767.text": "Not ours?"}),
        "encrypted": says("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}),
    }
    return Behind("matrix", on_matrix(room), away, edit, strange)


def _deleted(room: Room) -> None:
    """The home server's administrator deletes the room with all that was said in it; the server takes its time."""
    _, token = signed_in(room.url, "warden")
    place = "/_synapse/admin/v2/rooms"
    made = asked(room.url, "DELETE", f"{place}/{quote(room.id)}", {"purge": True}, token)["delete_id"]
    end = time.monotonic() + 30
    while asked(room.url, "GET", f"{place}/delete_status/{made}", None, token)["status"] != "complete":
        assert time.monotonic() < end
        time.sleep(0.1)


# --- WordPress ----------------------------------------------------------------------------------------------


def _wordpress(url: str) -> Behind:
    blog = a_blog(url)
    away: dict[str, Callable[[str], Any]] = {
        "trashed": lambda post: blog.call("DELETE", f"posts/{post}"),
        "deleted": lambda post: blog.call("DELETE", f"posts/{post}", force="true"),
        "private": lambda post: blog.call("POST", f"posts/{post}", {"status": "private"}),
        "protected": lambda post: blog.call("POST", f"posts/{post}", {"password": "x"}),
    }
    strange = {kind: lambda kind=kind: _published(blog, kind) for kind in ("posts", "pages")}

    def edit(post: str) -> Any:
        return blog.call("POST", f"posts/{post}", {"content": "Other words."})

    return Behind("wordpress", on_wordpress(blog), away, edit, strange)


def _published(blog: Blog, kind: str) -> str:
    return str(blog.call("POST", kind, {"title": "Not ours", "content": "Not ours.", "status": "publish"})["id"])


# --- where no server can be booted, and our own files -------------------------------------------------------


def _mastodon(server: mastodon_server.Server) -> Behind:
    def liked(one: str) -> Mapping[str, int]:
        server.statuses[one]["favourites_count"] = 2
        return {"favourites": 2, "reblogs": 0, "replies": 0}

    return Behind(
        "mastodon", on_mastodon(server), {"deleted": server.removed}, lambda one: server.edit(one, "Other words."),
        {"status": lambda: server.make(server.account_id, "Not ours.", {})}, liked,
    )  # fmt: skip


def _site(home: Path) -> Behind:
    entries = home / "site" / "site" / "entries"

    def at(name: str) -> Path:
        (path,) = entries.glob(f"*/{name}.json")
        return path

    def edit(name: str) -> None:
        entry = json.loads(at(name).read_bytes())
        at(name).write_text(json.dumps(entry | {"text": "Other words."}))

    def strange() -> str:
        (first, *_) = entries.glob("*/*.json")
        name = "a" * len(first.stem)
        entry = json.loads(first.read_bytes()) | {"id": name, "published": datetime.now(UTC).isoformat()}
        first.with_stem(name).write_text(json.dumps(entry))
        return name

    return Behind("site", on_site(home), {"deleted": lambda name: at(name).unlink()}, edit, {"file": strange})
