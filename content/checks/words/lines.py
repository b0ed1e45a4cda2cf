"""Where a standard line stands in a text: whole, in order, whatever white space breaks it."""

import re
import unicodedata
from functools import lru_cache

Span = tuple[int, int]


@lru_cache(maxsize=4096)
def _pattern(line: str) -> tuple[str, re.Pattern[str]] | None:
    """The line's first word, without which it stands nowhere, and what finds all of it."""
    words = unicodedata.normalize("NFC", line).split()
    if not words:
        return None
    body = r"\s+".join(map(re.escape, words))
    # Only a letter or digit at the line's edge can run on into the next word.
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w)" if words[-1][-1].isalnum() else ""
    return words[0], re.compile(before + body + after)


def places(text: str, line: str) -> list[Span]:
    """Every place where `line` stands in `text`, in code points of `text`."""
    known = _pattern(line)
    return [found.span() for found in known[1].finditer(text)] if known and known[0] in text else []


def place(text: str, line: str) -> Span | None:
    """The first place of `line` in `text`, or None."""
    known = _pattern(line)
    found = known[1].search(text) if known and known[0] in text else None
    return found.span() if found else None


def inside(span: Span, others: list[Span]) -> bool:
    """Whether `span` lies wholly in one of `others`."""
    return any(start <= span[0] and span[1] <= end for start, end in others)


def parts_of(text: str, parts: tuple[Span, ...]) -> tuple[Span, ...]:
    """The parts of a leaf; one where it is not threaded."""
    return parts or ((0, len(text)),)
