"""The WordPress channel on a real WordPress: what readers see, what a lost answer leaves, what a recall takes."""

import hashlib
import html
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from content.outcome import Absent, Attachment, Gone, Refused, Retry, Sent, Stands, Undecidable
from content.release import Release
from tests.channels.blog_server import BlogServer
from tests.channels.letters import a_release
from tests.channels.pictures import CAPTIONS, a_film, a_picture, a_sound
from tests.channels.suite import (
    ARABIC,
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
    showing,
)
from tests.servers.booting import folder
from tests.servers.losing import Losing
from tests.servers.wordpress import Page, Site, fetched, fetched_or_gone, read
from worker.caps import Verified
from worker.channels import wordpress as channel
from worker.channels.wordpress import WordPress
from worker.outbound import Network
from worker.protocols import blog
from worker.protocols.answers import MEND
from worker.wallet import Given

PASSWORD = folder() / "wordpress" / "apppw"  # named here: a test's own surroundings hold no setting


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
    monkeypatch.setattr(
        channel, "SECONDS", 40.0
    )  # two workers of PHP serve twenty posts, on a machine that may be busy
    url = f"http://127.0.0.1:{line.port}"
    wallet = Given({"desk": [{"user": "admin", "password": site.password}]})
    way = WordPress(Network([f"127.0.0.1:{line.port}"]), wallet, tmp_path / "locks")

    def letter(*texts: str, **more: Any) -> Release:
        return a_release(*texts, channel="wordpress", identity=f"{url}#1", settings={"url": f"{url}/"}, **more)

    @contextmanager
    def lost() -> Iterator[None]:
        monkeypatch.setattr(channel, "SECONDS", 8.0)
        line.lose_after(b'"status": "publish"')
        yield
        time.sleep(1.0)  # what was on its way arrives
        line.turn("pass")
        monkeypatch.setattr(channel, "SECONDS", 40.0)

    @contextmanager
    def revoked() -> Iterator[None]:
        wallet.known["desk"][0]["password"] = "revoked"
        yield
        wallet.known["desk"][0]["password"] = site.password

    @contextmanager
    def busy() -> Iterator[None]:
        with BlogServer(told=[(429, {"retry-after": "1"})]) as impatient:
            line._target = impatient.server.server_address[:2]
            yield
            line._target = (urlsplit(site.url).hostname or "", urlsplit(site.url).port or 0)

    def removed(remote_id: str) -> None:
        site.call("DELETE", f"posts/{remote_id}")

    def alts() -> list[str]:
        return [one["alt_text"] for one in site.pictures()]

    def sums() -> list[str]:
        return [hashlib.sha256(fetched(one["source_url"])).hexdigest() for one in site.pictures()]

    def kept() -> list[Callable[[], bytes]]:
        return [lambda url=one["source_url"]: fetched_or_gone(url) for one in site.pictures()]

    return Tried(
        way, letter, site.out, lost, busy, revoked, removed, replace(a_picture(tmp_path), alt="A house."),
        film=a_film(tmp_path), alts=alts, sums=sums, kept=kept,
    )  # fmt: skip


class TestOnWordPress(
    Suite, Once, Recalls, Loses, Busy, Revoked, Watched, Pictures, Bytes, Films, Forgets, ForgetsFilms
):
    """All of it; for patience a server in its place asks."""


def with_picture(tried: Tried, picture: Attachment | None) -> Release:
    release = tried.letter("Words.")
    assert picture is not None
    return replace(release, parts=(replace(release.parts[0], attachments=(picture,)),))


def page_of(sent: Any) -> Page:
    assert isinstance(sent, Sent), sent
    return Page(read(sent.parts[0].url))


def test_readers_of_arabic_get_it_from_right_to_left(tried: Tried) -> None:
    page = page_of(publish(tried.way, tried.letter(f"{ARABIC}\n\nسطر\nسطر", language="ar")))
    assert page.directions == ["ar rtl", "ar rtl"]
    assert page.words == f"{ARABIC}\n\nسطر\nسطر"


WOULD_CHANGE = (
    """"Quotes" and 'these', it's -- a dash --- or - three... 2x2 9\u00d79 (c) (tm) [gallery] """
    "[caption]x[/caption] :) 8-) Wordpress & <b>this</b> &amp; 1st 'tain't `` x && `code` %20 \\ {{a}} #1 @house https://example.org/a"
)


