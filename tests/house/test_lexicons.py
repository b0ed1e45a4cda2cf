"""Every entry of every lexicon can be found, is listed once, and is read by something."""

import pytest

from content.checks.words.lexicons import composed, lexicon
from tests.house import lexicons as lint

OF_PATTERNS = ["claims", "content_note", "operators", "pseudonyms", "public_names"]


@pytest.mark.parametrize("path", lint.FILES, ids=lambda path: path.stem)
def test_every_list_says_its_version_owner_licence_and_source(path) -> None:
    assert lint.untold(lint.book(path)) == []


@pytest.mark.wide
@pytest.mark.parametrize("name", composed())
def test_every_entry_can_be_found_and_is_read_by_something(name) -> None:
    assert list(lint.of_words(name)) == []


@pytest.mark.parametrize("path", [one for one in lint.FILES if one.stem in OF_PATTERNS], ids=lambda path: path.stem)
def test_every_pattern_compiles_and_asks_for_something(path) -> None:
    assert list(lint.patterns_of(lint.book(path)))
    assert lint.of_patterns(path) == []


def test_every_lexicon_is_of_classes_or_of_patterns() -> None:
    read = {*composed(), *OF_PATTERNS}
    assert {path.stem for path in lint.FILES if path.parent.name == "lexicon"} <= read


# --- the rules themselves ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("rat||rats", "empty"),
        ("|rat", "empty"),
        ("*", "empty"),
        ("", "empty"),
        ("r*t", "means nothing"),
        ("champ de|d'* bataille", "one letter"),
        ("pris|pris prendre", "twice"),
        ("café|cafe", "twice"),
    ],
)
def test_an_entry_that_says_nothing_is_a_fault(entry, said) -> None:
    assert any(said in one for one in lint.malformed(entry))


@pytest.mark.parametrize("entry", ["rat|rats", "poison*", "*pack", "how _ you", "l'argent", "لن ي*"])
def test_an_entry_as_they_are_written_is_none(entry) -> None:
    assert list(lint.malformed(entry)) == []


@pytest.mark.parametrize("entry", ["y/o", "£*", "co-worker", "u.s."])
def test_what_no_text_can_have_is_a_fault(entry) -> None:
    assert list(lint.never_found("slogans", ("en", "town", [entry])))


def test_each_alternative_is_tried() -> None:
    assert list(lint.samples("a|b c*", "en"))[1] == ("b c",)
    assert {"c", "ce"} <= set(*lint.samples("c*", "en"))
    entries = lexicon("slogans")["languages"]["en"]["classes"]["town"]
    assert list(lint.never_found("slogans", ("en", "town", entries))) == []
    assert len(list(lint.never_found("slogans", ("en", "town", [f"{entries[0]}|z/z"])))) == 1


def test_a_word_listed_twice_is_a_fault_in_any_spelling() -> None:
    assert list(lint.listed_twice(["émir|cheikh", "emir"])) == ["“emir” is listed 2 times"]
    assert list(lint.listed_twice(["a|b c", "b|a c"])) == ["“a|b c” is listed 2 times"]
    assert list(lint.listed_twice(["a b", "a c", "a"])) == []


@pytest.mark.parametrize(("entry", "language"), [("rаt", "en"), ("ноша", "de"), ("فأر", "fr"), ("فaر", "ar")])
def test_a_word_in_another_script_is_a_fault(entry, language) -> None:
    assert list(lint.foreign(entry, language))


@pytest.mark.parametrize(("entry", "language"), [("rat|_ été", "fr"), ("isis|داعش", "ar"), ("*straße $400", "de")])
def test_a_word_in_its_own_script_is_none(entry, language) -> None:
    assert list(lint.foreign(entry, language)) == []


def test_a_class_that_nothing_reads_is_a_fault_and_one_put_together_in_code_is_none(monkeypatch) -> None:
    book = {**lexicon("erasure"), "languages": {"en": {"classes": {"yazidi": ["x"], "nowhere_read": ["x"]}}}}
    monkeypatch.setattr(lint, "lexicon", lambda name: book)
    assert list(lint.unused("erasure")) == ["nothing reads the class nowhere_read"]


def test_a_class_that_a_rule_names_and_no_language_has_is_a_fault(monkeypatch) -> None:
    monkeypatch.setattr(lint, "named_by_rules", lambda name: {"erasure.yazidi", "erasure.nobody"})
    assert list(lint.without_words("erasure")) == ["a rule names erasure.nobody, which no language has"]


@pytest.mark.parametrize(("pattern", "said"), [("(", "no pattern"), ("a?", "empty text"), ("dit [A-Z]", "capital")])
def test_a_pattern_that_asks_for_nothing_is_a_fault(pattern, said) -> None:
    assert any(said in one for one in lint.faulty(pattern))


def test_a_capital_may_count_where_a_pattern_says_so() -> None:
    assert list(lint.faulty("dit (?-i:[A-Z])")) == []
