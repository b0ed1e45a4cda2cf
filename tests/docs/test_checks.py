"""docs/checks.md is drawn from the rules in force."""

import pytest

from content.checks import facts, rules, words
from tests.docs.checks import PAGE, meaning, needed, page

MODULES = words.MODULES + facts.MODULES


def test_the_page_is_what_the_rules_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.docs.checks` and commit what it writes"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_check_says_what_it_asks(module: object) -> None:
    assert len(meaning(module)) > 20  # type: ignore[arg-type]  # parametrize hides the type


def test_every_check_of_the_rules_says_whom_it_protects() -> None:
    assert set(rules.PROTECTS) == set(rules.CHECKS)
    assert all(rules.PROTECTS.values())


def test_what_a_check_needs_is_read_from_the_data_it_names_when_missing() -> None:
    by_id = {module.ID: needed(module) for module in facts.MODULES}
    assert by_id["hold-window"] == ["at", "campaign.territories", "narrative.holds"]
    assert "narrative.consent" in by_id["consent-withdrawn"]
