"""What stands beside the leaf's own words and is read all the same: alt texts, captions, labels, notes, the card.

Whoever must not be known from the text must not be known from there either, and what may not be said in it may not be
said there. The checks on who somebody is go through all of it by themselves, names of files as well; for the READERS
the engine does, through what readers see and hear.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from content.checks.finding import Answer, Finding
from content.checks.records import MediaRecord, PassageRecord, WordsCase
from content.checks.words.lines import place

_SEPARATORS = re.compile(r"[_\-.+%]+")
# The checks on what may not be said. The others are about the whole leaf, about the media themselves, or about figures
# and quotations: an alt text counts chairs and repeats what a sign says.
READERS = frozenset((
    "template-integrity", "hashtag-hygiene", "link-safety", "legal-self-incrimination", "religious-verdict",
    "residual-endorsement", "op-detail", "graphic-violence", "language-mismatch", "hidden-characters", "victim-erasure",
    "third-party-accusation", "amp-propaganda-ref", "dehumanise-sectarian", "anti-muslim", "incitement", "mockery",
    "glorify-or-lure", "amp-slogan-symbol", "legal-promise", "tone-lecture",
))  # fmt: skip
_SAID = frozenset(("alt", "captions", "label", "note"))  # what was drawn stands in the alt text too
_FILE_NAMES = "en"  # files are named in this language, whatever the message is in


@dataclass(frozen=True, slots=True)
class Beside:
    """One such text. what: alt text, captions, label, note, drawn words, file name or link card; where: which one; at:
    the same, as findings name it."""

    what: str
    where: str
    words: str
    language: str
    at: str


def beside(case: WordsCase) -> Iterator[Beside]:
    """Each text that stands beside the words. A file name is read in the language of the message and in English."""
    for number, one in enumerate(case.media or (), start=1):
        yield from _of_media(one, number, case.language)
    yield from (Beside("link card", "the link card", words, case.language, "card") for words in case.card)


def _of_media(one: MediaRecord, number: int, language: str) -> Iterator[Beside]:
    for name, what, by_language in _told(one, language):
        where, at = f"the {what} of {shown(one, number)}", f"media.{number}.{name}"
        told = (by_language or {}).items()
        yield from (Beside(what, where, words, said.lower().partition("-")[0], at) for said, words in told if words)
    if one.file_name:
        words, where = _SEPARATORS.sub(" ", one.file_name), f"the file name of {shown(one, number)}"
        at = f"media.{number}.file_name"
        yield from (Beside("file name", where, words, said, at) for said in dict.fromkeys((language, _FILE_NAMES)))


def _told(one: MediaRecord, language: str) -> Iterator[tuple[str, str, Mapping[str, str] | None]]:
    yield from (("alt", "alt text", one.alt), ("captions", "captions", _run_on(one.captions)))
    yield from (("label", "label", one.label), ("note", "note", {language: one.note}))
    yield "drawn", "drawn words", {language: one.drawn or ""}


def _run_on(captions: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """A line of captions ends where the screen does, in the middle of a sentence."""
    return {said: words.replace("\n", " ") for said, words in captions.items()} if captions else captions


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


def read_too(case: WordsCase) -> list[tuple[Beside, WordsCase]]:
    """The texts that readers see or hear beside the words, each as a leaf of its own for the READERS.

    A passage that stands in one (in the alt text of a card) is judged with its tags there as it is in the words.
    """
    texts = [one for one in beside(case) if one.at.rpartition(".")[2] in _SAID]
    return [(one, replace(alone(case, one), used_passages=_standing(case, one), tone_ok=True)) for one in texts]


def _standing(case: WordsCase, one: Beside) -> tuple[PassageRecord, ...]:
    return tuple(passage for passage in case.used_passages or () if place(one.words, passage.text))


def judge_beside(case: WordsCase, judge: Callable[[WordsCase], Iterable[Answer]]) -> Iterator[Answer]:
    """What `judge` answers on each such text; its findings say where that stands."""
    for one in beside(case):
        yield from (found_in(one, answer) for answer in judge(alone(case, one)))


def found_in(one: Beside, answer: Answer) -> Answer:
    """A finding in that text: it has no place in the leaf's own words."""
    if not isinstance(answer, Finding):
        return answer
    return replace(answer, span=None, reason=f"In {one.where}: {answer.reason}", at=one.at)
