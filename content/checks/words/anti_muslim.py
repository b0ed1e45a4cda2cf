"""anti-muslim: no general claim joins Islam, Muslims, mosques or the headscarf with violence or low worth."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities

ID = "anti-muslim"
LEXICON = "anti_muslim"
SEVERITIES: dict[str, Severity] = severities(LEXICON)


def check(case: WordsCase) -> Iterator[Answer]:
    return judge(case, ID, LEXICON)
