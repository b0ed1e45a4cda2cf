"""The Matrix channel on a real Synapse, each test in a room of its own."""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from content.outcome import Attachment, Gone, Refused, Sent, Stands, Undecidable
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.pictures import a_film, a_picture, a_sound
from tests.channels.suite import (
    Busy,
    Bytes,
    Films,
    Forgets,
    Loses,
    Once,
    Pictures,
    Recalls,
    Resumes,
    Revoked,
    Suite,
    Threads,
    Tried,
    Watched,
    made,
    publish,
    recall,
    showing,
)
from tests.faults.proxy import Proxy
from worker.caps import Verified
from worker.channels import matrix
from worker.channels.matrix import Matrix
from worker.outbound import Network
from worker.wallet import Given


def login(user: str) -> dict[str, Any]:
    return {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": "secret123"}


def asked(client: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    """What the server answers, asked again whenever it asks for patience: its limits hold for the tests' own calls."""
    while (answer := client.request(method, path, json=body)).status_code == 429:
        time.sleep(answer.json()["retry_after_ms"] / 1000 + 0.05)
    answer.raise_for_status()
    return answer.json()


@pytest.fixture(scope="module")
def member(synapse: str) -> dict[str, Any]:
    """Signed in once: the server takes few sign-ins a minute."""
    with httpx.Client(base_url=synapse, timeout=20) as client:
        return dict(asked(client, "POST", "/_matrix/client/v3/login", login("pub")))


class Room:
    """A room on the server, and what its reader sees."""

    def __init__(self, client: httpx.Client, member: dict[str, Any], proxy: Proxy) -> None:
        self.client, self.user, self.proxy = client, member, proxy
        client.headers["authorization"] = f"Bearer {member['access_token']}"
        self.id = self.asked("POST", "/_matrix/client/v3/createRoom", {"preset": "private_chat"})["room_id"]
        self.wallet = Given({"desk": [{"token": member["access_token"]}]})
        self.way = Matrix(Network([f"127.0.0.1:{proxy.port}"]), self.wallet, seconds=4.0)

    def asked(self, method: str, path: str, body: Any = None) -> Any:
        return asked(self.client, method, path, body)

    def letter(self, *texts: str, **more: Any) -> Release:
        told = {"url": f"http://127.0.0.1:{self.proxy.port}", "room": self.id}
        identity = f"{self.user['user_id']} in {self.id}"
        return a_release(*texts, channel="matrix", form="matrix", identity=identity, settings=told, **more)

    def events(self) -> list[dict[str, Any]]:
        page = self.asked("GET", f"/_matrix/client/v3/rooms/{quote(self.id)}/messages?dir=f&limit=200")
        return [one for one in page["chunk"] if one["type"] == "m.room.message" and one["content"]]

    def out(self) -> dict[str, str]:
        return {e["event_id"]: e["content"]["body"] for e in self.events() if e["content"]["msgtype"] == "m.text"}

    def shown(self) -> list[dict[str, Any]]:
        return [e["content"] for e in self.events() if e["content"]["msgtype"] != "m.text"]

    def alts(self) -> list[str]:
        return [one["body"] for one in self.shown()]

    def sums(self) -> list[str]:
        """Of the files as a member of the room opens them."""
        return [sha256(opened(self.stored(one["file"]["url"]), one["file"])).hexdigest() for one in self.shown()]

    def pictures(self) -> list[dict[str, Any]]:
        return [e["content"] for e in self.events() if e["content"]["msgtype"] == "m.image"]

    def kept(self) -> list[Callable[[], bytes]]:
        return [lambda one=one: self.stored(one["file"]["url"]) for one in self.pictures()]

    def stored(self, address: str) -> bytes:
        """What the home server keeps: whatever is redacted, it gives it to its users for good."""
        path = f"/_matrix/client/v1/media/download/{address.removeprefix('mxc://')}"
        return bytes(self.client.get(path).raise_for_status().content)

    def after(self, event: str) -> str:
        found = next(e for e in self.events() if e["event_id"] == event)
        return str(found["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id", ""))

    def removed(self, event: str) -> None:
        self.asked("PUT", f"/_matrix/client/v3/rooms/{quote(self.id)}/redact/{quote(event)}/gone", {})

    def others_talk(self, number: int) -> None:
        """Somebody else joins the room and says so many things in it."""
        with httpx.Client(base_url=self.client.base_url, timeout=20) as other:
            told = asked(other, "POST", "/_matrix/client/v3/login", login("warden"))
            other.headers["authorization"] = f"Bearer {told['access_token']}"
            here = f"/_matrix/client/v3/rooms/{quote(self.id)}"
            self.asked("POST", f"{here}/invite", {"user_id": told["user_id"]})
            asked(other, "POST", f"{here}/join")
            for one in range(number):
                asked(other, "PUT", f"{here}/send/m.room.message/talk-{one}", {"msgtype": "m.text", "body": "Talk."})

    @contextmanager
    def lost(self) -> Iterator[None]:
        self.proxy.turn("half-open")
        yield
        self.proxy.turn("pass")

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Its administrator gives this user one message a second, and one was just sent."""
        limit = f"/_synapse/admin/v1/users/{quote(self.user['user_id'])}/override_ratelimit"
        other = self.asked("POST", "/_matrix/client/v3/createRoom", {"preset": "private_chat"})["room_id"]
        with httpx.Client(base_url=self.client.base_url, timeout=20) as warden:
            token = asked(warden, "POST", "/_matrix/client/v3/login", login("warden"))["access_token"]
            warden.headers["authorization"] = f"Bearer {token}"
            asked(warden, "POST", limit, {"messages_per_second": 1, "burst_count": 1})
            path = f"/_matrix/client/v3/rooms/{quote(other)}/send/m.room.message/knock"
            self.asked("PUT", path, {"msgtype": "m.text", "body": "Knock."})
            yield
            asked(warden, "DELETE", limit)

    @contextmanager
    def revoked(self) -> Iterator[None]:
        kept = self.wallet.known["desk"]
        other = self.asked("POST", "/_matrix/client/v3/login", login("pub"))["access_token"]
        with httpx.Client(base_url=self.client.base_url, headers={"authorization": f"Bearer {other}"}) as gone:
            asked(gone, "POST", "/_matrix/client/v3/logout")
        self.wallet.known["desk"] = [{"token": other}]
        yield
        self.wallet.known["desk"] = kept


@pytest.fixture
def room(synapse: str, member: dict[str, Any]) -> Iterator[Room]:
    place = urlsplit(synapse)
    there = (str(place.hostname), int(place.port or 0))
    with Proxy(there) as proxy, httpx.Client(base_url=synapse, timeout=20) as client:
        yield Room(client, member, proxy)


@pytest.fixture
def tried(room: Room, tmp_path: Path) -> Tried:
    picture: Attachment = a_picture(tmp_path)
    return Tried(
        room.way, room.letter, room.out, lost=room.lost, busy=room.busy, revoked=room.revoked, removed=room.removed,
        picture=picture, film=a_film(tmp_path), alts=room.alts, sums=room.sums, after=room.after, kept=room.kept,
    )  # fmt: skip


class TestMatrix(
    Suite, Once, Recalls, Loses, Busy, Revoked, Watched, Pictures, Bytes, Films, Forgets, Threads, Resumes
):
    """On Synapse."""


def test_a_picture_is_recalled_with_its_words(tried: Tried) -> None:
    release = tried.letter("Words.")
    part = replace(release.parts[0], attachments=(replace(made(tried.picture), alt="A house."),))
    sent = publish(tried.way, replace(release, parts=(part,)))
    assert recall(tried.way, release, release.parts[0], sent) == Gone()
    assert tried.out() == {} and made(tried.alts)() == []


def test_however_much_others_say_a_picture_is_recalled_with_its_words(
    tried: Tried, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tried.letter("Words.")
    part = replace(release.parts[0], attachments=(replace(made(tried.picture), alt="A house."),))
    sent = publish(tried.way, replace(release, parts=(part,)))
    room.others_talk(120)
    monkeypatch.setattr(matrix, "PAGES", 2)
    assert recall(tried.way, release, release.parts[0], sent) == Gone()
    left = [event for event in room.events() if event["sender"] == room.user["user_id"]]
    assert left == []


def test_a_film_and_a_sound_say_what_they_are_before_they_are_fetched(tried: Tried, tmp_path: Path) -> None:
    shown = (replace(a_film(tmp_path), alt="A river.", label="Acted"), replace(a_sound(tmp_path), alt="Rain."))
    publish(tried.way, showing(tried.letter("Words."), *shown))
    way: Any = tried.way
    events = list(way._events(tried.letter().account, tried.letter().due_at))
    found = {e["content"]["msgtype"]: e["content"] for e in events}
    assert (found["m.video"]["body"], found["m.audio"]["body"]) == ("Acted\nA river.", "Rain.")
    sizes = [one.path.stat().st_size for one in shown]
    assert found["m.video"]["info"] == {"mimetype": "video/mp4", "size": sizes[0], "w": 64, "h": 48, "duration": 1500}
    assert found["m.audio"]["info"] == {"mimetype": "audio/mp4", "size": sizes[1], "duration": 1500}


def test_how_large_a_file_the_server_takes_is_heard_and_obeyed(tried: Tried, tmp_path: Path) -> None:
    release = tried.letter("Words.")
    found = tried.way.verify(release.account)
    assert isinstance(found, Verified) and found.told["upload"] > 1_000_000
    small = replace(release, account=replace(release.account, told={"upload": 10}))
    answer = publish(tried.way, showing(small, a_film(tmp_path)))
    assert isinstance(answer, Refused) and answer.code == "matrix.too_large" and tried.out() == {}


def test_readers_open_a_picture_that_the_server_cannot_read(tried: Tried, room: Room) -> None:
    """As the protocol says that clients do: by the key and the counter that stand in the event."""
    release = tried.letter("Words.")
    picture = replace(made(tried.picture), alt="A house.")
    publish(tried.way, replace(release, parts=(replace(release.parts[0], attachments=(picture,)),)))
    (read,), (shown,) = room.kept(), room.pictures()
    stored, file = read(), shown["file"]
    assert picture.read() not in stored
    assert sha256(stored).digest() == unpadded(file["hashes"]["sha256"])
    assert opened(stored, file) == picture.read()
    assert "url" not in shown and shown["info"]["mimetype"] == "image/png"


def opened(stored: bytes, file: dict[str, Any]) -> bytes:
    reader = Cipher(AES256(unpadded(file["key"]["k"])), CTR(unpadded(file["iv"]))).decryptor()
    return reader.update(stored) + reader.finalize()


def unpadded(value: str) -> bytes:
    return base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4))


def test_a_picture_without_its_words_is_neither_nothing_nor_the_piece(tried: Tried) -> None:
    release = tried.letter("Words.")
    part = replace(release.parts[0], attachments=(replace(made(tried.picture), alt="A house."),))
    way: Any = tried.way
    assert way._picture(release.account, part.attachments[0], f"{part.key}/0").status == 200  # and then the line broke
    assert isinstance(way.find(release, part), Undecidable)
    assert isinstance(publish(way, replace(release, parts=(part,))), Sent)
    assert made(tried.alts)() == ["A house."] and list(tried.out().values()) == ["Words."]


def test_words_that_replace_ours_are_seen(tried: Tried, synapse: str) -> None:
    release = tried.letter("Words.")
    event = publish(tried.way, release).parts[0].remote_id
    wallet: Any = tried.way
    room = release.account.settings["room"]
    told = {
        "msgtype": "m.text", "body": "* Other.", "m.new_content": {"msgtype": "m.text", "body": "Other."},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
    }  # fmt: skip
    path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/edit"
    bearer = {"authorization": f"Bearer {wallet.wallet.known['desk'][0]['token']}"}
    with httpx.Client(base_url=synapse, headers=bearer) as one:
        asked(one, "PUT", path, told)
    assert tried.way.stands(release, release.parts[0], event) == Stands(changed=True)
