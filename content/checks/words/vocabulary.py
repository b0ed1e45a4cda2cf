"""The classes of words that composed rules speak of, and where a text has them. One pass over the words for all rules.

An entry is one or more words. `rat|rats` is either word; `poison*` any word that begins so, `*pack` any longer word
that ends so (German compounds); `_` any one word. Entries are folded as texts are, so capitals, accents and the
spelling of alef do not count.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

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


class Stand(NamedTuple):
    """Words first to last (exclusive) of a text have these classes: a word has four, and few are ever asked for."""

    first: int
    last: int
    names: frozenset[str]


class _Next(NamedTuple):
    """What must follow for one entry to go on: one of these words, and what after them (None: it is complete).

    A chain of all that follows is made once of each entry: to go on is one look a row, and nothing is built at a
    text's first words.
    """

    words: frozenset[str]
    then: "_Next | None"
    name: str


class Vocabulary:
    """Every class of one language, to be found in texts. Built once. Entries are folded."""

    def __init__(self, classes: Mapping[str, Iterable[str]]) -> None:
        rows = [(name, entry) for name, entries in classes.items() for entry in entries]
        self._begun = _by_first(rows)
        self._stems, self._endings = _parts(entry for _, entry in rows)
        self._met: dict[tuple[str, ...], _Word] = {}  # most words return
        self.names = frozenset(classes)

    def stands(self, forms: Sequence[tuple[str, ...]]) -> list[Stand]:
        """Where the words (each in the forms it may be looked up in) have classes, by their first word."""
        met = self._met
        words = [met.get(some) or self._word(some) for some in forms]
        found: list[Stand] = []
        for first, (_, names, rows) in enumerate(words):
            if names:
                found.append(Stand(first, first + 1, names))
            if rows:
                found += _further(words, first, rows)
        return found

    def classes(self, forms: tuple[str, ...]) -> frozenset[str]:
        """Those of one word, in its forms."""
        return (self._met.get(forms) or self._word(forms))[1]

    def _word(self, forms: tuple[str, ...]) -> "_Word":
        if len(self._met) > _REMEMBERED:
            self._met.clear()
        keys = frozenset((*forms, *(part for form in forms for part in self._parts(form)), _ANY))
        begun = self._begun
        rows = [row for key in keys if key in begun for row in begun[key]]
        names = frozenset([name for name, further in rows if further is None])
        found = self._met[forms] = keys, names, [further for _, further in rows if further is not None]
        return found

    def _parts(self, form: str) -> Iterator[str]:
        """The stems and endings of entries that a word has."""
        for length, known in self._stems.items():
            if form[:length] in known and length <= len(form):
                yield f"{form[:length]}*"
        for length, known in self._endings.items():
            if length < len(form) and form[-length:] in known:
                yield f"*{form[-length:]}"


_Word = tuple[frozenset[str], frozenset[str], list[_Next]]  # all that it may be called, is, and may begin


def _further(words: Sequence[_Word], first: int, rows: list[_Next]) -> Iterator[Stand]:
    """What begins with one word and goes on."""
    for last in range(first + 1, len(words)):
        keys = words[last][0]
        met = [row for row in rows if not row[0].isdisjoint(keys)]
        if not met:  # most words
            return
        names = frozenset([name for _, then, name in met if then is None])
        if names:
            yield Stand(first, last + 1, names)
        rows = [then for _, then, _ in met if then is not None]


_ByLength = dict[int, set[str]]


def _parts(entries: Iterable[str]) -> tuple[_ByLength, _ByLength]:
    """All stems and all endings that entries ask for, by their length."""
    stems, endings = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
    for word in {word for entry in entries if "*" in entry for some in entry.split(" ") for word in some.split("|")}:
        if word[-1] == "*":
            stems[len(word) - 1].add(word[:-1])
        elif word[0] == "*":
            endings[len(word) - 1].add(word[1:])
    return dict(stems), dict(endings)


def _by_first(rows: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, _Next | None]]]:
    """The class of each entry and what must follow, by the words with which the entry begins."""
    found = defaultdict[str, list[tuple[str, _Next | None]]](list)
    known: dict[str, frozenset[str]] = {_ANY: frozenset((_ANY,))}
    for name, entry in rows:
        first, _, rest = entry.partition(" ")
        row = name, _chain(name, rest, known) if rest else None
        for one in first.split("|"):
            found[one].append(row)
    return dict(found)


def _chain(name: str, rest: str, known: dict[str, frozenset[str]]) -> _Next | None:
    """The words of an entry after its first, each with what follows it. known: what was read so before."""
    then: _Next | None = None
    for word in reversed(rest.split(" ")):
        words = known.get(word)
        if words is None:
            words = known[word] = frozenset(word.split("|"))
        then = _Next(words, then, name)
    return then


@cache
def folded(word: str) -> str:
    """A word as texts are folded: no capitals, no accents, one spelling of alef."""
    return fold(word).text.lower().replace("'", "").translate(ALEFS)


class _Folding(dict[int, str]):
    """What each character of a lexicon folds to, worked out once."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = chr(code) if chr(code).isspace() else folded(chr(code))
        return plain


_folding = _Folding()


@cache
def entries(name: str, part: str, key: str) -> Mapping[str, Sequence[str]]:
    """The folded entries of each class that a lexicon lists for one of its languages or scripts (`part`)."""
    told: Mapping[str, Any] = lexicon(name).get(part, {}).get(key, {})
    return {one: all_folded(some) for one, some in told.get("classes", {}).items()}


def all_folded(some: Sequence[str]) -> list[str]:
    """Entries folded, with one space between their words. All at once: one by one it takes three times as long."""
    text = normalize("NFC", "\n".join([" ".join(entry.split()) for entry in some]))
    return text.translate(_folding).split("\n") if some else []


@cache
def vocabulary(language: str) -> Vocabulary:
    """All classes of all composed lexicons in this language; those of a lexicon are named LEXICON.CLASS.

    A class may be listed once for a script: `scripts.latin` for every language but Arabic.
    """
    script = "arabic" if language == "ar" else "latin"
    classes: dict[str, list[str]] = {}
    for name in composed():
        for told in (entries(name, "languages", language), entries(name, "scripts", script)):
            for one, some in told.items():
                classes.setdefault(f"{name}.{one}", []).extend(some)
    return Vocabulary(classes)
