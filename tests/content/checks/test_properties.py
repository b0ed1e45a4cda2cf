"""What no way of writing may change: a protected term stops the leaf wherever it stands, what is harmless hides
nothing, and whoever disguises a word is seen doing it.

The quick search runs with every test; `HYPOTHESIS_PROFILE=long` (.ci/long) searches deep.
"""

import re
import unicodedata
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.checks.engine import WORDS, Check
from content.checks.finding import Finding
from content.checks.records import WordsCase
from content.checks.words import id_protected_term
from content.checks.words.composed import hits
from content.checks.words.lexicons import composed, lexicon
from content.checks.words.reading import read
from content.protect import TermIndex, enter
from tests.content.checks import samples as s
from tests.content.checks.test_fuzz import EXAMPLES, bare, findings, lost, seeds
from tests.content.protect.test_disguises import ARABIC, INVISIBLE, LATIN, MARKS, TWINS, disguised

KEY = bytes(range(32))
# Not of people, groups or what was done to anyone, and nothing that a lexicon takes for a judgement (`written` is one).
HARMLESS = {
    "en": (
        "The road along the river was long.", "It rained all through the afternoon.", "Bread was sold in the morning.",
        "The window looked out on a garden.", "Two cups of tea stood on the table.", "The bus stopped twice.",
        "In winter the evenings were dark.", "The letter was written on thin paper.",
    ),
    "ar": (
        "كان الطريق بجانب النهر طويلا.", "هطل المطر طوال بعد الظهر.", "كان الخبز يباع في الصباح.",
        "كانت النافذة تطل على حديقة.", "كان على الطاولة كوبان من الشاي.", "توقفت الحافلة مرتين.",
        "كانت الأمسيات مظلمة في الشتاء.", "كان ورق الرسالة رقيقا.",
    ),
    "fr": (
        "La route au bord de la rivière était longue.", "Il a plu tout l'après-midi.", "Le pain se vendait le matin.",
        "La fenêtre donnait sur un jardin.", "Deux tasses de thé étaient posées sur la table.",
        "Le bus passait deux fois par jour.", "En hiver, les soirées étaient sombres.",
        "La lettre était courte.",
    ),
    "de": (
        "Die Straße am Fluss war lang.", "Es regnete den ganzen Nachmittag.", "Morgens wurde Brot verkauft.",
        "Das Fenster ging auf einen Garten.", "Zwei Tassen Tee standen auf dem Tisch.", "Der Bus hielt zweimal.",
        "Im Winter waren die Abende dunkel.", "Der Brief war nur kurz.",
    ),
}  # fmt: skip
PLACES = ("text", "alt", "captions", "label", "file_name", "card", "link")
_WORD = re.compile(r"[^\W\d_]{3,}")
_PART_OF_ADDRESS = re.compile(r"[/@#{%_]|\.\w")  # another sign makes another address of it, which leads nowhere


@cache
def _index(term: str) -> TermIndex:
    return TermIndex([enter(term, KEY)], KEY)


def standing(words: str, place: str, term: str) -> WordsCase:
    """A leaf that holds these words in one place, and of which everything else passes."""
    narrative = s.narrative(protected=_index(term))
    match place:
        case "text":
            return s.words(f"{s.PASSAGE} {words}", narrative=narrative)
        case "card":
            return s.words(narrative=narrative, card=(s.DISCLOSURE, words))
        case "link":
            return s.words(narrative=narrative, links=(f"https://lantern.example.org/{'-'.join(words.split())}",))
        case "file_name":
            return s.words(narrative=narrative, media=(s.picture(file_name=f"{'_'.join(words.split())}.png"),))
    return s.words(narrative=narrative, media=(s.film(**{place: {"en": words}}),))


@settings(max_examples=EXAMPLES)
@given(pair=disguised((*LATIN, *ARABIC)), place=st.sampled_from(PLACES))
def test_a_protected_term_in_any_disguise_stops_the_leaf_wherever_it_stands(pair: tuple[str, str], place: str) -> None:
    term, words = pair
    found = [one for one in id_protected_term.check(standing(words, place, term)) if isinstance(one, Finding)]
    assert [one.severity for one in found] == ["block"] * len(found)
    assert found, (term, words, place)
    assert not any(term in one.reason for one in found)


