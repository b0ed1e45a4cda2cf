"""language-signoff: somebody who knows the language reads it, unless it was cleared in that language."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase

ID = "language-signoff"
SEVERITIES: dict[str, Severity] = {"": "specialist:language"}


def check(case: WordsCase) -> Iterator[Answer]:
    used = case.used_passages
    if used is None:
        yield Missing(ID, "narrative.passages")
        return
    unknown = [passage for passage in used if passage.cleared_language is None]
    yield from (Missing(ID, f"narrative.passages.{passage.ref}.cleared_language") for passage in unknown)
    carried = [p for p in used if p.cleared_language not in (None, case.language)]
    if carried or not used:
        reason = f"These words were not cleared in “{case.language}”. A reviewer of that language must read them."
        yield Finding(ID, "specialist:language", reason)
