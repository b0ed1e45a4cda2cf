"""residual-endorsement: no passage endorses another armed group or violence against anyone."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.tagged import judge_tags

ID = "residual-endorsement"
SEVERITIES: dict[str, Severity] = {"": "block"}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "This passage was tagged as endorsing violence or an armed group. Use another passage."
    return judge_tags(case, ID, "block", lambda tags: tags.endorses_violence, reason)
