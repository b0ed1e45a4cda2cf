"""residual-endorsement: nothing endorses another armed group or violence against anyone."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.tagged import after_people, judge_tags

ID = "residual-endorsement"
SEVERITIES: dict[str, Severity] = {"": "block", "disagrees": "specialist:content", **severities("endorsement")}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "This passage was tagged as endorsing violence or an armed group. Use another passage."
    yield from judge_tags(case, ID, "block", lambda tags: tags.endorses_violence, reason)
    yield from after_people(
        case, judge(case, ID, "endorsement"), lambda tags: tags.endorses_violence, SEVERITIES["disagrees"]
    )
