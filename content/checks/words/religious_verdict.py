"""religious-verdict: we never rule on religion; a passage that does goes to the religious reviewer."""

from collections.abc import Iterator

from content.checks.finding import Answer, Severity
from content.checks.records import WordsCase
from content.checks.words.tagged import judge_tags

ID = "religious-verdict"
SEVERITIES: dict[str, Severity] = {"": "specialist:religious"}


def check(case: WordsCase) -> Iterator[Answer]:
    reason = "This passage makes a religious claim. The religious reviewer must read it."
    return judge_tags(case, ID, "specialist:religious", lambda tags: tags.religious_claim, reason)
