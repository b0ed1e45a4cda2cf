"""Bluesky without a server: keys, byte offsets, records, and what each answer means. tests/servers tries a real one."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Gone, Impossible, Refused, Retry, Sent, SentPart, Stands, Undecidable, Unknown, Vanished
from content.release import Release
from tests.channels.letters import DUE, a_release
from tests.channels.pictures import CAPTIONS, a_film, a_picture, a_sound
from tests.channels.suite import called, showing
from worker.channels.bluesky import PAGES, Bluesky
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, LONGEST, Later, after
from worker.protocols.atrecord import POSTS, blob, facets, instant, key, record_of, same, tid, uri
from worker.wallet import Given

DID = "did:plc:iljv6heyx5zzojg6jdhx6v3h"
SESSION = {"did": DID, "accessJwt": "a", "refreshJwt": "r", "active": True}
LINK = "https://house.example.org/a"


@dataclass
class Server:
    """Answers by the last step of the path: a status and a body, or what is raised."""

    said: dict[str, Any] = field(default_factory=lambda: {"com.atproto.server.createSession": (200, SESSION)})
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self, url: str) -> Answer:
        name = url.partition("?")[0].rpartition("/")[2]
        self.asked.append(name)
        said = self.said.get(name, (404, {}))
        if isinstance(said, Exception):
            raise said
        status, body = said
        return Answer(status, self.headers, json.dumps(body).encode())


class Wire(Network):
    """A network at whose end that server is."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        object.__setattr__(self, "server", server)

    def request(self, method: str, url: str, **more: Any) -> Answer:
        server: Server = self.__dict__["server"]
        return server.answer(url)


def bluesky(**said: Any) -> tuple[Bluesky, Server]:
    server = Server()
    server.said |= {f"com.atproto.{name.replace('_', '.')}": value for name, value in said.items()}
    return Bluesky(Wire(server), Given({"desk": [{"password": "p"}]})), server


def letter(*texts: str, **more: Any) -> Release:
    told: dict[str, Any] = {"channel": "bluesky", "form": "bluesky", "identity": DID}
    return a_release(*texts, **(told | {"settings": {"url": "https://pds.example.org"}} | more))


# --- keys ---------------------------------------------------------------------------------------------------


def test_a_key_is_a_tid() -> None:
    for number in range(1000):
        assert re.fullmatch(r"[2-7a-j][2-7a-z]{12}", tid(f"{number}", DUE))


def test_a_key_is_the_same_whenever_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    release = letter("Words.")
    first = key(release, release.parts[0])
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert key(release, release.parts[0]) == first
    assert first == tid(release.parts[0].key, release.due_at)


def test_thousands_due_together_have_keys_of_their_own() -> None:
    assert len({tid(f"{number}", DUE) for number in range(20_000)}) == 20_000


def test_keys_sort_as_the_due_times_do_and_tell_them() -> None:
    times = [DUE + timedelta(seconds=number) for number in range(100)]
    keys = [tid(f"{number}", at) for number, at in enumerate(times)]
    assert keys == sorted(keys)
    assert [instant(one).replace(microsecond=0) for one in keys] == times


def test_a_key_that_a_real_server_made_is_read() -> None:
    assert instant("3n3hrxxoj5c2s").replace(microsecond=0) == datetime(2026, 11, 29, 17, 54, 24, tzinfo=UTC)
    assert instant("self") == datetime.fromtimestamp(0, UTC)


# --- where links and hashtags stand -------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", "Read ", "سلام ", "👩‍👩‍👧‍👦 ", "e\u0301 ", "\u2067قال\u2069 🇬🇧 "])
def test_offsets_are_those_of_the_utf_8_bytes(before: str) -> None:
    text = f"{before}{LINK} #ربيع end"
    link, tag = facets(text, [LINK])
    assert text.encode()[link["index"]["byteStart"] : link["index"]["byteEnd"]] == LINK.encode()
    assert link["features"] == [{"$type": "app.bsky.richtext.facet#link", "uri": LINK}]
    assert text.encode()[tag["index"]["byteStart"] : tag["index"]["byteEnd"]] == "#ربيع".encode()
    assert tag["features"] == [{"$type": "app.bsky.richtext.facet#tag", "tag": "ربيع"}]


def test_only_a_link_that_was_judged_can_be_tapped() -> None:
    assert facets(f"{LINK}/b", [LINK]) == []
    (bare,) = facets("house.example.org/a", ["house.example.org/a"])
    assert bare["features"][0]["uri"] == LINK


