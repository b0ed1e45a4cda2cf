"""The public archive's files: feeds that parse, directions that are right, nothing left of what was recalled."""

import html
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from content.archive import IN_FEEDS, Entry, Place, build, from_bytes, to_bytes
from content.errors import Refusal
from content.outcome import Absent, Attachment, Refused, Sent, Stands, Undecidable
from content.release import Release
from tests.channels.letters import DUE, a_release
from tests.channels.pictures import a_picture
from tests.channels.suite import Pictures, Tried
from worker.channels import site
from worker.channels.site import OWNER, Site

MONTH = f"{DUE:%Y-%m}"
ATOM = "{http://www.w3.org/2005/Atom}"
PLACE = Place("Open House", "https://house.example.org/stories/")
ENGLISH = Entry("e1", "Spring", "He said <no> & left.\n\nSecond & last: https://a.example.org/x", "en", "ltr",
                datetime(2026, 3, 1, 9, 30, tzinfo=UTC), ("https://a.example.org/x",))  # fmt: skip
ARABIC = Entry("e2", "Spring", "قال\u2067 سلام\u2069", "ar", "rtl", datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


class Tags(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def test_an_entry_s_file_is_read_back_as_it_was() -> None:
    assert from_bytes(to_bytes(ARABIC)) == ARABIC
    assert to_bytes(from_bytes(to_bytes(ENGLISH))) == to_bytes(ENGLISH)


@pytest.mark.parametrize("content", [b"[]", b"{}", b"not json", b'{"published": "2026-01-01T00:00:00Z", "links": []}'])
def test_a_file_that_is_no_entry_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        from_bytes(content)


def test_the_atom_feed_has_what_the_standard_asks_for() -> None:
    feed = ET.fromstring(build(PLACE, [ENGLISH, ARABIC])["atom.xml"])
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == ["2026-03-02T09:30:00Z", "2026-03-01T09:30:00Z"]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert 'dir="rtl"' in (entries[0].findtext(f"{ATOM}content") or "")


def test_the_rss_feed_has_what_the_standard_asks_for() -> None:
    channel = ET.fromstring(build(PLACE, [ENGLISH])["rss.xml"]).find("channel")
    assert channel is not None
    assert channel.findtext("link") == "https://house.example.org/stories/"
    item = channel.find("item")
    assert item is not None
    assert item.findtext("pubDate") == "Sun, 01 Mar 2026 09:30:00 GMT"
    assert item.findtext("link") == "https://house.example.org/stories/e1.html"
    assert "&lt;no&gt;" in (item.findtext("description") or "")


def test_the_json_feed_has_what_the_standard_asks_for() -> None:
    feed = json.loads(build(PLACE, [ENGLISH, ARABIC])["feed.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["content_text"] for item in feed["items"]] == [ARABIC.text, ENGLISH.text]
    assert all(item["id"] and item["url"].startswith(PLACE.base) for item in feed["items"])


def test_feeds_parse_with_nothing_in_them_and_with_control_characters() -> None:
    strange = Entry("e3", "\x0b", "a\x00b\x0b]]>", "en", "ltr", ENGLISH.published)
    for entries in ([], [strange]):
        files = build(PLACE, entries)
        ET.fromstring(files["atom.xml"])
        ET.fromstring(files["rss.xml"])
        json.loads(files["feed.json"])


def test_arabic_stands_from_right_to_left_and_says_its_language() -> None:
    page = Tags(build(PLACE, [ARABIC])["e2.html"])
    assert page.of("html") == [{"lang": "ar", "dir": "rtl"}]
    index = Tags(build(PLACE, [ARABIC, ENGLISH])["index.html"])
    assert [(a["lang"], a["dir"]) for a in index.of("article")] == [("ar", "rtl"), ("en", "ltr")]


def test_only_judged_links_can_be_tapped_and_markup_is_only_text() -> None:
    page = build(PLACE, [ENGLISH])["e1.html"]
    hrefs = [attrs["href"] for attrs in Tags(page).of("a")]
    assert hrefs == ["index.html", "https://a.example.org/x"]
    assert b"<no>" not in page
    assert Tags(page).of("script") == []


def test_a_rehearsal_says_so_on_every_page_and_in_every_feed() -> None:
    played = Entry("e4", "Spring", "Words.", "en", "ltr", ENGLISH.published, rehearsal=True)
    files = build(PLACE, [played])
    assert all(b"REHEARSAL" in files[name] for name in ("index.html", "e4.html", "atom.xml", "rss.xml", "feed.json"))


def test_pages_are_grouped_by_month_and_not_by_person() -> None:
    months = [attrs["datetime"] for attrs in Tags(build(PLACE, [ENGLISH, ARABIC])["index.html"]).of("time")]
    assert months == ["2026-03", "2026-03-02", "2026-03-01", "2026-03"]  # the last one: the way to the month's page
    assert "2026-03.html" in build(PLACE, [ENGLISH, ARABIC])


def test_the_first_page_shows_the_newest_and_leads_to_every_month() -> None:
    old = [Entry(f"o{n}", "Old", "Words.", "en", "ltr", datetime(2025, 1, 1, tzinfo=UTC)) for n in range(5)]
    march = datetime(2026, 3, 1, tzinfo=UTC)
    new = [Entry(f"n{n}", "New", "Words.", "en", "ltr", march + timedelta(days=n % 60)) for n in range(IN_FEEDS)]
    files = build(PLACE, [*old, *new])
    index = Tags(files["index.html"])
    assert len(index.of("article")) == IN_FEEDS
    assert {"2025-01.html", "2026-03.html", "2026-04.html"} <= {str(attrs["href"]) for attrs in index.of("a")}
    assert len(Tags(files["2025-01.html"]).of("article")) == 5


def test_what_one_entry_changes_is_what_a_whole_rebuilding_would_write(tmp_path: Path) -> None:
    way, kept = Site(tmp_path / "site", tmp_path / "used"), {}
    letters = [a_release(f"Words {number}.", due_at=DUE + timedelta(days=20 * number)) for number in range(4)]
    for letter in letters:
        way.publish(letter, letter.parts[0], ())
    way.recall(letters[1], letters[1].parts[0], None)
    for times in range(2):
        kept[times] = {path: path.read_bytes() for path in (tmp_path / "site").rglob("*.*") if path.is_file()}
        way.verify(letters[0].account)  # which builds everything anew
        (tmp_path / "site" / "desk" / OWNER).unlink()
    assert kept[0] == kept[1]
    assert len(list((tmp_path / "site" / "desk").glob("????-??.html"))) == 2


@pytest.mark.wide
def test_an_entry_touches_no_other_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way, read = Site(tmp_path / "site", tmp_path / "used"), []
    for number in range(IN_FEEDS + 1):
        letter = a_release(f"Words {number}.")
        way.publish(letter, letter.parts[0], ())
    for number in (1, 2):
        letter = a_release(f"New words {number}.", due_at=DUE - timedelta(days=40 * number))
        monkeypatch.setattr(site, "from_bytes", lambda content: read.append(content) or from_bytes(content))
        way.publish(letter, letter.parts[0], ())
    assert sum(b"New words" in content for content in read) == 2


def test_nothing_is_left_of_what_was_recalled(tmp_path: Path) -> None:
    way, release = Site(tmp_path / "site", tmp_path / "used"), a_release("Words nobody else says.")
    way.publish(release, release.parts[0], ())
    way.recall(release, release.parts[0], None)
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert files
    assert not any(b"nobody else" in path.read_bytes() for path in files)
    assert not any("entries" in path.parts for path in files)


def test_a_torn_draft_is_no_entry(tmp_path: Path) -> None:
    way, release = Site(tmp_path / "site", tmp_path / "used"), a_release("Words.")
    (tmp_path / "site" / "desk" / "entries" / MONTH).mkdir(parents=True)
    (tmp_path / "site" / "desk" / "entries" / MONTH / ".x.json.abc").write_bytes(b"{")
    way.publish(release, release.parts[0], ())
    assert json.loads((tmp_path / "site" / "desk" / "feed.json").read_bytes())["items"]


def test_another_entry_under_the_key_is_neither_replaced_nor_taken_for_ours(tmp_path: Path) -> None:
    way, release = Site(tmp_path / "site", tmp_path / "used"), a_release("Words.")
    way.publish(release, release.parts[0], ())
    entry = next((tmp_path / "site" / "desk" / "entries").rglob("*.json"))
    entry.write_bytes(entry.read_bytes().replace(b"Words.", b"Other."))
    assert isinstance(way.publish(release, release.parts[0], ()), Refused)
    assert isinstance(way.find(release, release.parts[0]), Undecidable)


def test_a_folder_made_for_another_identity_says_so(tmp_path: Path) -> None:
    way = Site(tmp_path / "site", tmp_path / "used")
    way.verify(a_release(identity="https://one.example.org/").account)
    seen = way.verify(a_release(identity="https://two.example.org/").account)
    assert getattr(seen, "identity", None) == "https://one.example.org/"


@pytest.mark.parametrize("ref", ["../up", "a/b", ".hidden", ""])
def test_an_account_s_name_cannot_lead_out_of_the_folder(tmp_path: Path, ref: str) -> None:
    release = a_release("Words.", account=ref)
    with pytest.raises(Refusal):
        Site(tmp_path / "site", tmp_path / "used").publish(release, release.parts[0], ())


class TestPictures(Pictures):
    """A picture stands on the page with its description."""

    @pytest.fixture
    def tried(self, tmp_path: Path) -> Tried:
        way = Site(tmp_path / "site", tmp_path / "used")

        def alts() -> list[str]:
            pages = [path for path in (tmp_path / "site" / "desk").glob("*.html") if len(path.stem) == 24]
            texts = [path.read_text("utf-8") for path in pages]
            return [html.unescape(alt) for text in texts for alt in re.findall(r'alt="([^"]*)"', text)]

        def letter(*texts: str, **more: Any) -> Release:
            return a_release(*texts, channel="site", identity="https://house.example.org/stories", **more)

        return Tried(way, letter, dict, picture=a_picture(tmp_path), alts=alts)


def with_media(release: Release, *media: Attachment) -> Release:
    return replace(release, parts=(replace(release.parts[0], attachments=media),))


def test_the_cleared_bytes_lie_beside_the_page_and_go_with_it(tmp_path: Path) -> None:
    way, home = Site(tmp_path / "site", tmp_path / "used"), tmp_path / "site" / "desk"
    picture = replace(a_picture(tmp_path), alt="A house.")
    release = with_media(a_release("Words.", channel="site", identity="https://house.example.org/"), picture)
    sent = way.publish(release, release.parts[0], ())
    assert isinstance(sent, Sent)
    assert way.find(release, release.parts[0]) == sent
    assert [path.read_bytes() for path in home.glob("*.png")] == [picture.read()]
    feed = json.loads((home / "feed.json").read_bytes())
    assert f'src="https://house.example.org/{next(home.glob("*.png")).name}"' in feed["items"][0]["content_html"]
    assert way.stands(release, release.parts[0], sent.parts[0].remote_id) == Stands()
    next(home.glob("*.png")).unlink()
    assert way.stands(release, release.parts[0], sent.parts[0].remote_id) == Stands(changed=True)
    way.recall(release, release.parts[0], sent.parts[0].remote_id)
    assert list(home.glob(f"{sent.parts[0].remote_id}*")) == []


def test_of_an_entry_that_was_never_written_no_picture_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way, home = Site(tmp_path / "site", tmp_path / "used"), tmp_path / "site" / "desk"
    kept, torn = (
        with_media(a_release(words, channel="site", identity="https://house.example.org/"), a_picture(tmp_path))
        for words in ("These stand.", "These were torn off.")
    )
    way.publish(kept, kept.parts[0], ())
    with monkeypatch.context() as killed, pytest.raises(OSError):
        killed.setattr(site.shelf, "write_once", lambda *_: _killed())
        way.publish(torn, torn.parts[0], ())
    assert len(list(home.glob("*.png"))) == 2
    assert way.find(torn, torn.parts[0]) == Absent()
    assert [path.read_bytes() for path in home.glob("*.png")] == [kept.parts[0].attachments[0].read()]


def _killed() -> bool:
    raise OSError("the process is gone")


def test_what_readers_are_told_before_they_see_it_stands_before_it(tmp_path: Path) -> None:
    way = Site(tmp_path / "site", tmp_path / "used")
    shown = replace(a_picture(tmp_path), alt="A street.", label="Illustration", note="Shows a destroyed street.")
    release = with_media(a_release("Words.", channel="site", identity="https://house.example.org/"), shown)
    sent = way.publish(release, release.parts[0], ())
    page = (tmp_path / "site" / "desk" / f"{sent.parts[0].remote_id}.html").read_text("utf-8")
    assert page.index("Shows a destroyed street.") < page.index("<img")
    assert "<figcaption>Illustration</figcaption>" in page and "<details open" not in page


def test_a_film_has_its_captions_and_is_not_begun_by_itself(tmp_path: Path) -> None:
    way, home = Site(tmp_path / "site", tmp_path / "used"), tmp_path / "site" / "desk"
    said = "WEBVTT\n\n00:00.000 --> 00:01.000\nHi.\n"
    film = replace(a_picture(tmp_path), type="video/mp4", alt="A walk.", captions=said)
    release = with_media(a_release("Words.", channel="site", identity="https://house.example.org/"), film)
    sent = way.publish(release, release.parts[0], ())
    page = (home / f"{sent.parts[0].remote_id}.html").read_text("utf-8")
    assert 'preload="none"' in page and "autoplay" not in page
    assert next(home.glob("*.vtt")).read_text("utf-8") == film.captions


def test_what_no_page_shows_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    way = Site(tmp_path / "site", tmp_path / "used")
    odd = replace(a_picture(tmp_path), type="application/pdf")
    refused = way.prepare(with_media(a_release("Words.", channel="site"), odd))
    assert isinstance(refused, Refused) and refused.code == "site.media"


def test_an_entry_of_before_media_has_the_same_bytes(tmp_path: Path) -> None:
    entry = Entry("x" * 24, "T", "Words.", "en", "ltr", datetime(2026, 3, 1, tzinfo=UTC))
    assert b"media" not in to_bytes(entry)
    assert from_bytes(to_bytes(entry)) == entry
