"""The WordPress channel against a small one on loopback; the real one is in tests/servers."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from content.outcome import (
    Absent,
    Attachment,
    Gone,
    Refused,
    Retry,
    Sent,
    SentPart,
    Stands,
    Undecidable,
    Unknown,
    Vanished,
)
from content.release import Release
from tests.channels.blog_server import BlogServer, No, Row
from tests.channels.letters import a_release
from tests.channels.pictures import CAPTIONS, a_film, a_sound
from tests.channels.suite import (
    Busy,
    Bytes,
    Films,
    Forgets,
    ForgetsFilms,
    Loses,
    Once,
    Pictures,
    Recalls,
    Revoked,
    Suite,
    Tried,
    Watched,
    publish,
    recall,
    showing,
)
from worker.caps import Verified
from worker.channels.wordpress import WordPress
from worker.outbound import Network
from worker.protocols.answers import MEND
from worker.protocols.blog import MOST, place, slug
from worker.protocols.errand import NotDone
from worker.wallet import Given

PUBLISHES = '"status": "publish"'


@pytest.fixture
def blog() -> Iterator[BlogServer]:
    with BlogServer() as running:
        yield running


def words(row: Row) -> str:
    """A post's words as a page shows them."""
    shown = re.sub(r"<!--.*?-->|<figure.*?</figure>", "", row["content"]["raw"]).replace("</p><p", "</p>\n\n<p")
    return unescape(re.sub(r"<[^>]+>", "", shown.replace("<br />", "\n")))


@pytest.fixture
def tried(blog: BlogServer, tmp_path: Path) -> Tried:
    wallet = Given({"desk": [{"user": "desk", "password": blog.password}]})
    way = WordPress(Network([blog.pair]), wallet, tmp_path / "locks")

    def letter(*texts: str, **more: Any) -> Release:
        return a_release(*texts, channel="wordpress", identity=f"http://{blog.pair}#1", **more)

    def out() -> dict[str, str]:
        return {str(row["id"]): words(row) for row in blog.of("posts", "publish")}

    @contextmanager
    def lost() -> Iterator[None]:
        blog.loses = PUBLISHES
        yield
        blog.loses = ""

    @contextmanager
    def busy() -> Iterator[None]:
        blog.told = [(429, {"retry-after": "1"})]
        yield

    @contextmanager
    def revoked() -> Iterator[None]:
        blog.password, kept = "another", blog.password
        yield
        blog.password = kept

    (tmp_path / "p.png").write_bytes(b"a picture")
    picture = Attachment(hashlib.sha256(b"a picture").hexdigest(), "image/png", "A house.", tmp_path / "p.png", 3, 2)

    def removed(remote_id: str) -> None:
        blog.bin(blog.rows[int(remote_id)])

    def alts() -> list[str]:
        return [row["alt_text"] for row in blog.of("media")]

    def sums() -> list[str]:
        return [hashlib.sha256(blog.files[row["id"]]).hexdigest() for row in blog.of("media")]

    def kept() -> list[Callable[[], bytes]]:
        return [lambda number=row["id"]: blog.files.get(number, b"") for row in blog.of("media")]

    return Tried(
        way, letter, out, lost, busy, revoked, removed, picture, alts=alts, film=a_film(tmp_path), sums=sums, kept=kept
    )


class TestOnLoopback(
    Suite, Once, Recalls, Loses, Busy, Revoked, Watched, Pictures, Bytes, Films, Forgets, ForgetsFilms
):
    """The same as on the real server, and patience."""


def with_picture(tried: Tried, alt: str = "A house.") -> Release:
    release = tried.letter("Words.")
    assert tried.picture is not None
    return replace(release, parts=(replace(release.parts[0], attachments=(replace(tried.picture, alt=alt),)),))


# --- drafts -------------------------------------------------------------------------------------------


def test_a_draft_left_behind_is_published_and_not_doubled(tried: Tried, blog: BlogServer) -> None:
    release = with_picture(tried)
    assert tried.way.prepare(release) is None  # and the process is gone
    assert tried.out() == {}
    assert isinstance(publish(tried.way, release), Sent)
    assert [row["status"] for row in blog.of("posts")] == ["publish"]
    assert len(blog.of("media")) == 1


