"""Bluesky on a real PDS: the one suite, and what is only true there."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Absent, Refused, Retry, Sent, Stands, Undecidable
from content.release import Release
from tests.channels.letters import DUE, a_release
from tests.channels.pictures import CAPTIONS, a_film, a_picture
from tests.channels.suite import (
    Busy,
    Films,
    Forgets,
    ForgetsFilms,
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
    publish,
    sent_whole,
    showing,
)
from tests.faults.proxy import Proxy
from tests.servers.pds import Account, ask
from worker.caps import Verified
from worker.channels.bluesky import Bluesky
from worker.outbound import Answer, Network
from worker.protocols.atrecord import POSTS, tid
from worker.wallet import Given


class Patient(Network):
    """The network, before which a server is busy at will: its answer is the one that a PDS gives."""

    asked_for = False

    def request(self, method: str, url: str, **more: Any) -> Answer:
        if Patient.asked_for:
            told = {"ratelimit-reset": str(int(time.time()) + 2), "ratelimit-remaining": "0"}
            return Answer(429, told, b'{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}')
        return super().request(method, url, **more)


@contextmanager
def busy() -> Iterator[None]:
    Patient.asked_for = True
    try:
        yield
    finally:
        Patient.asked_for = False


@pytest.fixture
def account(pds: str) -> Account:
    return Account.new(pds)


@pytest.fixture
def proxy(pds: str) -> Iterator[Proxy]:
    place = urllib.parse.urlsplit(pds)
    with Proxy((place.hostname or "", place.port or 0)) as line:
        yield line


@pytest.fixture
def tried(account: Account, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tried:
    pair = f"127.0.0.1:{proxy.port}"
    way = Bluesky(Patient([pair]), Given({"desk": [{"password": account.password}]}))

    def letter(*texts: str, **more: Any) -> Release:
        told: dict[str, Any] = {"channel": "bluesky", "form": "bluesky", "identity": account.did}
        return a_release(*texts, **(told | {"settings": {"url": f"http://{pair}"}} | more))

    @contextmanager
    def lost() -> Iterator[None]:
        assert isinstance(way.verify(letter().account), Verified)  # what is lost is the answer to the post
        with monkeypatch.context() as short:
            short.setattr("worker.protocols.atproto.SECONDS", 1.5)
            proxy.turn("half-open")
            try:
                yield
            finally:
                proxy.turn("pass")

    return Tried(
        way, letter, account.out, lost=lost, busy=busy, revoked=account.revoked, removed=account.removed,
        picture=a_picture(tmp_path), film=a_film(tmp_path), alts=account.alts, sums=account.sums, after=account.after,
        kept=account.kept,
    )  # fmt: skip


class TestBluesky(
    Suite, Once, Recalls, Loses, Busy, Revoked, Watched, Pictures, Films, Forgets, ForgetsFilms, Threads, Resumes
):
    """All of it."""


# --- one key, one record ------------------------------------------------------------------------------------


def test_a_second_call_changes_nothing_at_all(tried: Tried, account: Account) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    first = account.records()
    time.sleep(1.1)
    publish(tried.way, release)
    assert account.records() == first
    assert first[0]["value"]["createdAt"] == "2026-03-01T09:30:00.000Z"


def test_other_words_under_the_same_key_are_refused_and_not_taken_for_ours(tried: Tried) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    changed = replace(release, parts=(replace(release.parts[0], text="Other."),))
    answer = publish(tried.way, changed)
    assert isinstance(answer, Refused) and answer.code == "bluesky.key_taken"
    assert isinstance(tried.way.find(changed, changed.parts[0]), Undecidable)
    assert list(tried.out().values()) == ["Words."]


def test_a_record_that_somebody_rewrote_is_seen_to_have_changed(tried: Tried, account: Account) -> None:
    release = tried.letter("Words.")
    remote = publish(tried.way, release).parts[0].remote_id
    account.put(remote.rpartition("/")[2], account.records()[0]["value"] | {"text": "Rewritten."})
    assert tried.way.stands(release, release.parts[0], remote) == Stands(changed=True)


def test_a_post_that_is_not_ours_is_on_the_list_with_its_time(tried: Tried, account: Account) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    foreign = {"$type": POSTS, "text": "Not ours.", "createdAt": at.isoformat()}
    uri = account.put(tid("somebody", at), foreign)["uri"]
    publish(tried.way, tried.letter("Words."))
    found = tried.way.listed(tried.letter().account, at - timedelta(days=1))
    assert isinstance(found, list)
    assert [(one.remote_id, one.at >= at) for one in found] == [(uri, True)]


def test_a_list_goes_on_over_its_pages(tried: Tried, account: Account) -> None:
    for number in range(105):
        at = DUE + timedelta(minutes=number)
        account.put(tid("somebody", at), {"$type": POSTS, "text": f"{number}", "createdAt": at.isoformat()})
    found = tried.way.listed(tried.letter().account, DUE + timedelta(minutes=2))
    assert isinstance(found, list)
    assert len(found) == 103


# --- the session --------------------------------------------------------------------------------------------


def test_an_account_pinned_to_another_identity_than_its_session_s_sends_nothing(tried: Tried, account: Account) -> None:
    release = tried.letter("Words.", identity=account.handle)  # a name, which may go to somebody else tomorrow
    answer = publish(tried.way, release)
    assert isinstance(answer, Refused) and answer.code == "bluesky.identity"
    assert tried.out() == {}


def test_one_session_serves_all_calls(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watched(monkeypatch)
    for text in ("One.", "Two.", "Three."):
        publish(tried.way, tried.letter(text))
    assert asked.count("com.atproto.server.createSession") == 1


def test_a_session_that_is_over_is_renewed_without_the_password(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tried.way, tried.letter("One."))
    spoil(tried, access="spoilt")
    asked = watched(monkeypatch)
    assert isinstance(publish(tried.way, tried.letter("Two.")), Sent)
    assert asked.count("com.atproto.server.refreshSession") == 1
    assert "com.atproto.server.createSession" not in asked
    assert len(tried.out()) == 2


def test_a_session_that_cannot_be_renewed_begins_anew(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tried.way, tried.letter("One."))
    spoil(tried, access="spoilt", refresh="spoilt")
    asked = watched(monkeypatch)
    assert isinstance(publish(tried.way, tried.letter("Two.")), Sent)
    assert asked.count("com.atproto.server.createSession") == 1


def test_a_server_that_takes_no_more_sessions_is_asked_again_when_it_says(tried: Tried, account: Account) -> None:
    """A PDS takes 30 in five minutes for one name."""
    wrong = {"identifier": account.did, "password": "wrong"}
    for _ in range(30):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(account.url, "com.atproto.server.createSession", wrong)
    answer = publish(tried.way, tried.letter("Words."))
    assert isinstance(answer, Retry) and answer.code == "bluesky.429"
    assert timedelta(minutes=1) < answer.after <= timedelta(minutes=5)
    assert tried.out() == {}


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the calls from now on."""
    asked: list[str] = []
    request = Patient.request

    def noted(self: Patient, method: str, url: str, **more: Any) -> Answer:
        asked.append(urllib.parse.urlsplit(url).path.rpartition("/")[2])
        return request(self, method, url, **more)

    monkeypatch.setattr(Patient, "request", noted)
    return asked


