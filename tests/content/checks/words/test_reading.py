"""Texts as composed rules read them: disguises set right, spans of the original."""

import pytest

from content.checks.words.arabic import arabic, arabic_forms
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
        ("they should d i e", ["they", "should", "die"]),
        ("the D B A desk", ["the", "d", "b", "a", "desk"]),
        ("therapist", ["therapist"]),
        ("totalscum", ["total", "scum"]),
        ("drownall", ["drown", "all"]),
        ("tohell", ["tohell"]),  # nobody disguises hell
        ("scumble", ["scumble"]),
    ],
)
def test_words_drawn_apart_or_glued_are_set_right(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sowiderlich", ["so", "widerlich"]),
        ("hängtalle", ["hangt", "alle"]),
        ("S c h e i ß", ["scheiss"]),
        ("Zuschlag", ["zuschlag"]),
        ("Alleingang", ["alleingang"]),
    ],
)
def test_a_german_word_that_makes_no_compound_is_taken_from_what_it_is_glued_to(text, expected):
    assert words(text, "de") == expected


def test_a_short_arabic_word_is_read_though_some_letters_are_drawn_apart():
    assert "people.group" in classes("الي ه و د")
    assert "people.group" in classes("ا ل ل ا ج ئ ي ن")


def test_the_sign_of_the_future_may_be_one_letter_with_the_person():
    assert "اكره" in arabic("هكره")
    assert "امير" not in arabic("حمير")  # a word that is known as it is spelt


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


def classes(text):
    return {name for sentence in read(text, "ar").sentences for name in sentence.classes}


@pytest.mark.parametrize(
    "text",
    [
        "المهاجررررين",  # letters repeated
        "المهaجرين",  # a letter of another script
        "المصلمين",  # one that sounds the same
        "المهاجيرين",  # a vowel too many
        "الاجئين",  # one l of two
        "المها جرين",  # drawn apart
        "ال م ه ا ج ر ي ن",
        "هالمهاجرين",  # spoken, with what is said before it
    ],
)
def test_an_arabic_group_is_found_however_it_is_spelt(text):
    assert "people.group" in classes(text)


@pytest.mark.parametrize("text", ["مكتب عظيم في محطة القطار", "كتاب صديقي في المكتبة", "الجو جميل والقهوة لذيذة"])
def test_everyday_arabic_words_are_no_misspelling(text):
    assert not {"people.group", "dehumanise_sectarian.ugly"} & classes(text)


def test_a_very_long_arabic_word_is_read_as_it_is_written():
    assert arabic("ابت1" * 2000) == arabic_forms("ابت1" * 2000)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("el mohajreen kelab", {"people.group", "dehumanise_sectarian.vermin"}),
        ("ana bakrah elmuslimeen", {"people.group", "dehumanise_sectarian.feel"}),
        ("wel laj2een 7asharat", {"people.group", "dehumanise_sectarian.vermin"}),
        ("el yahood mesh bashar", {"people.group", "scope.negation"}),
    ],
)
def test_arabic_in_latin_letters_is_read_as_the_words_of_the_lexicons(text, found):
    assert found <= classes(text)


@pytest.mark.parametrize(
    "text",
    [
        "bokra hanroo7 el nady w nel3ab kora",
        "The kettle and the cattle are in the club with this humour of that library",
        "نلتقي على Facebook و WhatsApp يوم الأحد",
    ],
)
def test_other_latin_words_are_no_hate_in_arabic(text):
    assert not {"people.group", "dehumanise_sectarian.ugly", "dehumanise_sectarian.feel"} & classes(text)


def test_latin_words_are_read_as_arabic_in_arabic_only():
    (sentence,) = read("el mohajreen", "en").sentences
    assert not sentence.has("people.group")
