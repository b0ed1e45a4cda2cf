"""amp-slogan-symbol: nothing repeats the group's slogans, outlets or, unqualified, its names for itself."""

from collections.abc import Iterator

from content.checks.finding import Answer
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities

ID = "amp-slogan-symbol"
SEVERITIES = severities("slogans")


def check(case: WordsCase) -> Iterator[Answer]:
    return judge(case, ID, "slogans")
