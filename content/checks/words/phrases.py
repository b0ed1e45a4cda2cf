"""Phrases: words, classes of words and open places in a row, such as `worked as a|an [ <np> ]`. Found in one pass.

An entry is a row of elements. `a|an`: either word; `teach*`: any word that begins so; `young?`: may be left out;
`<class>`: a class of words of the lexicon (`<other.class>` of another one); `[` and `]` stand round what the phrase
names, where that is not all of it. Open places: `<number>`, `<count>` (2 to 12), `<age>`, `<year>`, `<day>`, `<name>`
(capitalised words, or in Arabic one or two words), `<town>` (a name that is no German noun), `<np>` (words up to the
next function word), `<stop>` (no word: punctuation or the end). A phrase does not reach over a sentence's end.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from content.checks.words.lexicons import lexicon
from content.checks.words.reading import Reading
from content.checks.words.vocabulary import Vocabulary, all_folded, vocabulary

_BREAK = re.compile(r"[.!?؟;…\n]")
_PAUSE = re.compile(r"[,،:()\[\]“”«»\"„–—!?؟;….\n]")
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|e)?")
_PARTICLES = frozenset("al el ez ad ash as ar at abu umm de du la le sur".split())
_JOINTS = frozenset((" ", "-", "'", "’"))
_BRACKETS = frozenset("[]")
_NP = 3  # words of an open noun phrase
_NAME = 3
_STOP = "stop"
_NUMERALS = (".age_word", ".count_word")
_ASKED = (*_NUMERALS, ".stay", ".stop")  # classes that open places ask for
_PLAIN = frozenset(("", " "))  # what stands between most words, and ends nothing

_Path = tuple[int, ...]  # the word at which each element so far begins, and the word after the last


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of this code; first, last (exclusive): the words it names."""

    code: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Element:
    """keys: the words, stems and classes that fill it; places: the open places that do; stop: a pause does; offers: of
    what a word must offer something, to fill this."""

    keys: frozenset[str]
    places: tuple[str, ...]
    stop: bool
    optional: bool
    offers: frozenset[str]


def _element(told: str, lexicon_name: str) -> _Element:
    options = told.rstrip("?").split("|")
    names = [option[1:-1] for option in options if option[0] == "<"]
    classes = [name if "." in name else f"{lexicon_name}.{name}" for name in names if name not in _OPEN]
    keys = frozenset((*classes, *(option for option in options if option[0] != "<")))
    places = tuple(name for name in names if name in _OPEN and name != _STOP)
    return _Element(keys, places, _STOP in names, told[-1] == "?", keys.union(map(_offered, places)))


class _Entry:
    """One row of elements. starts: what its first word must offer; needs: what the text must offer, some of each."""

    __slots__ = ("_closes", "_elements", "_opens", "_starts", "code", "needs")

    def __init__(self, code: str, row: Sequence[str], lexicon_name: str) -> None:
        self.code = code
        self._elements = [_element(one, lexicon_name) for one in row if one not in _BRACKETS]
        self._opens = row.index("[") if "[" in row else 0
        self._closes = row.index("]") - 1 if "]" in row else len(self._elements)
        needed = [at for at, one in enumerate(self._elements) if not one.optional]
        self.needs = [self._elements[at].offers for at in needed if not self._elements[at].stop]
        if not self.needs:
            raise ValueError(f"{lexicon_name}: a phrase of {code} may be empty")
        self._starts = frozenset[str]().union(*(one.offers for one in self._elements[: needed[0] + 1]))

    def find(self, text: "_Text") -> Iterator[Found]:
        """Wherever it stands; it is looked for only where the text has something for each of its elements."""
        if any(map(text.offered.isdisjoint, self.needs)):
            return
        starts = {at for key in self._starts & text.offered for at in text.where(key)}
        paths: list[_Path] = [(first,) for first in starts]
        for element in self._elements:
            further = [(*path, end) for path in paths for end in text.ends(element, path[-1], path[-1] > path[0])]
            paths = [*further, *((*path, path[-1]) for path in paths)] if element.optional else further
            if not paths:
                return
        for path in paths:
            yield Found(self.code, path[self._opens], path[self._closes])

    @property
    def keys(self) -> frozenset[str]:
        """Every word, stem and class of it."""
        return frozenset[str]().union(*(one.keys for one in self._elements))