def spoil(tried: Tried, **tokens: str) -> None:
    """The session that is kept holds these tokens from now on."""
    account = tried.letter().account
    wallet: Given = tried.way.wallet  # type: ignore[attr-defined]  # of this channel
    session = wallet.token(account, lambda _: None)
    wallet.forget(account)
    wallet.token(account, lambda _: replace(session, **tokens))


# --- what a post is made of ---------------------------------------------------------------------------------


def test_links_and_hashtags_stand_where_the_bytes_say(tried: Tried, account: Account) -> None:
    text = "سلام 👩‍👩‍👧‍👦 https://house.example.org/a #ربيع"
    publish(tried.way, tried.letter(text, language="ar", links=("https://house.example.org/a",)))
    record = account.records()[0]["value"]
    assert record["langs"] == ["ar"]
    shown = {
        one["features"][0]["$type"].rpartition("#")[2]: text.encode()[slice(*sorted(one["index"].values()))].decode()
        for one in record["facets"]
    }
    assert shown == {"link": "https://house.example.org/a", "tag": "#ربيع"}


def test_a_link_card_is_drawn_from_our_own_words(tried: Tried, account: Account) -> None:
    card = {"link": "https://house.example.org/a", "title": "Published by the Open House", "text": "", "image": None}
    assert isinstance(publish(tried.way, tried.letter("Words.", card=card)), Sent)
    shown = account.records()[0]["value"]["embed"]["external"]
    assert shown == {"uri": card["link"], "title": card["title"], "description": ""}


def test_a_picture_is_the_very_one_that_was_cleared_with_its_shape(
    tried: Tried, account: Account, tmp_path: Path
) -> None:
    picture = a_picture(tmp_path, width=3, height=2)
    release = showing(tried.letter("Words."), picture)
    assert isinstance(publish(tried.way, release), Sent)
    shown = account.records()[0]["value"]["embed"]["images"][0]
    assert shown["aspectRatio"] == {"width": 3, "height": 2}
    query = urllib.parse.urlencode({"did": account.did, "cid": shown["image"]["ref"]["$link"]})
    with urllib.request.urlopen(f"{account.url}/xrpc/com.atproto.sync.getBlob?{query}", timeout=20) as answer:
        assert answer.read() == picture.read()
    assert isinstance(tried.way.find(release, release.parts[0]), Sent)


