"""id-quasi-combination: three kinds of detail together tell who somebody is, two where the risk is high.

The kinds are age, year, origin, residence, role, unit, body mark, family and ethnicity: those that people tagged a
passage with, those that are read in the words and those in an alt text or another text beside them count together,
since a reader sees it all. One finding for each detail, so that a reviewer sees
which of them combine. Fewer than make a person out are shown to the author (`alone`), a year by itself is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import NarrativeRecord, WordsCase
from content.checks.words.beside import Beside, alone, beside, found_in
from content.checks.words.identity import CATEGORIES, Piece, has_lexicon, own_lines, pieces
from content.checks.words.lines import Span, inside, place
from content.checks.words.tagged import tagged, untagged
from content.limits import limit

ID = "id-quasi-combination"
_ROLE: Severity = "specialist:safeguarding"
SEVERITIES: dict[str, Severity] = dict.fromkeys(CATEGORIES, _ROLE) | {"alone": "warn"}
_NOT_THERE = {"label": ("role",), "file name": ("year",)}  # an actor speaks for somebody; a random name may hold digits
_SAME = {"occupation": "role", "job": "role", "work": "role", "town": "residence", "body_mark": "body", "kin": "family"}
_SAID = {
    "age": "an age",
    "year": "a year",
    "origin": "where somebody is from",
    "residence": "where somebody lived",
    "role": "an occupation or task",
    "unit": "a unit",
    "body": "a mark of the body",
    "family": "the shape of a family",
    "ethnicity": "an ethnic group",
}


@dataclass(frozen=True, slots=True)
class _Detail:
    """A detail of one kind: where it stands in the words, if there, or the text beside them that gives it."""

    kind: str
    span: Span | None
    beside: Beside | None = None

    def found(self, severity: Severity, reason: str, code: str) -> Answer:
        finding = Finding(ID, severity, reason, self.span, code)
        return finding if self.beside is None else found_in(self.beside, finding)


def check(case: WordsCase) -> Iterator[Answer]:
    yield from untagged(case, ID)
    languages = {case.language.partition("-")[0], *(one.language.partition("-")[0] for one in beside(case))}
    yield from (Missing(ID, f"lexicon.identity.{one}") for one in sorted(languages) if not has_lexicon(one))
    found = [*_read(case), *_read_beside(case)]
    tags = list(_tags(case))
    kinds = {detail.kind for detail in (*found, *tags)}
    tier = case.narrative.tier if case.narrative else None
    most, at_risk = limit(f"{ID}.kinds"), limit(f"{ID}.kinds_at_risk")
    if tier is None and at_risk <= len(kinds) < most:
        yield Missing(ID, "narrative.tier")
    if len(kinds) >= (at_risk if tier is not None and tier >= limit(f"{ID}.risk_tier") else most):
        yield from _combined(case.narrative, found, tags, kinds)
    elif kinds != {"year"}:
        yield from (_alone(detail) for detail in found)


def _read(case: WordsCase) -> Iterator[_Detail]:
    """The details in a text, but those in the publisher's own lines."""
    own = own_lines(case)
    for piece in in_text(case.text, case.language.partition("-")[0]):
        if not inside(piece.span, own):
            yield _Detail(piece.category, piece.span)


def _read_beside(case: WordsCase) -> Iterator[_Detail]:
    """The details in what stands beside the words, each kind once for each text."""
    for one in beside(case):
        kinds = dict.fromkeys(detail.kind for detail in _read(alone(case, one)))
        yield from (_Detail(kind, None, one) for kind in kinds if kind not in _NOT_THERE.get(one.what, ()))


def in_text(text: str, language: str) -> list[Piece]:
    """The details in any text of a message (its words, an alt text, a file name) that count."""
    return [piece for piece in pieces(text, language) if piece.category in CATEGORIES]


def _tags(case: WordsCase) -> Iterator[_Detail]:
    """What people tagged the used passages with, and where the passage stands."""
    for passage, tags in tagged(case):
        where = place(case.text, passage.text)
        for name in sorted(tags.attributes):
            category = _SAME.get(name, name)
            if category in CATEGORIES:
                yield _Detail(category, where)


def _combined(
    narrative: NarrativeRecord | None, found: list[_Detail], tags: list[_Detail], kinds: set[str]
) -> Iterator[Answer]:
    others = ", ".join(_SAID[kind] for kind in CATEGORIES if kind in kinds)
    seen = {detail.kind for detail in found}
    for detail in [*found, *(tag for tag in tags if tag.kind not in seen)]:
        public = narrative is not None and detail.kind in (narrative.disclosed or ())
        known = " The published source says this itself; it still adds up." if public else ""
        yield detail.found(
            _ROLE,
            f"This gives {_SAID[detail.kind]}.{known} Together ({others}) they can tell who the person is: leave one "
            "out.",
            detail.kind,
        )


def _alone(detail: _Detail) -> Answer:
    reason = f"This gives {_SAID[detail.kind]}. Alone it may stand; with other details it tells who the person is."
    return detail.found("warn", reason, "alone")
