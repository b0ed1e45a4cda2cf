"""What the tags that people gave a passage say about the leaf that uses it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import PassageRecord, TagsRecord, WordsCase
from content.checks.words.lines import inside, place


def judge_tags(
    case: WordsCase, check: str, severity: Severity, applies: Callable[[TagsRecord], bool], reason: str, code: str = ""
) -> Iterator[Answer]:
    """One finding for each used passage whose tags apply; Missing where passages or tags are unknown."""
    yield from untagged(case, check)
    for passage, tags in tagged(case):
        if applies(tags):
            yield Finding(check, severity, reason, place(case.text, passage.text), code)


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


def after_people(
    case: WordsCase, answers: Iterator[Answer], says: Callable[[TagsRecord], bool], role: Severity
) -> Iterator[Answer]:
    """Findings inside a passage whose tag says otherwise become that role's: a detector does not overrule people, it
    asks one of them to look again. Where the tag says what the detector found, the tag's own finding stands for both.
    `says`: whether it does."""
    cleared = [(place(case.text, passage.text), tags) for passage, tags in tagged(case) if passage.cleared]
    same = [where for where, tags in cleared if where is not None and says(tags)]
    quiet = [where for where, tags in cleared if where is not None and not says(tags)]
    for answer in answers:
        span = answer.span if isinstance(answer, Finding) else None
        if span is not None and inside(span, same):
            continue
        seen = span is not None and inside(span, quiet)
        if isinstance(answer, Finding) and seen and answer.severity == "block":
            reason = f"{answer.reason} Whoever cleared this passage tagged it otherwise: read it again."
            yield replace(answer, severity=role, code="disagrees", reason=reason)
        else:
            yield answer