# --- the record ---------------------------------------------------------------------------------------------


def test_a_record_is_made_of_what_was_cleared_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    release = letter(f"Words {LINK}", links=(LINK,), language="en")
    assert record_of(release, release.parts[0]) == {
        "$type": POSTS,
        "text": f"Words {LINK}",
        "createdAt": "2026-03-01T09:30:00.000Z",
        "langs": ["en"],
        "facets": facets(f"Words {LINK}", [LINK]),
    }


def test_later_pieces_answer_the_one_before_and_the_first_and_stand_after_it_in_time() -> None:
    release = letter("One.", "Two.", "Three.")
    record = record_of(release, release.parts[2])
    first, second = (uri(release, part) for part in release.parts[:2])
    assert record["reply"] == {"root": {"uri": first}, "parent": {"uri": second}}
    assert record["createdAt"] == "2026-03-01T09:30:00.002Z"
    out = (SentPart(0, "at://elsewhere/x/1"), SentPart(1, "at://elsewhere/x/2"))
    named = record_of(release, release.parts[2], out)["reply"]
    assert named == {"root": {"uri": "at://elsewhere/x/1"}, "parent": {"uri": "at://elsewhere/x/2"}}


def test_a_reply_is_the_same_whatever_content_address_it_names() -> None:
    release = letter("One.", "Two.")
    wanted = record_of(release, release.parts[1])
    tied = wanted | {"reply": {name: one | {"cid": "b"} for name, one in wanted["reply"].items()}}
    assert same(tied, wanted)
    assert not same(tied | {"reply": tied["reply"] | {"root": {"uri": "at://other", "cid": "b"}}}, wanted)


# --- what each answer means ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ((200, {"uri": "at://x", "cid": "b"}), Sent),
        ((400, {"error": "InvalidRequest"}), Refused),
        ((403, {}), Refused),
        ((429, {"error": "RateLimitExceeded"}), Retry),
        ((500, {}), Unknown),
        ((502, {"error": "UpstreamFailure"}), Unknown),
        (NoAnswer("cut"), Unknown),
        (NotSent("outbound.unreachable", "away"), Retry),
    ],
)
def test_each_answer_to_a_post_has_one_meaning(said: Any, kind: type) -> None:
    way, _ = bluesky(repo_putRecord=said)
    assert isinstance(called(way, letter("Words.")), kind)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ((401, {"error": "AuthenticationRequired"}), "bluesky.credentials"),
        ((200, SESSION | {"active": False, "status": "takendown"}), "bluesky.inactive"),
        ((429, {}), "bluesky.429"),
        ((500, {}), "bluesky.500"),
        (NoAnswer("cut"), "bluesky.no_answer"),
        (NotSent("outbound.unreachable", "away"), "outbound.unreachable"),
    ],
)
def test_where_nobody_is_let_in_nothing_was_made_and_it_is_tried_again(said: Any, code: str) -> None:
    way, server = bluesky(server_createSession=said)
    answer = called(way, letter("Words."))
    assert isinstance(answer, Retry) and answer.code == code
    verified = way.verify(letter().account)
    assert isinstance(verified, Retry) and verified.code == code
    assert "com.atproto.repo.putRecord" not in server.asked


def test_another_account_s_session_sends_nothing() -> None:
    way, server = bluesky(server_createSession=(200, SESSION | {"did": "did:plc:somebodyelse"}))
    answer = way.publish(letter("Words."), letter("Words.").parts[0], ())
    assert isinstance(answer, Refused) and answer.code == "bluesky.identity"
    assert "com.atproto.repo.putRecord" not in server.asked


def test_without_credentials_or_an_address_nothing_is_called() -> None:
    way, server = bluesky()
    bare = Bluesky(way.network, Given())
    answer = called(bare, letter("Words."))
    assert isinstance(answer, Retry) and answer.code == "credential.none"
    plain = called(way, letter("Words.", settings={"url": "http://pds.example.org"}))
    assert isinstance(plain, Refused) and plain.code == "outbound.plain"
    assert isinstance(called(way, letter("Words.", settings={})), Refused)
    assert server.asked == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ((200, {}), Gone),
        ((400, {"error": "InvalidRequest"}), Impossible),
        ((401, {}), Retry),
        ((429, {}), Retry),
        ((500, {}), Retry),
        (NoAnswer("cut"), Retry),
    ],
)
def test_each_answer_to_a_recall_has_one_meaning(said: Any, kind: type) -> None:
    way, _ = bluesky(repo_deleteRecord=said)
    release = letter("Words.")
    assert isinstance(way.recall(release, release.parts[0], None), kind)


