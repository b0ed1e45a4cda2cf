"""The media of a leaf as the checks on them go through them, each with its number."""

from collections.abc import Callable, Iterator, Mapping

from content.checks.finding import Answer, Missing
from content.checks.records import MediaRecord, WordsCase

SEEN = frozenset(("image", "illustration", "video"))
HEARD = frozenset(("video", "audio"))


def each(case: WordsCase, check: str, judge: Callable[[int, MediaRecord], Iterator[Answer]]) -> Iterator[Answer]:
    """What `judge` answers on each of the media, by its number; Missing where nobody says what is shown."""
    if case.media is None:
        yield Missing(check, "media")
    for number, one in enumerate(case.media or (), start=1):
        yield from judge(number, one)


def in_language(by_language: Mapping[str, str], language: str) -> str | None:
    """The words for readers of this language; None where there are none."""
    return by_language.get(language, by_language.get(language.partition("-")[0]))
