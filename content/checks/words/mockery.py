"""mockery: nobody is ridiculed, for person, looks, hardship or faith; no laughing sign, no sarcasm."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.lexicons import patterns
from content.checks.words.tagged import judge_tags

ID = "mockery"
LEXICON = "mockery"
SEVERITIES: dict[str, Severity] = severities(LEXICON) | {"emoji": "block", "sarcasm": "block", "tone": "block"}
_REASONS = {
    "emoji": "This sign laughs at people. It drives away the readers the message should reach. Take it out.",
    "sarcasm": "Irony is read as ridicule, and out of its context as its opposite. Say plainly what is meant.",
}


_TONE = "Somebody who read this says that it ridicules people. Say it so that the person spoken of could read it."


def check(case: WordsCase) -> Iterator[Answer]:
    """In the words, and by what people said who read them: of the passages when they cleared them, or of the whole."""
    yield from judge_tags(case, ID, "block", lambda tags: tags.mocks, _TONE, "tone")
    if case.tone_ok is None:
        yield Missing(ID, "message.tone_ok")
    elif not case.tone_ok:
        yield Finding(ID, "block", _TONE, code="tone")
    yield from _in_words(case)


def _in_words(case: WordsCase) -> Iterator[Answer]:
    yield from judge(case, ID, LEXICON)
    for code, reason in _REASONS.items():
        pattern = patterns(LEXICON, case.language.partition("-")[0], code)
        for found in pattern.finditer(case.text) if pattern else ():
            yield Finding(ID, "block", reason, found.span(), code)
