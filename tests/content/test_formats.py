import importlib
import sys
import types
import warnings
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import Refusal
from content.formats import FORMATS, Piece, find_format, measure, thread


def length(name, text, **how):
    return measure(name, text, **how).length


# --- every format

LIMITS = {
    "site": None, "x": 280, "bluesky": 300, "mastodon": 500, "telegram": 4096, "telegram_caption": 1024,
    "matrix": 15_000, "mail": 20_000, "facebook": 63_206, "instagram": 2200, "email_subject": 150,
    "tiktok": 2200, "youtube": 5000, "whatsapp": 4096,
}  # fmt: skip


def test_every_format_has_its_limit():
    assert {name: shape.limit for name, shape in FORMATS.items() if name != "sms"} == LIMITS


@pytest.mark.parametrize("name", [name for name in LIMITS if LIMITS[name]])
def test_a_text_at_the_limit_fits_and_one_more_does_not(name):
    assert measure(name, "a" * LIMITS[name]).fits
    assert not measure(name, "a" * (LIMITS[name] + 1)).fits


def test_the_site_has_no_limit():
    measured = measure("site", "a" * 1_000_000)
    assert measured.fits
    assert measured.limit is None


def test_formats_answer_to_the_names_people_use():
    assert find_format("email subject") is FORMATS["email_subject"]
    assert find_format("website") is FORMATS["site"]
    assert find_format("telegram_official_channel") is FORMATS["telegram"]


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(Refusal, match="bluesky") as refused:
        measure("gopher", "a")
    assert refused.value.code == "format.unknown"


@pytest.mark.parametrize("name", FORMATS)
def test_half_a_character_pair_is_refused(name):
    with pytest.raises(Refusal, match="half"):
        measure(name, "a\ud83d")


