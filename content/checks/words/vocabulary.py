"""The classes of words that composed rules speak of, and where a text has them. One pass over the words for all rules.

An entry is one or more words. `rat|rats` is either word; `poison*` any word that begins so, `*pack` any longer word
that ends so (German compounds); `_` any one word. Entries are folded as texts are, so capitals, accents and the
spelling of alef do not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from content.checks.words.lexicons import composed, lexicon
from content.protect.normal import fold

ALEFS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})
_ANY = "_"
_REMEMBERED = 20_000


class Mark(NamedTuple):
    """Words first to last (exclusive) of a text have this class."""

    first: int
    last: int
    name: str

    def meets(self, other: "Mark") -> bool:
        """Whether the two have a word in common."""
        return self.first < other.last and other.first < self.last


class _Node:
    """What may follow a run of words, and the classes that are complete here. Alternatives lead to one node together,
    so that an entry costs the sum of its alternatives, not their product."""

    __slots__ = ("endings", "ends", "lengths", "stems", "words")

    def __init__(self) -> None:
        self.words: dict[str, list[_Node]] = {}
        self.stems: dict[str, list[_Node]] = {}
        self.endings: dict[str, list[_Node]] = {}
        self.ends: set[str] = set()
        self.lengths: tuple[int, ...] = ()  # of stems and endings

    def lead(self, word: str, node: "_Node") -> None:
        """Let a word of an entry lead from here to `node`."""
        if word.endswith("*"):
            self.stems.setdefault(folded(word[:-1]), []).append(node)
        elif word.startswith("*"):
            self.endings.setdefault(folded(word[1:]), []).append(node)
        else:
            self.words.setdefault(word if word == _ANY else folded(word), []).append(node)
        if "*" in word:
            self.lengths = tuple(sorted({len(part) for part in (*self.stems, *self.endings)}))


class Vocabulary:
    """Every class of one language, to be found in texts. Built once."""

    def __init__(self, classes: Mapping[str, Sequence[str]]) -> None:
        self._root = _Node()
        self._first: dict[tuple[str, ...], _Step] = {}  # what a word may begin; most words return
        self.names = frozenset(classes)
        for name, entries in classes.items():
            end = _Node()
            end.ends.add(name)
            for entry in entries:
                self._add(end, entry)

    def _add(self, end: _Node, entry: str) -> None:
        node, words = self._root, entry.split()
        for place, word in enumerate(words, start=1):
            after = end if place == len(words) else _Node()
            for one in word.split("|"):
                node.lead(one, after)
            node = after

    def marks(self, forms: Sequence[tuple[str, ...]]) -> list[Mark]:
        """Where the words (each in the forms it may be looked up in) have a class, by their first word."""
        return [mark for first in range(len(forms)) for mark in dict.fromkeys(self._from(forms, first))]

    def _from(self, forms: Sequence[tuple[str, ...]], first: int) -> Iterator[Mark]:
        names, nodes = self._begun(forms[first])
        at = first + 1
        while True:
            yield from [Mark(first, at, name) for name in names]
            if not nodes or at == len(forms):
                return
            names, nodes = _sorted([after for node in nodes for after in _next(node, forms[at])])
            at += 1

    def _begun(self, forms: tuple[str, ...]) -> "_Step":
        found = self._first.get(forms)
        if found is None:
            if len(self._first) > _REMEMBERED:
                self._first.clear()
            found = self._first[forms] = _sorted(list(_next(self._root, forms)))
        return found


_Step = tuple[list[str], list[_Node]]  # the classes that are complete, and the nodes from which more may follow


def _sorted(nodes: list[_Node]) -> _Step:
    return [name for node in nodes for name in node.ends], [node for node in nodes if node.words or node.lengths]


def _next(node: _Node, forms: tuple[str, ...]) -> Iterator[_Node]:
    words, stems, endings = node.words, node.stems, node.endings
    for form in forms:
        if form in words:
            yield from words[form]
        for n in node.lengths:
            if n > len(form):
                break
            if form[:n] in stems:
                yield from stems[form[:n]]
            if n < len(form) and form[-n:] in endings:
                yield from endings[form[-n:]]
    if _ANY in words:
        yield from words[_ANY]


@cache
def folded(word: str) -> str:
    """A word as texts are folded: no capitals, no accents, one spelling of alef."""
    return fold(word).text.lower().replace("'", "").translate(ALEFS)


@cache
def vocabulary(language: str) -> Vocabulary:
    """All classes of all composed lexicons in this language; those of a lexicon are named LEXICON.CLASS.

    A class may be listed once for a script: `scripts.latin` for every language but Arabic.
    """
    classes: dict[str, list[str]] = {}
    for name, entries in _classes(language):
        classes.setdefault(name, []).extend(entries)
    return Vocabulary(classes)


def _classes(language: str) -> Iterator[tuple[str, Sequence[str]]]:
    for name in composed():
        book = lexicon(name)
        script = book.get("scripts", {}).get("arabic" if language == "ar" else "latin", {})
        for told in (book["languages"].get(language, {}), script):
            yield from ((f"{name}.{key}", entries) for key, entries in told.get("classes", {}).items())
