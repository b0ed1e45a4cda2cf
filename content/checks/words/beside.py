"""What stands beside the leaf's own words and is read all the same: alt texts, captions, labels, notes, the card.

Whoever must not be known from the text must not be known from there either.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from content.checks.finding import Answer, Finding
from content.checks.records import MediaRecord, WordsCase

_SEPARATORS = re.compile(r"[_\-.+%]+")
_FILE_NAMES = "en"  # files are named in this language, whatever the message is in


@dataclass(frozen=True, slots=True)
class Beside:
    """One such text. what: alt text, captions, label, note, drawn words, file name or link card; where: which one."""

    what: str
    where: str
    words: str
    language: str


def beside(case: WordsCase) -> Iterator[Beside]:
    """Each text that stands beside the words. A file name is read in the language of the message and in English."""
    for number, one in enumerate(case.media or (), start=1):
        yield from _of_media(one, number, case.language)
    yield from (Beside("link card", "the link card", words, case.language) for words in case.card)


def _of_media(one: MediaRecord, number: int, language: str) -> Iterator[Beside]:
    for what, by_language in _told(one, language):
        where = f"the {what} of {shown(one, number)}"
        told = (by_language or {}).items()
        yield from (Beside(what, where, words, said.lower().partition("-")[0]) for said, words in told if words)
    if one.file_name:
        words, where = _SEPARATORS.sub(" ", one.file_name), f"the file name of {shown(one, number)}"
        yield from (Beside("file name", where, words, said) for said in dict.fromkeys((language, _FILE_NAMES)))


def _told(one: MediaRecord, language: str) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    yield from (("alt text", one.alt), ("captions", one.captions), ("label", one.label))
    yield from (("note", {language: one.note}), ("drawn words", {language: one.drawn or ""}))


def shown(one: MediaRecord, number: int) -> str:
    """How a finding speaks of one of the media: never by its file name, which may be somebody's."""
    return f"{one.kind} {number}"


def alone(case: WordsCase, one: Beside) -> WordsCase:
    """That text as if it were the leaf's own, with nothing beside it and no passage behind it."""
    return replace(
        case,
        text=one.words,
        language=one.language,
        parts=(),
        spans=None,
        links=(),
        used_passages=(),
        media=(),
        card=(),
    )


def judge_beside(case: WordsCase, judge: Callable[[WordsCase], Iterable[Answer]]) -> Iterator[Answer]:
    """What `judge` answers on each such text; its findings say where that stands."""
    for one in beside(case):
        yield from (found_in(one, answer) for answer in judge(alone(case, one)))


def found_in(one: Beside, answer: Answer) -> Answer:
    """A finding in that text: it has no place in the leaf's own words."""
    if not isinstance(answer, Finding):
        return answer
    return replace(answer, span=None, reason=f"In {one.where}: {answer.reason}")
