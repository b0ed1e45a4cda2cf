"""Protected terms: entered once, found in every spelling, script and disguise, and stored nowhere in clear."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey, SealedBox

from content.errors import Refusal
from content.protect import HashedTerm, TermIndex, enter, seal

KEY = bytes(range(32))


def found(term: str, text: str) -> bool:
    return bool(TermIndex([enter(term, KEY)], KEY).find(text))


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Bilal Sabbagh", "bilal sabbagh left"),
        ("Bilal Sabbagh", "BILAL SABBAGH left"),
        ("Bilal Sabbagh", "We met Belal al-Sabbagh there"),
        ("Bilal Sabbagh", "Sabbagh, Bilal is on the list"),
        ("Bilal Sabbagh", "see example.org/bilal-sabbagh/2"),
        ("Bilal Sabbagh", "#BilalSabbaghSpeaks"),
        ("Bilal Sabbagh", "@bilalsabbagh77"),
        ("Bilal Sabbagh", "B1l4l S4bb4gh"),
        ("Bilal Sabbagh", "B.i.l.a.l S.a.b.b.a.g.h"),
        ("Bilal Sabbagh", "B i l a l S a b b a g h"),
        ("Bilal Sabbagh", "Ｂｉｌａｌ 𝐒𝐚𝐛𝐛𝐚𝐠𝐡"),
        ("Bilal Sabbagh", "ذهب بلال الصباغ إلى البيت"),
        ("Bilal Sabbagh", "وبلال صباغ"),
        ("مريم الخطيب", "Maryam Khatib told us"),
        ("مريم الخطيب", "كتبت لمريم الخطيب"),
        ("مريم الخطيب", "مَرْيَم الخـــطيب"),
        ("مريم الخطيب", "Mariam al-Khateeb’s letter"),
        ("Umm Jamil", "أم جميل"),
        ("Umm Jamil", "UmmJamil"),
        ("Umm Jamil", "le récit d’Oum Jamil"),
        ("Юсуф Омаров", "Yusuf Omarov"),
        ("Tariq", "Das war Tareqs Haus"),
        ("Aleppo Gate Tea House", "in the tea-house Aleppo Gate"[7:] + " / Aleppo Gate Tea House"),
        ("+49 151 5550 1234", "ring 0151/55501234 now"),
        ("+49 151 5550 1234", "٠٠٤٩١٥١٥٥٥٠١٢٣٤"),
        ("@b_sabbagh77", "telegram: B_Sabbagh77"),
        ("Passport N 8812044", "N 8812044"[2:] + " Passport N 8812044"),
    ],
)
def test_a_term_is_found_however_it_is_written(term: str, text: str) -> None:
    assert found(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Ali", "كان على الطريق"),
        ("Ali", "We saw Alina in Italy"),
        ("Said", "he said so"),
        ("Sami", "at 5am I left; the same day"),
        ("Bilal Sabbagh", "Bilal Sabri came"),
        ("Bilal Sabbagh", "Bilala Sabbaghi"),
        ("Hassan", "Hussein stayed"),
        ("Mona", "the moon over the mine"),
        ("مريم الخطيب", "مريم العذراء"),
        ("+49 151 5550 1234", "between 2014 and 2015 some 1234 people"),
        ("@b_sabbagh77", "@b_sabbagh7"),
    ],
)
def test_other_words_are_let_be(term: str, text: str) -> None:
    assert not found(term, text)


def test_a_span_points_into_the_original_text() -> None:
    text = "\u200f«قال» B\u200bilal Śabbagh, twice"
    (span,) = TermIndex([enter("Bilal Sabbagh", KEY)], KEY).find(text)
    assert text[slice(*span)] == "B\u200bilal Śabbagh"


_NAMES = st.sampled_from(
    ["Bilal Sabbagh", "Tariq", "Maryam", "Umm Jamil", "Deir Hafir", "Ali", "Idris Ben Yahya", "مريم الخطيب", "Said"]
)
_INVISIBLE = st.sampled_from(["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u034f", "\u2063"])
_MARKS = st.sampled_from(["\u0301", "\u0300", "\u0323", "\u0308", "\u030c", "\u0331", "\u0651", "\u064e"])
_TWINS = {"a": "а", "e": "е", "o": "о", "i": "і", "s": "ѕ", "c": "с", "y": "у", "h": "һ", "m": "м", "A": "А",
          "B": "В", "M": "М", "S": "Ѕ", "I": "І", "T": "Т", "H": "Н", "b": "Ь".lower(), "r": "г", "u": "υ"}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(term=_NAMES, data=st.data())
def test_no_invisible_lookalike_or_diacritic_change_lets_a_term_pass(term: str, data: st.DataObject) -> None:
    changed = ""
    for char in term:
        twin = _TWINS.get(char)
        changed += twin if twin and data.draw(st.booleans()) else char
        if char.isalpha():
            changed += data.draw(st.one_of(st.just(""), _INVISIBLE, _MARKS))
    assert found(term, f"We met {changed} there.")


@given(text=st.text(max_size=200))
def test_any_text_is_searched_and_spans_lie_inside_it(text: str) -> None:
    index = TermIndex([enter(term, KEY) for term in ("Ali", "مريم", "Bilal Sabbagh", "+49 151 5550 1234")], KEY)
    assert all(0 <= start < end <= len(text) for start, end in index.find(text))


def test_what_is_stored_holds_no_letter_of_the_term_and_differs_by_key() -> None:
    stored = json.dumps(enter("Bilal Sabbagh", KEY).as_json())
    assert "bilal" not in stored.lower()
    assert stored != json.dumps(enter("Bilal Sabbagh", bytes(32)).as_json())


def test_terms_hashed_under_another_key_are_refused_for_they_would_match_nothing() -> None:
    with pytest.raises(Refusal, match=r"protect\.key"):
        TermIndex([enter("Bilal Sabbagh", KEY)], bytes(32))


@pytest.mark.parametrize("version", [0, 2, None, "1"])
def test_a_stored_term_of_another_version_is_refused_and_never_read_as_none(version: object) -> None:
    with pytest.raises(Refusal, match=r"protect\.version"):
        HashedTerm.from_json(enter("Bilal Sabbagh", KEY).as_json() | {"v": version})


def test_a_stored_term_from_before_keys_were_marked_is_found() -> None:
    stored = enter("Bilal Sabbagh", KEY).as_json()
    del stored["key"]
    assert TermIndex([HashedTerm.from_json(stored)], KEY).find("bilal sabbagh")


def test_a_stored_term_is_read_back_whole() -> None:
    term = enter("Bilal Sabbagh", KEY)
    assert HashedTerm.from_json(json.loads(json.dumps(term.as_json()))) == term


def test_the_sealed_copy_opens_for_the_keeper_alone() -> None:
    keeper = PrivateKey.generate()
    assert SealedBox(keeper).decrypt(seal("مريم", bytes(keeper.public_key))).decode() == "مريم"


def test_a_term_without_letter_or_digit_is_refused() -> None:
    with pytest.raises(Refusal, match=r"protect\.empty"):
        enter(" -- ", KEY)


def test_a_long_text_of_traps_is_searched_in_linear_time() -> None:
    index = TermIndex([enter("Bilal Sabbagh", KEY)], KEY)
    took = []
    for size in (2_000, 16_000):
        start = time.perf_counter()
        index.find("a-" * size + "@" * size + "1 " * size + "x." * size)
        took.append(time.perf_counter() - start)
    assert took[1] < 40 * max(took[0], 0.05)
