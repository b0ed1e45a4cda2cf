"""text-provenance: every stretch of a leaf is something that people cleared, or a value of a closed set.

Rendering records where each stretch comes from; nothing is matched afterwards. Bare text has no such record:
there it must be exactly covered by the passages and standard lines given.
"""

import re
from collections.abc import Iterable, Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import SpanRecord, WordsCase
from content.checks.words.beside import shown
from content.checks.words.lines import Span, inside, places

ID = "text-provenance"
SEVERITIES: dict[str, Severity] = {
    "unattributed": "block",
    "uncleared": "block",
    "uncovered": "block",
    "drawn": "block",
    "retired": "block",
}

_CLEARED_KINDS = frozenset(
    [
        "passage",
        "quote",
        "stance",
        "connector",
        "disclosure",
        "context",
        "helpline",
        "source_line",
        "template",
    ]
)
_OTHERWISE = "it may not be shown any more"
_WHY = {
    "licence": "its licence does not allow it any more",
    "asked": "somebody who is seen or heard in it asks for that",
    "wrong": "it is not what was said of it",
}
_BLANK = re.compile(r"[\s\u200e\u200f\u2066-\u2069]*")
_JOINTS = re.compile(r"[\s.,;:!?…،؛؟۔—–\-·|()«»“”„\"‹›\u200e\u200f\u2066-\u2069]*")


def check(case: WordsCase) -> Iterator[Answer]:
    yield from _of_pictures(case)
    if case.spans is not None:
        yield from _of_spans(case.text, case.spans)
    elif case.narrative is None or case.narrative.passages is None:
        yield Missing(ID, "narrative.passages")
    else:
        yield from _of_bare_text(case)


def _of_pictures(case: WordsCase) -> Iterator[Answer]:
    for number, one in enumerate(case.media or (), start=1):
        if one.retired:
            why = _WHY.get(one.retired, _OTHERWISE)
            reason = (
                f"{shown(one, number)} was retired: {why}. Write the next version without it, or with another; recall "
                "what is out."
            )
            yield Finding(ID, "block", reason, code="retired")
        if one.drawn and one.drawn_cleared is None:
            yield Missing(ID, f"media.{number}.drawn_cleared")
        elif one.drawn and not one.drawn_cleared:
            reason = f"The words drawn in {shown(one, number)} are not cleared. Have them cleared, or show another."
            yield Finding(ID, "block", reason, code="drawn")


def _of_spans(text: str, spans: tuple[SpanRecord, ...]) -> Iterator[Answer]:
    passages = [(span.start, span.end) for span in spans if span.kind == "passage"]
    for span in spans:
        blank = _BLANK.fullmatch(text, span.start, span.end)
        within = span.kind == "quote" and inside((span.start, span.end), passages)  # judged with its passage
        if not (blank or within):
            yield from _of_span(span)
    for gap in _gaps(text, [(span.start, span.end) for span in spans], _BLANK):
        yield _unattributed(gap)


def _of_span(span: SpanRecord) -> Iterator[Answer]:
    where = (span.start, span.end)
    if span.kind != "closed" and span.kind not in _CLEARED_KINDS:
        yield _unattributed(where)
    elif span.kind != "closed" and not span.cleared:
        reason = (
            f"{_name(span)} is not cleared for this language and channel. Have it cleared, or use a version that is."
        )
        yield Finding(ID, "block", reason, where, "uncleared")


def _name(span: SpanRecord) -> str:
    return f"{span.kind.replace('_', ' ').capitalize()} {span.ref}".strip()


def _unattributed(where: Span) -> Finding:
    reason = "Nobody cleared these words. Use a cleared passage, or propose this one for clearing."
    return Finding(ID, "block", reason, where, "unattributed")


def _of_bare_text(case: WordsCase) -> Iterator[Answer]:
    covered = [where for line in _lines_given(case) for where in places(case.text, line)]
    for gap in _gaps(case.text, covered, _JOINTS):
        reason = "No passage or standard text given covers these words. Use cleared ones, or have these cleared."
        yield Finding(ID, "block", reason, gap, "uncovered")


def _lines_given(case: WordsCase) -> Iterator[str]:
    narrative, organisation, campaign = case.narrative, case.organisation, case.campaign
    if narrative is not None:
        yield from (passage.text for passage in narrative.passages or () if passage.cleared)
    if organisation is not None:
        yield from (organisation.disclosure or {}).values()
        yield from (line.line for line in organisation.helplines or () if line.line)
        yield from organisation.allowed_tags or ()
    if campaign is not None:
        yield from campaign.context_lines or ()
        yield from campaign.hashtags or ()


def _gaps(text: str, covered: Iterable[Span], ignored: re.Pattern[str]) -> Iterator[Span]:
    """Stretches that nothing covers, without the blanks at their edges."""
    at = 0
    for start, end in [*sorted(covered), (len(text), len(text))]:
        if start > at and not ignored.fullmatch(text, at, start):
            yield _trimmed(text, at, start)
        at = max(at, end)


def _trimmed(text: str, start: int, end: int) -> Span:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - (len(words) - len(words.rstrip()))
