"""Which word a misspelling means: a letter left out, two swapped, one doubled, z for s.

Only words that people disguise are meant, and a word that anybody may write is no misspelling of one.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

_SHORTEST = 4  # letters of a word whose neighbours may be swapped, or doubled
_INNER, _FIRST, _LAST = 5, 6, 8  # letters from which an inner one, the first or the last may be left out
_REMEMBERED = 20_000


class Misspelt:
    """The misspellings of some words. Built once.

    known: words that are no misspelling of anything.
    """

    def __init__(self, meant: Iterable[str], known: Collection[str]) -> None:
        words = sorted(word for word in meant if len(word) >= _SHORTEST)
        self._known = known
        self._shorter = {short: word for word in words for short in _shorter(word)}
        self._single = {_single(word): word for word in words}
        self._by_letters: dict[str, list[str]] = {}
        for word in words:
            self._by_letters.setdefault("".join(sorted(word)), []).append(word)
        self._met: dict[str, str | None] = {}

    def meant(self, word: str) -> str | None:
        """The word of which this is a misspelling; most words of texts return, and are remembered."""
        if word in self._known or len(word) < _SHORTEST:
            return None
        if word not in self._met:
            if len(self._met) > _REMEMBERED:
                self._met.clear()
            self._met[word] = self._shorter.get(word) or self._swapped(word) or self._doubled(word)
        return self._met[word]

    def _swapped(self, word: str) -> str | None:
        same = self._by_letters.get("".join(sorted(word)), ())
        return next((one for one in same if _swap(word, one)), None)

    def _doubled(self, word: str) -> str | None:
        plain = f"{word[:-1]}s" if word[-1] == "z" else word
        single = _single(plain)
        return self._single.get(single) if plain != word or single != word else None


def _shorter(word: str) -> Iterator[str]:
    """The word with one letter left out."""
    if len(word) >= _INNER:
        yield from (word[:i] + word[i + 1 :] for i in range(1, len(word) - 1))
    if len(word) >= _FIRST:
        yield word[1:]
    if len(word) >= _LAST:
        yield word[:-1]


def _single(word: str) -> str:
    """The word with each run of one letter written once."""
    return word[:1] + "".join(letter for before, letter in pairwise(word) if letter != before)


def _swap(one: str, other: str) -> bool:
    """Whether two words of the same letters differ by two neighbours."""
    apart = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return len(apart) == 2 and apart[1] == apart[0] + 1
