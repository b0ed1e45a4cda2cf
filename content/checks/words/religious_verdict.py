"""religious-verdict: the publisher never rules who is a believer or what a faith says; a passage that does is read.

Outside faithful quotations the words are judged. Inside one, the tag of the passage that holds it decides: a person's
own judgement is part of their testimony, and whoever cleared the passage said whether it is one.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.lines import Span, inside, places
from content.checks.words.tagged import judge_tags, tagged
from content.checks.words.testimony import faithful_quotes

ID = "religious-verdict"
SEVERITIES: dict[str, Severity] = {"": "specialist:religious", **severities("religion")}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "This passage makes a religious claim. The religious reviewer must read it."
    yield from judge_tags(case, ID, "specialist:religious", lambda tags: tags.religious_claim, reason)
    answers = list(judge(case, ID, "religion"))
    left_to_tags = _left_to_tags(case) if answers else []
    yield from (answer for answer in answers if not _within(answer, left_to_tags))


def _within(answer: Answer, spans: list[Span]) -> bool:
    return isinstance(answer, Finding) and answer.span is not None and inside(answer.span, spans)


def _left_to_tags(case: WordsCase) -> list[Span]:
    """Faithful quotations in a passage with tags; all of them where the passages are unknown, which is said then."""
    quotes = faithful_quotes(case)
    if case.used_passages is None:
        return quotes
    passages = [where for passage, _ in tagged(case) for where in places(case.text, passage.text)]
    return [quote for quote in quotes if inside(quote, passages)]
