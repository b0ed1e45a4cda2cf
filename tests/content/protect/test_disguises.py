"""No change that leaves a protected term readable lets it pass, alone or together with others.

The quick search runs with every test; `HYPOTHESIS_PROFILE=long` (.ci/long) searches deep.
"""

import os
import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from content.protect import TermIndex, enter
from content.protect.normal import fold, lookalikes, tokens, words_of
from tests.content.checks.adversarial import growth

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = settings.default.max_examples if DEEP else 40  # type: ignore[union-attr]  # the profile is loaded
KEY = bytes(range(32))
LATIN = ("Bilal Sabbagh", "Tariq", "Umm Jamil", "Deir Hafir", "Idris Ben Yahya", "Nour", "Khadija al-Rashidi")
ARABIC = ("مريم الخطيب", "بلال الصباغ", "ام جميل", "دير حافر")
INDEXES = {term: TermIndex([enter(term, KEY)], KEY) for term in (*LATIN, *ARABIC)}
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u034f\u2063\u061c\u180e\u2066\u2069"
MARKS = "\u0301\u0300\u0308\u030a\u0323\u0331\u0335\u20dd"
VOWELS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"
ARABIC_TWINS = {"ك": "ک", "ي": "ی", "ه": "ہ", "ا": "ٱ"}
SEPARATORS = " .-_*·|/\u00a0"
BEFORE = ("", "We met ", "قال ", "Il a dit: ", "Danach ging ", "«", "(", "…")
AFTER = ("", " there.", " هناك", ", hier", "»", ")!", "…")


def _twins() -> dict[str, list[str]]:
    """Latin letter -> the letters of other scripts that look like it, of those that the program knows."""
    found: dict[str, list[str]] = {}
    for code, letter in lookalikes().items():
        if unicodedata.category(chr(code)).startswith("L"):
            found.setdefault(letter, []).append(chr(code))
    return found


TWINS = _twins()


def found(term: str, written: str) -> bool:
    return bool(INDEXES[term].find(written))


def _sprinkled(draw: st.DrawFn, text: str, signs: str) -> str:
    return "".join(char + (draw(st.sampled_from(["", *signs])) if char.isalpha() else "") for char in text)


@st.composite
def invisible(draw: st.DrawFn, text: str) -> str:
    return _sprinkled(draw, text, INVISIBLE)


@st.composite
def marked(draw: st.DrawFn, text: str) -> str:
    """Diacritics on Latin letters; vowel marks and tatweel between Arabic ones."""
    return _sprinkled(draw, text, MARKS if text.isascii() else VOWELS + "\u0640")


@st.composite
def cased(draw: st.DrawFn, text: str) -> str:
    return draw(st.sampled_from([text.lower(), text.upper(), text.title(), text.swapcase()]))


@st.composite
def twinned(draw: st.DrawFn, text: str) -> str:
    """Some letters by look-alikes; where only one were left, the word would be another script's and unreadable."""
    table = TWINS if text.isascii() else {key: [value] for key, value in ARABIC_TWINS.items()}
    return "".join(draw(st.sampled_from([char, *table.get(char, [])])) for char in text)


@st.composite
def compatible(draw: st.DrawFn, text: str) -> str:
    """Letters in other typography: full width, mathematical, circled."""
    if not text.isascii():
        return text
    bases = draw(st.sampled_from([(0xFF21, 0xFF41), (0x1D400, 0x1D41A), (0x1D5D4, 0x1D5EE), (0x24B6, 0x24D0)]))
    return "".join(
        chr(bases[char.islower()] + ord(char.lower()) - ord("a")) if char.isalpha() and draw(st.booleans()) else char
        for char in text
    )


@st.composite
def spread(draw: st.DrawFn, text: str) -> str:
    """L i k e  t h i s."""
    sign = draw(st.sampled_from(SEPARATORS))
    return f"{sign} {sign}".join(sign.join(word) for word in text.replace("-", " ").split(" "))


