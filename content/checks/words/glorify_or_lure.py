"""glorify-or-lure: nothing praises fighters or makes life with the group look like a gain."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.tagged import judge_tags

ID = "glorify-or-lure"
SEVERITIES: dict[str, Severity] = {"": "block", **severities("glorify")}
_TAGGED = "People saw in this passage that fighters are praised, or that the group reads as a gain. Use another."


def check(case: WordsCase) -> Iterator[Answer]:
    yield from judge_tags(case, ID, "block", lambda tags: tags.lure, _TAGGED)
    yield from judge(case, ID, "glorify")
