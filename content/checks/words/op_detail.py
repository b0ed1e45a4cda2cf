"""op-detail: nothing tells how to cross, hide, pay or handle a weapon."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.tagged import after_people, judge_tags

ID = "op-detail"
SEVERITIES: dict[str, Severity] = {"": "block", "disagrees": "specialist:safeguarding", **severities("operational")}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "This passage was tagged as giving operational detail. Use another passage."
    yield from judge_tags(case, ID, "block", lambda tags: tags.operational, reason)
    yield from after_people(
        case, judge(case, ID, "operational"), lambda tags: tags.operational, SEVERITIES["disagrees"]
    )
