"""platform-profile: each part fits the platform, and says by itself where the publisher stands.

Parts of a thread are shared alone, so each carries a stance or context line.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import SpanRecord, WordsCase
from content.checks.words.lines import Span, parts_of, place
from content.formats import FORMATS, Format, Length, measure

ID = "platform-profile"
SEVERITIES: dict[str, Severity] = dict.fromkeys(("length", "unfit", "parts", "stance"), "block")
_STANCE_KINDS = ("stance", "context")
_NO_STANCE = frozenset({"email_subject"})  # the body under it carries one


def check(case: WordsCase) -> Iterator[Answer]:
    shape = FORMATS.get(case.channel)
    if shape is None:
        yield Missing(ID, f"formats.{case.channel}")
        return
    parts = parts_of(case.text, case.parts)
    if len(parts) > shape.max_parts:
        reason = f"{shape.name} takes {shape.max_parts} part(s) and this has {len(parts)}. Shorten it."
        yield Finding(ID, "block", reason, code="parts")
    for part in parts:
        yield from _size(shape, case.text[slice(*part)], part)
    if shape.name not in _NO_STANCE:
        yield from _stances(case, parts)


def _size(shape: Format, words: str, part: Span) -> Iterator[Answer]:
    size = measure(shape.name, words)
    if not size.fits:
        yield Finding(ID, "block", _too_long(shape, size), part, "unfit" if size.problem else "length")


def _too_long(shape: Format, size: Length) -> str:
    if size.problem:
        return f"{shape.name} does not take it: {size.problem}. Change the words."
    if size.limit is None or size.length <= size.limit:
        return f"{size.bytes} bytes are more than {shape.name} takes ({shape.byte_limit}). Shorten it."
    return f"{size.length} {size.unit} are more than {shape.name} takes ({size.limit}). Shorten."


def _stances(case: WordsCase, parts: tuple[Span, ...]) -> Iterator[Answer]:
    if case.spans is None:
        # Bare text does not say which words are a stance; only a context line given can be recognised.
        lines = (case.campaign.context_lines if case.campaign else None) or ()
        if not any(place(case.text, line) for line in lines):
            yield Missing(ID, "stance")
        return
    for number, part in enumerate(parts, start=1):
        if not any(_takes_a_stand(span, part) for span in case.spans):
            reason = f"Part {number} does not say where the publisher stands. Add the stance or a context line."
            yield Finding(ID, "block", reason, part, "stance")


def _takes_a_stand(span: SpanRecord, part: Span) -> bool:
    return span.kind in _STANCE_KINDS and span.start < part[1] and span.end > part[0]
