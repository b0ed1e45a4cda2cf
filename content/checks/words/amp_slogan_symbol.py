"""amp-slogan-symbol: nothing repeats the group's slogans, outlets, emblems or, unqualified, its names for itself."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import MediaRecord, WordsCase
from content.checks.words.beside import shown
from content.checks.words.composed import judge, severities
from content.checks.words.media import SEEN, each

ID = "amp-slogan-symbol"
SEVERITIES: dict[str, Severity] = severities("slogans") | {"symbol": "block"}


def check(case: WordsCase) -> Iterator[Answer]:
    yield from judge(case, ID, "slogans")
    yield from each(case, ID, _symbol)


def _symbol(number: int, one: MediaRecord) -> Iterator[Answer]:
    if one.kind in SEEN and one.symbol_match is None:
        yield Missing(ID, f"media.{number}.symbol_match")
    elif one.symbol_match:
        reason = f"{shown(one, number)} shows a sign of the group or looks like its media. Use another picture."
        yield Finding(ID, "block", reason, code="symbol")
