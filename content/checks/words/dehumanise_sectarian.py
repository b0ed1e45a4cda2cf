"""dehumanise-sectarian: nobody is likened to animals or dirt; no community is hated or called by a slur."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities

ID = "dehumanise-sectarian"
LEXICON = "dehumanise_sectarian"
SEVERITIES: dict[str, Severity] = severities(LEXICON)


def check(case: WordsCase) -> Iterator[Answer]:
    return judge(case, ID, LEXICON)
