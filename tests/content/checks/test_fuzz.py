"""Whatever stands in a text: no words check breaks, points outside of it, forgets what it found, or takes its time.

The quick search runs with every test; `HYPOTHESIS_PROFILE=long` (.ci/long) searches deep.
"""

import os
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.checks.engine import WORDS, Check, run
from content.checks.finding import Finding
from content.checks.records import WordsCase
from content.checks.words import lexicons
from content.checks.words.lexicons import lexicon
from content.protect import TermIndex, enter
from tests.content.checks import samples as s
from tests.content.checks.adversarial import PLAIN, beginnings, every_pattern, growth
from tests.content.checks.test_every_check import WORDS as TRIALS

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = settings.default.max_examples if DEEP else 25  # type: ignore[union-attr]  # the profile is loaded
LENGTH = 60_000 if DEEP else 1_500  # characters of the shorter of two texts whose times are compared
LONG = 20_000 if DEEP else 2_500  # characters of a text that nobody would write
KEY = bytes(32)
TERMS = ("Bilal Sabbagh", "مريم", "Ali", "+49 151 5550 1234", "@b_sabbagh77", "One Two Three Four Five")
HARMLESS = {
    "en": "The road along the river was long.",
    "ar": "كان الطريق بجانب النهر طويلا.",
    "fr": "La route au bord de la rivière était longue.",
    "de": "Die Straße am Fluss war lang.",
}
# Checks that judge a text's shares, of which more harmless text may rightly leave too little, each with the reason.
DILUTED: dict[str, str] = {}
# Checks whose patterns are written for the one spelling in which text is stored (rendering.normal), with the reason.
ONE_SPELLING: dict[str, str] = {}

UNWRITTEN = (
    "a", "word ", "\u0301", "e\u0301\u0323", "\u064e", "\u0640", "\u200b", "ﷺ", "😀", "\U000e0041", "s\u0327", "“", "\n"
)  # fmt: skip
REPEATED = ("a", "“a” ", "1 ", "A ", "https://a.example.org/x ", "#a ", "Abu Bilal Sabbagh. ")

every = pytest.mark.parametrize("check", WORDS.values(), ids=list(WORDS))


@cache
def _terms() -> TermIndex:
    return TermIndex([enter(term, KEY) for term in TERMS], KEY)


def bare(text: str, language: str) -> WordsCase:
    """A text of which nothing else is known."""
    return WordsCase(text, language, "site")


def known(text: str, language: str = "en") -> WordsCase:
    """The same text with records about it, protected terms too."""
    return s.words(text, language=language, narrative=s.narrative(protected=_terms()))


@cache
def seeds() -> tuple[tuple[str, str], ...]:
    """(text, language): what some check must find, from the trials of every check and the cases of every lexicon."""
    found = [(trial.fails.text, trial.fails.language) for trial in TRIALS.values()]
    for name in sorted(path.stem for path in (Path(lexicons.__file__).parent / "lexicon").glob("*.json")):
        rows: list[dict[str, Any]] = lexicon(name).get("cases", [])
        found += [(row["text"], row["language"]) for row in rows if row.get("found", True) and "text" in row]
    return tuple(dict.fromkeys(pair for pair in found if pair[1] in HARMLESS))


def findings(check: Check[WordsCase], case: WordsCase) -> list[Finding]:
    return [one for one in run(check, case, budget=1e9) if isinstance(one, Finding)]


def _works(check: Check[WordsCase], case: WordsCase) -> None:
    for one in findings(check, case):
        assert one.code not in ("raised", "undeclared"), (one, case.text[:200])
        if one.span is not None:
            start, end = one.span
            assert 0 <= start < end <= len(case.text), (one, case.text[:200])


# every plane, lone surrogates excluded: no file, no form and no database holds them
_ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_ODD = ("\u202e", "\u2066", "\ufe0f", "\u0300" * 9, "\U0010ffff", "İ", "…", "\x00")
_SPICE = st.sampled_from([*PLAIN, *TERMS, *_ODD])
_SEED = st.deferred(lambda: st.sampled_from(seeds()).map(lambda pair: pair[0]))
_MIXED = st.lists(st.one_of(_ANYTHING, _SPICE, _SEED), max_size=6).map("".join)


@given(text=_MIXED, language=st.sampled_from(sorted(HARMLESS)))
@settings(max_examples=EXAMPLES)
def test_no_check_breaks_on_any_text_and_every_finding_points_into_it(text: str, language: str) -> None:
    for check in WORDS.values():
        _works(check, bare(text, language))
        _works(check, known(text, language))


@pytest.mark.parametrize("unit", UNWRITTEN)
def test_a_text_that_nobody_would_write_is_judged_all_the_same(unit: str) -> None:
    text = (unit * LONG)[:LONG]
    for check in WORDS.values():
        _works(check, known(text))


def lost(before: list[Finding], after: list[Finding], moved: int) -> list[Finding]:
    """Those of the findings of before that nothing answers to where the text was moved."""

    def same(one: Finding, other: Finding) -> bool:
        if (one.code, one.span is None) != (other.code, other.span is None):
            return False
        if one.span is None or other.span is None:
            return True
        return other.span[0] < one.span[1] + moved and one.span[0] + moved < other.span[1]

    return [one for one in before if not any(same(one, other) for other in after)]


@pytest.mark.parametrize(("text", "language"), seeds(), ids=[f"{n}-{pair[1]}" for n, pair in enumerate(seeds())])
def test_more_harmless_text_takes_no_finding_away(text: str, language: str) -> None:
    sentence = HARMLESS[language]
    for before, after in (
        (f"{sentence}\n", ""),
        ("", f"\n{sentence}"),
        (f"{sentence}\n" * 3, f"\n{sentence} {sentence}"),
    ):
        for check in [one for one in WORDS.values() if one.id not in DILUTED]:
            found = findings(check, bare(text, language))
            longer = findings(check, bare(f"{before}{text}{after}", language))
            assert not lost(found, longer, len(before)), check.id


@pytest.mark.wide
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_a_text_in_another_spelling_of_the_same_characters_is_judged_alike(form: Any) -> None:
    for check in [one for one in WORDS.values() if one.id not in ONE_SPELLING]:
        for text, language in seeds():
            found = {one.code for one in findings(check, bare(text, language))}
            other = {one.code for one in findings(check, bare(unicodedata.normalize(form, text), language))}
            assert other == found, (check.id, text)


@cache
def _patterns() -> dict[str, Any]:
    return every_pattern()


@pytest.mark.parametrize("share", range(4))
def test_every_expression_takes_time_in_proportion_to_the_text(share: int) -> None:
    for name, pattern in list(_patterns().items())[share::4]:

        def work(text: str, found: Callable[[str], Any] = pattern.finditer) -> None:
            for _ in found(text):
                pass

        for unit in beginnings(pattern)[: None if DEEP else 5]:
            took, times = growth(work, unit, LENGTH)
            assert times < 3, (name, unit, took)
            assert took < LENGTH / 2_000, (name, unit, took)


@every
def test_every_check_takes_time_in_proportion_to_the_text(check: Check[WordsCase]) -> None:
    texts = [*PLAIN, *(f"{text} " for text, _ in seeds())] if DEEP else REPEATED
    length = LENGTH // 6 if DEEP else LENGTH
    for unit in texts:
        took, times = growth(lambda text: run(check, known(text), budget=1e9), unit, length)
        assert times < 3, (unit, took)
        assert took < length / 500, (unit, took)
