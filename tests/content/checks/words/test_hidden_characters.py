"""hidden-characters: what readers cannot see or take for something else is found where it stands; what a language or
an emoji needs stays."""

import pytest

from content.checks.records import WordsCase
from content.checks.words import hidden_characters


def spans(text, language="en"):
    found = list(hidden_characters.check(WordsCase(text, language, "site")))
    assert all(one.severity == "specialist:content" and one.reason for one in found)
    return [(one.code, one.span) for one in found]


@pytest.mark.parametrize(
    ("language", "text", "code", "start", "end"),
    [
        ("en", "He was hun\u200bgry.", "invisible", 10, 11),
        ("en", "\ufeffHe left.", "invisible", 0, 1),
        ("en", "two\u2060\u200b\u200bwords", "invisible", 3, 6),
        ("en", "life\u200clong", "invisible", 4, 5),
        ("en", "Hangul\u3164filler", "invisible", 6, 7),
        ("en", "a\ufe0fb", "invisible", 1, 2),
        ("en", "Hi😀\U000e0101\U000e0110", "invisible", 3, 5),
        ("fr", "la pro\u00admesse", "hyphen", 6, 7),
        ("de", "Er \u202enegol\u202c sagte das.", "direction", 3, 4),
        ("en", "An \u2067open isolate.", "direction", 3, 4),
        ("en", "left\u200f alone", "direction", 4, 5),
        ("ar", "الر\u200fسالة وصلت", "direction", 3, 4),
        ("ar", "سعر \u2066USD 5 مفتوح", "direction", 4, 5),
        ("ar", "خ\u200bبز", "invisible", 1, 2),
        ("ar", "خب\u200cز", "invisible", 2, 3),
        ("fa", "کتاب\u200c\u200dها", "invisible", 5, 6),
        ("en", "Hello\U000e0041\U000e0042 there", "tag", 5, 7),
        ("en", "The B\u0430kery burned.", "lookalike", 4, 10),
        ("en", "He is \u0441\u043e\u043e\u0440 today", "lookalike", 6, 10),
        ("fr", "une p\u03bfrte", "lookalike", 4, 9),
        ("ru", "Он из M\u043e\u0441\u043a\u0432ы приехал", "lookalike", 6, 12),
        ("en", "He ʜid it", "lookalike", 3, 6),
        ("en", "P\u0430\u200bris fell", "lookalike", 0, 6),
        ("en", "𝗳𝗿𝗲𝗲 house", "styled", 0, 4),
        ("en", "ＦＲＥＥ house", "styled", 0, 4),
        ("ar", "قال \ufeed\ufe91\ufeb0 لنا", "styled", 4, 7),
        ("de", "da\u0301\u0302\u0303\u0304nn", "marks", 1, 6),
        ("en", "h\u0336i", "marks", 0, 2),
        ("en", "logo \uf8ff here", "private", 5, 6),
        ("en", "bell\x07 rings", "control", 4, 5),
        ("en", "next\u2028line", "control", 4, 5),
        ("en", "lost\ufffdletter", "control", 4, 5),
    ],
)
def test_it_is_found_exactly_where_it_stands(language, text, code, start, end):
    assert (code, (start, end)) in spans(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Plain words,\nover two lines.\tEven a tab."),
        ("en", "A naïve café in Zürich: “fine” — 5 € … and ½."),
        ("en", "👩‍👩‍👧 👍🏽 ❤️ 1️⃣ ©️ ℹ️ 🏳️‍🌈 👨🏿‍⚕️ 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f ☎︎"),
        ("fr", "Il dit\u202f: «\u00a0C’était l’été à Œuf\u00a0»"),
        ("de", "Straßenbahn, Übermut, Größe"),
        ("de", "Tru\u0308be Tage"),
        ("ar", "قَالَ إِنَّهُ جَائِعٌ جِدًّا، مُحَمَّدٌ ﷺ"),
        ("ar", "دفع \u200e100 USD\u200e في السوق"),
        ("ar", "مخيم \u2068Al-Hol\u2069 في الشمال"),
        ("ar", "شركة (\u200eABC\u200e) سنة ١٤٤٤ ه\u200d"),
        ("fa", "می\u200cگوید کتاب\u200cها گران است"),
        ("ur", "بے\u200cگناہ لوگ"),
        ("ku", "ئه\u200cوان هاتن"),
        ("ru", "Он работал в IT-отделе и ушёл."),
        ("en", "Мы живы, мама was all he wrote."),
        ("el", "Δεν ξέρω τίποτα."),
        ("hi", "क्\u200dष और क्\u200cष"),
        ("tr", "Işık ve ılık İstanbul"),
        ("vi", "Tiếng Việt rất hay"),
    ],
)
def test_what_the_language_or_an_emoji_needs_stays(language, text):
    assert spans(text, language) == []


def test_hidden_runs_are_one_finding_each():
    assert spans("a\u200b\u200bb\u200bc") == [("invisible", (1, 3)), ("invisible", (4, 5))]


def test_an_isolate_must_close_in_its_line():
    assert spans("قال \u2067هنا\nثم \u2069ذهب", "ar") == [("direction", (4, 5)), ("direction", (12, 13))]
