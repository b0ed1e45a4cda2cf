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


_Row = tuple[str, str]  # a class, and what of one of its entries is still to come


class _Node:
    """What may follow a run of words, by the next word of each entry that goes on. Where that leads is worked out when
    a text first goes there: of most entries only the first word ever stands in one."""

    __slots__ = ("_endings", "_rows", "_stems", "_steps")

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows = _by_word(rows)
        self._steps: dict[str, _Step] = {}
        self._stems = sorted({len(word) - 1 for word in self._rows if word[-1] == "*"})
        self._endings = sorted({len(word) - 1 for word in self._rows if word[0] == "*"})

    def after(self, forms: Sequence[str]) -> "_Step":
        """Where a word, in its forms, leads."""
        rows = self._rows
        keys = [form for form in forms if form in rows]
        if self._stems or self._endings:
            keys += [part for form in forms for part in self._parts(form) if part in rows]
        if _ANY in rows:
            keys.append(_ANY)
        return _together([self._step(key) for key in keys]) if keys else _NOWHERE

    def _parts(self, form: str) -> Iterator[str]:
        """What the stems and endings of entries would be, were the word one of theirs."""
        for length in self._stems:
            if length <= len(form):
                yield f"{form[:length]}*"
        for length in self._endings:
            if length < len(form):
                yield f"*{form[-length:]}"

    def _step(self, key: str) -> "_Step":
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = _step(self._rows[key])
        return step


class Vocabulary:
    """Every class of one language, to be found in texts. Built once. Entries are folded."""

    def __init__(self, classes: Mapping[str, Iterable[str]]) -> None:
        self._root = _Node((name, entry) for name, entries in classes.items() for entry in entries)
        self._first: dict[tuple[str, ...], _Step] = {}  # where a word leads; most words return
        self.names = frozenset(classes)

    def marks(self, forms: Sequence[tuple[str, ...]]) -> list[Mark]:
        """Where the words (each in the forms it may be looked up in) have a class, by their first word."""
        found: list[Mark] = []
        for first, some in enumerate(forms):
            names, nodes = self._first.get(some) or self._begun(some)
            last = first + 1
            found += [Mark(first, last, name) for name in names]
            while nodes and last < len(forms):
                names, nodes = _together([node.after(forms[last]) for node in nodes])
                last += 1
                found += [Mark(first, last, name) for name in names]
        return found

    def _begun(self, forms: tuple[str, ...]) -> "_Step":
        if len(self._first) > _REMEMBERED:
            self._first.clear()
        found = self._first[forms] = self._root.after(forms)
        return found


_Step = tuple[tuple[str, ...], tuple[_Node, ...]]  # the classes that are complete, and from where more may follow
_NOWHERE: _Step = (), ()


def _by_word(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """The rows by their next word, which they have lost."""
    found = defaultdict[str, list[_Row]](list)
    for name, entry in rows:
        word, _, rest = entry.partition(" ")
        row = name, rest
        for one in word.split("|"):
            found[one].append(row)
    return dict(found)


def _step(rows: Sequence[_Row]) -> _Step:
    names = tuple(dict.fromkeys(name for name, rest in rows if not rest))
    further = [row for row in rows if row[1]]
    return names, (_Node(further),) if further else ()


def _together(steps: Sequence[_Step]) -> _Step:
    if len(steps) < 2:
        return steps[0] if steps else _NOWHERE
    names = dict.fromkeys(name for names, _ in steps for name in names)
    return tuple(names), tuple(dict.fromkeys(node for _, nodes in steps for node in nodes))


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
