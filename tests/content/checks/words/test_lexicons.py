"""The lexicons are data files with version, owner, and cases of their own."""

from pathlib import Path

import pytest

from content.checks.words import lexicons
from content.checks.words.lexicons import lexicon, patterns

NAMES = sorted(path.stem for path in (Path(lexicons.__file__).parent / "lexicon").glob("*.json"))
CASES = [(name, case) for name in NAMES for case in lexicon(name)["cases"]]


@pytest.mark.parametrize("name", NAMES)
def test_it_says_its_version_and_owner_and_shows_both_kinds_of_cases(name):
    book = lexicon(name)
    assert book["version"]
    assert book["owner"]
    assert {case["found"] for case in book["cases"]} == {True, False}


@pytest.mark.parametrize(("name", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value["text"])
def test_it_finds_what_its_cases_say(name, case):
    pattern = patterns(name, case["language"], case["key"])
    assert bool(pattern.search(case["text"])) is case["found"]
