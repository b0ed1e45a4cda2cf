"""id-pseudonym: one person's story refers to that person by the approved label alone.

A cleared passage may decline the label (a German dative, an Arabic accusative) and people read it when they cleared
it. So where provenance is known, only spans that are no cleared passage are judged; for bare text everything is,
and a label is taken for approved in any inflection that leaves its words' beginnings alone. No label is demanded: a
text may speak of "she" throughout. What is found is another name, or a pseudonym's announcement, in the words and in
what stands beside them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.beside import judge_beside
from content.checks.words.person_names import find_names

ID = "id-pseudonym"
SEVERITIES: dict[str, Severity] = {"name": "block", "label": "block", "announced": "block"}

_OTHERS_SPEAK = frozenset(("disclosure", "context", "helpline", "source_line", "closed"))
_WORD = re.compile(r"\w+")
Span = tuple[int, int]


@cache
def _announcements(language: str) -> re.Pattern[str] | None:
    path = Path(__file__).parent / "data" / "pseudonyms.json"
    listed: dict[str, Any] = json.loads(path.read_text("utf-8"))["languages"]
    patterns = listed.get(language)
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE) if patterns else None


def check(case: WordsCase) -> Iterator[Answer]:
    narrative = case.narrative
    if narrative is None or narrative.kind is None:
        yield Missing(ID, "narrative.kind")
        return
    if narrative.kind != "individual":
        return
    if narrative.display_label is None:
        yield Missing(ID, "narrative.display_label")
        return
    labels = narrative.display_label
    if not _label(labels, case.language):
        reason = f"This person has no approved label in {_base(case.language)}. Ask safeguarding to approve one."
        yield Finding(ID, "block", reason, None, "label")
    yield from _judge(case, labels)
    yield from judge_beside(case, lambda one: _judge(one, labels))


def _base(language: str) -> str:
    return language.lower().partition("-")[0]


def _label(labels: Mapping[str, str], language: str) -> str:
    return labels.get(language) or labels.get(_base(language)) or ""


def _judge(case: WordsCase, labels: Mapping[str, str]) -> Iterator[Finding]:
    label, names = _label(labels, case.language), find_names(case.text)
    announced = _announcements(_base(case.language))
    told = list(announced.finditer(case.text)) if announced else []
    if not names and not told:
        return
    approved = list(_standing(case, label)) + list(_cleared(case))
    for span in names:
        if not _within(approved, span):
            reason = f"A name other than the approved label “{label}”. Use the label."
            yield Finding(ID, "block", reason, span, "name")
    for match in told:
        if not _within(approved, match.span()):
            reason = f"This announces another name for the person. Use the approved label “{label}”."
            yield Finding(ID, "block", reason, match.span(), "announced")


def _within(regions: list[Span], span: Span) -> bool:
    return any(start < span[1] and span[0] < end for start, end in regions)


def _cleared(case: WordsCase) -> Iterator[Span]:
    """Passages and quotes that people cleared, and the publisher's own lines."""
    for span in case.spans or ():
        if span.kind in _OTHERS_SPEAK or (span.cleared and span.kind in ("passage", "quote")):
            yield span.start, span.end
    for line in (case.organisation.disclosure or {}).values() if case.organisation else ():
        at = case.text.find(line) if line else -1
        if at >= 0:
            yield at, at + len(line)


def _standing(case: WordsCase, label: str) -> Iterator[Span]:
    """Where the label stands, its endings declined."""
    words = _WORD.findall(label)
    if words:
        pattern = r"\W{1,2}".join(_declined(word, i + 1 == len(words)) for i, word in enumerate(words))
        yield from (match.span() for match in re.finditer(pattern, case.text, re.IGNORECASE))


def _declined(word: str, last: bool) -> str:
    """A pattern for a word of the label in any case; an article may change whole."""
    if len(word) < 4 and not last:
        return r"\w{1,5}"
    stem = word[: max(3, len(word) - 2)] if len(word) > 4 else word
    return rf"\b\w{{0,3}}{re.escape(stem)}\w{{0,4}}"
