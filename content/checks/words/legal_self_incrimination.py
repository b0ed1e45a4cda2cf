"""legal-self-incrimination: words in which the speaker admits an act go to the legal reviewer.

A report about many people admits nothing of one speaker: there only the tag counts.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.tagged import after_people, judge_tags

ID = "legal-self-incrimination"
SEVERITIES: dict[str, Severity] = {"": "specialist:legal", **severities("admission")}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "The speaker admits an act here, and it could be used in court. The legal reviewer must read it."
    yield from judge_tags(case, ID, "specialist:legal", lambda tags: tags.admits_act, reason)
    if case.narrative is None or case.narrative.kind != "aggregate":
        yield from after_people(case, judge(case, ID, "admission"), lambda tags: tags.admits_act, "specialist:legal")