@settings(max_examples=EXAMPLES)
@given(data=st.data(), seed=st.sampled_from(seeds()))
def test_no_harmless_sentence_round_it_takes_a_finding_away(data: st.DataObject, seed: tuple[str, str]) -> None:
    text, language = seed
    some = st.lists(st.sampled_from(HARMLESS[language]), max_size=3)
    before, after = (data.draw(some), data.draw(some))
    joint = data.draw(st.sampled_from((" ", "\n", "\n\n")))
    longer = joint.join([*before, text, *after])
    moved = len(joint.join([*before, ""]))
    for check in WORDS.values():
        gone = lost(findings(check, bare(text, language)), findings(check, bare(longer, language)), moved)
        assert not gone, (check.id, longer, gone)


JOINED = {"en": "and ", "ar": "و", "fr": "et ", "de": "und "}
# 2026-11-29: 2 of 2,392 (where the nearest word for people stands in the other clause); 147 when a class that excuses
# counted wherever it stood in the sentence, and "…, and bread was sold" let anything pass.
MOST_TAKEN_AWAY = 0.001


def test_a_harmless_clause_in_the_same_sentence_takes_no_finding_away() -> None:
    taken = [
        found - ruled(f"{text.rstrip('.!?؟')}, {JOINED[language]}{clause[0].lower()}{clause[1:]}", language)
        for text, language in seeds()
        if (found := ruled(text, language))
        for clause in HARMLESS[language]
    ]
    assert sum(map(bool, taken)) / len(taken) <= MOST_TAKEN_AWAY


def ruled(text: str, language: str) -> set[tuple[str, str]]:
    """(lexicon, code) of the rules that hold of a text."""
    reading = read(text, language)
    books = (name for name in composed() if lexicon(name).get("rules"))
    return {(name, hit.rule.code) for name in books for hit in hits(reading, name)}


@st.composite
def one_disguise(draw: st.DrawFn, text: str) -> str:
    """The text with one sign more, or one letter of another script, in one of its words."""
    words = [word for word in _WORD.finditer(text) if not _PART_OF_ADDRESS.search(_around(text, word))]
    if not words:
        return text
    word = draw(st.sampled_from(words))
    at = draw(st.integers(word.start(), word.end() - 2))
    twins = TWINS.get(text[at], [])
    kind = draw(st.sampled_from(["invisible", "mark", *(["twin"] if twins else [])]))
    if kind == "twin":
        return text[:at] + draw(st.sampled_from(twins)) + text[at + 1 :]
    sign = draw(st.sampled_from(INVISIBLE if kind == "invisible" else MARKS))
    return text[: at + 1] + sign + text[at + 1 :]


def _around(text: str, word: re.Match[str]) -> str:
    """The run of signs without a blank that the word stands in."""
    return text[: word.start()].split(" ")[-1] + word[0] + text[word.end() :].split(" ")[0]


@settings(max_examples=EXAMPLES)
@given(data=st.data(), seed=st.sampled_from(seeds()))
def test_a_disguised_word_takes_no_finding_away_unless_the_disguise_is_found(
    data: st.DataObject, seed: tuple[str, str]
) -> None:
    text, language = seed
    written = data.draw(one_disguise(text))
    if findings(WORDS["hidden-characters"], bare(written, language)):
        return
    for check in WORDS.values():
        before, after = (codes(check, one, language) for one in (text, written))
        assert before <= after, (check.id, text, written)


def codes(check: Check[WordsCase], text: str, language: str) -> set[str]:
    return {one.code for one in findings(check, bare(text, language)) if one.severity != "warn"}


@pytest.mark.wide
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_what_stands_beside_the_words_is_judged_alike_in_every_spelling(form: Any) -> None:
    for text, language in seeds():
        written = unicodedata.normalize(form, text)
        for check in (WORDS[name] for name in WORDS if name.startswith("id-")):
            one, other = (s.words(media=(s.picture(alt={language: told}),)) for told in (text, written))
            assert {x.code for x in findings(check, one)} == {x.code for x in findings(check, other)}, (check.id, text)