@given(st.sampled_from(list(FORMATS)), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_has_a_length(name, text):
    measured = measure(name, text)
    assert measured.length >= 0
    assert measured.fits in (True, False)


# --- X


@pytest.fixture(scope="session")
def oracle():
    """twitter-text-parser, which reads its emoji through a module that newer Pythons no longer ship."""
    stand_in = types.ModuleType("pkg_resources")
    stand_in.resource_string = lambda name, file: resources.files("twitter_text").joinpath("regexp", file).read_bytes()
    missing = "pkg_resources" not in sys.modules
    if missing:
        sys.modules["pkg_resources"] = stand_in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parse = importlib.import_module("twitter_text").parse_tweet
    if missing:
        del sys.modules["pkg_resources"]
    return parse


BLANKS = [" ", "\u00a0", "\t", "\n", "\r", "\r\n"]
LETTERS = [
    "a",
    "b",
    "Z",
    "0",
    "é",
    "e\u0301",
    "İ",
    "ß",
    "ʻ",
    "рф",
    "ـ",
    "س\u064e",
    "क",
    "\u094d",
    "ष",
    "한국",
    "中",
]
MARKS = ["・", "。", "\u2066", "\u200f", "\u2060", "\ufeff", *"#@＠$-_.,/:;?=&%()!~“\"'«»…—+|"]
EMOJI = ["☺", "©", "1️⃣", "#️⃣", "👩", "🏽", "\u200d", "🏫", "\ufe0f", "🇬", "🇧", "🏴", "❤", "😀"]
NAMES = [
    "www.",
    "example",
    "example.org",
    "com",
    "org",
    "co.uk",
    ".com",
    ".org/",
    ".de",
    ".xn--p1ai",
    ".中国",
    ".рф",
]
SCHEMES = ["http://", "https://", "HTTPS://t.co/", "t.co/abc"]
FRAGMENTS = st.sampled_from(BLANKS + LETTERS + MARKS + EMOJI + NAMES + SCHEMES)


# Fixed examples: where an emoji straddles the end of a bare name, that parser's own slip shows.
@settings(derandomize=True, max_examples=300)
@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_x_counts_what_the_published_parser_counts(oracle, text):
    expected = oracle(text)
    measured = measure("x", text)
    assert (measured.length, measured.fits) == (expected.weightedLength, expected.valid)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_x_counts_any_text_as_the_published_parser_does(oracle, text):
    assert length("x", text) == oracle(text).weightedLength


def test_x_counts_every_link_23_and_every_emoji_2():
    assert length("x", "see https://example.org/a/very/long/path?with=a&query=b now") == 31
    assert length("x", "👩🏽‍🏫") == length("x", "😀") == length("x", "🇬🇧") == 2


def test_x_counts_arabic_1_and_chinese_2():
    assert (length("x", "سلام"), length("x", "中国")) == (4, 4)


def test_x_refuses_nothing_at_all():
    assert not measure("x", "").fits


# --- Bluesky, Mastodon


def test_bluesky_counts_what_a_reader_would():
    measured = measure("bluesky", "👩🏽‍🏫 قَالَ")
    assert (measured.length, measured.bytes) == (5, 26)


def test_bluesky_also_limits_bytes():
    assert measure("bluesky", "👨‍👩‍👧‍👦" * 120).length == 120
    assert measure("bluesky", "👨‍👩‍👧‍👦" * 120).fits is True
    assert not measure("bluesky", "👨‍👩‍👧‍👦" * 121).fits


def test_mastodon_counts_links_23_and_leaves_out_the_host_of_a_mention():
    assert length("mastodon", "https://example.org/long/enough/to/be/more/than/that") == 23
    assert length("mastodon", "hello @alice@social.example") == len("hello @alice")
    assert length("mastodon", "example.org") == 11


def test_mastodon_counts_the_content_note():
    assert length("mastodon", "words", spoiler="about loss") == 15


# --- Telegram


def test_telegram_counts_utf16_units():
    assert length("telegram", "😀a") == 3


@pytest.mark.parametrize(
    ("mode", "text", "shown"),
    [
        ("HTML", '<b>one</b> <a href="https://example.org/?a>b">two</a> &amp; &#x41; &nbsp;', 18),
        ("HTML", "<blockquote expandable>x</blockquote><pre><code class='language-py'>y</code></pre>", 2),
        ("MarkdownV2", r"*one* _two_ __three__ ~four~ ||five|| [six](https://example\.org) 1\.", 30),
        ("MarkdownV2", "```py\na.b```", 3),
        ("MarkdownV2", "`a*b`", 3),
        ("MarkdownV2", ">quoted\n>again", 12),
        ("MarkdownV2", "![👍](tg://emoji?id=1)", 2),
        ("Markdown", r"*one* _two_ [six](https://example.org) 1. \*", 16),
        (None, "<b>one</b>", 10),
    ],
)
def test_telegram_counts_after_the_markup_is_taken_out(mode, text, shown):
    measured = measure("telegram", text, parse_mode=mode)
    assert (measured.length, measured.fits, measured.problem) == (shown, True, "")


REFUSED = {
    "HTML": ["<b>one", "one</b>", "<b><i>x</b></i>", "1 < 2", "<p>x</p>"],
    "MarkdownV2": ["one.", "*one", "a (b)", "[a]"],
    "Markdown": ["*one"],
}


@pytest.mark.parametrize(("mode", "text"), [(mode, text) for mode, texts in REFUSED.items() for text in texts])
def test_markup_that_telegram_would_refuse_does_not_fit(mode, text):
    measured = measure("telegram", text, parse_mode=mode)
    assert not measured.fits
    assert measured.problem


@pytest.mark.timeout(10)
@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2", "Markdown"])
@pytest.mark.parametrize("text", ["<a" + " " * 60_000, "](" * 5_000, "[a](" * 5_000, "`" * 30_001, "<a '" * 10_000])
def test_hostile_markup_is_read_in_good_time(mode, text):
    assert not measure("telegram", text, parse_mode=mode).fits


def test_an_unknown_parse_mode_is_refused():
    with pytest.raises(Refusal, match="MarkdownV2"):
        measure("telegram", "a", parse_mode="BBCode")


# --- SMS


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the escape is not torn from its character
        ("م" * 70, "UCS-2", 70, 1),
        ("م" * 71, "UCS-2", 71, 2),
        ("م" * 66 + "😀" + "م" * 66, "UCS-2", 134, 3),  # nor one half of a pair from the other
        ("ç", "UCS-2", 1, 1),
    ],
)
def test_an_sms_costs_segments_of_its_alphabet(text, encoding, units, segments):
    measured = measure("sms", text)
    assert (measured.encoding, measured.length, measured.segments) == (encoding, units, segments)


def test_an_sms_of_more_than_ten_segments_does_not_fit():
    assert measure("sms", "a" * 1530).fits
    assert not measure("sms", "a" * 1531).fits
    assert not measure("sms", "م" * 671).fits


# --- others


def test_a_subject_is_one_line():
    assert not measure("email subject", "one\ntwo").fits


def test_instagram_takes_thirty_hashtags():
    assert measure("instagram", "#tag " * 30).fits
    assert not measure("instagram", "#tag " * 31).fits


# --- threads

