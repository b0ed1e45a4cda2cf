"""The examples that docs/checks.md shows are true of the checks, where a text is all that they need."""

import pytest

from content.checks import engine, rules
from content.checks.finding import Finding
from tests.content.checks import samples as s
from tests.docs.checks import EXAMPLES

TEXTS = [name for name in rules.WORDS if EXAMPLES.get(name, {}).get("language")]


def found(name: str, text: str) -> list[Finding]:
    answers = engine.run(engine.WORDS[name], s.words(text, language=EXAMPLES[name]["language"]))
    return [one for one in answers if isinstance(one, Finding)]


@pytest.mark.parametrize("name", rules.CHECKS)
def test_every_check_says_what_it_asks_shows_both_kinds_and_what_it_cannot_see(name: str) -> None:
    told = EXAMPLES[name]
    assert all(len(told[part].strip()) > 5 for part in ("condition", "fails", "passes", "limits"))


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_that_fails_fails(name: str) -> None:
    assert found(name, EXAMPLES[name]["fails"])


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_that_passes_passes(name: str) -> None:
    assert found(name, EXAMPLES[name]["passes"]) == []
