"""Words drawn apart, glued together or misspelt, set right where only a known word fits. Linear in the text.

Which words may be meant is data: a lexicon's language names under `misspelt` the classes whose words people disguise,
under `glue` the small words that stand between them, and under `spelt_so` words that are no misspelling. The everyday
words of a language (data/everyday.json) tell where a word ends.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import log
from pathlib import Path

from content.checks.words.glued import Glued, Words
from content.checks.words.lexicons import composed, lexicon
from content.checks.words.misspelt import Misspelt
from content.checks.words.vocabulary import entries, folded
from content.protect.normal import Token

_EVERYDAY = Path(__file__).parent / "data" / "everyday.json"
_APART = 4  # letters of a word that is drawn apart, and single letters in a row that are such words
_GLUED = 5  # letters of a word that may be two
_SEVERAL = 8  # or several
_TAGGED = 6  # several, in a hashtag
_MASKS = frozenset("*#%+^~•·×")  # what stands for a letter inside a word
_RARE = 9.0  # what a word costs that is not among the everyday words
_ACCIDENT = 2  # letters of a word that most longer ones hold
_LETTER = 3.0  # what a word of one letter costs besides


class Disguise:
    """The disguises of one language. Built once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._begun = frozenset(one[:end] for one in words.meant if len(one) >= _APART for end in range(1, len(one)))
        self._glued = Glued(words)
        self.meant = Misspelt(words.misspelt, words.known).meant

    def set_right(self, words: Sequence[Token], text: str) -> Iterator[Token]:
        """The words with those drawn apart joined and those glued together taken apart. text: in which they stand."""
        at = 0
        while at < len(words):
            word = words[at]
            right, used = [word], 1
            if word.word in self._begun:
                right, used = self._together(words, at, text)
            elif len(word.word) >= _GLUED:
                right = self._taken_apart(word, text)
            elif len(word.word) == 1:
                right, used = self._spelt_out(words, at)
            yield from right
            at += used

    def _together(self, words: Sequence[Token], at: int, text: str) -> tuple[list[Token], int]:
        """What stands at a word that begins a longer one, and how many words that is."""
        if len(words[at].word) == 1:
            right, used = self._spelt_out(words, at)
            if used > 1:
                return right, used
        used = self._drawn_apart(words, at)
        if used > 1:
            return [_joined(words[at : at + used])], used
        masked = self._masked(words[at : at + 2], text)
        return ([masked], 2) if masked else (self._taken_apart(words[at], text), 1)

    def _drawn_apart(self, words: Sequence[Token], at: int) -> int:
        """How many words from here on are one word that people disguise, some of them none of the language."""
        whole, strange, used = "", False, 0
        for end in range(at, len(words)):
            piece = words[end].word
            if end > at and not _beside(words[end - 1], words[end]):
                break
            whole += piece
            strange = strange or piece not in self._words.known
            if strange and len(whole) >= _APART and whole in self._words.meant:
                used = end + 1 - at
            if whole not in self._begun:
                break
        return used

    def _spelt_out(self, words: Sequence[Token], at: int) -> tuple[list[Token], int]:
        """The words that single letters in a row spell."""
        run = _letters(words, at)
        if run < _APART - 1:
            return [words[at]], 1
        letters = words[at : at + run]
        whole = _joined(letters)
        if run < _APART and whole.word not in self._words.meant:
            return [words[at]], 1
        if whole.word in self._words.known:
            return [whole], run
        pieces = self._glued.pieces(whole.word, shown=True)
        if pieces is None:
            return [whole], run
        return list(_placed(whole, pieces, [one.start for one in letters])), run

    def _masked(self, words: Sequence[Token], text: str) -> Token | None:
        """The word in which a sign stands for a letter: m*slims."""
        if len(words) < 2 or words[1].start - words[0].end != 1 or text[words[0].end] not in _MASKS:
            return None
        right = self.meant(words[0].word + words[1].word)
        return _joined(words)._replace(word=right) if right else None

    def _taken_apart(self, word: Token, text: str) -> list[Token]:
        """The words in a glued one, each where it stands."""
        tagged = word.start > 0 and text[word.start - 1] == "#"
        long = len(word.word) >= (_TAGGED if tagged else _SEVERAL)
        shown = tagged or _two_in_one(word, text)
        for form in (word.word, *word.readings):
            pieces = self._glued.pieces(form, shown) if long else self._glued.pair(form)
            if pieces:
                exact = word.end - word.start == len(form)
                return list(_placed(word, pieces, range(word.start, word.end) if exact else ()))
        return [word]