def test_a_server_that_does_not_say_whether_it_is_there_proves_nothing() -> None:
    release = letter("Words.")
    for said in ((502, {"error": "UpstreamFailure"}), (429, {}), NoAnswer("cut")):
        way, _ = bluesky(repo_getRecord=said)
        with pytest.raises(Later):
            way.find(release, release.parts[0])
        assert isinstance(way.stands(release, release.parts[0], "at://x/y/z"), Retry)
    way, _ = bluesky(repo_getRecord=(400, {"error": "RecordNotFound"}))
    assert isinstance(way.stands(release, release.parts[0], "at://x/y/z"), Vanished)


@pytest.mark.parametrize("status", ["takendown", "suspended", "deactivated", None])
def test_a_record_of_an_account_that_is_shown_to_nobody_is_gone(status: str | None) -> None:
    release, told = letter("Words."), {"did": DID, "active": False} | ({"status": status} if status else {})
    way, _ = bluesky(repo_getRecord=(502, {"error": "UpstreamFailure"}), sync_getRepoStatus=(200, told))
    seen = way.stands(release, release.parts[0], "at://x/y/z")
    assert seen == Vanished(f"The whole account is gone ({status or 'inactive'}).")
    way, _ = bluesky(repo_getRecord=(502, {}), sync_getRepoStatus=(400, {"error": "RepoNotFound"}))
    assert isinstance(way.stands(release, release.parts[0], "at://x/y/z"), Vanished)


def test_a_server_that_is_away_takes_no_account_along() -> None:
    release = letter("Words.")
    for said in ((200, {"did": DID, "active": True}), (502, {}), (400, {"error": "InvalidRequest"}), NoAnswer("cut")):
        way, _ = bluesky(repo_getRecord=(502, {"error": "UpstreamFailure"}), sync_getRepoStatus=said)
        assert isinstance(way.stands(release, release.parts[0], "at://x/y/z"), Retry)


def test_a_list_without_an_end_is_not_read_for_ever() -> None:
    record = {"uri": f"at://{DID}/{POSTS}/{tid('x', DUE)}", "value": {"createdAt": "not a time"}}
    way, server = bluesky(repo_listRecords=(200, {"records": [record], "cursor": "on"}))
    found = way.listed(letter().account, DUE - timedelta(days=1))
    assert isinstance(found, list) and len(found) == PAGES  # what was read is told: a flood hides nobody
    assert server.asked.count("com.atproto.repo.listRecords") == PAGES


# --- pictures and counts ------------------------------------------------------------------------------------


def test_a_picture_that_the_server_keeps_otherwise_is_refused(tmp_path: Path) -> None:
    kept = {"$type": "blob", "ref": {"$link": "bafkreiother"}, "mimeType": "image/png", "size": 1}
    way, _ = bluesky(repo_uploadBlob=(200, {"blob": kept}))
    answer = called(way, showing(letter("Words."), a_picture(tmp_path)))
    assert isinstance(answer, Refused) and answer.code == "bluesky.file_changed"


def test_bytes_that_are_not_the_cleared_ones_go_nowhere(tmp_path: Path) -> None:
    way, server = bluesky()
    release = showing(letter("Words."), a_picture(tmp_path))
    picture = release.parts[0].attachments[0].path
    picture.write_bytes(picture.read_bytes() + b"x")
    assert isinstance(called(way, release), Retry)
    assert "com.atproto.repo.uploadBlob" not in server.asked


def test_what_no_post_there_shows_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    way, server = bluesky()
    release, picture, film = letter("Words."), a_picture(tmp_path), a_film(tmp_path)
    card = {"link": LINK, "title": "Open House", "text": "", "image": None}
    wrong = {
        "bluesky.media": showing(release, a_sound(tmp_path)),
        "bluesky.mixed": showing(release, film, picture),
        "bluesky.too_many": showing(release, *[picture] * 5),
        "bluesky.card": replace(showing(release, film), card=card),
        "bluesky.film_too_long": showing(release, replace(film, seconds=600.5)),
        "bluesky.too_large": showing(release, replace(film, captions="x" * 20_001)),
    }
    assert [getattr(called(way, one), "code", "") for one in wrong.values()] == [*wrong]
    assert getattr(called(way, showing(release, film, film)), "code", "") == "bluesky.mixed"
    assert "com.atproto.repo.uploadBlob" not in server.asked


