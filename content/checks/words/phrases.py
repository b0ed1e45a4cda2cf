"""Phrases: words, classes of words and open places in a row, such as `worked as a|an [ <np> ]`. Found in one pass.

An entry is a row of elements. `a|an`: either word; `teach*`: any word that begins so; `young?`: may be left out;
`<class>`: a class of words of the lexicon (`<other.class>` of another one); `[` and `]` stand round what the phrase
names, where that is not all of it. Open places: `<number>`, `<count>` (2 to 12), `<age>`, `<year>`, `<day>`, `<name>`
(capitalised words, or in Arabic one or two words), `<town>` (a name that is no German noun), `<np>` (words up to the
next function word), `<stop>` (no word: punctuation or the end). A phrase does not reach over a sentence's end.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from content.checks.words.lexicons import lexicon
from content.checks.words.reading import Reading
from content.checks.words.vocabulary import Mark, folded

_BREAK = re.compile(r"[.!?؟;…\n]")
_PAUSE = re.compile(r"[,،:()\[\]“”«»\"„–—!?؟;….\n]")
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|e)?")
_PARTICLES = frozenset("al el ez ad ash as ar at abu umm de du la le sur".split())
_JOINTS = frozenset((" ", "-", "'", "’"))
_BRACKETS = frozenset("[]")
_NP = 3  # words of an open noun phrase
_NAME = 3

_Path = tuple[tuple[int, int], ...]  # elements behind, and the word at which each of them ended


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of this code; first, last (exclusive): the words it names."""

    code: str
    first: int
    last: int


class _Node:
    """What may follow the first `index` elements of an entry; the root is that of all entries."""

    __slots__ = ("ends", "index", "keys", "places", "stems", "words")

    def __init__(self, index: int) -> None:
        self.index = index
        self.keys: set[str] = set()  # what a word must offer to go on from here, stems left out
        self.words: dict[str, list[_Node]] = {}
        self.stems: dict[str, list[_Node]] = {}
        self.places: dict[str, list[_Node]] = {}
        self.ends: list[tuple[str, int, int]] = []  # code, and the elements between which its name stands


class Phrases:
    """All phrases of one lexicon in one language. Built once."""

    def __init__(self, lexicon_name: str, told: Mapping[str, Sequence[str]]) -> None:
        self._root, self._lexicon = _Node(0), lexicon_name
        for code, entries in told.items():
            for entry in entries:
                self._add(code, entry.split())

    def _add(self, code: str, row: list[str]) -> None:
        elements = [one for one in row if one not in _BRACKETS]
        opens = row.index("[") if "[" in row else 0
        closes = row.index("]") - 1 if "]" in row else len(elements)
        before = [self._root]
        for index, element in enumerate(elements, 1):
            after = _Node(index)
            for option in element.rstrip("?").split("|"):
                self._link(before, option, after)
            before = [*before, after] if element[-1] == "?" else [after]
        if self._root in before:
            raise ValueError(f"{self._lexicon}: a phrase of {code} may be empty")
        for node in before:
            node.ends.append((code, opens, closes))

    def _link(self, before: list[_Node], option: str, after: _Node) -> None:
        for node in before:
            if option[0] == "<":
                name = option[1:-1]
                edges, key = node.places, name if name in _OPEN or "." in name else f"{self._lexicon}.{name}"
            elif option[-1] == "*":
                edges, key = node.stems, folded(option[:-1])
            else:
                edges, key = node.words, folded(option)
            edges.setdefault(key, []).append(after)
            if edges is not node.stems:
                node.keys.add(_offered(key) if edges is node.places else key)

    def find(self, reading: Reading) -> list[Found]:
        """Every phrase in the text, in the order of its first words; phrases may overlap."""
        text, found = _Text(reading), dict[Found, None]()
        for first in range(text.count):
            if self._root.stems or not self._root.keys.isdisjoint(text.offers[first]):
                self._walk(text, self._root, first, (), found)
        return list(found)

    def _walk(self, text: "_Text", node: _Node, at: int, path: _Path, found: dict[Found, None]) -> None:
        path = (*path, (node.index, at))
        for code, opens, closes in node.ends:
            found[Found(code, _word_before(path, opens), _word_before(path, closes))] = None
        if "stop" in node.places and text.pauses(at):
            for after in node.places["stop"]:
                self._walk(text, after, at, path, found)
        if at < text.count and not (node.index and text.breaks(at)):
            for after, end in _next(text, node, at):
                if after.ends or after.stems or not after.keys.isdisjoint(text.offers[end]):
                    self._walk(text, after, end, path, found)


