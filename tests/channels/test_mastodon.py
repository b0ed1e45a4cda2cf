"""Mastodon against a server with state: the one suite, and what each of its answers means.

The server is a stand-in, for no real one can be booted here; the last tests hold it to what real ones answered.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Absent, Attachment, Gone, Refused, Retry, Sent, SentPart, Stands, Undecidable, Unknown
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.mastodon_server import KEY_LIVES, TOKEN, Server, rendered
from tests.channels.pictures import a_film, a_picture
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
    called,
    publish,
    sent_whole,
    showing,
)
from worker.caps import Verified
from worker.channels.mastodon import Mastodon
from worker.outbound import Network
from worker.protocols.fediverse import PAGES
from worker.protocols.statuses import plain, words
from worker.wallet import Given


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def tried(server: Server, tmp_path: Path) -> Tried:
    way = Mastodon(Network([server.pair]), Given({"desk": [{"token": TOKEN}]}))

    def letter(*texts: str, **more: Any) -> Release:
        told: dict[str, Any] = {"channel": "mastodon", "form": "mastodon", "settings": {"url": server.url}}
        due = datetime.now(UTC).replace(microsecond=0)
        told |= {"identity": f"{server.url}#{server.account_id}", "due_at": due}
        return a_release(*texts, **(told | more))

    @contextmanager
    def lost() -> Iterator[None]:
        assert isinstance(way.verify(letter().account), Verified)
        server.silent = True
        yield
        server.silent = False

    @contextmanager
    def busy() -> Iterator[None]:
        server.told = [(429, {"x-ratelimit-reset": (datetime.now(UTC) + timedelta(seconds=2)).isoformat()})]
        yield

    @contextmanager
    def revoked() -> Iterator[None]:
        del server.tokens[TOKEN]
        yield

    return Tried(
        way, letter, lambda: {one: found["text"] for one, found in server.statuses.items()}, lost=lost, busy=busy,
        revoked=revoked, removed=server.removed, picture=a_picture(tmp_path), film=a_film(tmp_path),
        alts=lambda: alts(server), sums=lambda: sums(server), kept=lambda: kept(server),
        after=lambda one: server.statuses[one]["in_reply_to_id"] or "",
    )  # fmt: skip


def alts(server: Server) -> list[str]:
    return [media["description"] for one in server.statuses for media in server.shown(one)["media_attachments"]]


def sums(server: Server) -> list[str]:
    shown = [server.media[media["id"]] for one in server.statuses for media in server.shown(one)["media_attachments"]]
    return [hashlib.sha256(one.content).hexdigest() for one in shown]


def kept(server: Server) -> list[Callable[[], bytes]]:
    return [lambda one=one: server.media[one].content if one in server.media else b"" for one in server.media]


class TestMastodon(
    Suite, Once, Recalls, Loses, Busy, Revoked, Watched, Pictures, Bytes, Films, Forgets, Threads, Resumes
):
    """All of it."""


# --- the key ------------------------------------------------------------------------------------------------


def test_within_the_hour_the_key_makes_no_second_status_and_after_it_does(tried: Tried, server: Server) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    server.ahead = KEY_LIVES - timedelta(minutes=1)
    publish(tried.way, release)
    assert len(server.statuses) == 1
    server.ahead = KEY_LIVES + timedelta(minutes=1)
    publish(tried.way, release)  # which is why the key counts for half its hour only, and is looked for first
    assert len(server.statuses) == 2
    assert tried.way.caps.key_window == KEY_LIVES


def test_a_status_that_was_deleted_does_not_come_back_by_its_key(tried: Tried, server: Server) -> None:
    release = tried.letter("Words.")
    remote = publish(tried.way, release).parts[0].remote_id
    tried.way.recall(release, release.parts[0], remote)
    answer = publish(tried.way, release)
    assert isinstance(answer, Refused) and answer.code == "mastodon.404"
    assert server.statuses == {}


def test_what_goes_out_is_public_at_once_and_says_its_language(tried: Tried, server: Server) -> None:
    publish(tried.way, tried.letter("سلام", language="ar"))
    (status,) = server.statuses.values()
    assert (status["visibility"], status["language"]) == ("public", "ar")


# --- looking for it -----------------------------------------------------------------------------------------

WORDS = [
    "Two lines\nand a third after a space \nthen.\n\nA paragraph.\n\n\nAnother.",
    "<b>not bold</b> & \"quoted\" 'so' &amp; #Spring #ربيع",
    "Read https://www.house.example.org/a/long/way/to/go/until/it/is/cut?x=1&y=2 now.",
    "With @desk@house.example.org and a mail to desk@house.example.org",
    "  space around it  ",
    "قال: \u2067«سلام»\u2069 https://house.example.org/a ثم",
]


@pytest.mark.parametrize("text", WORDS)
def test_a_status_is_found_by_its_words_through_the_markup(tried: Tried, text: str) -> None:
    release = tried.letter(text)
    sent = publish(tried.way, release)
    assert tried.way.find(release, release.parts[0]) == sent
    assert tried.way.stands(release, release.parts[0], sent.parts[0].remote_id) == Stands()


@pytest.mark.parametrize("other", ["Words", "Words. ", "words.", "Words.\n\nWords.", "Wor ds.", "<p>Words.</p>"])
def test_other_words_are_not_found(tried: Tried, other: str) -> None:
    release = tried.letter("Words.")
    publish(tried.way, tried.letter(other))
    found = tried.way.find(release, release.parts[0])
    assert isinstance(found, Sent if other.strip() == "Words." else Absent)


def test_of_two_statuses_alike_nobody_says_which_is_ours(tried: Tried, server: Server) -> None:
    server.make(server.account_id, "Words.", {})
    server.make(server.account_id, "Words.", {})
    release = tried.letter("Words.")
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)


def test_what_stood_there_before_the_due_time_is_not_ours(tried: Tried, server: Server) -> None:
    server.ahead = -timedelta(hours=1)
    server.make(server.account_id, "Words.", {})
    server.ahead = timedelta()
    release = tried.letter("Words.")
    assert isinstance(tried.way.find(release, release.parts[0]), Absent)


def test_a_status_of_ours_that_was_edited_may_be_the_one(tried: Tried, server: Server) -> None:
    release = tried.letter("Words.")
    remote = publish(tried.way, release).parts[0].remote_id
    server.edit(remote, "Rewritten.")
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    assert tried.way.stands(release, release.parts[0], remote) == Stands(changed=True)


def test_what_was_passed_on_is_not_taken_for_ours(tried: Tried, server: Server) -> None:
    one = server.make(server.account_id, "Words.", {})
    server.statuses[one]["reblog"] = {"id": "1"}
    release = tried.letter("Words.")
    assert isinstance(tried.way.find(release, release.parts[0]), Absent)
    found = tried.way.listed(release.account, datetime.now(UTC) - timedelta(hours=1))
    assert isinstance(found, list) and len(found) == 1


def test_a_second_piece_is_not_found_where_it_answers_something_else(tried: Tried, server: Server) -> None:
    release = tried.letter("First.", "Second.")
    first = publish(tried.way, release).parts
    server.make(server.account_id, "Second.", {})
    assert isinstance(tried.way.find(replace(release, confirmed=first), release.parts[1]), Undecidable)


def test_a_thread_of_which_every_answer_was_lost_is_found_piece_by_piece(tried: Tried) -> None:
    release = tried.letter("First.", "Second.", "Third.")
    sent = sent_whole(tried.way, release)
    assert [tried.way.find(release, part) for part in release.parts] == [Sent((one,)) for one in sent]


def test_the_account_s_statuses_are_read_page_by_page_and_not_for_ever(tried: Tried, server: Server) -> None:
    release = tried.letter("Words.")
    sent = publish(tried.way, release)
    for number in range(95):
        server.make(server.account_id, f"Other words {number}.", {})
    assert tried.way.find(release, release.parts[0]) == sent
    for number in range(400):
        server.make(server.account_id, f"More words {number}.", {})
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    found = tried.way.listed(release.account, release.due_at - timedelta(days=1))
    assert isinstance(found, list)  # a flood hides nobody: the newest are told
    assert len(found) == PAGES * 40 and found[0].remote_id == str(server.last_id)


# --- taking back --------------------------------------------------------------------------------------------


def test_thirty_are_deleted_and_the_thirty_first_waits_as_long_as_the_server_says(tried: Tried, server: Server) -> None:
    made = [server.make(server.account_id, f"Words {number}.", {}) for number in range(31)]
    release = tried.letter("Words.")
    done = [tried.way.recall(release, release.parts[0], one) for one in made]
    assert done[:30] == [Gone()] * 30
    last = done[30]
    assert isinstance(last, Retry) and last.code == "mastodon.429"
    assert timedelta() < last.after <= timedelta(minutes=30)
    server.ahead = last.after + timedelta(seconds=1)
    assert tried.way.recall(release, release.parts[0], made[30]) == Gone()


def test_what_was_sent_without_an_answer_is_looked_for_and_taken_back(tried: Tried, server: Server) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    assert tried.way.recall(release, release.parts[0], None) == Gone()
    assert server.statuses == {}
    assert tried.way.recall(release, release.parts[0], None) == Gone()


def test_with_another_account_s_token_nothing_is_said_to_be_gone(tried: Tried, server: Server) -> None:
    """To it the server says of our statuses that there are none to delete."""
    release = tried.letter("Words.")
    remote = publish(tried.way, release).parts[0].remote_id
    server.tokens[TOKEN] = "7"
    tried.way.verify(release.account)
    assert isinstance(tried.way.recall(release, release.parts[0], remote), Retry)
    assert list(server.statuses) == [remote]


# --- whose token it is --------------------------------------------------------------------------------------


def test_with_another_account_s_token_nothing_is_sent(tried: Tried, server: Server) -> None:
    server.tokens[TOKEN] = "7"
    answer = publish(tried.way, tried.letter("Words."))
    assert isinstance(answer, Refused) and answer.code == "mastodon.identity"
    assert server.statuses == {}
    found = tried.way.verify(tried.letter().account)
    assert isinstance(found, Verified) and found.identity == f"{server.url}#7"


def test_a_token_is_asked_once_whose_it_is(tried: Tried, server: Server) -> None:
    for text in ("One.", "Two.", "Three."):
        publish(tried.way, tried.letter(text))
    assert server.calls.count("GET /api/v1/accounts/verify_credentials") == 1


def test_a_token_that_is_revoked_in_use_sends_nothing_more(tried: Tried, server: Server) -> None:
    publish(tried.way, tried.letter("One."))
    server.tokens.clear()
    assert isinstance(publish(tried.way, tried.letter("Two.")), Retry)
    server.tokens[TOKEN] = server.account_id
    assert isinstance(publish(tried.way, tried.letter("Two.")), Sent)


# --- what the instance allows -------------------------------------------------------------------------------


def test_what_the_instance_allows_is_told_and_obeyed(tried: Tried, server: Server, tmp_path: Path) -> None:
    server.limits["statuses"] |= {"max_characters": 40, "max_media_attachments": 1, "characters_reserved_per_url": 30}
    server.limits["media_attachments"] |= {"description_limit": 10, "supported_mime_types": ["image/png"]}
    found = tried.way.verify(tried.letter().account)
    assert isinstance(found, Verified)
    told, picture = found.told, a_picture(tmp_path)
    long_link = "https://house.example.org/" + "a" * 60

    def code(text: str, *pictures: Attachment) -> str:
        return getattr(publish(tried.way, limited(tried.letter(text), told, *pictures)), "code", "")

    assert [code("a" * 40), code("a" * 41)] == ["", "mastodon.too_long"]
    assert [code(f"{'b' * 9} {long_link}"), code(f"{'c' * 10} {long_link}")] == ["", "mastodon.too_long"]
    assert code("d", picture, picture) == "mastodon.too_many"
    assert code("e", replace(picture, alt="A long description.")) == "mastodon.alt"
    assert code("f", replace(picture, type="image/webp", alt="Short.")) == "mastodon.media"
    assert code("g", replace(a_film(tmp_path), alt="Short.")) == "mastodon.media"
    assert len(server.statuses) == 2


def test_how_large_a_file_may_be_is_told_and_obeyed(tried: Tried, server: Server, tmp_path: Path) -> None:
    server.limits["media_attachments"] |= {"image_size_limit": 1000, "video_size_limit": 2000}
    told = tried.way.verify(tried.letter().account)
    assert isinstance(told, Verified)
    answers = [
        publish(tried.way, limited(tried.letter(f"Words {number}."), told.told, one))
        for number, one in enumerate((a_picture(tmp_path, more=1000), a_film(tmp_path, 2000), a_film(tmp_path, 1500)))
    ]
    assert [getattr(one, "code", "") for one in answers] == ["mastodon.too_large", "mastodon.too_large", ""]


def test_a_status_shows_pictures_or_a_film_and_not_both(tried: Tried, server: Server, tmp_path: Path) -> None:
    answer = publish(tried.way, showing(tried.letter("Words."), a_picture(tmp_path), a_film(tmp_path)))
    assert isinstance(answer, Refused) and answer.code == "mastodon.mixed" and server.media == {}


def test_what_is_said_before_it_is_seen_hides_it_and_a_label_is_read_with_it(
    tried: Tried, server: Server, tmp_path: Path
) -> None:
    picture = replace(a_picture(tmp_path), alt="A river.", label="Illustration", note="A flood.")
    publish(tried.way, showing(tried.letter("Words."), picture))
    (status,) = server.statuses.values()
    assert status["sensitive"] and alts(server) == ["A flood.\nIllustration\nA river."]


def test_an_old_instance_that_does_not_tell_has_mastodon_s_own_limits(tried: Tried, server: Server) -> None:
    server.version = 3
    found = tried.way.verify(tried.letter().account)
    assert isinstance(found, Verified) and found.told == {}
    assert isinstance(publish(tried.way, tried.letter("a" * 501)), Refused)
    assert isinstance(publish(tried.way, tried.letter("a" * 500)), Sent)


def limited(release: Release, told: Any, *pictures: Attachment) -> Release:
    part = replace(release.parts[0], attachments=pictures)
    return replace(release, account=replace(release.account, told=told), parts=(part,))


# --- pictures -----------------------------------------------------------------------------------------------


def test_a_picture_at_work_is_waited_for_and_stored_once(
    tried: Tried, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.protocols.fediverse.PAUSE", 0.01)
    server.work = 7
    release = limited(tried.letter("Words."), {}, a_picture(tmp_path))
    answer = publish(tried.way, release)
    assert isinstance(answer, Retry) and answer.code == "mastodon.media_at_work"
    assert server.statuses == {}
    assert isinstance(publish(tried.way, release), Sent)
    assert server.calls.count("POST /api/v2/media") == 1
    (media,) = server.media.values()
    assert hashlib.sha256(media.content).hexdigest() == release.parts[0].attachments[0].sha256
    assert media.type == "image/png"


def test_a_picture_that_the_server_lost_is_given_again(tried: Tried, server: Server, tmp_path: Path) -> None:
    release = limited(tried.letter("Words."), {}, a_picture(tmp_path))
    assert tried.way.prepare(release) is None
    server.media.clear()
    assert isinstance(publish(tried.way, release), Retry)
    assert isinstance(publish(tried.way, release), Sent)


def test_what_is_no_picture_to_the_server_is_refused(tried: Tried, server: Server, tmp_path: Path) -> None:
    content = b"no picture"
    found = hashlib.sha256(content).hexdigest()
    (tmp_path / found).write_bytes(content)
    answer = publish(
        tried.way, limited(tried.letter("Words."), {}, Attachment(found, "image/png", "", tmp_path / found))
    )
    assert isinstance(answer, Refused) and answer.code == "mastodon.media"
    assert server.statuses == {}


def test_bytes_that_are_not_the_cleared_ones_go_nowhere(tried: Tried, server: Server, tmp_path: Path) -> None:
    picture = a_picture(tmp_path)
    picture.path.write_bytes(picture.path.read_bytes() + b"x")
    assert isinstance(publish(tried.way, limited(tried.letter("Words."), {}, picture)), Retry)
    assert server.media == {} and server.statuses == {}


# --- each answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (301, {}, Refused),
        (401, {}, Retry),
        (403, {}, Refused),
        (422, {}, Refused),
        (429, {}, Retry),
        (500, {}, Unknown),
        (503, {}, Unknown),
        (503, {"retry-after": "7"}, Retry),
    ],
)
def test_each_answer_has_one_meaning(
    tried: Tried, server: Server, status: int, headers: dict[str, str], kind: type
) -> None:
    tried.way.verify(tried.letter().account)
    server.told = [(status, headers)]
    assert isinstance(called(tried.way, tried.letter("Words.")), kind)


def test_what_a_status_counts_is_told(tried: Tried, server: Server) -> None:
    release = tried.letter("First.", "Second.")
    sent = sent_whole(tried.way, release)
    server.statuses[sent[0].remote_id] |= {"reblogs_count": 3, "favourites_count": 5}
    found = tried.way.metrics(release, release.parts[0], sent[0].remote_id)
    assert found == {"reblogs": 3, "favourites": 5, "replies": 1}


def test_an_id_from_the_outside_cannot_lead_elsewhere(tried: Tried, server: Server) -> None:
    release = tried.letter("Words.")
    tried.way.stands(release, release.parts[0], "../accounts/verify_credentials?x=")
    assert server.calls[-1] == "GET /api/v1/statuses/..%2Faccounts%2Fverify_credentials%3Fx%3D"


# --- the stand-in itself ------------------------------------------------------------------------------------


# What a server of version 4.0 answered to these words, as a client library's tests recorded it (its host is m.test).
RECORDED = {
    "Toot!": "<p>Toot!</p>",
    "http://example.org/": (
        '<p><a href="http://example.org/" target="_blank" rel="nofollow noopener noreferrer"><span class="invisible">'
        'http://</span><span class="">example.org/</span><span class="invisible"></span></a></p>'
    ),
    "#hoot (hashtag toot)": (
        '<p><a href="https://m.test/tags/hoot" class="mention hashtag" rel="tag">#<span>hoot</span></a> (hashtag toot)'
        "</p>"
    ),
}
# What it makes of these by its source: none of the recorded words had them.
BY_ITS_SOURCE = {
    "a\nb\n\n\nc": "<p>a<br />b</p><p>c</p>",
    '<3 & "x"': "<p>&lt;3 &amp; &quot;x&quot;</p>",
}


@pytest.mark.parametrize(("text", "content"), [*RECORDED.items(), *BY_ITS_SOURCE.items()])
def test_the_stand_in_tells_words_as_the_real_one_does(text: str, content: str) -> None:
    assert rendered(text) == content
    assert plain(content) == words(text)


def test_a_recorded_mention_is_read_without_its_host() -> None:
    shown = '<span class="h-card"><a href="http://m.test/@desk" class="u-url mention">@<span>desk</span></a></span>'
    assert plain(f"<p>{shown} same!</p>") == words("@desk@m.test same!")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>a &amp;lt; b &#39;c&#39;</p>", "a &lt; b 'c'"),
        ("<p>one</p>\n<p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p>A\u200fB\u202bC\u202c</p>", "A\u200fB\u202bC\u202c"),
        ("<p>a<script>b</script>c", "abc"),
        ("", ""),
    ],
)
def test_markup_is_left_out_and_nothing_else(content: str, text: str) -> None:
    assert plain(content) == text


def test_a_piece_is_named_by_its_id_and_address(tried: Tried, server: Server) -> None:
    sent = publish(tried.way, tried.letter("Words."))
    (one,) = server.statuses
    assert sent.parts == (SentPart(0, one, f"{server.url}/@desk/{one}"),)
