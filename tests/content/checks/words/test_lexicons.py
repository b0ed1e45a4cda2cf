"""The lexicons are data files with version, owner, and cases of their own."""

from pathlib import Path

import pytest

from content.checks.words import lexicons
from content.checks.words.composed import hits, rules
from content.checks.words.lexicons import composed, lexicon, patterns
from content.checks.words.reading import read
from content.checks.words.vocabulary import vocabulary

LANGUAGES = ("en", "ar", "fr", "de")
NAMES = sorted(path.stem for path in (Path(lexicons.__file__).parent / "lexicon").glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_its_version_and_owner_and_shows_both_kinds_of_cases(name):
    book = lexicon(name)
    assert book["version"]
    assert book["owner"]
    assert {case["found"] for case in book["cases"]} == {True, False}


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_what_its_cases_say(name):
    cases = [case for case in lexicon(name)["cases"] if "key" in case or lexicon(name).get("rules")]
    assert [case for case in cases if _finds(name, case) is not case["found"]] == []


def _finds(name, case):
    """By a rule of the lexicon (the one that the case names, or any), by one of its classes, or by its patterns."""
    told = case.get("rule") or case.get("code") or case.get("key")
    reading = read(case["text"], case["language"])
    codes = {hit.rule.code for hit in hits(reading, name)} if "rules" in lexicon(name) else set()
    if "rules" in lexicon(name) and (told is None or told in {rule.code for rule in rules(name)}):
        return told in codes if told else bool(codes)
    if told in lexicon(name)["languages"][case["language"]].get("classes", {}):
        return any(sentence.has(f"{name}.{told}") for sentence in reading.sentences)
    return bool(patterns(name, case["language"], told).search(case["text"]))


@pytest.mark.parametrize("name", composed())
def test_every_class_that_a_rule_names_exists_in_some_language(name):
    known = {one for language in LANGUAGES for one in vocabulary(language).names}
    asked = [(*rule.all, *rule.without, *rule.answered, *rule.between, rule.carry) for rule in rules(name)]
    assert {one for classes in asked for one in classes if one} <= known
