"""Words glued together, taken apart where only known words fit. Linear in the letters.

A run of letters is read as the words that cost least, everyday words before rare ones; a word that a language makes of
two (a compound, a name of a country) is left whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_LONGEST = 120
_HINT = 4  # letters by which a word that people disguise is guessed at
_REMEMBERED = 10_000
_STRANGE = 9.0  # what a letter of no known word costs
_ACCIDENT = 2  # letters at least of either of two words
_SHORT = 3  # letters of a word that many longer ones hold by accident
_PART = 7  # letters of a word that people disguise of which compounds are made as well
_SENTENCE = 3  # longer words beside which letters of none may stand


class Words(NamedTuple):
    """The words of one language as disguises know them.

    meant: those that people disguise; misspelt: those of them, and of what is said with them, that may be misspelt;
    known: those that are one word, and no misspelling of another. costs: those that may be pieces of a glued word, and
    what each costs; small: those that stand between others (all, the, are); parting: those of which no longer word is
    made; named: words for people of which none is made; loose: those of which and a word that people disguise no word
    is made; compounds: whether the language makes one word of two.
    """

    meant: frozenset[str]
    misspelt: frozenset[str]
    known: frozenset[str]
    costs: dict[str, float]
    small: frozenset[str]
    parting: frozenset[str]
    named: frozenset[str]
    loose: frozenset[str]
    compounds: bool


class Glued:
    """Takes apart what is glued of the words of one language. Built once."""

    def __init__(self, words: Words) -> None:
        self._words, self._costs = words, words.costs
        self._longest = max(map(len, words.costs), default=0)
        self._starts = frozenset(word[:_HINT] for word in words.meant if len(word) >= _HINT)
        self._met: dict[tuple[str, bool], list[str] | None] = {}

    def pieces(self, glued: str, shown: bool) -> list[str] | None:
        """The words in it, remembered; None where it is one. shown: something in the text shows that it is several."""
        place = (glued, shown)
        if place not in self._met:
            if len(self._met) > _REMEMBERED:
                self._met.clear()
            self._met[place] = self.pair(glued) or (self._several(glued, shown) if self._worth(glued) else None)
        return self._met[place]

    def pair(self, glued: str) -> list[str] | None:
        """A word that people disguise and one that belongs to no longer word, the space between them left out."""
        if len(glued) > _LONGEST or glued in self._words.known:
            return None
        meant, loose = self._words.meant, self._words.loose
        for at in range(_ACCIDENT, len(glued) - _ACCIDENT + 1):
            first, last = glued[:at], glued[at:]
            if (first in loose and last in meant) or (first in meant and last in loose):
                return [first, last]
        return None

    def _worth(self, glued: str) -> bool:
        """Whether a word may be several: a compound only where one that people disguise may stand in it."""
        if len(glued) > _LONGEST or glued in self._words.known:
            return False
        starts = (glued[i : i + _HINT] for i in range(len(glued) - _HINT + 1))
        return bool(self._words.parting) or not self._starts.isdisjoint(starts)

    def _several(self, glued: str, shown: bool) -> list[str] | None:
        found = self._cheapest(glued)
        known = [one for one in found if one in self._costs]
        strange = len(glued) - sum(map(len, known))
        if len(found) < 2 or 3 * strange > len(glued):
            return None
        if self._words.meant.isdisjoint(known):
            return found if not strange and self._parted(found) else None
        return found if shown or self._sentence(found, known, strange) else None

    def _parted(self, found: Sequence[str]) -> bool:
        """Whether everyday words stand there of which no word is made (the, are, they)."""
        parting = sum(one in self._words.parting for one in found)
        return parting > 0 and sum(len(one) > _SHORT for one in found) + parting == len(found)

    def _sentence(self, found: Sequence[str], known: Sequence[str], strange: int) -> bool:
        """Whether the words say something together, as a compound or a name that holds them by accident does not."""
        long = [one for one in known if len(one) > _SHORT]
        small = sum(len(one) > 1 and one in self._words.small for one in known)
        if 2 * sum(map(len, long)) < sum(map(len, found)) or (strange and len(long) < _SENTENCE):
            return False
        if self._words.compounds:
            return small > 0 and len(long) + small > _SENTENCE
        if len(found) > 2:
            return len(long) > 1 or (small > 0 and len(long) > 0)
        if any(one in self._words.named or (one in self._words.meant and len(one) > _PART) for one in found):
            return True
        return small > 0 or self._words.meant.issuperset(found)

    def _cheapest(self, glued: str) -> list[str]:
        """The words that spell it at the least cost; letters of none in a row are one."""
        best = [(0.0, 0)]  # what the letters up to here cost, and where the last word of them begins
        for end in range(1, len(glued) + 1):
            best.append(min(self._ending(glued, end, best)))
        return list(_run_on(glued, best, self._costs))

    def _ending(self, glued: str, end: int, best: Sequence[tuple[float, int]]) -> Iterator[tuple[float, int]]:
        yield best[end - 1][0] + _STRANGE, end - 1
        for start in range(max(0, end - self._longest), end):
            cost = self._costs.get(glued[start:end])
            if cost is not None:
                yield best[start][0] + cost, start


def _run_on(glued: str, best: Sequence[tuple[float, int]], costs: Mapping[str, float]) -> list[str]:
    pieces: list[str] = []
    end, strange = len(glued), False
    while end:
        start = best[end][1]
        piece = glued[start:end]
        if strange and piece not in costs:
            pieces[-1] = piece + pieces[-1]
        else:
            pieces.append(piece)
        strange, end = piece not in costs, start
    return pieces[::-1]
