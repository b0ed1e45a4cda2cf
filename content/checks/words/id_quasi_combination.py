"""id-quasi-combination: three kinds of detail together tell who somebody is, two where the risk is high.

The kinds are age, year, origin, residence, role, unit, body mark, family and ethnicity: those that people tagged a
passage with and those that are read in the words count together. One finding for each detail, so that a reviewer sees
which of them combine. Fewer than make a person out are shown to the author (`alone`), a year by itself is not.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import NarrativeRecord, WordsCase
from content.checks.words.identity import CATEGORIES, Piece, has_lexicon, own_lines, pieces
from content.checks.words.lines import inside, place
from content.checks.words.tagged import tagged, untagged

ID = "id-quasi-combination"
_ROLE: Severity = "specialist:safeguarding"
SEVERITIES: dict[str, Severity] = dict.fromkeys(CATEGORIES, _ROLE) | {"alone": "warn"}
LIMIT, LIMIT_AT_RISK, RISK = 3, 2, 3  # categories; from which tier of risk the lower limit holds
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


def check(case: WordsCase) -> Iterator[Answer]:
    yield from untagged(case, ID)
    language = case.language.partition("-")[0]
    if not has_lexicon(language):
        yield Missing(ID, f"lexicon.identity.{language}")
    own = own_lines(case)
    found = [one for one in in_text(case.text, language) if not inside(one.span, own)]
    tags = list(_tags(case))
    kinds = {piece.category for piece in found} | {category for category, _ in tags}
    tier = case.narrative.tier if case.narrative else None
    if tier is None and len(kinds) == LIMIT_AT_RISK:
        yield Missing(ID, "narrative.tier")
    limit = LIMIT_AT_RISK if tier is not None and tier >= RISK else LIMIT
    if len(kinds) >= limit:
        yield from _combined(case.narrative, found, tags, kinds)
    elif kinds != {"year"}:
        yield from (_alone(piece) for piece in found)


def in_text(text: str, language: str) -> list[Piece]:
    """The details in any text of a message (its words, an alt text, a file name) that count."""
    return [piece for piece in pieces(text, language) if piece.category in CATEGORIES]


def _tags(case: WordsCase) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """What people tagged the used passages with, and where the passage stands."""
    for passage, tags in tagged(case):
        where = place(case.text, passage.text)
        for name in sorted(tags.attributes):
            category = _SAME.get(name, name)
            if category in CATEGORIES:
                yield category, where


def _combined(
    narrative: NarrativeRecord | None,
    found: list[Piece],
    tags: list[tuple[str, tuple[int, int] | None]],
    kinds: set[str],
) -> Iterator[Finding]:
    others = ", ".join(_SAID[kind] for kind in CATEGORIES if kind in kinds)
    spans = [(piece.category, piece.span) for piece in found]
    seen = {category for category, _ in spans}
    for category, span in [*spans, *(tag for tag in tags if tag[0] not in seen)]:
        public = narrative is not None and category in (narrative.disclosed or ())
        known = " The published source says this itself; it still adds up." if public else ""
        reason = (
            f"This gives {_SAID[category]}.{known} Together ({others}) they can tell who the person is: leave one out."
        )
        yield Finding(ID, _ROLE, reason, span, category)


def _alone(piece: Piece) -> Finding:
    reason = f"This gives {_SAID[piece.category]}. Alone it may stand; with other details it tells who the person is."
    return Finding(ID, "warn", reason, piece.span, "alone")
