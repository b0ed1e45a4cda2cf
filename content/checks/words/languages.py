"""In which language words are: told by their script, by listed words and by the letters that follow each other.

Transparent and small: `data/languages.json` lists some hundred words of each language; what letters follow which is
counted in them. Everything is relative: a word speaks for one language of a closed choice against another.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from math import log
from operator import add
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data" / "languages.json"
_SCRIPTS = (
    ("latin", re.compile("[A-Za-zª-ɏḀ-ỿ]")),
    ("arabic", re.compile("[؀-ۿݐ-ݿࢠ-ࣿﭐ-﷿ﹰ-ﻼ]")),
    ("cyrillic", re.compile("[Ѐ-ԯ]")),
)
_WRITTEN_TWICE = {"ku": ("ku", "ckb")}  # one language in two scripts has a profile for each
_LISTED = 2.5  # what a listed word adds, in nats
_MOST = 7.0  # no single word says more, in nats: a foreign name in a sentence must not turn it
_PRIOR = 3.0  # how many sightings what is known of shorter runs of letters is worth
_RUN = 3  # letters
_REMEMBERED = 20_000  # runs of letters of one profile
_LETTERS = 60  # about how many different ones a script has


@cache
def _profiles() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_DATA.read_text("utf-8"))["languages"]
    return told


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_profiles()[name]["words"]).split())


@cache
def _counts(name: str) -> Mapping[str, int]:
    """How often each letter, and each run of two and of three, stands in the words of a profile; "all": letters."""
    whole = f" {' '.join(_words(name))} "
    pairs = list(map(add, whole, whole[1:]))
    return {**Counter(whole), **Counter(pairs), **Counter(map(add, pairs, whole[2:])), "all": len(whole)}


def known() -> frozenset[str]:
    """The languages that have a profile."""
    twice = {name for names in _WRITTEN_TWICE.values() for name in names}
    return frozenset((*_profiles().keys() - twice, *_WRITTEN_TWICE))


def scripts(language: str) -> frozenset[str]:
    """The scripts a language is written in; empty where it has no profile."""
    names = _WRITTEN_TWICE.get(language, (language,))
    return frozenset(_profiles()[name]["script"] for name in names if name in _profiles())


@lru_cache(maxsize=1024)
def script(letter: str) -> str:
    """latin, arabic, cyrillic or other."""
    return next((name for name, letters in _SCRIPTS if letters.match(letter)), "other")


class _Profile(dict[str, float]):
    """How likely a profile makes each run of three letters, whichever choice it is in: worked out ahead for those that
    it knows, for others once."""

    def __init__(self, name: str) -> None:
        self.words, self._counts = _words(name), _counts(name)
        self._pairs: dict[str, float] = {}
        self.update({run: self._likelihood(run) for run in self._counts if len(run) == _RUN})

    def __missing__(self, run: str) -> float:
        if len(self) > _REMEMBERED:
            self.clear()
        likely = self[run] = self._likelihood(run)
        return likely

    def _likelihood(self, run: str) -> float:
        """log P(third letter | the two before it), smoothed by what follows the second alone."""
        after_one = self._pairs.get(run[1:]) or self._after_one(run[1:])
        seen = self._counts.get
        return log((seen(run, 0) + _PRIOR * after_one) / (seen(run[:2], 0) + _PRIOR))

    def _after_one(self, pair: str) -> float:
        """P(second letter | the first), smoothed by the second's own."""
        seen = self._counts.get
        alone = (seen(pair[1], 0) + 0.5) / (self._counts["all"] + 0.5 * _LETTERS)
        likely = self._pairs[pair] = (seen(pair, 0) + _PRIOR * alone) / (seen(pair[0], 0) + _PRIOR)
        return likely


@cache
def _heard(name: str) -> _Profile:
    return _Profile(name)


class Choice:
    """The languages of one script among which words decide."""

    def __init__(self, languages: Sequence[str], of_script: str) -> None:
        named = [(own, name) for own in languages for name in _WRITTEN_TWICE.get(own, (own,)) if name in _profiles()]
        told = {own: name for own, name in named if _profiles()[name]["script"] == of_script}
        self.languages = tuple(told)
        profiles = [_heard(name) for name in told.values()]
        self._heard = [(profile.words, profile.__getitem__) for profile in profiles]
        self.listed = frozenset[str]().union(*(profile.words for profile in profiles))
        self.says = lru_cache(maxsize=8192)(self._says)

    def _says(self, word: str) -> tuple[float, ...]:
        """For each language what a word (lower case) says for it: nought for the likeliest, less for the others."""
        runs = _runs(word)
        sums = [sum(map(read, runs), _LISTED if word in words else 0.0) for words, read in self._heard]
        best = max(sums)
        return tuple([max(one - best, -_MOST) for one in sums])

    def sum(self, words: Iterable[tuple[float, ...]]) -> dict[str, float]:
        """What several words say together, by language."""
        totals = (sum(column) for column in zip(*words, strict=True))
        return dict(zip(self.languages, totals, strict=False))


@lru_cache(maxsize=64)
def choice(languages: tuple[str, ...], of_script: str) -> Choice:
    return Choice(languages, of_script)


def _runs(word: str) -> list[str]:
    """Three letters each, from before the word's beginning to behind its end."""
    whole = f" {word} "
    return [whole[at : at + 3] for at in range(len(whole) - 2)]
