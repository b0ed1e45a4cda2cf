"""Which known word a misspelt one means. What is compared is few words each time: nothing is spelt wrong ahead."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

_SWAPPED, _DROPPED = 4, 5  # letters of a word in which two may be swapped, or one left out


class Misspelt:
    """Words with two neighbours after the first letter swapped, or one inner letter left out. Built once.

    words: what may be meant; spelt_so: no misspelling of anything.
    """

    def __init__(self, words: Iterable[str], spelt_so: frozenset[str]) -> None:
        self._words = frozenset(word for word in words if len(word) >= _SWAPPED)
        self._spelt_so = spelt_so
        self._alike = defaultdict[tuple[str, str, int], list[str]](list)  # by first and last letter, and length
        for word in self._words:
            if len(word) >= _DROPPED:
                self._alike[word[0], word[-1], len(word)].append(word)

    def meant(self, word: str) -> str | None:
        """The word of which this is a misspelling; of several the last in order."""
        if len(word) < _SWAPPED or word in self._spelt_so:
            return None
        return max((*self._swapped(word), *self._dropped(word)), default=None)

    def _swapped(self, word: str) -> Iterator[str]:
        for i in range(1, len(word) - 1):
            right = f"{word[:i]}{word[i + 1]}{word[i]}{word[i + 2 :]}"
            if right in self._words:
                yield right

    def _dropped(self, word: str) -> Iterator[str]:
        alike = self._alike.get((word[0], word[-1], len(word) + 1), ())
        return (right for right in alike if _lacks_one(word, right))


def _lacks_one(word: str, whole: str) -> bool:
    """Whether the word is the whole but for one letter."""
    at = next((i for i, (one, other) in enumerate(zip(word, whole, strict=False)) if one != other), len(word))
    return word[at:] == whole[at + 1 :]
