"""The program's own sentences with values in them, in the reader's language: refusals, findings, the notes of posts.

Each was made from a pattern of content/ (`Post {1} is {2}.`) and is kept as it was said, so the catalogues hold the
patterns (context `told`). A sentence is taken apart by the pattern it was made from and put together by that one's
translation. Its values stay as they are, but for words of ours (context `word`), days, lengths of time, and sentences
in a sentence.
What was made from no pattern stays English: nothing is ever guessed at.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from babel.dates import get_month_names
from babel.units import format_unit

from web.language import HOME, catalogues

MOST = 2000  # signs: no sentence of ours is that long
DEEP = 4  # a sentence in a sentence in a sentence, and no further
THIN = 4  # letters: a pattern with fewer says nothing by itself, so one of its values must be ours
BLANK = re.compile(r"\{(\d)\}")
_CODE = re.compile(r"[a-z][a-z0-9_.-]*: ")  # how the note of a post begins
_END = re.compile(r"(?<=[.!?]) ")
_DAY = re.compile(r"(\d{1,2} )([A-Z][a-z]{2})( \d\d:\d\d(?::\d\d)?)")
_SPAN = re.compile(r"(\d+) (s|min|h|days)")
_UNITS = {"s": "duration-second", "min": "duration-minute", "h": "duration-hour", "days": "duration-day"}
_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def told(text: str, code: str) -> str:
    """The sentence in this language; empty where it has none."""
    text = text.strip()
    if code == HOME or not 0 < len(text) <= MOST:
        return text if code == HOME else ""
    teller = _teller(code)
    return teller.say(text) or teller.say(_CODE.sub("", text, count=1)) or ""


class Teller:
    """What the catalogues of a language say. fixed: without blanks; patterns: with them, the most telling first."""

    def __init__(self, code: str) -> None:
        self.code = code
        known = [one for catalogue in catalogues(code) for one in catalogue if one.id and one.context]
        self.words = {str(one.id): str(one.string) for one in known if one.context == "word"}
        given = {str(one.id).strip(): str(one.string) for one in known if one.context == "told"}
        self.fixed = {one: said for one, said in given.items() if not BLANK.search(one)}
        blanks = sorted((one for one in given if BLANK.search(one)), key=_weight, reverse=True)
        self.patterns = [(BLANK.split(one)[::2], given[one], _weight(one) < THIN) for one in blanks]

    def say(self, text: str, deep: int = 0) -> str | None:
        """This sentence, or these sentences, translated; None where one has no translation."""
        whole = self.fixed.get(text) or self._filled(text, deep)
        if whole:
            return whole
        pieces, known = _END.split(text), list[str]()
        for piece in pieces if len(pieces) > 1 else ():
            said = self.fixed.get(piece) or self._filled(piece, deep)
            if not said:
                return None
            known.append(said)
        return " ".join(known) or None

    def _filled(self, text: str, deep: int) -> str | None:
        for fixed, pattern, thin in self.patterns if deep < DEEP else ():
            found = blanks(fixed, text)
            values = [self._value(one, deep) for one in found or ()]
            if found and not (thin and not any(values)):
                stand = [said or _apart(was) for said, was in zip(values, found, strict=True)]
                return BLANK.sub(_putting(stand), pattern)
        return None

    def _value(self, value: str, deep: int) -> str | None:
        """What stands in a blank, if it is ours: a word, a list of words, a day, a length of time, a sentence."""
        for between, said in ((" or ", f" {self.words.get('or')} "), (", ", f"{self.words.get(',')} ")):
            if between in value and all(one in self.words for one in value.split(between)):
                return said.join(self.words[one] for one in value.split(between))
        day = _DAY.fullmatch(value)
        if day and day[2] in _MONTHS:
            months = get_month_names("abbreviated", locale=self.code)
            return _apart(day[1] + months[_MONTHS[day[2]]] + day[3])
        span = _SPAN.fullmatch(value)
        if span and value not in self.words:
            return format_unit(int(span[1]), _UNITS[span[2]], locale=self.code)
        return self.words.get(value) or self.say(value.strip(), deep + 1)


_teller = cache(Teller)


def _weight(pattern: str) -> int:
    return sum(sign.isalpha() for sign in BLANK.sub("", pattern))


def blanks(fixed: Sequence[str], text: str) -> list[str] | None:
    """What stands between the fixed pieces, each blank as short as may be; None where the text was not made of them.
    By looking for one piece after the other: a regular expression with three blanks takes seconds over a long text."""
    first, *inner, last = fixed
    if not (text.startswith(first) and text.endswith(last)):
        return None
    found, at, end = list[str](), len(first), len(text) - len(last)
    for piece in inner:
        stands = text.find(piece, at, end)
        if stands < 0:
            return None
        found.append(text[at:stands])
        at = stands + len(piece)
    return [*found, text[at:end]] if at <= end else None


def _apart(value: str) -> str:
    """A name, an address or a number among words of the other direction: it turns nothing around it."""
    before = ": " if value.startswith(": ") else ""  # of a list behind a colon, which is the sentence's
    rest = value.removeprefix(before)
    return value if not rest or rest.isdecimal() else f"{before}\u2068{rest}\u2069"


def _putting(values: list[str]) -> Callable[[re.Match[str]], str]:
    return lambda blank: values[int(blank[1]) - 1]
