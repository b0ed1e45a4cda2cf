"""A text as the composed rules read it: words in sentences, with what each may mean to the vocabulary of a language.

Words are folded as protected terms are (content/protect/normal.py), so a disguise that fails there fails here; Arabic
words are also read without article and clitics, in other spellings and in Latin letters (arabic.py, arabizi.py). Words
drawn apart, glued or misspelt are set right (disguise.py). What is read is kept for a moment: many checks ask about
one text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from content.checks.words.arabic import arabic, together
from content.checks.words.arabizi import arabizi, read_so
from content.checks.words.disguise import disguise
from content.checks.words.quotation import marked, sentences
from content.checks.words.vocabulary import Mark, vocabulary
from content.protect.normal import Token, words_of

_ARABIC = re.compile("[\u0620-\u06ff]")
_PARTING = re.compile("[,;:،؛–—]")
_ELIDED = frozenset(("qu", "jusqu", "lorsqu", "puisqu", "quelqu", "presqu"))
_SHORTEST = 3  # letters before an apostrophe and s


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words first to last of the text, and what stands where in it: class → marks, in the order of the words."""

    first: int
    last: int  # exclusive
    marks: dict[str, tuple[Mark, ...]]

    def has(self, name: str) -> bool:
        return name in self.marks


@dataclass(frozen=True, slots=True)
class Reading:
    """words: folded, in the order of the text; forms: how each of them is looked up; quoted: spans between quotation
    marks, in code points; classes: all that stand in some sentence."""

    text: str
    language: str
    words: tuple[Token, ...]
    forms: tuple[tuple[str, ...], ...]
    sentences: tuple[Sentence, ...]
    quoted: tuple[tuple[int, int], ...]
    classes: frozenset[str]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Code points from the word `first` to before the word `last`."""
        return self.words[first].start, self.words[last - 1].end

    def parted(self, first: int, last: int) -> bool:
        """Whether a comma, semicolon or colon stands before one of the words `first` to `last`."""
        gaps = (self.text[self.words[n - 1].end : self.words[n].start] for n in range(max(first, 1), last + 1))
        return any(_PARTING.search(gap) for gap in gaps)

    def in_quotes(self, mark: Mark) -> bool:
        """Whether the words stand between quotation marks, wholly."""
        start, end = self.span(mark.first, mark.last)
        return any(a <= start and end <= b for a, b in self.quoted)


@lru_cache(maxsize=16)
def read(text: str, language: str) -> Reading:
    """The text as rules read it. Linear in the text."""
    words = tuple(disguise(language).set_right(words_of(text)[1], text))
    if language == "ar":
        words = tuple(together(words))
    spoken = language == "ar" and read_so(words)
    forms = tuple([_forms(word.word, word.readings, language, spoken) for word in words])
    parts = tuple(_sentences(text, words, vocabulary(language).marks(forms)))
    classes = frozenset[str]().union(*(part.marks for part in parts))
    return Reading(text, language, words, forms, parts, tuple(marked(text)), classes)


def _sentences(text: str, words: tuple[Token, ...], found: list[Mark]) -> Iterator[Sentence]:
    starts, at, begun = [word.start for word in words], 0, [mark.first for mark in found]
    for _, end in sentences(text):
        first, last = at, bisect_right(starts, end - 1)
        at = last
        if last > first:
            here = found[bisect_left(begun, first) : bisect_left(begun, last)]
            yield Sentence(first, last, _by_class([mark for mark in here if mark.last <= last]))


def _by_class(marks: list[Mark]) -> dict[str, tuple[Mark, ...]]:
    by_class: dict[str, list[Mark]] = {}
    for mark in marks:
        by_class.setdefault(mark.name, []).append(mark)
    return {name: tuple(some) for name, some in by_class.items()}


@lru_cache(maxsize=16384)  # most words return
def _forms(word: str, readings: tuple[str, ...], language: str, spoken: bool) -> tuple[str, ...]:
    """The ways in which a word is looked up: as written, with digits read as letters, Arabic without its clitics, and
    as the word of which it is a misspelling. spoken: Latin letters may be Arabic ones."""
    if _ARABIC.search(word):
        forms = arabic(word)
    elif "'" in word:
        forms = (word.replace("'", ""), *_at_the_apostrophe(word), *readings)
    else:
        forms = (word, *readings)
    if spoken and word.isascii():
        forms = (*forms, *arabizi(word))
    known = disguise(language)
    meant = [right for form in forms if (right := known.meant(form))]
    return (*forms, *meant) if meant else forms


def _at_the_apostrophe(word: str) -> tuple[str, ...]:
    """l'argent is also argent, n'a also n, the group's also the group."""
    head, _, tail = word.partition("'")
    if tail == "s" and len(head) > _SHORTEST:
        return (head,)
    return (head, tail) if len(head) == 1 or head in _ELIDED else ()
