"""mockery: nobody is ridiculed, for person, looks, hardship or faith; no laughing sign, no sarcasm."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.lexicons import patterns

ID = "mockery"
LEXICON = "mockery"
SEVERITIES: dict[str, Severity] = severities(LEXICON) | {"emoji": "block", "sarcasm": "block"}
_REASONS = {
    "emoji": "This sign laughs at people. It drives away the readers the message should reach. Take it out.",
    "sarcasm": "Irony is read as ridicule, and out of its context as its opposite. Say plainly what is meant.",
}


def check(case: WordsCase) -> Iterator[Answer]:
    yield from judge(case, ID, LEXICON)
    for code, reason in _REASONS.items():
        pattern = patterns(LEXICON, case.language.partition("-")[0], code)
        for found in pattern.finditer(case.text) if pattern else ():
            yield Finding(ID, "block", reason, found.span(), code)
