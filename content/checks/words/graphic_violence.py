"""graphic-violence: no injury in detail; intensity 3 is never published, 2 only after a content note in the part."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import PassageRecord, WordsCase
from content.checks.words.composed import judge, severities
from content.checks.words.lexicons import patterns
from content.checks.words.lines import parts_of, place
from content.checks.words.tagged import after_people, tagged, untagged

ID = "graphic-violence"
SEVERITIES: dict[str, Severity] = {"never": "block", "note": "block", "disagrees": "specialist:content"}
SEVERITIES |= severities("gore")
_TOLD = 2  # intensity from which the tag itself says that the passage tells of violence closely


def check(case: WordsCase) -> Iterator[Answer]:
    yield from untagged(case, ID)
    yield from _by_tags(case)
    detected = judge(case, ID, "gore")
    yield from after_people(case, detected, lambda tags: tags.intensity >= _TOLD, SEVERITIES["disagrees"])


def _by_tags(case: WordsCase) -> Iterator[Finding]:
    for passage, tags in tagged(case):
        if tags.intensity > _TOLD:
            reason = "This passage describes violence too closely ever to be published. Use another passage."
            yield Finding(ID, "block", reason, place(case.text, passage.text), "never")
        elif tags.intensity == _TOLD and not _noted(case, passage):
            reason = "This passage is hard to read. Put a content note before it in the same part."
            yield Finding(ID, "block", reason, place(case.text, passage.text), "note")


def _noted(case: WordsCase, passage: PassageRecord) -> bool:
    note = patterns("content_note", case.language, "note")
    where = place(case.text, passage.text)
    if note is None or where is None:
        return False
    start = max((part[0] for part in parts_of(case.text, case.parts) if part[0] <= where[0]), default=0)
    return note.search(case.text, start, where[0]) is not None