def test_a_film_names_its_captions_in_the_post_s_language_and_without_any_there_are_none(tmp_path: Path) -> None:
    release = showing(letter("Words.", language="ar"), replace(a_film(tmp_path), captions=CAPTIONS, note="War"))
    shown = record_of(release, release.parts[0])["embed"]
    (said,) = shown.pop("captions")
    assert said == {"lang": "ar", "file": blob(CAPTIONS.encode(), "text/vtt")}
    plain = showing(release, replace(release.parts[0].attachments[0], captions=""))
    assert record_of(plain, plain.parts[0])["embed"] == shown | {"alt": "War"}


@pytest.mark.parametrize("changed", ["alt", "video", "captions", "aspectRatio"])
def test_a_film_that_somebody_changed_is_not_what_was_sent(tmp_path: Path, changed: str) -> None:
    release = showing(letter("Words."), replace(a_film(tmp_path), captions=CAPTIONS))
    wanted = record_of(release, release.parts[0])
    way, server = bluesky(repo_getRecord=(200, {"value": wanted}))
    assert way.stands(release, release.parts[0], "at://x/y/z") == Stands()
    left = {name: one for name, one in wanted["embed"].items() if name != changed}
    server.said["com.atproto.repo.getRecord"] = (200, {"value": wanted | {"embed": left}})
    assert way.stands(release, release.parts[0], "at://x/y/z") == Stands(changed=True)
    assert isinstance(way.find(release, release.parts[0]), Undecidable)


def test_a_server_that_keeps_other_captions_than_it_was_given_gets_no_post(tmp_path: Path) -> None:
    film = replace(a_film(tmp_path), captions=CAPTIONS)
    way, server = bluesky(repo_uploadBlob=(200, {"blob": blob(film.read(), "video/mp4")}))
    answer = called(way, showing(letter("Words."), film))
    assert isinstance(answer, Refused) and answer.code == "bluesky.file_changed"
    assert server.asked.count("com.atproto.repo.uploadBlob") == 2
    assert "com.atproto.repo.putRecord" not in server.asked


def test_what_is_out_already_has_its_pictures_stored_no_second_time(tmp_path: Path) -> None:
    way, server = bluesky()
    release = showing(letter("Words."), a_picture(tmp_path))
    assert way.prepare(replace(release, confirmed=(SentPart(0, "at://x"),))) is None
    assert "com.atproto.repo.uploadBlob" not in server.asked


def test_an_appview_s_counts_are_told_and_without_one_none() -> None:
    counted = {"posts": [{"uri": "at://x", "likeCount": 3, "repostCount": 2, "replyCount": 1, "viewer": {}}]}
    way, server = bluesky()
    server.said["app.bsky.feed.getPosts"] = (200, counted)
    release = letter("Words.")
    assert way.metrics(release, release.parts[0], "at://x") == {}
    watched = letter("Words.", settings={"url": "https://pds.example.org", "appview": "https://view.example.org"})
    assert way.metrics(watched, release.parts[0], "at://x") == {"likes": 3, "reposts": 2, "replies": 1}


# --- how long to wait ---------------------------------------------------------------------------------------


def seconds(headers: Mapping[str, str]) -> float:
    return after(Answer(429, headers, b"")).total_seconds()


def test_the_time_at_which_a_budget_is_filled_up_again_is_waited_for() -> None:
    at = datetime.now(UTC) + timedelta(seconds=300)
    assert 290 < seconds({"ratelimit-reset": str(int(at.timestamp()))}) <= 300
    assert 290 < seconds({"x-ratelimit-reset": at.isoformat().replace("+00:00", "Z")}) <= 300
    assert seconds({"ratelimit-reset": "1"}) == 1  # over by now, by our clock
    assert seconds({"ratelimit-reset": "4102444800"}) == LONGEST.total_seconds()
    assert seconds({"retry-after": "7", "ratelimit-reset": "4102444800"}) == 7
    for none in ({}, {"ratelimit-reset": "soon"}, {"ratelimit-reset": "9" * 12}, {"x-ratelimit-reset": ""}):
        assert seconds(none) == LATER.total_seconds()
