"""legal-promise: nothing promises immunity, asylum, payment or anonymity."""

from collections.abc import Iterator

from content.checks.finding import Answer
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities

ID = "legal-promise"
SEVERITIES = severities("promise")


def check(case: WordsCase) -> Iterator[Answer]:
    return judge(case, ID, "promise")