PASSAGE = Piece("They promised a home and gave us a prison. " * 3, "passage")
SECOND = Piece("Nobody there spoke of anything but leaving. " * 3, "passage")
STANCE = Piece("They spoke so that others would not follow.", "stance")
SOURCE = Piece("Source: a named study, 2015.", "source_line")
PUBLISHER = Piece("Published by Alice's Testimony Project.", "disclosure")
LINK = Piece("https://example.org/about", "disclosure_link")
HELPLINE = Piece("Worried about someone? Bob's line, run by a charity, daily 9-5: 0000 000 000.", "helpline")
LINE = Piece("\n", "template")
BLANK = Piece(" ", "template")
MESSAGE = [PASSAGE, BLANK, SECOND, BLANK, STANCE, LINE, SOURCE, LINE, PUBLISHER, BLANK, LINK, LINE, HELPLINE]


def words(part):
    return "".join(piece.text for piece in part)


def test_a_message_that_fits_stays_in_one_part():
    assert thread("telegram", MESSAGE) == [MESSAGE]


def test_every_part_of_a_thread_says_who_publishes_and_where_they_stand():
    parts = thread("bluesky", MESSAGE)
    assert len(parts) > 1
    assert all(PUBLISHER in part and STANCE in part for part in parts)


def test_no_piece_is_cut_or_lost_and_what_is_not_repeated_stands_once():
    parts = thread("bluesky", MESSAGE)
    once = [piece for part in parts for piece in part if piece.text.strip() and piece not in (PUBLISHER, STANCE)]
    assert once == [PASSAGE, SECOND, SOURCE, LINK, HELPLINE]
    assert all(measure("bluesky", words(part)).fits for part in parts)


def test_parts_begin_and_end_with_words():
    for part in thread("bluesky", MESSAGE):
        assert part[0].text.strip()
        assert part[-1].text.strip()


def test_a_connector_stays_with_what_it_introduces():
    joined = [
        PASSAGE,
        BLANK,
        Piece("One of them said: ", "connector"),
        SECOND,
        BLANK,
        STANCE,
        LINE,
        PUBLISHER,
    ]
    for part in thread("bluesky", joined):
        kinds = [piece.kind for piece in part]
        assert "connector" not in kinds or kinds[kinds.index("connector") + 1] == "passage"


def test_quotation_marks_stay_with_their_quote():
    opened, closed = Piece("“", "template"), Piece("” ", "template")
    marked = [PASSAGE, BLANK, opened, Piece(SECOND.text.strip(), "quote"), closed, STANCE, LINE, PUBLISHER]
    parts = thread("bluesky", marked)
    assert sum(f"“{SECOND.text.strip()}”" in words(part) for part in parts) == 1
    assert all(words(part).count("“") == words(part).count("”") for part in parts)


def test_a_source_line_stands_with_what_it_sources():
    (part,) = [part for part in thread("bluesky", MESSAGE) if SOURCE in part]
    assert PASSAGE in part or SECOND in part


def test_a_piece_too_long_for_a_part_is_refused():
    with pytest.raises(Refusal) as refused:
        thread("bluesky", [Piece("word " * 80, "passage"), LINE, STANCE, LINE, PUBLISHER])
    assert refused.value.code == "format.piece_too_long"


def test_a_format_without_threads_refuses_what_is_too_long():
    with pytest.raises(Refusal) as refused:
        thread("telegram_caption", MESSAGE * 3)
    assert refused.value.code == "format.too_long"


def test_a_disclosure_and_stance_too_long_for_a_part_are_refused():
    with pytest.raises(Refusal) as refused:
        thread("bluesky", [Piece("word " * 80, "stance"), LINE, PUBLISHER])
    assert refused.value.code == "format.piece_too_long"


def test_a_text_the_platform_does_not_take_is_refused_whatever_its_length():
    with pytest.raises(Refusal) as refused:
        thread("x", [Piece("a\ufeffb", "passage")])
    assert refused.value.code == "format.unfit"


def test_a_thread_has_a_last_part():
    many = [piece for _ in range(15) for piece in (PASSAGE, LINE)]
    with pytest.raises(Refusal) as refused:
        thread("bluesky", [*many, STANCE, LINE, PUBLISHER])
    assert refused.value.code == "format.too_many_parts"


KINDS = st.sampled_from(["passage", "quote", "helpline", "context", "connector", "source_line", "closed"])
PIECES = st.lists(st.builds(Piece, st.text("ab م😀.", min_size=1, max_size=90), KINDS) | st.just(LINE), max_size=30)


@given(PIECES)
def test_a_thread_keeps_every_word_in_order(pieces):
    try:
        parts = thread("bluesky", [*pieces, LINE, STANCE, LINE, PUBLISHER])
    except Refusal:
        return
    kept = [piece for part in parts for piece in part if piece not in (STANCE, PUBLISHER) and piece.text.strip()]
    assert kept == [piece for piece in pieces if piece.text.strip()]
    assert all(measure("bluesky", words(part)).fits for part in parts)
    assert all({STANCE, PUBLISHER} <= set(part) for part in parts)
