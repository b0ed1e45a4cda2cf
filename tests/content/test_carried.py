"""What an account can show: by its format, and by what its channel carries. Rows alone; no database."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from content.errors import Refusal
from content.formats import FORMATS, find_format, measure
from content.medium import Medium, MediumFile, Whole, Words
from content.posting import place_of
from content.promised import PROMISED
from content.showing import shown, too_long_beside, unfit


def a(kind: str, *sizes: int, milliseconds: int = 0, **said: str) -> Whole:
    """A medium with files of so many bytes."""
    row = Medium(
        id=1, organisation_id=1, ref="m", kind=kind, faces=0, voice=False, milliseconds=milliseconds, texts="none",
        licence="own", sealed="", added_by=1, added_at=datetime.now(UTC),
    )  # fmt: skip
    form = {"image": "image/png", "video": "video/mp4", "audio": "audio/mp4"}[kind]
    files = tuple(
        MediumFile(medium_id=1, number=n, name=str(n), sha256=str(size), type=form, bytes=size, width=1, height=1)
        for n, size in enumerate(sizes or (9,))
    )
    return Whole(row, files, {"en": Words(**said)})


def sizes_of(media: Sequence[Whole], form: str, channel: str) -> list[int]:
    return [int(entry["sha256"]) for entry in shown(media, "en", form, channel)]


IMAGE, FILM, SOUND = a("image"), a("video"), a("audio")


@pytest.mark.parametrize(
    ("form", "channel", "media", "why"),
    [
        ("tiktok", "manual", [], "tiktok takes no words without a picture or a film."),
        ("tiktok", "manual", [IMAGE, FILM], "tiktok takes pictures or films, not both."),
        ("tiktok", "manual", [IMAGE] * 36, "tiktok takes 35 pictures at most."),
        ("tiktok", "manual", [SOUND], "tiktok takes no sounds."),
        ("youtube", "manual", [], "youtube takes no words without a film."),
        ("youtube", "manual", [IMAGE], "youtube takes no words without a film."),
        ("youtube", "manual", [FILM, FILM], "youtube takes 1 films or sounds at most."),
        ("instagram", "manual", [], "instagram takes no words without a picture or a film."),
        ("whatsapp", "manual", [IMAGE, IMAGE], "whatsapp takes 1 pictures at most."),
        ("mastodon", "mastodon", [IMAGE, FILM], "mastodon takes pictures or films, not both."),
        ("bluesky", "bluesky", [IMAGE, FILM], "bluesky takes pictures or films, not both."),
        ("bluesky", "bluesky", [FILM, FILM], "bluesky takes 1 films or sounds at most."),
        ("bluesky", "bluesky", [SOUND], "bluesky takes no sounds."),
        ("telegram", "telegram", [IMAGE, IMAGE], "telegram takes 1 pictures at most."),
        ("site", "telegram", [IMAGE, IMAGE], "The channel telegram carries 1 with each post at most."),
        ("site", "list", [FILM], "The channel list carries no films or sounds."),
        ("site", "list", [IMAGE] * 5, "The channel list carries 4 with each post at most."),
        ("site", "nobody", [IMAGE], "The channel nobody carries words alone."),
    ],
)  # fmt: skip
def test_what_an_account_cannot_show_is_said_when_it_is_queued(
    form: str, channel: str, media: list[Whole], why: str
) -> None:
    assert unfit(media, form, channel) == why


@pytest.mark.parametrize(
    ("form", "channel", "media"),
    [
        ("tiktok", "manual", [FILM]), ("tiktok", "manual", [IMAGE] * 35), ("youtube", "manual", [FILM]),
        ("instagram", "manual", [IMAGE, FILM]), ("whatsapp", "manual", []), ("whatsapp", "manual", [FILM]),
        ("mastodon", "mastodon", [SOUND]), ("matrix", "matrix", [IMAGE, FILM, SOUND]), ("telegram", "telegram", [FILM]),
        ("site", "webhook", [IMAGE, FILM, SOUND]), ("mail", "list", [IMAGE] * 4), ("site", "wordpress", [FILM, IMAGE]),
        ("bluesky", "bluesky", [FILM]), ("bluesky", "bluesky", [IMAGE] * 4), ("instagram", "paper", []),
        ("youtube", "paper.bluesky", []),
    ],
)  # fmt: skip
def test_what_it_can_show_is_let_through(form: str, channel: str, media: list[Whole]) -> None:
    assert unfit(media, form, channel) == ""


def test_each_account_gets_the_best_file_that_its_channel_carries_too() -> None:
    large = a("image", 7_000_000, 1_500_000, 900_000)
    assert sizes_of([large], "site", "site") == [7_000_000]
    assert sizes_of([large], "site", "webhook") == [1_500_000]
    assert sizes_of([large] * 3, "site", "webhook") == [900_000] * 3
    assert sizes_of([large], "site", "wordpress") == [7_000_000]
    assert sizes_of([large], "mail", "list") == [900_000]
    assert sizes_of([a("image", 9_000_000, 1_000_000)], "site", "wordpress") == [1_000_000]


@pytest.mark.parametrize(
    ("media", "form", "channel"),
    [
        ([a("video", 12_000_001)], "telegram", "telegram"), ([a("video", 12_000_001)], "matrix", "matrix"),
        ([a("video", 8_000_001)], "site", "wordpress"), ([a("video", 3_600_001)], "site", "webhook"),
        ([a("video", 1_800_001)] * 2, "site", "webhook"), ([a("video", 40_000_001)], "mastodon", "mastodon"),
        ([a("video", 40_000_001)], "bluesky", "bluesky"), ([a("video", 300_000_001)], "bluesky", "paper"),
        ([a("video", 16_000_001)], "whatsapp", "manual"), ([a("image", 1_000_001)], "mail", "list"),
    ],
)  # fmt: skip
def test_what_is_larger_than_the_channel_carries_is_refused(media: list[Whole], form: str, channel: str) -> None:
    with pytest.raises(Refusal) as refused:
        shown(media, "en", form, channel)
    assert refused.value.code == "message.media_size"


@pytest.mark.parametrize(
    ("film", "code"),
    [
        (a("video", alt="a" * 1000, captions="c" * 20_000), ""), (a("image", alt="a" * 2000), ""),
        (a("video", alt="a" * 990, note="War", label="Acted"), ""), (a("video", alt="a" * 1001), "message.media_alt"),
        (a("video", alt="a" * 992, note="War", label="Acted"), "message.media_alt"),
        (a("video", captions="ع" * 10_001), "message.media_captions"),
        (a("video", milliseconds=600_001), "message.media_length"), (a("video", milliseconds=600_000), ""),
    ],
)  # fmt: skip
def test_a_film_for_bluesky_is_as_long_as_it_takes_and_its_description_and_captions_too(film: Whole, code: str) -> None:
    with pytest.raises(Refusal) if code else nullcontext() as refused:
        shown([film], "en", "bluesky", "bluesky")
    assert code == (refused.value.code if refused else "")
    assert shown([film], "en", "facebook", "manual")


def test_no_event_is_larger_than_the_receivers_take_that_are_named() -> None:
    """Base64 and a generous text: within the five megabytes of Make's webhooks."""
    assert (PROMISED["webhook"].takes.together or 0) * 4 / 3 + 150_000 < 5_000_000