class _Offer(NamedTuple):
    """What a word offers wherever it stands. ways: keys, each with how many words it takes; keys: theirs, and those of
    the open places that may begin there; flags: see `_ASKED`."""

    ways: tuple[tuple[str, int], ...]
    keys: frozenset[str]
    flags: frozenset[str]


class Phrases:
    """All phrases of one lexicon in one language. Built once."""

    def __init__(self, lexicon_name: str, told: Mapping[str, Sequence[str]], known: Vocabulary) -> None:
        rows = [(code, entry.split()) for code, some in told.items() for entry in all_folded(some)]
        made = [_Entry(code, row, lexicon_name) for code, row in rows]
        self._entries, self._known = _by_rarest(made), known
        self._keys = frozenset[str]().union(*(entry.keys for entry in made))
        self._stems = tuple(sorted({len(key) - 1 for key in self._keys if key[-1] == "*"}))
        self._of_word = lru_cache(maxsize=8192)(self._offer)  # most words return
        self._of_classes = lru_cache(maxsize=8192)(self._classes)

    def find(self, reading: Reading) -> list[Found]:
        """Every phrase in the text, in the order of its first words; phrases may overlap."""
        text = _Text(reading, self._offers(reading))
        worth = dict.fromkeys(entry for key in self._entries.keys() & text.offered for entry in self._entries[key])
        found = {found for entry in worth for found in entry.find(text)}
        return sorted(found, key=lambda one: (one.first, one.last, one.code))

    def _offers(self, reading: Reading) -> list[_Offer]:
        """What each word offers: what it is, and the classes of what begins with it and goes on."""
        offer = self._of_word
        offers = [offer(forms, word.word, word.case) for word, forms in zip(reading.words, reading.forms, strict=True)]
        for first, last, names in (stand for sentence in reading.sentences for stand in sentence.stands):
            if last - first > 1 and (more := self._of_classes(names, last - first)) is not None:
                ways, keys, flags = offers[first]
                offers[first] = _Offer((*ways, *more.ways), keys | more.keys, flags | more.flags)
        return offers

    def _offer(self, forms: tuple[str, ...], word: str, case: str) -> _Offer:
        """The words, stems and classes of phrases that a word is, and the open places that it may begin."""
        found = [form for form in forms if form in self._keys]
        stems = (f"{form[:n]}*" for form in forms for n in self._stems if n <= len(form))
        found += [stem for stem in stems if stem in self._keys]
        own = self._of_classes(self._known.classes(forms), 1) or _NOTHING
        ways = (*((key, 1) for key in found), *own.ways)
        return _Offer(ways, own.keys.union(found, map(_offered, _openings(word, case))), own.flags)

    def _classes(self, names: frozenset[str], words: int) -> _Offer | None:
        """The classes that phrases or open places ask for; None where there are none."""
        asked = [name for name in sorted(names) if name in self._keys or name.endswith(_NUMERALS)]
        flags = frozenset(flag for flag in _ASKED if any(name.endswith(flag) for name in names))
        counted = () if flags.isdisjoint(_NUMERALS) else map(_offered, _OF_NUMERALS)
        offer = _Offer(tuple((name, words) for name in asked), frozenset((*asked, *counted)), flags)
        return offer if asked or flags else None


_NOTHING = _Offer((), frozenset(), frozenset())


def _by_rarest(made: Sequence[_Entry]) -> dict[str, list[_Entry]]:
    """The entries by what the rarest of their elements needs: without it none of them stands in a text."""
    common = Counter(key for entry in made for need in entry.needs for key in need)
    found = defaultdict[str, list[_Entry]](list)
    for entry in made:
        for key in min(entry.needs, key=lambda need: sum(common[key] for key in need)):
            found[key].append(entry)
    return dict(found)


def _offered(place: str) -> str:
    """How a place is told from a word among what a word offers."""
    return f"<{place}"


