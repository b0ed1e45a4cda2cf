"""claim-uncited: a number, superlative or generalisation of ours maps to a claim with source and locator.

Figures in standard lines (disclosure, helpline, source line …), quotations and addresses claim nothing.
"""

import re
import unicodedata
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import ClaimRecord, SourceRecord, WordsCase
from content.checks.words.lexicons import patterns
from content.checks.words.lines import Span, inside, place, places

ID = "claim-uncited"
SEVERITIES: dict[str, Severity] = dict.fromkeys(
    ("number", "wording", "own-source", "no-source", "source-line"), "block"
)

_STANDARD_KINDS = frozenset(
    ["disclosure", "helpline", "source_line", "context", "template", "connector", "closed", "quote"]
)
_NUMBER = re.compile(r"(?<![\w#@.,/:-])\d+(?:[.,'’٬٫\u202f]\d+)*(?:\s?[%٪‰])?")
_COUNTER = re.compile(r"(?<!\w)\d{1,2}\s?/\s?\d{1,2}(?!\w)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|[#@＃＠]\w+")
_SIGN = re.compile("[#@＃＠]|://|www")  # in every address
_YEAR = re.compile(r"(?:19|20)\d\d")


def check(case: WordsCase) -> Iterator[Answer]:
    narrative = case.narrative
    if narrative is None or narrative.claims is None:
        yield Missing(ID, "narrative.claims")
    else:
        yield from _claims(case, narrative.claims, narrative.sources)
    if narrative is None or narrative.sources is None:
        yield Missing(ID, "narrative.sources")
    else:
        yield from _source_line(case, narrative.sources)


def _claims(
    case: WordsCase, claims: tuple[ClaimRecord, ...], sources: tuple[SourceRecord, ...] | None
) -> Iterator[Answer]:
    cited = [claim for claim in claims if claim.source and claim.locator]
    yield from _uncited(case, cited)
    known = {name for source in sources or () for name in (source.ref, source.publisher, source.url) if name}
    if cited and known and not any(claim.source in known for claim in cited):
        reason = "None of the claims cites the narrative's own source. Add it, with the page or minute."
        yield Finding(ID, "block", reason, code="own-source")


def _uncited(case: WordsCase, cited: list[ClaimRecord]) -> Iterator[Answer]:
    aside = _aside(case)
    covered = [where for claim in cited for where in places(case.text, claim.text)]
    figures = {figure for claim in cited for figure in map(_value, _NUMBER.findall(claim.text))}
    for found in _NUMBER.finditer(case.text):
        free = inside(found.span(), aside) or inside(found.span(), covered) or _is_year(found.group())
        if not free and _value(found.group()) not in figures:
            yield _finding(found.span(), "number", f"The figure “{found.group()}”")
    wording = patterns("claims", case.language, "wording")
    if wording is None:
        yield Missing(ID, f"lexicon.claims.{case.language}")
        return
    for found in wording.finditer(case.text):
        if not (inside(found.span(), aside) or inside(found.span(), covered)):
            yield _finding(found.span(), "wording", f"“{found.group()}”")


def _finding(where: Span, code: str, what: str) -> Finding:
    reason = f"{what} has no source. Record the claim with its source and page, or say it without."
    return Finding(ID, "block", reason, where, code)


def _value(figure: str) -> str:
    """`٥٨` and `58` are one figure; separators and the sign of percent are dropped."""
    return "".join(str(unicodedata.digit(sign)) for sign in figure if sign.isdigit())


def _is_year(figure: str) -> bool:
    return figure[-1].isdigit() and _YEAR.fullmatch(_value(figure)) is not None and figure.isdigit()


def _aside(case: WordsCase) -> list[Span]:
    """Stretches whose figures are not claims of ours."""
    patterned = [found.span() for found in _ADDRESS.finditer(case.text)] if _SIGN.search(case.text) else []
    patterned += [found.span() for found in _COUNTER.finditer(case.text)] if "/" in case.text else []
    if case.spans is not None:
        return patterned + [(s.start, s.end) for s in case.spans if s.kind in _STANDARD_KINDS]
    return patterned + [where for line in _standard_lines(case) for where in places(case.text, line)]


def _standard_lines(case: WordsCase) -> Iterator[str]:
    if case.organisation is not None:
        yield from (case.organisation.disclosure or {}).values()
        yield from case.organisation.phones or ()
        for helpline in case.organisation.helplines or ():
            yield from (line for line in (helpline.line, helpline.phone, helpline.hours) if line)
    if case.campaign is not None:
        yield from case.campaign.context_lines or ()
    if case.narrative is not None:
        yield from (quote.text for quote in case.narrative.quotes or ())


def _source_line(case: WordsCase, sources: tuple[SourceRecord, ...]) -> Iterator[Answer]:
    if not sources:
        reason = "The narrative has no source. Record publisher, year and address first."
        yield Finding(ID, "block", reason, code="no-source")
    elif not _shows_source(case, sources):
        reason = "The reader cannot see where this was published. Add the source line: publisher and year."
        yield Finding(ID, "block", reason, code="source-line")


def _shows_source(case: WordsCase, sources: tuple[SourceRecord, ...]) -> bool:
    if case.spans is not None:
        return any(span.kind == "source_line" for span in case.spans)
    label = patterns("claims", case.language, "source_label")
    if label is not None and label.search(case.text):
        return True
    text = case.text.casefold()
    return any(source.publisher and place(text, source.publisher.casefold()) for source in sources)
