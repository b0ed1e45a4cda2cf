"""glorify-or-lure: nothing praises fighters or makes life with the group look like a gain."""

from collections.abc import Iterator

from content.checks.finding import Answer
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities

ID = "glorify-or-lure"
SEVERITIES = severities("glorify")


def check(case: WordsCase) -> Iterator[Answer]:
    return judge(case, ID, "glorify")