@st.composite
def disguised(draw: st.DrawFn, terms: tuple[str, ...]) -> tuple[str, str]:
    term = draw(st.sampled_from(terms))
    text = term
    for change in draw(st.lists(st.sampled_from([cased, compatible, marked, invisible]), unique=True, max_size=3)):
        text = draw(change(text))
    return term, f"{draw(st.sampled_from(BEFORE))}{text}{draw(st.sampled_from(AFTER))}"


@settings(max_examples=EXAMPLES)
@given(disguised(LATIN))
def test_a_latin_term_is_found_in_any_typography_with_anything_between_its_letters(pair: tuple[str, str]) -> None:
    assert found(*pair), pair


@settings(max_examples=EXAMPLES)
@given(disguised(ARABIC))
def test_an_arabic_term_is_found_with_any_marks_and_tatweel(pair: tuple[str, str]) -> None:
    assert found(*pair), pair


@settings(max_examples=EXAMPLES)
@given(term=st.sampled_from((*LATIN, *ARABIC)), data=st.data())
def test_a_term_with_look_alike_letters_is_found(term: str, data: st.DataObject) -> None:
    written = data.draw(twinned(term))
    assert found(term, f"{data.draw(st.sampled_from(BEFORE))}{written}{data.draw(st.sampled_from(AFTER))}"), written


@settings(max_examples=EXAMPLES)
@given(term=st.sampled_from((*LATIN, *ARABIC)), data=st.data())
def test_a_term_with_its_letters_drawn_apart_is_found(term: str, data: st.DataObject) -> None:
    written = data.draw(spread(term))
    assume("|" not in written or "-" not in term)  # an article among bars is read as letters of nothing
    assert found(term, f"We met {written}, and left."), written


@pytest.mark.parametrize("sign", INVISIBLE)
@pytest.mark.parametrize("written", ["Khadija al~-Rashidi", "Khadija~ al-Rashidi", "Khadija al-~Rashidi"])
def test_no_number_of_invisible_signs_parts_a_term(written: str, sign: str) -> None:
    for many in (1, 3, 30):
        assert found("Khadija al-Rashidi", written.replace("~", sign * many))
        assert found("Tariq", f"We met T{sign * many} a{sign * many} r i q.")
        assert found("ام جميل", f"قال ام{sign * many} جميل")


@settings(max_examples=EXAMPLES)
@given(pair=disguised((*LATIN, *ARABIC)), before=st.text(max_size=80), after=st.text(max_size=80))
@example(pair=("Tariq", "Tariq"), before="a", after="")
def test_whatever_stands_in_other_lines_takes_no_term_away(pair: tuple[str, str], before: str, after: str) -> None:
    assert found(pair[0], f"{before}\n{pair[1]}\n{after}"), (before, pair, after)


@settings(max_examples=EXAMPLES)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
def test_a_fold_says_of_each_character_where_it_stood(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.at)
    assert all(a <= b for a, b in zip(folded.at, folded.at[1:], strict=False))
    assert all(0 <= at < len(text) for at in folded.at)
    assert folded == fold(text)
    assert words_of(text)[1] == tuple(tokens(folded, keep=False)), "what is kept is what would be read again"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_terms_are_found_alike_in_every_normal_form(form: str) -> None:
    for term in INDEXES:
        written = f"Là-bas, {term.upper()} était «{term}», größer."
        assert len(INDEXES[term].find(unicodedata.normalize(form, written))) == 2  # type: ignore[arg-type]  # a form


@pytest.mark.parametrize(
    "unit", ["\u0301", "\u200b", "s\u0327", "\u0640", "a\u200b", "B i l a l ", "a-", "Aa", "ﷺ", "#a_"]
)
def test_disguises_without_number_take_time_in_proportion(unit: str) -> None:
    index = INDEXES["Bilal Sabbagh"]
    took, times = growth(lambda text: index.find(f"{text} Bilal Sabbagh"), unit, 100_000 if DEEP else 3_000)
    assert times < 3, took
    assert index.find(unit * 1_000 + " Bilal Sabbagh")
