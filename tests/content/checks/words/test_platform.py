"""What the platforms see: hashtag-hygiene, link-safety, platform-profile."""

import time
from dataclasses import replace

import pytest

from content.checks import engine
from content.checks.finding import Missing
from tests.content.checks import samples as s


def codes(check, case):
    return [answer.code for answer in engine.run(engine.WORDS[check], case) if not isinstance(answer, Missing)]


def test_only_listed_hashtags():
    assert codes("hashtag-hygiene", s.words("#LeavingISIS and https://x.example.org/#top")) == []
    assert codes("hashtag-hygiene", s.words("#LeavingISIS #trending")) == ["unlisted"]
    assert codes("hashtag-hygiene", s.words("#أخبار")) == ["unlisted"]


def test_the_organisations_own_tags_are_listed_with_or_without_the_sign():
    for tag in ("#Lantern", "Lantern"):
        own = s.organisation(allowed_tags=frozenset({tag}))
        assert codes("hashtag-hygiene", s.words("#Lantern", organisation=own)) == []
    handle = s.organisation(allowed_tags=frozenset({"@Lantern"}))
    assert codes("hashtag-hygiene", s.words("#Lantern", organisation=handle)) == ["unlisted"]


def test_other_capitals_and_a_fourth_hashtag_warn():
    assert codes("hashtag-hygiene", s.words("#leavingisis")) == ["spelling"]
    four = s.words("#LeavingISIS " * 4)
    (found,) = engine.run(engine.WORDS["hashtag-hygiene"], four)
    assert (found.code, found.severity, found.span) == ("many", "warn", (39, 51))


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://lantern.example.org/a", "scheme"),
        ("https://lantern.example.org.evil.example.net/a", "host"),
        ("https://evil.example.net/lantern.example.org", "host"),
        ("https://lantern.example.org@evil.example.com/", "host"),
        ("https://bit.ly/a", "shortener"),
        ("https://lantern.example.org/a?utm_source=x", "tracking"),
        ("https://lantern.example.org:8443/a", "port"),
        ("https://93.184.216.34/a", "host"),
        ("ftp://lantern.example.org/a", "scheme"),
        ("tg://resolve?domain=somebody", "host"),
        ("hxxps://lantern.example.org/a", "disguised"),
        ("evil[.]com", "disguised"),
        ("evil.com/x", "host"),
    ],
)
def test_an_unsafe_link_blocks(link, code):
    assert code in codes("link-safety", s.words(f"See {link} today."))


@pytest.mark.parametrize(
    "text",
    [
        "https://lantern.example.org/a",
        "https://www.lantern.example.org/a?page=2",
        "https://help.example.org",
        "no link at all, e.g. this",
    ],
)
def test_a_listed_https_link_passes(text):
    assert codes("link-safety", s.words(text)) == []


def test_a_link_in_the_card_is_judged_too():
    (found,) = engine.run(engine.WORDS["link-safety"], s.words("words", links=("https://evil.example.com",)))
    assert (found.code, found.span) == ("host", None)


def test_the_span_of_a_link_is_exact():
    case = s.words("See https://evil.example.com/x, please.")
    (found,) = engine.run(engine.WORDS["link-safety"], case)
    assert case.text[slice(*found.span)] == "https://evil.example.com/x"


def test_what_no_platform_takes_blocks():
    assert "length" in codes("platform-profile", s.words("a" * 301, channel="bluesky"))
    assert codes("platform-profile", s.words("a" * 300, channel="bluesky")) == []
    assert codes("platform-profile", s.words("a" * 100_000, channel="site")) == []


def test_each_part_is_measured_and_takes_a_stand():
    stance = (s.STANCE, "stance", "N-1/s1@1")
    case = s.composed(stance, ("\n", "template", "t"), ("b" * 290, "passage", "p"), channel="bluesky")
    end = len(s.STANCE)
    threaded = replace(case, parts=((0, end), (end + 1, len(case.text))))
    (found,) = engine.run(engine.WORDS["platform-profile"], threaded)
    assert (found.code, found.span) == ("stance", threaded.parts[1])


def test_a_format_that_does_not_thread_takes_one_part():
    assert "parts" in codes("platform-profile", s.words(channel="facebook", parts=((0, 5), (5, 9))))


def test_bare_text_shows_a_stance_only_by_a_known_context_line():
    check = engine.WORDS["platform-profile"]
    assert engine.run(check, s.words(f"Words. {s.CONTEXT}")) == []
    assert engine.run(check, s.words("Words.")) == [Missing("platform-profile", "stance")]
    assert engine.run(check, s.words(channel="pigeon")) == [Missing("platform-profile", "formats.pigeon")]


@pytest.mark.parametrize(
    "text",
    [
        "{" * 20_000,
        "1" * 20_000,
        "9-" * 10_000,
        "#" * 20_000,
        "a." * 10_000,
        "://" * 7000,
        "x[.]" * 5000,
        "None " * 4000,
        "http://" + "a" * 20_000,
        "1/" * 10_000,
        "[add " * 4000,
        "the most " * 2000,
        "0 8 " * 5000,
    ],
)
def test_no_text_makes_a_check_burn(text):
    began = time.thread_time()
    engine.judge_words(s.words(text, campaign=s.campaign(context_lines=("They harmed",))))
    assert time.thread_time() - began < 5