def test_more_or_larger_pictures_than_bluesky_takes_are_refused_before_anything_is_out(
    tried: Tried, tmp_path: Path
) -> None:
    five = showing(tried.letter("Five."), *[a_picture(tmp_path)] * 5)
    large = showing(tried.letter("Large."), a_picture(tmp_path, more=1_000_001))
    codes = [getattr(publish(tried.way, release), "code", "") for release in (five, large)]
    assert codes == ["bluesky.too_many", "bluesky.too_large"]
    assert tried.out() == {}


def test_a_film_is_the_very_one_that_was_cleared_with_its_shape_and_its_captions(
    tried: Tried, account: Account
) -> None:
    release = filmed(tried, language="ar")
    remote = publish(tried.way, release).parts[0].remote_id
    (shown,) = account.shown()
    assert (shown["$type"], shown["video"]["mimeType"]) == ("app.bsky.embed.video", "video/mp4")
    assert (shown["alt"], shown["aspectRatio"]) == ("Acted\nA river.", {"width": 64, "height": 48})
    assert [(one["lang"], one["file"]["mimeType"]) for one in shown["captions"]] == [("ar", "text/vtt")]
    assert [read() for read in account.kept()] == [release.parts[0].attachments[0].read(), CAPTIONS.encode()]
    assert isinstance(tried.way.find(release, release.parts[0]), Sent)
    assert tried.way.stands(release, release.parts[0], remote) == Stands()


@pytest.mark.parametrize("changed", ["alt", "captions", "video"])
def test_a_film_that_somebody_changed_is_seen_to_have_changed(
    tried: Tried, account: Account, tmp_path: Path, changed: str
) -> None:
    release = filmed(tried)
    remote = publish(tried.way, release).parts[0].remote_id
    record = account.records()[0]["value"]
    film = account.stored(a_film(tmp_path, more=9).read(), "video/mp4")
    other = {"alt": "Other.", "captions": [], "video": film}[changed]
    account.put(remote.rpartition("/")[2], record | {"embed": record["embed"] | {changed: other}})
    assert tried.way.stands(release, release.parts[0], remote) == Stands(changed=True)
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)


def test_a_film_that_was_stored_and_never_posted_has_no_address(tried: Tried, account: Account) -> None:
    release = filmed(tried)
    assert tried.way.prepare(release) is None
    files = [account.stored(content, kind) for content, kind in contents(release)]
    assert [account.blob(one["ref"]["$link"]) for one in files] == [b"", b""]
    assert isinstance(publish(tried.way, release), Sent)
    assert [account.blob(one["ref"]["$link"]) for one in files] == [content for content, _ in contents(release)]


def test_a_film_larger_than_the_server_takes_is_refused_before_anything_is_out(tried: Tried, tmp_path: Path) -> None:
    answer = publish(tried.way, showing(tried.letter("Words."), a_film(tmp_path, more=6_000_000)))
    assert isinstance(answer, Refused) and answer.code == "bluesky.too_large"
    assert tried.out() == {}


def filmed(tried: Tried, **more: Any) -> Release:
    film = tried.film
    assert film is not None
    return showing(tried.letter("Words.", **more), replace(film, alt="A river.", label="Acted", captions=CAPTIONS))


def contents(release: Release) -> list[tuple[bytes, str]]:
    (film,) = release.parts[0].attachments
    return [(film.read(), film.type), (film.captions.encode(), "text/vtt")]


def test_what_is_no_text_for_bluesky_is_refused(tried: Tried) -> None:
    for text in ("a" * 301, "👩‍👩‍👧‍👦" * 121):  # in graphemes; in bytes
        answer = publish(tried.way, tried.letter(text))
        assert isinstance(answer, Refused) and answer.code == "bluesky.too_long"
    assert isinstance(publish(tried.way, tried.letter("ع" * 300, language="ar")), Sent)


def test_a_thread_of_which_every_answer_was_lost_is_found_piece_by_piece(tried: Tried, account: Account) -> None:
    release = tried.letter("First.", "Second.", "Third.")
    sent = sent_whole(tried.way, release)
    assert [tried.way.find(release, part) for part in release.parts] == [Sent((one,)) for one in sent]
    assert [account.after(one.remote_id) for one in sent] == ["", sent[0].remote_id, sent[1].remote_id]


def test_a_reply_to_what_is_gone_is_refused(tried: Tried, account: Account) -> None:
    release = tried.letter("First.", "Second.")
    first = publish(tried.way, release)
    account.removed(first.parts[0].remote_id)
    answer = tried.way.publish(release, release.parts[1], first.parts)
    assert isinstance(answer, Refused) and answer.code == "bluesky.no_parent"
    assert isinstance(tried.way.find(release, release.parts[1]), Absent)


def test_our_keys_are_keys_to_the_server_which_takes_no_others(account: Account) -> None:
    record = {"$type": POSTS, "text": "x", "createdAt": "2026-03-01T09:30:00Z"}
    assert account.put(tid("any", DUE), record)["validationStatus"] == "valid"
    with pytest.raises(urllib.error.HTTPError, match="400"):
        account.put("not-a-tid", record)
