"""incitement: no call to harm, harass, drive out or take revenge on anyone, fighters and their families included."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities

ID = "incitement"
LEXICON = "incitement"
SEVERITIES: dict[str, Severity] = severities(LEXICON)


def check(case: WordsCase) -> Iterator[Answer]:
    return judge(case, ID, LEXICON)