def test_wordpress_changes_nothing_of_what_it_would_change(tried: Tried) -> None:
    link = "https://example.org/a--b?c=1&d=[2]"
    page = page_of(publish(tried.way, tried.letter(f"{WOULD_CHANGE}\n{link} x", title='It\'s "2x2"', links=(link,))))
    assert page.words == f"{WOULD_CHANGE}\n{link} x"
    assert page.links == [link]


@pytest.mark.parametrize(("make", "kind"), [(a_film, "video"), (a_sound, "audio")])
def test_a_film_or_sound_is_played_and_what_it_shows_can_be_read(
    tried: Tried, tmp_path: Path, make: Callable[[Path], Attachment], kind: str
) -> None:
    file = replace(make(tmp_path), alt="A river.", label='Acted -- "so"', note="A flood.")
    sent = publish(tried.way, showing(tried.letter("Words."), file))
    assert isinstance(sent, Sent), sent
    page = read(sent.parts[0].url)
    played = re.search(rf'<{kind} controls="controls" preload="none" src="([^"]+)"></{kind}>', page)
    assert played and hashlib.sha256(fetched(played[1])).hexdigest() == file.sha256
    shown = html.unescape(page[page.index("<summary>") : page.index("</details>")])
    assert shown.index("A flood.") < shown.index("A river.") < shown.index('<figcaption>Acted -- "so"</figcaption>')
    assert tried.way.stands(tried.letter("Words."), showing(tried.letter("Words."), file).parts[0],
                            sent.parts[0].remote_id) == Stands()  # fmt: skip


def test_nobody_answers_below_it_and_it_has_no_other_words(tried: Tried, site: Site) -> None:
    publish(tried.way, tried.letter("Words.", title='It\'s "2x2"'))
    (one,) = site.posts()
    assert (one["comment_status"], one["ping_status"], one["excerpt"]["raw"]) == ("closed", "closed", "")
    assert "<title>It&#039;s &#034;2&#120;2&#034;" in read(one["link"])


def test_a_draft_left_behind_is_published_and_not_doubled(tried: Tried, site: Site) -> None:
    release = with_picture(tried, tried.picture)
    assert tried.way.prepare(release) is None  # and the process is gone
    with pytest.raises(HTTPError):
        read(f"{site.url}/?p={site.posts()[0]['id']}")
    assert site.call_as_anybody("media") == []
    assert page_of(publish(tried.way, release)).words == "Words."
    assert [one["status"] for one in site.posts()] == ["publish"]
    assert len(site.pictures()) == 1


def test_what_is_said_to_be_absent_no_late_call_can_make_public(tried: Tried, site: Site) -> None:
    release = with_picture(tried, tried.picture)
    tried.way.prepare(release)
    (draft,) = site.posts()
    assert tried.way.find(release, release.parts[0]) == Absent()
    assert site.posts() == site.pictures() == []
    with pytest.raises(HTTPError):
        site.call("POST", f"posts/{draft['id']}", {"status": "publish"})
    assert tried.out() == {}


