"""Where quotations stand in a text, and whether one is a faithful cut of a stored quote. Linear in the text."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"
_OPEN = {"“": "”", "„": "“”", "«": "»", "»": "«", "‹": "›", "›": "‹", "‚": "‘’", "「": "」", '"': '"', "＂": "＂"}
_OPENING = re.compile("[" + re.escape("".join(_OPEN)) + "]")
_ELLIPSIS = re.compile(r"\[\s*(?:…|\.\s?\.\s?\.)\s*\]|\(\s*(?:…|\.\s?\.\s?\.)\s*\)|…|\.\s?\.\s?\.")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_TOKEN = re.compile(r"[^\W_]+|[?؟%$€£]")
_ISE = re.compile(r"^(.{4,})is(e|ed|es|er|ers|ing|ation|ations)$")
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "؟": "?"})
_LONGEST_MARKED = 1500


@cache
def wording(language: str) -> dict[str, Any]:
    """The words by which one language negates, attributes and rejects; empty where nobody listed them."""
    listed: dict[str, Any] = json.loads((_DATA / "quotation.json").read_text("utf-8"))["languages"]
    found: dict[str, Any] = listed.get(language, {})
    return found


@cache
def _spellings(language: str) -> dict[str, str]:
    table = json.loads((_DATA / "spelling.json").read_text("utf-8"))["languages"].get(language, {})
    same = {variant: row[0] for row in table.get("same", []) for variant in row}
    for word in table.get("our", []):
        same |= {word.replace("our", "or", 1) + end: word + end for end in ("", "s", "ed", "ing")}
    return same | {word.replace("ll", "l", 1): word for word in table.get("doubled", [])}


@lru_cache(maxsize=16384)
def _one_spelling(token: str, language: str) -> str:
    token = _spellings(language).get(token, token)
    return _ISE.sub(r"\1iz\2", token) if language == "en" else token


@lru_cache(maxsize=8192)
def _bare(char: str) -> str:
    """What of a character counts: nothing of tatweel, invisible characters and Arabic vowel marks."""
    if char in "\u0640\u00ad\u0670" or "\u064b" <= char <= "\u065f" or unicodedata.category(char) == "Cf":
        return ""
    parts = unicodedata.normalize("NFKC", char).casefold().translate(_ARABIC)
    return "".join(part if (decimal := unicodedata.decimal(part, None)) is None else str(decimal) for part in parts)


@lru_cache(maxsize=512)  # the stored quotes are read for each leaf, its sentences for each quote
def tokens(text: str, language: str) -> list[str]:
    """Whole tokens: case, typography, vowel marks, hamza seats and national spelling do not count; ? % and money do.

    What is answered is kept: nobody may change it.
    """
    bare = text.lower() if text.isascii() else "".join(map(_bare, unicodedata.normalize("NFC", text)))
    return [_one_spelling(token, language) for token in _TOKEN.findall(bare)]


def marked(text: str) -> list[tuple[int, int]]:
    """What stands between quotation marks, without the marks; an unclosed mark opens nothing."""
    return list(_marked(text))


@lru_cache(maxsize=16)  # several checks ask about one text
def _marked(text: str) -> tuple[tuple[int, int], ...]:
    out: list[tuple[int, int]] = []
    at = 0
    while mark := _OPENING.search(text, at):
        end = _closing(text, mark.start(), _OPEN[mark[0]])
        if end > mark.start():
            out.append((mark.end(), end))
        at = max(end + 1, mark.end())
    return tuple(out)


def _closing(text: str, start: int, close: str) -> int:
    found = (text.find(mark, start + 1, start + _LONGEST_MARKED) for mark in close)
    return min((at for at in found if at >= 0), default=-1)


def pieces(text: str, language: str) -> list[list[str]]:
    """The runs of tokens between marked omissions, what an editor put in square brackets left out."""
    return [run for part in _ELLIPSIS.split(text) if (run := tokens(_BRACKETS.sub(" ", part), language)) or False]


def _find(source: Sequence[str], run: Sequence[str], start: int) -> int:
    width = len(run)
    return next(
        (i for i in range(start, len(source) - width + 1) if source[i] == run[0] and source[i : i + width] == run), -1
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """omitted: the stretches of the source that marked omissions left out between two pieces."""

    omitted: tuple[tuple[str, ...], ...]


def fit(quoted: str, source: str, language: str) -> Fit | None:
    """How `quoted` is cut from `source`, or None where it is not: every piece a contiguous run, in order."""
    whole, position = tokens(source, language), 0
    omitted: list[tuple[str, ...]] = []
    runs = pieces(quoted, language)
    for number, run in enumerate(runs):
        found = _find(whole, run, position)
        if found < 0:
            return None
        if number:
            omitted.append(tuple(whole[position:found]))
        position = found + len(run)
    return Fit(tuple(omitted)) if runs else None


def turns_round(found: Fit, language: str) -> bool:
    """Whether an omission took away a negation that stood beside what is shown."""
    negation = set(wording(language).get("negation", ()))
    return any(negation & {*gap[:2], *gap[-2:]} for gap in found.omitted)


def overlap(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence of two short token lists."""
    row = [0] * (len(right) + 1)
    for token in left:
        previous = 0
        for i, other in enumerate(right, 1):
            previous, row[i] = row[i], previous + 1 if token == other else max(row[i], row[i - 1])
    return row[-1]


_BREAK = re.compile(r"\s(?:(?<=[^.…][.!?؟]\s)\s*|(?<=\n)\n*|(?<=[^.…][.!?؟][”»\"“]\s)\s*)")  # \s first: it is seldom


def sentences(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Stretches that end with a full stop, a question or exclamation mark, or a line."""
    for match in _BREAK.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)
