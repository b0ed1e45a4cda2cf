"""What stands beside the leaf's own words and is read all the same: alt texts, captions, labels, file names, the card.

Whoever must not be named in the text must not be named there either.
"""

import re
from collections.abc import Iterator

from content.checks.records import MediaRecord, WordsCase

_SEPARATORS = re.compile(r"[_\-.+%]+")


def beside(case: WordsCase) -> Iterator[tuple[str, str]]:
    """(where it stands, its words) of each such text."""
    for number, one in enumerate(case.media or (), start=1):
        yield from _of_media(one, number)
    yield from (("the link card", words) for words in case.card)


def _of_media(one: MediaRecord, number: int) -> Iterator[tuple[str, str]]:
    for what, by_language in (("alt text", one.alt), ("captions", one.captions), ("label", one.label)):
        yield from ((f"the {what} of {shown(one, number)}", words) for words in (by_language or {}).values() if words)
    if one.file_name:
        yield f"the file name of {shown(one, number)}", _SEPARATORS.sub(" ", one.file_name)


def shown(one: MediaRecord, number: int) -> str:
    """How a finding speaks of one of the media: never by its file name, which may be somebody's."""
    return f"{one.kind} {number}"