class _Text:
    """A reading as phrases look at it.

    offered: by some word; breaks, pauses: the words before which a sentence ends, or anything does.
    """

    __slots__ = ("_offers", "_opened", "_where", "breaks", "count", "offered", "pauses", "reading")

    def __init__(self, reading: Reading, offers: Sequence[_Offer]) -> None:
        self.reading, self.count, self._offers = reading, len(reading.words), offers
        self._opened: dict[tuple[str, int], tuple[int, ...]] = {}
        self._where: dict[str, list[int]] = {}
        self.offered = frozenset[str]().union(*[offer.keys for offer in offers])
        between = [(at, some) for at, some in enumerate(reading.between) if some not in _PLAIN]
        self.breaks = {at for at, some in between if self._broken(at, some)}
        self.pauses = {at for at, some in between if at and _PAUSE.search(some)} | {self.count}

    def where(self, key: str) -> list[int]:
        """The words that offer a key."""
        if key not in self._where:
            self._where[key] = [at for at, offer in enumerate(self._offers) if key in offer.keys]
        return self._where[key]

    def ends(self, element: _Element, at: int, further: bool) -> list[int]:
        """The words after an element that begins with the word `at`; further: it is not the first of its phrase."""
        found = [at] if element.stop and at in self.pauses else []
        if at == self.count or (further and at in self.breaks):
            return found
        ways, keys, _ = self._offers[at]
        if not keys.isdisjoint(element.offers):
            found += [at + words for key, words in ways if key in element.keys]
            found += [end for place in element.places for end in self.open(place, at)]
        return found

    def open(self, name: str, at: int) -> tuple[int, ...]:
        """The words after an open place that begins at the word `at`, for each way to fill it."""
        key = name, at
        if key not in self._opened:
            self._opened[key] = tuple(_OPEN[name](self, at))
        return self._opened[key]

    def _broken(self, at: int, between: str) -> bool:
        """Whether a sentence ends before the word `at`; a full stop behind a number does not (14. Mai)."""
        numbered = between[0] == "." and self.reading.words[at - 1].word.isdigit()
        return bool(_BREAK.search(between[1:] if numbered else between))

    def has(self, at: int, flag: str) -> bool:
        """Whether something of such a class begins with the word `at`."""
        return flag in self._offers[at].flags

    def numerals(self, at: int, flag: str) -> Iterator[int]:
        """The words after a number that is written as words."""
        if self.has(at, flag):
            yield from (at + words for name, words in self._offers[at].ways if name.endswith(flag))


def _openings(word: str, case: str) -> tuple[str, ...]:
    """The open places that may begin at a word at all, but for numbers in words."""
    if word[0].isdigit():
        return _OF_DIGITS
    return _OF_NAMES if case != "lower" or word[0] > "\u0600" or word in _PARTICLES else _OF_WORDS


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
    yield from text.numerals(at, ".age_word")


def _count(text: _Text, at: int) -> Iterator[int]:
    word = text.reading.words[at].word
    if word.isdigit() and len(word) < 3 and 1 < int(word) <= 12:
        yield at + 1
    yield from text.numerals(at, ".count_word")


def _name(text: _Text, at: int) -> Iterator[int]:
    """A name's words, at its longest; none where it opens with a word that may stay."""
    if "\u0620" <= text.reading.words[at].word[0] <= "\u06ff":
        yield from _arabic_name(text, at)
        return
    end = at
    while end < text.count and end - at < _NAME and (end == at or text.reading.between[end] in _JOINTS):
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
    following = at + 1 < text.count and at + 1 not in text.pauses
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
    while end < text.count and end - at < _NP and not (end > at and end in text.pauses) and not text.has(end, ".stop"):
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
_OF_NUMERALS = ("count", "age")
_OF_NAMES = (*_OF_WORDS, "name", "town")


@cache
def phrases(name: str, language: str) -> Phrases:
    """The phrases of a lexicon in one language."""
    told: Mapping[str, Any] = lexicon(name)["languages"].get(language, {})
    return Phrases(name, told.get("phrases", {}), vocabulary(language))
