"""What the tags that people gave a passage say about the leaf that uses it."""

from collections.abc import Callable, Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import PassageRecord, TagsRecord, WordsCase
from content.checks.words.lines import place


def judge_tags(
    case: WordsCase, check: str, severity: Severity, applies: Callable[[TagsRecord], bool], reason: str
) -> Iterator[Answer]:
    """One finding for each used passage whose tags apply; Missing where passages or tags are unknown."""
    yield from untagged(case, check)
    for passage, tags in tagged(case):
        if applies(tags):
            yield Finding(check, severity, reason, place(case.text, passage.text))


def untagged(case: WordsCase, check: str) -> Iterator[Missing]:
    """What of the passages this leaf stands on is unknown."""
    if case.used_passages is None:
        yield Missing(check, "narrative.passages")
    for passage in case.used_passages or ():
        if passage.tags is None:
            yield Missing(check, f"narrative.passages.{passage.ref}.tags")


def tagged(case: WordsCase) -> Iterator[tuple[PassageRecord, TagsRecord]]:
    """The passages this leaf stands on that people tagged, each once."""
    for passage in dict.fromkeys(case.used_passages or ()):
        if passage.tags is not None:
            yield passage, passage.tags
