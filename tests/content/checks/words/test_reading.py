"""Texts as composed rules read them: disguises set right, spans of the original."""

import pytest

from content.checks.words.arabic import arabic_forms
from content.checks.words.reading import read


def words(text, language="en"):
    return [word.word for word in read(text, language).words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M u s l i m s came", ["muslims", "came"]),
        ("m.u.s.l.i.m.s", ["muslims"]),
        ("allthemuslims", ["all", "the", "muslims"]),
        ("a b c", ["a", "b", "c"]),
        ("therapist", ["therapist"]),
    ],
)
def test_words_drawn_apart_or_glued_are_set_right(text, expected):
    assert words(text) == expected


def test_a_compound_is_one_word_and_a_capital_shows_the_second():
    assert words("Frauenhass", "de") == ["frauenhass"]
    assert words("hasseMuslime", "de") == ["hasse", "muslime"]


def test_the_span_of_a_word_taken_apart_is_its_own():
    reading = read("see allthemuslims", "en")
    assert reading.span(3, 4) == (10, 17)


def test_a_misspelt_word_is_read_as_meant():
    (sentence,) = read("Musilms came", "en").sentences
    assert sentence.has("people.group")


def test_a_french_article_is_left_away():
    (sentence,) = read("C’est l’islam.", "fr").sentences
    assert sentence.has("people.faith")


def test_arabic_words_lose_clitics_article_and_pronoun():
    assert {"مسلمين", "المسلمين"} <= set(arabic_forms("والمسلمين"))
    assert "اكره" in arabic_forms("أكرههم")


def test_a_comma_parts_words():
    reading = read("no, never again", "en")
    assert reading.parted(1, 1)
    assert not reading.parted(2, 2)
