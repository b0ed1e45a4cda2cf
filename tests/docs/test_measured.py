"""docs/checks-measured.json is counted from our own corpus, whose lines are cases of checks that exist."""

import pytest

from content.checks import engine
from content.checks.engine import Check
from content.checks.finding import Finding, Severity
from tests.docs.checks import MEASURED, _measured
from tests.docs.measured import RECORDS, cases, finds, measured, written

SAID = "the figures changed: run `python -m tests.docs.measured`, then `python -m tests.docs.checks`"


def test_the_figures_are_those_of_the_corpus() -> None:
    assert MEASURED.read_text("utf-8") == written(measured()), SAID


def test_every_case_says_what_it_is() -> None:
    for told in cases():
        assert told["check"] in engine.WORDS
        assert isinstance(told["found"], bool)
        assert told["text"].strip()


def test_no_case_stands_there_twice() -> None:
    seen = [(told["check"], told["language"], told["text"]) for told in cases()]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("severities", "answered", "counts"),
    [
        ({"": "block"}, "block", True),
        ({"": "block", "soft": "warn"}, "warn", False),
        ({"soft": "warn"}, "warn", True),
    ],
)
def test_a_warning_counts_where_the_check_only_warns(
    severities: dict[str, Severity], answered: Severity, counts: bool
) -> None:
    code = next(code for code, severity in severities.items() if severity == answered)
    check = Check("c", severities, lambda _: [Finding("c", answered, "why", code=code)])
    assert finds(check, {"check": "c", "found": True, "language": "en", "text": "words"}, 1) is counts


def test_the_page_shows_how_many_of_how_many_in_each_language() -> None:
    row = {"bad": 4, "missed": 1, "good": 2, "alarms": 0}
    drawn = _measured({"c": {"en": row, "fr": row | {"good": 0}}, "d": {"en": row}})
    assert "| check | missed en | missed fr | alarms en | alarms fr |" in drawn
    assert "| `c` | 1 of 4 | 1 of 4 | 0 of 2 | - |" in drawn
    assert "| `d` | 1 of 4 | - | 0 of 2 | - |" in drawn
    assert "| all of these | 2 of 8 | 1 of 4 | 0 of 4 | - |" in drawn
    assert "none yet" in _measured({})


def test_what_all_cases_of_a_check_stand_with_belongs_to_cases() -> None:
    asked = {(told["check"], told["language"]) for told in cases()}
    for name, by_language in RECORDS.items():
        assert all(language == "*" or (name, language) in asked for language in by_language), name
        assert any(check == name for check, _ in asked)


NO_LANGUAGE = {
    "text-provenance", "platform-profile", "accessibility", "synthetic-undisclosed", "media-metadata",
    "media-face-voice", "language-signoff", "amp-propaganda-ref", "hidden-characters", "template-integrity",
    "hashtag-hygiene", "link-safety",
}  # fmt: skip  # they judge records, media, addresses or signs


@pytest.mark.parametrize("name", [name for name in engine.WORDS if name not in NO_LANGUAGE])
@pytest.mark.parametrize("language", ["en", "ar", "fr", "de"])
def test_every_check_that_judges_language_has_ten_cases_of_each_kind(name: str, language: str) -> None:
    of_it = [told["found"] for told in cases() if (told["check"], told["language"]) == (name, language)]
    assert min(of_it.count(True), of_it.count(False)) >= 10