def _placed(word: Token, pieces: Iterable[str], starts: Sequence[int]) -> Iterator[Token]:
    """The pieces of a word. starts: where each letter of it stands; without them each stands for the whole."""
    at = 0
    for piece in pieces:
        end = at + len(piece)
        start, last = (starts[at], starts[end - 1] + 1) if starts else (word.start, word.end)
        yield word._replace(word=piece, start=start, end=last, readings=())
        at = end


def _two_in_one(word: Token, text: str) -> bool:
    """Whether a capital letter inside shows where the next word begins."""
    inner = text[word.start + 1 : word.end]
    return any(char.isupper() for char in inner) and not inner.isupper()


def _letters(words: Sequence[Token], start: int) -> int:
    """How many words from here on are single letters, each a step from the one before."""
    end = start
    while end < len(words) and _letter(words[end]) and (end == start or _beside(words[end - 1], words[end])):
        end += 1
    return end - start


def _letter(word: Token) -> bool:
    """Whether a word is one letter; some are folded to two (ß, œ)."""
    return len(word.word) == 1 or word.end - word.start == 1


def _beside(left: Token, right: Token) -> bool:
    """Whether two pieces of a word drawn apart may stand so far from each other."""
    return right.start - left.end <= (3 if _letter(left) or _letter(right) else 1)


def _joined(letters: Sequence[Token]) -> Token:
    whole = "".join(one.word for one in letters)
    return letters[0]._replace(word=whole, end=letters[-1].end, plain=False, readings=())


@cache
def disguise(language: str) -> Disguise:
    """The disguises that the composed lexicons know in this language."""
    told = {name: lexicon(name)["languages"].get(language, {}) for name in composed()}
    classes = {name: entries(name, "languages", language) for name in told}
    script = "arabic" if language == "ar" else "latin"
    places = _words(entry for name in told for some in entries(name, "scripts", script).values() for entry in some)
    lists = _everyday(language)
    words = frozenset(_words(entry for one in classes.values() for some in one.values() for entry in some))
    small = frozenset(folded(word) for one in told.values() for word in one.get("glue", ()))
    spelt = [entry for name, one in told.items() for key in one.get("misspelt", ()) for entry in classes[name][key]]
    spelt_so = (folded(word) for one in told.values() for word in one.get("spelt_so", ()))
    return Disguise(
        Words(
            meant=frozenset(_meant(spelt, frozenset(lists["words"]))),
            misspelt=frozenset(_words(spelt)),
            known=words.union(places, small, spelt_so, lists["words"], lists["rarer"]),
            costs=_costs(words, small, lists["words"]),
            small=small,
            parting=frozenset(lists["parting"]),
            named=_named(language).difference(lists["making"]),
            loose=frozenset(lists["loose"]),
            compounds=bool(lists["compounds"]),
        )
    )


def _everyday(language: str) -> Mapping[str, Sequence[str]]:
    """The lists of everyday words of a language; they are empty where nobody made them."""
    told = _lists().get(language, {})
    return defaultdict(list, {key: " ".join(lines).split() for key, lines in told.items()})


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    told: dict[str, dict[str, list[str]]] = json.loads(_EVERYDAY.read_text("utf-8"))["languages"]
    return told


def _costs(words: Iterable[str], small: frozenset[str], everyday: Sequence[str]) -> dict[str, float]:
    """What each word costs as a piece of a glued one; words of two letters are none but for the small and everyday."""
    costs = {word: _RARE for word in words if len(word) > _ACCIDENT} | dict.fromkeys(small, _RARE)
    costs |= {word: 1 + log(rank) for rank, word in enumerate(everyday, start=1)}
    return costs | {word: costs[word] + _LETTER for word in costs if len(word) == 1}


def _named(language: str) -> frozenset[str]:
    """The words for people that people disguise."""
    told, classes = lexicon("people")["languages"].get(language, {}), entries("people", "languages", language)
    some = (entry for key in told.get("misspelt", ()) for entry in classes[key])
    return frozenset(_words(entry for entry in some if " " not in entry))


def _meant(folded_entries: Iterable[str], everyday: frozenset[str]) -> Iterator[str]:
    """The words that people disguise: an everyday one only where it says so by itself (dirty, hate)."""
    for entry in folded_entries:
        yield from (word for word in _words([entry]) if " " not in entry or word not in everyday)


def _words(folded_entries: Iterable[str]) -> Iterator[str]:
    """The whole words of entries; stems and gaps have no spelling."""
    for entry in folded_entries:
        yield from (word for word in entry.replace("|", " ").split() if "*" not in word and word != "_")