def _offered(place: str) -> str:
    """How a place is told from a word among what a word offers."""
    return f"<{place}" if place in _OPEN else place


def _word_before(path: _Path, element: int) -> int:
    """The word at which an element begins; elements that were left out take no word."""
    return max(at for index, at in path if index <= element)


def _next(text: "_Text", node: _Node, at: int) -> list[tuple[_Node, int]]:
    """Where a phrase may go on with the word `at`: the node, and the word after."""
    out: list[tuple[_Node, int]] = []
    for form in text.reading.forms[at]:
        if form in node.words:
            out += [(after, at + 1) for after in node.words[form]]
        for stem, some in node.stems.items():
            if form.startswith(stem):
                out += [(after, at + 1) for after in some]
    if node.places:
        for mark in text.marks.get(at, ()):
            if mark.name in node.places:
                out += [(after, mark.last) for after in node.places[mark.name]]
        for name in text.openings(at):
            if name in node.places:
                out += [(after, end) for end in text.open(name, at) for after in node.places[name]]
    return out


class _Text:
    """A reading, its marks by their first word, and where it pauses."""

    __slots__ = ("_opened", "count", "marks", "offers", "reading")

    def __init__(self, reading: Reading) -> None:
        self.reading, self.count = reading, len(reading.words)
        self._opened: dict[tuple[str, int], tuple[int, ...]] = {}
        self.marks: dict[int, list[Mark]] = {}
        for sentence in reading.sentences:
            for mark in (one for some in sentence.marks.values() for one in some):
                self.marks.setdefault(mark.first, []).append(mark)
        self.offers = [self._offer(at) for at in range(self.count + 1)]

    def _offer(self, at: int) -> set[str]:
        """All by which a phrase may go on at the word `at`: its forms, its classes, the places that may begin there."""
        if at == self.count:
            return {"<stop"}
        names = [mark.name for mark in self.marks.get(at, ())]
        offered = {*self.reading.forms[at], *names, *(f"<{name}" for name in self.openings(at))}
        return offered | {"<stop"} if self.pauses(at) else offered

    def openings(self, at: int) -> tuple[str, ...]:
        """The open places that may begin at the word `at` at all."""
        word = self.reading.words[at]
        if word.word[0].isdigit():
            return _OF_DIGITS
        if word.case != "lower" or word.word[0] > "\u0600" or word.word in _PARTICLES:
            return _OF_NAMES
        return _OF_NUMERALS if at in self.marks else _OF_WORDS

    def open(self, name: str, at: int) -> tuple[int, ...]:
        """The words after an open place that begins at the word `at`, for each way to fill it."""
        key = name, at
        if key not in self._opened:
            self._opened[key] = tuple(_OPEN[name](self, at))
        return self._opened[key]

    def between(self, at: int) -> str:
        """What stands before the word `at`."""
        words = self.reading.words
        end = words[at].start if at < self.count else len(self.reading.text)
        return self.reading.text[words[at - 1].end if at else 0 : end]

    def breaks(self, at: int) -> bool:
        """Whether a sentence ends before the word `at`; a full stop behind a number does not (14. Mai)."""
        between = self.between(at)
        if between == " " or not between:
            return False
        numbered = between[0] == "." and self.reading.words[at - 1].word.isdigit()
        return bool(_BREAK.search(between[1:] if numbered else between))

    def pauses(self, at: int) -> bool:
        return at >= self.count or (at > 0 and bool(_PAUSE.search(self.between(at))))

    def has(self, at: int, name: str) -> bool:
        return any(mark.name.endswith(name) for mark in self.marks.get(at, ()))


