"""What a home server's no means once a picture of the piece is there. All else is tried on a real one."""

import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from content.outcome import Gone, Refused, Retry, Unknown
from tests.channels.letters import a_release
from tests.channels.pictures import a_picture
from tests.channels.suite import called
from worker.channels.matrix import KEY, PAGES, Matrix
from worker.outbound import Answer, Network
from worker.wallet import Given


@dataclass(frozen=True)
class Barring(Network):
    """A home server that takes pictures and bars words. stored: the files that it was given."""

    stored: list[bytes] = field(default_factory=list)

    def request(self, method: str, url: str, **more: Any) -> Answer:
        if "/upload" in url:
            self.stored.append(more["body"])
            return Answer(200, {}, b'{"content_uri": "mxc://house/1"}')
        is_picture = json.loads(more["body"])["msgtype"] == "m.image"
        return Answer(200, {}, b'{"event_id": "$1"}') if is_picture else Answer(403, {}, b"{}")


def test_barred_words_are_refused_but_not_once_a_picture_is_there(tmp_path: Path) -> None:
    server = Barring()
    way = Matrix(server, Given({"desk": [{"token": "t"}]}))
    release = a_release(
        "Words.", channel="matrix", form="matrix", identity="@desk:house in !room:house",
        settings={"url": "https://house.example.org", "room": "!room:house"},
    )  # fmt: skip
    assert isinstance(called(way, release), Refused)
    part = replace(release.parts[0], attachments=(a_picture(tmp_path),))
    assert isinstance(called(way, replace(release, parts=(part,))), Unknown)
    assert len(server.stored) == 1 and part.attachments[0].read() not in server.stored[0]  # a server keeps it for good


@dataclass(frozen=True)
class Telling(Network):
    """A home server whose room holds these events, each of this minute; `end`: and so on, without one."""

    events: list[dict[str, Any]] = field(default_factory=list)
    end: str = ""

    def request(self, method: str, url: str, **more: Any) -> Answer:
        stamp = int(time.time() * 1000)
        chunk = [{"event_id": f"${n}", "origin_server_ts": stamp, **one} for n, one in enumerate(self.events)]
        return Answer(200, {}, json.dumps({"chunk": chunk, "end": self.end}).encode())


def said(kind: str, sender: str = "@desk:house", **more: Any) -> dict[str, Any]:
    return {"type": kind, "sender": sender, "content": {"body": "x"}, **more}


def test_whatever_our_user_puts_into_the_room_is_on_the_list_and_its_state_is_not() -> None:
    events = [
        said("m.room.message"), said("m.sticker"), said("m.room.encrypted"), said("org.matrix.msc3381.poll.start"),
        said("m.reaction"), said("m.room.redaction"), said("m.room.topic", state_key=""),
        said("m.sticker", "@who:else"),
        said("m.room.message", content={}),
    ]  # fmt: skip
    way = Matrix(Telling(events=events), Given({"desk": [{"token": "t"}]}))
    account = a_release(
        "Words.", channel="matrix", form="matrix", identity="@desk:house in !room:house",
        settings={"url": "https://house.example.org", "room": "!room:house"},
    ).account  # fmt: skip
    found = way.listed(account, datetime.now(UTC) - timedelta(hours=1))
    assert isinstance(found, list)
    assert [one.remote_id for one in found] == ["$0", "$1", "$2", "$3"]


def test_a_flood_in_the_room_hides_nobody() -> None:
    way = Matrix(Telling(events=[said("m.sticker")], end="on"), Given({"desk": [{"token": "t"}]}))
    account = a_release(
        "Words.", channel="matrix", form="matrix", identity="@desk:house in !room:house",
        settings={"url": "https://house.example.org", "room": "!room:house"},
    ).account  # fmt: skip
    found = way.listed(account, datetime.now(UTC) - timedelta(hours=1))
    assert isinstance(found, list) and len(found) == PAGES


@dataclass(frozen=True)
class Busy(Network):
    """A home server of a room in which others never stop talking; it can be asked for one user's events alone. ours:
    those; away: it gives no list of events; emptied: what was redacted."""

    ours: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    emptied: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **more: Any) -> Answer:
        if "/redact/" in url:
            self.emptied.append(unquote(urlsplit(url).path.split("/")[-2]))
            return Answer(200, {}, b"{}")
        if self.away:
            return Answer(500, {}, b"{}")
        alone = json.loads(parse_qs(urlsplit(url).query).get("filter", ["{}"])[0]).get("senders") == ["@desk:house"]
        found = (
            {"chunk": self.ours} if alone else {"chunk": [_stamped(said("m.room.message", "@who:else"))], "end": "on"}
        )
        return Answer(200, {}, json.dumps(found).encode())


def _stamped(event: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": "$other", "origin_server_ts": int(time.time() * 1000), **event}


def test_however_much_others_say_in_the_room_a_recall_empties_the_words_and_their_pictures(tmp_path: Path) -> None:
    release = a_release(
        "Words.", channel="matrix", form="matrix", identity="@desk:house in !room:house",
        settings={"url": "https://house.example.org", "room": "!room:house"},
    )  # fmt: skip
    part = replace(release.parts[0], attachments=(a_picture(tmp_path),))
    ours = [
        _stamped(said("m.room.message", event_id=f"${number}", content={KEY: key}))
        for number, key in enumerate((part.key, f"{part.key}/0"))
    ]
    server = Busy(ours=ours)
    assert Matrix(server, Given({"desk": [{"token": "t"}]})).recall(release, part, "$0") == Gone()
    assert sorted(server.emptied) == ["$0", "$1"]


def test_words_whose_event_is_known_are_emptied_though_the_room_cannot_be_read() -> None:
    release = a_release(
        "Words.", channel="matrix", form="matrix", identity="@desk:house in !room:house",
        settings={"url": "https://house.example.org", "room": "!room:house"},
    )  # fmt: skip
    server = Busy(away=True)
    found = Matrix(server, Given({"desk": [{"token": "t"}]})).recall(release, release.parts[0], "$0")
    assert isinstance(found, Retry) and server.emptied == ["$0"]
