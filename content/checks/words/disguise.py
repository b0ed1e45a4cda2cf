"""Words drawn apart, glued together or misspelt, set right where only a known word fits. Linear in the text.

Which words may be meant is data: a lexicon's language names under `misspelt` the classes whose words people disguise,
under `glue` the small words that stand between them, and under `spelt_so` everyday words that are no misspelling.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from content.checks.words.lexicons import composed, lexicon
from content.checks.words.misspelt import Misspelt
from content.checks.words.vocabulary import entries, folded
from content.protect.normal import Token

_APART = 4  # single letters in a row that are one word drawn apart
_GLUED = 9  # letters of a word that may be several
_LONGEST = 120
_HINT = 4  # letters by which a word that people disguise is guessed at
_REMEMBERED = 10_000
_PIECES = 3  # of a glued word: two are a compound, as languages make them, unless a capital shows the second
_STRANGE = 4  # what a letter of no known word costs, where a known word costs one


class Disguise:
    """The disguises of one language. Built once.

    meant: words that people disguise; other: words that may stand beside them; spelt_so: no misspelling of anything.
    """

    def __init__(self, meant: Iterable[str], other: Iterable[str], spelt_so: Iterable[str]) -> None:
        self._meant = frozenset(meant)
        self._pieces = self._meant | frozenset(other)
        self._misspelt = Misspelt(self._meant, self._pieces | frozenset(spelt_so))
        self._longest = max(map(len, self._pieces), default=0)
        self._starts = frozenset(word[:_HINT] for word in self._meant if len(word) >= _HINT)
        self._known: dict[tuple[str, int], list[str] | None] = {}

    def meant(self, word: str) -> str | None:
        """The word of which this is a misspelling."""
        return self._misspelt.meant(word)

    def set_right(self, words: Sequence[Token], text: str) -> Iterator[Token]:
        """The words with those drawn apart joined and those glued together taken apart. text: in which they stand."""
        at = 0
        while at < len(words):
            run = _letters(words, at)
            if run >= _APART:
                yield from self._taken_apart(
                    _joined(words[at : at + run]), 1, [one.start for one in words[at : at + run]]
                )
            elif len(words[at].word) >= _GLUED:
                yield from self._taken_apart(words[at], 2 if _two_in_one(words[at], text) else _PIECES)
            else:
                yield words[at]
            at += run if run >= _APART else 1

    def _taken_apart(self, word: Token, least: int, starts: Sequence[int] | None = None) -> Iterator[Token]:
        """The words, `least` or more, in a glued one; starts: where each letter of it stands, drawn apart."""
        pieces = self._pieces_of(word.word, least) if len(word.word) <= _LONGEST else None
        if pieces is None:
            yield word
            return
        exact = starts or (range(word.start, word.end) if word.end - word.start == len(word.word) else None)
        at = 0
        for piece in pieces:
            end = at + len(piece)
            yield word._replace(
                word=piece,
                start=exact[at] if exact else word.start,
                end=exact[end - 1] + 1 if exact else word.end,
                readings=(),
            )
            at = end

    def _pieces_of(self, glued: str, least: int) -> list[str] | None:
        """As `_split`, remembered; tried only where a word that people disguise may begin."""
        place = (glued, least)
        if place not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            hinted = any(glued[i : i + _HINT] in self._starts for i in range(len(glued) - _HINT + 1))
            self._known[place] = self._split(glued, least) if hinted else None
        return self._known[place]

    def _split(self, glued: str, least: int) -> list[str] | None:
        """The fewest known words that spell it, one of them a word that people disguise, and at most a third of it
        strange; None for fewer than `least`."""
        if glued in self._pieces:
            return None
        best: list[tuple[int, list[str]]] = [(0, [])]
        for end in range(1, len(glued) + 1):
            cost, row = best[end - 1]
            best.append(min([(cost + _STRANGE, [*row, glued[end - 1]]), *self._ending(glued, end, best)]))
        cost, found = best[-1]
        few = cost <= len(found) + _STRANGE * len(glued) // 3
        known = [one for one in found if one in self._pieces]
        worded = sum(len(one) > 1 for one in known)  # letters that are words (à, n') make up no word by themselves
        enough = len(known) >= least and worded + 1 >= least
        return _run_on(found) if few and enough and not self._meant.isdisjoint(known) else None

    def _ending(self, glued: str, end: int, best: Sequence[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
        """The cheapest ways to read the letters up to `end` whose last word is a known one."""
        for start in range(max(0, end - self._longest), end):
            if glued[start:end] in self._pieces:
                yield best[start][0] + 1, [*best[start][1], glued[start:end]]


def _two_in_one(word: Token, text: str) -> bool:
    """Whether a capital letter inside shows where the next word begins."""
    inner = text[word.start + 1 : word.end]
    return any(char.isupper() for char in inner) and not inner.isupper()


def _run_on(pieces: Sequence[str]) -> list[str]:
    """Strange letters in a row are one word."""
    out: list[str] = []
    strange = False
    for piece in pieces:
        if len(piece) == 1 and strange:
            out[-1] += piece
        else:
            out.append(piece)
        strange = len(piece) == 1
    return out


def _letters(words: Sequence[Token], start: int) -> int:
    """How many words from here on are single letters, each a step from the one before."""
    end = start
    while end < len(words) and len(words[end].word) == 1 and (end == start or _beside(words[end - 1], words[end])):
        end += 1
    return end - start


def _beside(left: Token, right: Token) -> bool:
    return right.start - left.end <= 3


def _joined(letters: Sequence[Token]) -> Token:
    return letters[0]._replace(word="".join(one.word for one in letters), end=letters[-1].end, plain=False)


@cache
def disguise(language: str) -> Disguise:
    """The disguises that the composed lexicons know in this language."""
    meant: set[str] = set()
    other: set[str] = set()
    spelt_so: set[str] = set()
    for name in composed():
        told = lexicon(name)["languages"].get(language, {})
        for key, some in entries(name, "languages", language).items():
            (meant if key in told.get("misspelt", ()) else other).update(_words(some))
        other.update(map(folded, told.get("glue", ())))
        spelt_so.update(map(folded, told.get("spelt_so", ())))
    return Disguise(meant, {one for one in other if len(one) > 2} | _glue(language), spelt_so)


def _glue(language: str) -> set[str]:
    told = [lexicon(name)["languages"].get(language, {}) for name in composed()]
    return {folded(word) for one in told for word in one.get("glue", ())}


def _words(some: Iterable[str]) -> list[str]:
    """The whole words of folded entries; stems and gaps have no spelling."""
    return [word for word in " ".join(some).replace("|", " ").split() if "*" not in word and word != "_"]