def test_a_note_and_a_label_count_with_the_description() -> None:
    media = [a("image", alt="a" * 1490, label="Made", note="A war")]
    with pytest.raises(Refusal) as refused:
        shown(media, "en", "mastodon", "mastodon")
    assert refused.value.code == "message.media_alt"
    assert shown([a("image", alt="a" * 1490, label="Made")], "en", "mastodon", "mastodon")


@pytest.mark.parametrize("form", ["telegram", "whatsapp"])
def test_words_beside_a_picture_are_fewer_and_its_label_counts(form: str) -> None:
    plain, labelled = a("image"), a("image", label="Made")

    def too_long(words: str, *media: Whole) -> bool:
        return too_long_beside(media, words, "en", form) is not None

    assert [too_long("w" * n, plain) for n in (1024, 1025)] == [False, True]
    assert [too_long("w" * n, labelled) for n in (1018, 1019)] == [False, True]
    assert not too_long("w" * 4000)
    assert too_long_beside([plain], "w" * 9000, "en", "site") is None


# --- the formats that people post by hand -------------------------------------------------------------------


def lengths(form: str, **more: Any) -> list[tuple[int, bool]]:
    return [(found.length, found.fits) for text in more.values() for found in (measure(form, text),)]


def test_youtube_counts_bytes_and_refuses_two_signs() -> None:
    assert lengths("youtube", arabic="ع" * 2500, more="ع" * 2501) == [(5000, True), (5002, False)]
    assert "< or >" in measure("youtube", "a < b").problem and not measure("youtube", "a > b").fits


def test_tiktok_counts_utf16_and_takes_five_hashtags() -> None:
    assert lengths("tiktok", emoji="😀" * 1100, more="😀" * 1101) == [(2200, True), (2202, False)]
    assert measure("tiktok", "#tag " * 5).fits and not measure("tiktok", "#tag " * 6).fits


def test_an_address_of_each_is_known_and_no_words_go_into_the_page_where_one_writes() -> None:
    for form, host in (("tiktok", "tiktok.com"), ("youtube", "youtu.be"), ("whatsapp", "whatsapp.com")):
        place = place_of(form, {})
        assert host in place.hosts and place.compose.startswith("https://") and "?" not in place.compose
    assert find_format("WhatsApp channel") is FORMATS["whatsapp"]