def _one(fits: Any) -> Any:
    def place(text: _Text, at: int) -> Iterator[int]:
        if fits(text.reading.words[at].word):
            yield at + 1

    return place


def _between(low: int, high: int) -> Any:
    return _one(lambda word: word.isdigit() and len(word) < 5 and low <= int(word) <= high)


def _age(text: _Text, at: int) -> Iterator[int]:
    word = text.reading.words[at].word
    if word.isdigit() and len(word) == 2 and 10 <= int(word) <= 89:
        yield at + 1
    yield from (mark.last for mark in text.marks.get(at, ()) if mark.name.endswith(".age_word"))


def _count(text: _Text, at: int) -> Iterator[int]:
    word = text.reading.words[at].word
    if word.isdigit() and len(word) < 3 and 1 < int(word) <= 12:
        yield at + 1
    yield from (mark.last for mark in text.marks.get(at, ()) if mark.name.endswith(".count_word"))


def _name(text: _Text, at: int) -> Iterator[int]:
    """A name's words, at its longest; none where it opens with a word that may stay."""
    if "\u0620" <= text.reading.words[at].word[0] <= "\u06ff":
        yield from _arabic_name(text, at)
        return
    end = at
    while end < text.count and end - at < _NAME and (end == at or text.between(end) in _JOINTS):
        token = text.reading.words[end]
        if token.word in _PARTICLES:
            end += 1
            continue
        if token.case == "lower" or not token.word[0].isalpha() or text.has(end, ".stay") or text.has(end, ".stop"):
            break
        end += 1
        yield end
    # Shorter runs come first: a phrase may need the last capitalised word for itself (Alpha Camp).


def _arabic_name(text: _Text, at: int) -> Iterator[int]:
    word = text.reading.words[at].word
    if len(word) < 3 or text.has(at, ".stop") or text.has(at, ".stay"):
        return
    yield at + 1
    following = at + 1 < text.count and not text.pauses(at + 1)
    if following and text.reading.words[at + 1].word.startswith("ال") and not text.has(at + 1, ".stop"):
        yield at + 2


def _town(text: _Text, at: int) -> Iterator[int]:
    """The longest name; in German none whose ending is a noun's."""
    end = max(text.open("name", at), default=at)
    if end > at and not (text.reading.language == "de" and _is_noun(text.reading.words[end - 1].word)):
        yield end


@cache
def _endings(kind: str) -> tuple[str, ...]:
    return tuple(lexicon("places")[kind])


def _is_noun(word: str) -> bool:
    """Whether a capitalised German word ends as nouns do and towns do not."""
    return word.endswith(_endings("noun_endings")) and not word.endswith(_endings("town_endings"))


def _np(text: _Text, at: int) -> Iterator[int]:
    end = at
    while end < text.count and end - at < _NP and not (end > at and text.pauses(end)) and not text.has(end, ".stop"):
        end += 1
    if end > at:
        yield end


_OPEN: Mapping[str, Any] = {
    "number": _one(str.isdigit),
    "count": _count,
    "age": _age,
    "year": _between(1940, 2039),
    "day": _one(lambda word: bool(_DAY.fullmatch(word))),
    "name": _name,
    "town": _town,
    "np": _np,
    "stop": lambda text, at: (),
}


_OF_DIGITS = ("number", "count", "age", "year", "day", "np")
_OF_WORDS = ("np",)
_OF_NUMERALS = ("count", "age", "np")
_OF_NAMES = (*_OF_NUMERALS, "name", "town")


@cache
def phrases(name: str, language: str) -> Phrases:
    """The phrases of a lexicon in one language."""
    told: Mapping[str, Any] = lexicon(name)["languages"].get(language, {})
    return Phrases(name, told.get("phrases", {}))
