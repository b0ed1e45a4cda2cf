"""victim-erasure: no victims are passed over, as if others had been rightful targets or none but Muslims had suffered.

The campaign must carry a context line that names Yazidi, Christian, Shia, Kurdish and Sunni victims. That is asked
where the words speak of victims, brutality or infighting, and not of the narrative's theme: a message about power cuts
leaves nobody out, whatever else its speaker went through, and one that speaks of victims does so under every theme.
What a person said so themselves, in a faithful quotation, is shown: their words stay, and the context line answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, own_lines, severities
from content.checks.words.lexicons import lexicon
from content.checks.words.lines import Span, inside
from content.checks.words.reading import read
from content.checks.words.testimony import faithful_quotes

ID = "victim-erasure"
SEVERITIES: dict[str, Severity] = {**severities("erasure"), "context": "specialist:religious", "quoted": "warn"}
_NAMED = tuple(f"erasure.{group}" for group in ("yazidi", "christian", "shia", "kurd", "sunni"))
_REASON = (
    "This speaks of victims, and no context line of the campaign names Yazidi, Christian, Shia, Kurdish and Sunni "
    "victims together. Give the campaign one, so that none of them is passed over."
)
_QUOTED = "These words pass over other victims. They are a quotation and may stay: show the context line with them."


def check(case: WordsCase) -> Iterator[Answer]:
    answers = list(judge(case, ID, "erasure"))
    quotes = faithful_quotes(case) if answers else []
    yield from (_quoted(answer, quotes) for answer in answers)
    if any(isinstance(answer, Finding) for answer in answers) or _speaks_of_victims(case):
        yield from _context(case)


def _quoted(answer: Answer, quotes: list[Span]) -> Answer:
    if isinstance(answer, Finding) and answer.span is not None and inside(answer.span, quotes):
        return replace(answer, severity="warn", code="quoted", reason=_QUOTED)
    return answer


def _context(case: WordsCase) -> Iterator[Answer]:
    lines = case.campaign.context_lines if case.campaign else None
    if lines is None:
        yield Missing(ID, "campaign.context_lines")
    elif not any(map(_names_all, lines)):
        yield Finding(ID, "specialist:religious", _REASON, code="context")


def _speaks_of_victims(case: WordsCase) -> bool:
    reading = read(case.text, case.language.partition("-")[0])
    marks = [mark for sentence in reading.sentences for mark in sentence.marks("erasure.suffering")]
    own = own_lines(case) if marks else []
    return any(not inside(reading.span(mark.first, mark.last), own) for mark in marks)


@lru_cache(maxsize=256)
def _names_all(line: str) -> bool:
    """Whether the line names all five, in whichever language: a campaign may list its lines in several."""
    return any(_names(line, language) for language in lexicon("erasure")["languages"])


def _names(line: str, language: str) -> bool:
    found = {name for sentence in read(line, language).sentences for name in sentence.classes}
    return found.issuperset(_NAMED)
