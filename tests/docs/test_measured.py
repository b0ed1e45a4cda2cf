"""docs/checks-measured.json is counted from our own corpus, whose lines are cases of checks that exist."""

import json

import pytest

from content.checks import engine
from content.checks.engine import Check
from content.checks.finding import Finding, Severity
from tests.docs.checks import MEASURED, _measured
from tests.docs.measured import cases, finds, measured, written

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


def test_the_page_shows_shares() -> None:
    row = {"bad": 4, "missed": 1, "good": 0, "alarms": 0}
    assert "| `c` | en | 4 | 1 (25%) | 0 | - |" in _measured({"c": {"en": row}})
    assert "none yet" in _measured({})
    assert json.loads(MEASURED.read_text("utf-8"))
