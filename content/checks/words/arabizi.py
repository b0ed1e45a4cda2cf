"""Arabic in Latin letters and digits: the words of the lexicons that a Latin word may be (7ayawan, mohagreen).

A text whose Latin words are those of another language is not read so: a handful of its small words tells it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from content.checks.words.arabic import inflected
from content.protect.normal import Token
from content.protect.skeleton import forms_of, heard

_BEFORE = re.compile(r"(?:w[ae]?|[blf][ei]?|ha)?(?:[aei]l|[aei](?=([sdtrnz])\1|sh))(?=...)|w[ae]?(?=[^aeiou]...)")
_DIGITS = (
    str.maketrans({"2": "", "3": "", "4": "sh", "5": "kh", "6": "t", "7": "h", "8": "gh", "9": "q"}),
    str.maketrans({"2": "q", "3": "", "4": "sh", "5": "kh", "6": "t", "7": "h", "8": "q", "9": "s"}),
)
_TOLD = {"3": "ع", "7": "ح", "5": "خ", "k": "ك", "q": "ق"}  # what stands for one letter only
_ARTICLES = frozenset(("el", "al", "il"))
_SHORTEST = 2
_ELSEWHERE = frozenset(
    "the and of is are was were with for this that you they have has not from about who what "
    "les des est sont avec pour dans une que qui nous vous der die das und ist sind mit nicht ein eine von".split()
)
_FOREIGN = 2  # small words of another language that show a text to be in it


def read_so(words: Sequence[Token]) -> bool:
    """Whether words of a text may be Arabic in Latin letters: most of them are Latin, and of no other language."""
    latin = [word.word for word in words if word.word.isascii()]
    return 2 * len(latin) >= len(words) and sum(word in _ELSEWHERE for word in latin) < _FOREIGN


@lru_cache(maxsize=8192)
def arabizi(word: str) -> tuple[str, ...]:
    """The Arabic words of the lexicons that a Latin word may be, with or without article and what stands before it."""
    if word in _ARTICLES:
        return ("ال",)
    spelt = dict.fromkeys(word.replace("'", "").translate(table) for table in _DIGITS)
    found = dict.fromkeys(one for latin in spelt for stem in _stems(latin) for one in _sounding(stem))
    written = word.replace("kh", "5")
    return tuple(one for one in found if all(written.count(k) in (0, one.count(v)) for k, v in _TOLD.items()))


def _stems(latin: str) -> Iterator[str]:
    if len(latin) < _SHORTEST or not latin.isalpha():
        return
    yield latin
    if latin.endswith("an"):  # a case
        yield latin[:-1]
    match = _BEFORE.match(latin)
    if match:
        yield latin[match.end() :]


def _sounding(latin: str) -> Iterator[str]:
    for form in forms_of(latin, clitics=False):
        vowels = frozenset(form.crossed)
        for consonants in form.fine:
            near = _by_consonants().get(consonants, ())
            yield from (word for word in near if not vowels.isdisjoint(_vowels(word, consonants)))


@lru_cache(maxsize=32768)
def _vowels(word: str, consonants: str) -> frozenset[str]:
    """The vowels that may be written in a word where it is heard with these consonants."""
    forms = (form for form in forms_of(_spoken(word), clitics=False) if consonants in form.fine)
    return frozenset(vowels for form in forms for vowels in form.crossed)


@cache
def _by_consonants() -> dict[str, list[str]]:
    """The words by the consonants that are heard in them; their vowels are read when a text has those."""
    found = defaultdict[str, list[str]](list)
    for word in dict.fromkeys(inflected("heard")):
        for consonants in dict.fromkeys(heard(_spoken(word))):
            found[consonants].append(word)
    return dict(found)


def _spoken(word: str) -> str:
    return word[:-1] if word.endswith("وا") else word  # its alef is silent
