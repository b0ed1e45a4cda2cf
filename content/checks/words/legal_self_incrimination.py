"""legal-self-incrimination: a passage in which the speaker admits an act goes to the legal reviewer."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.tagged import judge_tags

ID = "legal-self-incrimination"
SEVERITIES: dict[str, Severity] = {"": "specialist:legal"}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "The speaker admits an act here, and it could be used in court. The legal reviewer must read it."
    return judge_tags(case, ID, "specialist:legal", lambda tags: tags.admits_act, reason)