def test_machines_that_share_no_lock_make_one_public_copy(tried: Tried, site: Site, tmp_path: Path) -> None:
    release = tried.letter("Words.")
    ways = [replace(tried.way, folder=tmp_path / f"machine-{number}") for number in range(6)]  # type: ignore[type-var]
    threads = [threading.Thread(target=publish, args=(way, release)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(tried.out().values()) == ["Words."]
    assert isinstance(tried.way.find(release, release.parts[0]), Sent)
    assert tried.way.recall(release, release.parts[0], None) == Gone()
    assert site.posts() == []  # drafts that came too late are taken too


def test_a_date_that_somebody_gave_the_draft_does_not_make_it_wait(tried: Tried, site: Site) -> None:
    release = tried.letter("Words.")
    tried.way.prepare(release)
    (draft,) = site.posts()
    site.call("POST", f"posts/{draft['id']}", {"date": "2040-01-01T00:00:00", "content": "Others.", "password": "x"})
    assert page_of(publish(tried.way, release)).words == "Words."
    found = tried.way.listed(release.account, datetime.now(UTC) - timedelta(minutes=5))
    assert not isinstance(found, (Undecidable, Retry))
    assert [one.remote_id for one in found] == [str(draft["id"])]


def test_what_lies_in_the_trash_is_not_sent_again_and_a_recall_empties_it(tried: Tried, site: Site) -> None:
    release = tried.letter("Words.")
    remote = publish(tried.way, release).parts[0].remote_id
    site.call("DELETE", f"posts/{remote}")
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    assert isinstance(publish(tried.way, release), Refused)
    assert tried.way.recall(release, release.parts[0], None) == Gone()
    assert site.posts() == []


def test_of_a_large_picture_readers_get_the_very_bytes_that_were_cleared(tried: Tried, tmp_path: Path) -> None:
    large = replace(a_picture(tmp_path, 2700, 20), alt="A house.")
    page = page_of(publish(tried.way, with_picture(tried, large)))
    (shown,) = page.pictures
    with urlopen(shown["src"], timeout=20) as answer:
        assert hashlib.sha256(answer.read()).hexdigest() == large.sha256
    assert shown["alt"] == large.alt


def test_a_recall_takes_the_picture_too(tried: Tried, site: Site) -> None:
    release = with_picture(tried, tried.picture)
    sent = publish(tried.way, release)
    shown = page_of(sent).pictures[0]["src"]
    assert tried.way.recall(release, release.parts[0], sent.parts[0].remote_id) == Gone()
    assert site.pictures() == []
    with pytest.raises(HTTPError):
        read(shown)


def test_a_file_that_the_site_allows_nobody_waits_for_its_keeper_and_nothing_is_out(
    tried: Tried, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network of sites allows no captions, as it is installed; here a type that no site allows stands for them."""
    monkeypatch.setitem(blog._ENDINGS, "text/vtt", "unheard-of")
    release = showing(tried.letter("Words."), replace(a_film(tmp_path), alt="A river.", captions=CAPTIONS))
    assert tried.way.prepare(release) == Retry(MEND, "wordpress.upload")
    assert (tried.out(), site.pictures()) == ({}, [])
    monkeypatch.undo()
    assert isinstance(publish(tried.way, release), Sent)


@pytest.fixture(params=["author", "editor"])
def lesser(request: pytest.FixtureRequest, tried: Tried, site: Site, line: Losing) -> Tried:
    """As a user with no more rights than that, whose words WordPress looks through before it keeps them."""
    name = f"{request.param}{time.time_ns()}"
    told = {"username": name, "email": f"{name}@b.test", "password": name, "roles": [request.param]}
    user = site.call("POST", "users", told)["id"]
    word = site.call("POST", f"users/{user}/application-passwords", {"name": "desk"})["password"]
    identity = f"http://127.0.0.1:{line.port}#{user}"
    way = replace(tried.way, wallet=Given({"desk": [{"user": name, "password": word}]}))  # type: ignore[type-var]
    return replace(tried, way=way, letter=lambda *texts, **more: a_release(
        *texts, channel="wordpress", identity=identity, **more))  # fmt: skip


def test_captions_of_a_film_stay_in_the_post_and_are_given_to_readers(
    lesser: Tried, site: Site, tmp_path: Path
) -> None:
    film = replace(a_film(tmp_path), alt="A river.", captions=CAPTIONS)
    letter = showing(lesser.letter("Words.", language="ar"), film)
    sent = publish(lesser.way, letter)
    track = '<track kind="captions" srclang="ar" src="([^"]+)" default="default" /></video>'
    told = re.search(track, read(sent.parts[0].url))
    assert told and fetched(told[1]).decode() == CAPTIONS
    with urlopen(told[1], timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/vtt")
    assert lesser.way.stands(letter, letter.parts[0], sent.parts[0].remote_id) == Stands()
    assert lesser.way.recall(letter, letter.parts[0], sent.parts[0].remote_id) == Gone()
    assert site.pictures() == []
    with pytest.raises(HTTPError):
        read(told[1])


def test_a_user_with_no_more_rights_than_these_does(lesser: Tried) -> None:
    way, link = lesser.way, "https://example.org/a?b=1&c=2"
    letter = lesser.letter(f"{WOULD_CHANGE}\n\n{ARABIC} {link}", language="ar", links=(link,))
    assert lesser.picture is not None
    letter = showing(letter, lesser.picture)
    assert way.verify(letter.account) == Verified(letter.account.remote_identity)
    sent = publish(way, letter)
    page = page_of(sent)
    assert page.words == f"{WOULD_CHANGE}\n\n{ARABIC} {link}"
    assert (page.directions, page.links) == (["ar rtl", "ar rtl"], [link])
    assert way.stands(letter, letter.parts[0], sent.parts[0].remote_id) == Stands()
    assert way.recall(letter, letter.parts[0], sent.parts[0].remote_id) == Gone()