def test_what_is_said_to_be_absent_no_late_call_can_make_public(tried: Tried, blog: BlogServer) -> None:
    release = with_picture(tried)
    tried.way.prepare(release)
    (draft,) = blog.of("posts")
    assert tried.way.find(release, release.parts[0]) == Absent()
    assert blog.rows == {}
    late = tried.way._blog(release.account)  # the call that was on its way
    with pytest.raises(NotDone):
        late.write({"status": "publish"}, draft["id"])
    assert tried.out() == {}
    assert isinstance(publish(tried.way, release), Sent)


def test_a_draft_whose_answer_was_lost_is_found(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    blog.loses = '"status": "draft"'
    assert isinstance(publish(tried.way, release), Retry)  # a draft is nothing that anybody sees
    blog.loses = ""
    assert isinstance(publish(tried.way, release), Sent)
    assert len(blog.of("posts")) == 1


def test_of_two_drafts_the_oldest_is_published_whichever_machine_made_it(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    tried.way.prepare(release)
    (first,) = blog.of("posts")
    blog.rows[9] = first | {"id": 9, "slug": f"{first['slug']}-2"}
    blog.rows[8] = first | {"id": 8}  # made at the very same instant
    assert publish(tried.way, release) == Sent((SentPart(0, str(first["id"]), first["link"]),))
    assert list(tried.out()) == [str(first["id"])]


def test_of_two_public_ones_nobody_guesses(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    (first,) = blog.of("posts")
    blog.rows[9] = first | {"id": 9, "slug": f"{first['slug']}-2"}
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    assert isinstance(publish(tried.way, release), Unknown)
    assert tried.way.recall(release, release.parts[0], str(first["id"])) == Gone()
    assert tried.out() == {}


@pytest.mark.parametrize("status", ["trash", "future", "private", "pending"])
def test_what_somebody_put_aside_is_not_sent_again(tried: Tried, blog: BlogServer, status: str) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    (row,) = blog.of("posts")
    row["status"] = status
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    answer = publish(tried.way, release)
    assert isinstance(answer, Refused) and answer.code == "wordpress.moved"
    assert tried.way.recall(release, release.parts[0], None) == Gone()
    assert blog.rows == {}


def test_a_draft_that_somebody_wrote_into_goes_out_with_the_cleared_words(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    tried.way.prepare(release)
    (row,) = blog.of("posts")
    row["content"], row["comment_status"], row["password"] = {"raw": "<p>Others.</p>"}, "open", "x"
    assert isinstance(publish(tried.way, release), Sent)
    assert list(tried.out().values()) == ["Words."]
    assert (row["comment_status"], row["ping_status"], row["password"]) == ("closed", "closed", "")
    assert row["excerpt"] == {"raw": ""}


def test_a_date_that_makes_it_wait_is_told_and_not_taken_for_sent(
    tried: Tried, blog: BlogServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, kept = tried.letter("Words."), blog.change
    tried.way.prepare(release)
    monkeypatch.setattr(blog, "change", lambda row, told: kept(row, told) | {"status": "future"})
    assert isinstance(tried.way.publish(release, release.parts[0], ()), Unknown)


def test_pieces_that_are_out_are_not_drafted_again(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("One.", "Two.")
    assert tried.way.prepare(replace(release, confirmed=(SentPart(0, "1"),))) is None
    assert [row["slug"] for row in blog.of("posts")] == [slug(release.parts[1].key)]


# --- pictures -----------------------------------------------------------------------------------------


def test_a_picture_hangs_on_its_draft_before_anybody_may_find_it(tried: Tried, blog: BlogServer) -> None:
    tried.way.prepare(with_picture(tried))
    assert blog.of("media")[0]["parent"] == blog.of("posts", "draft")[0]["id"]


def test_a_picture_is_shown_with_its_words(tried: Tried, blog: BlogServer) -> None:
    publish(tried.way, with_picture(tried, 'A "house" [by] a river'))
    (shown,) = re.findall(r'<img src="([^"]*)" alt="([^"]*)" />', blog.of("posts")[0]["content"]["raw"])
    assert (shown[0], unescape(shown[1])) == (blog.of("media")[0]["source_url"], 'A "house" [by] a river')


def test_a_recall_takes_the_pictures_too(tried: Tried, blog: BlogServer) -> None:
    release = with_picture(tried)
    sent = publish(tried.way, release)
    assert tried.way.recall(release, release.parts[0], sent.parts[0].remote_id) == Gone()
    assert blog.rows == {}


def test_bytes_that_are_not_the_cleared_ones_are_not_sent(tried: Tried, blog: BlogServer) -> None:
    release = with_picture(tried)
    release.parts[0].attachments[0].path.write_bytes(b"another picture")
    answer = publish(tried.way, release)
    assert isinstance(answer, Refused) and answer.code == "wordpress.picture"
    assert tried.out() == {} and blog.of("media") == []


@pytest.mark.parametrize(("make", "kind"), [(a_film, "video"), (a_sound, "audio")])
def test_a_film_or_sound_is_played_and_what_it_shows_can_be_read(
    tried: Tried, blog: BlogServer, tmp_path: Path, make: Callable[[Path], Attachment], kind: str
) -> None:
    file = replace(make(tmp_path), alt="A river.", label="Acted", note="A flood.")
    publish(tried.way, showing(tried.letter("Words."), file))
    page = unescape(blog.of("posts")[0]["content"]["raw"])
    source = blog.of("media")[0]["source_url"]
    assert f'<details><summary>A flood.</summary><figure lang="en" dir="ltr"><{kind} controls' in page
    assert f'src="{source}"></{kind}>' in page
    assert page.index("A river.") < page.index("<figcaption>Acted</figcaption></figure></details>")


def test_a_film_has_its_captions_in_the_language_of_the_post(tried: Tried, blog: BlogServer, tmp_path: Path) -> None:
    release = showing(tried.letter("Words.", language="ar"), captioned(tmp_path))
    remote = publish(tried.way, release).parts[0].remote_id
    film, captions = blog.of("media")
    assert (film["source_url"][-4:], captions["source_url"][-4:]) == (".mp4", ".vtt")
    assert blog.files[captions["id"]].decode() == CAPTIONS and film["parent"] == captions["parent"] == int(remote)
    track = f'<track kind="captions" srclang="ar" src="{captions["source_url"]}" default="default" /></video>'
    assert track in blog.rows[int(remote)]["content"]["raw"]
    assert tried.way.stands(release, release.parts[0], remote) == Stands()
    blog.rows.pop(captions["id"])
    assert tried.way.stands(release, release.parts[0], remote) == Stands(changed=True)


def test_a_film_whose_captions_are_not_there_is_not_published(tried: Tried, blog: BlogServer, tmp_path: Path) -> None:
    release = showing(tried.letter("Words."), captioned(tmp_path))
    assert tried.way.prepare(release) is None
    film, captions = blog.of("media")
    blog.rows[99] = film | {"id": 99, "slug": f"{film['slug']}-2"}  # two machines made it at once
    blog.rows.pop(captions["id"])
    answer = tried.way.publish(release, release.parts[0], ())
    assert isinstance(answer, Retry) and answer.code == "wordpress.no_draft"
    assert tried.out() == {}
    assert isinstance(publish(tried.way, release), Sent)


def test_twenty_films_with_captions_are_asked_for_in_addresses_that_a_server_takes(
    tried: Tried, blog: BlogServer, tmp_path: Path
) -> None:
    release = showing(tried.letter("Words."), *[captioned(tmp_path, more) for more in range(20)])
    sent = publish(tried.way, release)
    assert len(blog.of("media")) == 40
    assert recall(tried.way, release, release.parts[0], sent) == Gone()
    assert blog.rows == {}
    assert max(map(len, blog.paths)) < 8000


def captioned(folder: Path, more: int = 0) -> Attachment:
    return replace(a_film(folder, more), alt="A river.", captions=CAPTIONS)


def test_what_no_page_shows_is_refused(tried: Tried) -> None:
    release = with_picture(tried)
    paper = replace(release.parts[0].attachments[0], type="application/pdf")
    answer = publish(tried.way, showing(release, paper))
    assert isinstance(answer, Refused) and answer.code == "wordpress.media_type"


# --- watching and recalling ------------------------------------------------------------------------------


def test_a_change_of_words_title_or_picture_is_seen(tried: Tried, blog: BlogServer) -> None:
    release = with_picture(tried)
    remote = publish(tried.way, release).parts[0].remote_id
    part = release.parts[0]
    assert tried.way.stands(release, part, remote) == Stands()
    assert tried.way.stands(replace(release, title="Other"), part, remote) == Stands(changed=True)
    assert tried.way.stands(release, replace(part, text="Other."), remote) == Stands(changed=True)
    blog.rows[int(remote)]["excerpt"] = {"raw": "What lists and feeds show."}
    assert tried.way.stands(release, part, remote) == Stands(changed=True)
    blog.rows[int(remote)]["excerpt"] = {"raw": ""}
    assert tried.way.stands(release, part, remote) == Stands()
    blog.rows.pop(blog.of("media")[0]["id"])
    assert tried.way.stands(release, part, remote) == Stands(changed=True)
    blog.rows[int(remote)]["password"] = "x"
    assert isinstance(tried.way.stands(release, part, remote), Vanished)
    blog.rows.clear()
    assert isinstance(tried.way.stands(release, part, remote), Vanished)


def test_more_posts_than_one_answer_holds_are_all_listed(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    (row,) = blog.of("posts")
    blog.rows |= {number: row | {"id": number} for number in range(2, 201)}
    found = tried.way.listed(release.account, release.due_at)
    assert not isinstance(found, (Undecidable, Retry))
    assert len(found) == len({one.remote_id for one in found}) == 200


def test_a_page_of_the_user_s_is_on_the_list_too_and_a_flood_hides_nothing(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)
    (row,) = blog.of("posts")
    blog.rows |= {number: row | {"id": number} for number in range(2, MOST + 200)}
    blog.rows[5000] = row | {"id": 5000, "kind": "pages"}
    found = tried.way.listed(release.account, release.due_at)
    assert isinstance(found, list)
    assert len(found) == MOST + 1 and found[-1].remote_id == "5000"


def test_a_page_that_is_not_wordpress_s_proves_nothing(tried: Tried, blog: BlogServer) -> None:
    release = tried.letter("Words.")
    remote = publish(tried.way, release).parts[0].remote_id
    for status in (200, 301, 404, 410, 503):  # no JSON of WordPress's, or none that says what happened
        blog.told = [(status, {})]
        assert not isinstance(tried.way.stands(release, release.parts[0], remote), Vanished)
        blog.told = [(status, {})]
        assert not isinstance(tried.way.recall(release, release.parts[0], remote), Gone)
        blog.told = [(status, {})]
        assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    assert list(tried.out().values()) == ["Words."]


# --- accounts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["https://House.example.org", "https://house.example.org/", "https://house.example.org?x#y"]
)
def test_a_site_s_address_has_one_form(url: str) -> None:
    assert place(url) == "https://house.example.org"


def test_another_user_than_the_pinned_one_publishes_nothing(tried: Tried, blog: BlogServer) -> None:
    blog.user = 2
    release = tried.letter("Words.")
    answer = publish(tried.way, release)
    assert isinstance(answer, Refused) and answer.code == "wordpress.identity"
    assert tried.way.verify(release.account) == Verified(f"http://{blog.pair}#2")
    assert blog.rows == {}


def test_a_user_who_may_not_publish_is_not_verified(tried: Tried, blog: BlogServer) -> None:
    blog.rights["publish_posts"] = False
    answer = tried.way.verify(tried.letter().account)
    assert isinstance(answer, Refused) and "publish_posts" in answer.detail


def test_without_a_password_or_over_plain_http_nothing_is_said(tried: Tried, blog: BlogServer, tmp_path: Path) -> None:
    release = tried.letter("Words.")
    for way in (WordPress(Network([blog.pair]), Given(), tmp_path), WordPress(Network(), Given(), tmp_path)):
        assert isinstance(publish(way, release), Retry)
    assert blog.calls == []


def test_what_the_site_will_not_take_leaves_no_film_and_no_words_there(
    tried: Tried, blog: BlogServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = blog.make

    def without_captions(kind: str, request: Any, query: dict[str, str], body: bytes) -> Row:
        if request.headers["content-type"] == "text/vtt":
            raise No(500, "rest_upload_sideload_error")
        return make(kind, request, query, body)

    monkeypatch.setattr(blog, "make", without_captions)
    release = showing(tried.letter("Words."), replace(a_film(tmp_path), alt="A river.", captions=CAPTIONS))
    assert tried.way.prepare(release) == Retry(MEND, "wordpress.upload")
    assert (blog.rows, blog.files) == ({}, {})
    monkeypatch.undo()
    assert isinstance(publish(tried.way, release), Sent)
