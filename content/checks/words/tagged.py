"""What the tags that people gave a passage say about the leaf that uses it."""

from collections.abc import Callable, Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import PassageRecord, TagsRecord, WordsCase
from content.checks.words.lines import place


def judge_tags(
    case: WordsCase, check: str, severity: Severity, applies: Callable[[TagsRecord], bool], reason: str
) -> Iterator[Answer]:
    """One finding for each used passage whose tags apply; Missing where passages or their tags are unknown."""
    for passage, tags in tagged_passages(case, check):
        if tags is None:
            yield Missing(check, f"narrative.passages.{passage.ref}.tags")
        elif applies(tags):
            yield Finding(check, severity, reason, place(case.text, passage.text))


def tagged_passages(case: WordsCase, check: str) -> Iterator[tuple[PassageRecord, TagsRecord | None]]:
    """The passages this leaf stands on, with their tags.

    Where they are unknown there is one stand-in without tags, so that no check can pass by not looking.
    """
    if case.used_passages is None:
        yield PassageRecord("*", "", case.language, cleared=False, tags=None), None
        return
    yield from ((passage, passage.tags) for passage in dict.fromkeys(case.used_passages))
