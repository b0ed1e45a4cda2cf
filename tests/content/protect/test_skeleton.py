"""What is read of a word without its forms is what its forms say."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from content.checks.words.arabic import inflected
from content.protect.skeleton import forms_of, heard, skeletons_of

LATIN = st.text("abcdefghijklmnopqrstuvwxyzşmmbbpphhccsskkttddjx'0123", min_size=1, max_size=12)
ARABIC = st.text("اأإآبتثجحخدذرزسشصضطظعغفقكلمنهويىةءؤئمبوال", min_size=1, max_size=10)


@given(word=LATIN | ARABIC, clitics=st.booleans())
@example(word="sambar", clitics=False)
@example(word="shampas", clitics=False)
def test_skeletons_are_those_of_the_forms_in_their_order(word: str, clitics: bool) -> None:
    of_forms = tuple(dict.fromkeys(form.skeleton for form in forms_of(word, clitics)))
    assert skeletons_of(word, clitics) == of_forms


@pytest.mark.parametrize(
    "word", ["mahmoud", "abdulrahman", "shamseddin", "الخطيب", "محمبد", "وبالقرية", "elmasri's", "7"]
)
def test_a_barred_word_has_no_skeleton_and_others_have_those_of_their_forms(word: str) -> None:
    barred = frozenset((word,))
    assert skeletons_of(word, barred=barred) == tuple(
        dict.fromkeys(form.skeleton for form in forms_of(word, barred=barred))
    )


@given(word=ARABIC)
def test_consonants_are_heard_as_in_the_forms(word: str) -> None:
    assert set(heard(word)) == {reading for form in forms_of(word, clitics=False) for reading in form.fine}


def test_the_words_of_the_lexicons_are_heard_as_in_their_forms() -> None:
    some = sorted(set(inflected("heard")))[::50]
    assert len(some) > 100
    for word in some:
        assert set(heard(word)) == {reading for form in forms_of(word, clitics=False) for reading in form.fine}
