"""What excuses a rule that would hold, and how a word with an apostrophe is read."""

import pytest

from content.checks.words import composed, lexicons
from content.checks.words.composed import Rule, hits
from content.checks.words.reading import read

RULE = Rule("code", "block", "Reason. Next.", ("gore.cut", "gore.limb"), within=(6,))


def holds(monkeypatch, text, language="en", **changes):
    told = {name: getattr(RULE, name) for name in RULE.__slots__}
    rule, reading = Rule(**told | changes), read(text, language)
    everywhere = [(number, rule) for number in range(len(reading.sentences))]
    monkeypatch.setattr(composed, "_worth", lambda text, language: {"gore": everywhere})
    return bool(list(hits(reading, "gore")))


def test_without_excuses_in_the_same_sentence_only(monkeypatch):
    excuse = {"without": ("gore.faith",)}
    assert holds(monkeypatch, "They cut his hand.", **excuse)
    assert not holds(monkeypatch, "In church they cut his hand.", **excuse)
    assert holds(monkeypatch, "They cut his hand. He went to church.", **excuse)


def test_answered_excuses_from_the_sentence_beside_too(monkeypatch):
    excuse = {"answered": ("gore.faith",)}
    assert not holds(monkeypatch, "They cut his hand. He went to church.", **excuse)
    assert holds(monkeypatch, "They cut his hand. He lived. He went to church.", **excuse)


def test_between_excuses_only_between_the_words(monkeypatch):
    excuse = {"between": ("gore.faith",)}
    assert not holds(monkeypatch, "They cut in church his hand.", **excuse)
    assert holds(monkeypatch, "In church they cut his hand.", **excuse)


def test_a_rule_that_opens_holds_at_the_beginning_of_a_sentence(monkeypatch):
    assert holds(monkeypatch, "Cut his hand, they said.", opens=0)
    assert not holds(monkeypatch, "They cut his hand.", opens=0)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("fr", "Il n’a rien vu.", "scope.negation"),
        ("fr", "l’esclave", "glorify.goods"),
        ("fr", "qu’elle", "admission.speaker"),
        ("en", "the fighters’ and the fighter's gun", "glorify.fighters"),
    ],
)
def test_a_word_is_read_at_its_apostrophe_too(language, text, name):
    assert any(sentence.has(name) for sentence in read(text, language).sentences)


def test_contractions_are_not_taken_apart():
    (sentence,) = read("He'd say they're here, and it's fine.", "en").sentences
    assert not sentence.has("scope.negation")


def test_a_finding_is_written_in_the_words_of_its_lexicon():
    for name in set(lexicons.composed()) - {"scope"}:
        for rule in composed.rules(name):
            assert rule.reason.endswith(".")
            assert set(rule.all) | set(rule.without) | set(rule.answered) | set(rule.between) <= _classes(name)


def _classes(name):
    shared = (name, "scope", "people", "dehumanise_sectarian")  # the last lends its words for animals
    return {f"{one}.{key}" for one in shared for told in lexicons.lexicon(one)["languages"].values()
            for key in told["classes"]}  # fmt: skip
