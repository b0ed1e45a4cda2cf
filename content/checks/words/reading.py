"""A text as the composed rules read it: words in sentences, with what each may mean to the vocabulary of a language.

Words are folded as protected terms are (content/protect/normal.py), so a disguise that fails there fails here; Arabic
words are also read without article and clitics, in other spellings and in Latin letters (arabic.py, arabizi.py). Words
drawn apart, glued or misspelt are set right (disguise.py). What is read is kept for a moment: many checks ask about
one text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from content.checks.words.arabic import arabic, together
from content.checks.words.arabizi import arabizi, read_so
from content.checks.words.disguise import disguise
from content.checks.words.quotation import marked, sentences
from content.checks.words.vocabulary import Mark, Stand, vocabulary
from content.protect.normal import Token, words_of

_ARABIC = re.compile("[\u0620-\u06ff]")
_PARTING = re.compile("[,;:،؛–—]")
_ELIDED = frozenset(("qu", "jusqu", "lorsqu", "puisqu", "quelqu", "presqu"))
_SHORTEST = 3  # letters before an apostrophe and s


class Sentence:
    """Words first to last (exclusive) of the text, and what stands where in it. classes: all that some word of it has.

    What a class marks is worked out when it is first asked for: of some hundred classes in a sentence few are.
    """

    __slots__ = ("_marks", "classes", "first", "last", "stands")

    def __init__(self, first: int, last: int, stands: Sequence[Stand]) -> None:
        self.first, self.last, self.stands = first, last, stands
        self.classes = frozenset[str]().union(*[stand.names for stand in stands])
        self._marks: dict[str, tuple[Mark, ...]] = {}

    def has(self, name: str) -> bool:
        return name in self.classes

    def marks(self, name: str) -> tuple[Mark, ...]:
        """Where a class stands, in the order of the words."""
        if name not in self.classes:
            return ()
        found = self._marks.get(name)
        if found is None:
            marks = [Mark(first, last, name) for first, last, names in self.stands if name in names]
            found = self._marks[name] = tuple(marks)
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """words: folded, in the order of the text; forms: how each of them is looked up; quoted: spans between quotation
    marks, in code points; classes: all that stand in some sentence; between: what stands before each word, and at the
    end."""

    text: str
    language: str
    words: tuple[Token, ...]
    forms: tuple[tuple[str, ...], ...]
    sentences: tuple[Sentence, ...]
    quoted: tuple[tuple[int, int], ...]
    classes: frozenset[str]
    between: tuple[str, ...]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Code points from the word `first` to before the word `last`."""
        return self.words[first].start, self.words[last - 1].end

    def parted(self, first: int, last: int) -> bool:
        """Whether a comma, semicolon or colon stands before one of the words `first` to `last`."""
        gaps = self.between[max(first, 1) : last + 1]
        return any(gap != " " and _PARTING.search(gap) for gap in gaps)

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
    parts = tuple(_sentences(text, words, vocabulary(language).stands(forms)))
    classes = frozenset[str]().union(*[part.classes for part in parts])
    return Reading(text, language, words, forms, parts, tuple(marked(text)), classes, tuple(_between(text, words)))


def _between(text: str, words: Sequence[Token]) -> Iterator[str]:
    end = 0
    for word in words:
        yield text[end : word.start]
        end = word.end
    yield text[end:]


def _sentences(text: str, words: tuple[Token, ...], found: list[Stand]) -> Iterator[Sentence]:
    starts, at, begun = [word.start for word in words], 0, [stand.first for stand in found]
    for _, end in sentences(text):
        first, last = at, bisect_right(starts, end - 1)
        at = last
        if last > first:
            here = found[bisect_left(begun, first) : bisect_left(begun, last)]
            yield Sentence(first, last, [stand for stand in here if stand.last <= last])


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
