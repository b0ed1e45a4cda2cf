"""consent-basis: the person agreed, or a published account was assessed for reuse, or nobody is meant."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import ConsentRecord, FactsCase, NarrativeRecord

ID = "consent-basis"
ELEMENTS = ("disclosure", "voluntariness", "comprehension", "competence")
SEVERITIES: dict[str, Severity] = dict.fromkeys(("aggregate", "basis", "source", "reuse", *ELEMENTS), "block")


def check(case: FactsCase) -> Iterator[Answer]:
    narrative = case.narrative
    if narrative is None:
        yield Missing(ID, "narrative.consent")
    elif narrative.kind != "aggregate":
        yield from _individual(narrative)


def _individual(narrative: NarrativeRecord) -> Iterator[Answer]:
    consent = narrative.consent
    if consent is None or consent.basis is None:
        yield Missing(ID, "narrative.consent.basis")
    elif consent.basis == "direct":
        yield from _direct(consent)
    elif consent.basis == "published":
        yield from _published(narrative, consent)
    elif narrative.kind is None:
        yield Missing(ID, "narrative.kind")
    elif consent.basis == "aggregate":
        yield _no("aggregate", "This is one person's account, so it needs that person's basis")
    else:
        yield _no("basis", f"“{consent.basis}” is no basis of consent; direct and published are")


def _direct(consent: ConsentRecord) -> Iterator[Answer]:
    elements = consent.elements or {}
    for element in ELEMENTS:
        if element not in elements:
            yield Missing(ID, f"narrative.consent.elements.{element}")
        elif not elements[element]:
            yield _no(element, f"The consent lacks {element}")


def _published(narrative: NarrativeRecord, consent: ConsentRecord) -> Iterator[Answer]:
    if narrative.sources is None:
        yield Missing(ID, "narrative.sources")
    elif not any(source.url for source in narrative.sources):
        yield _no("source", "No source with an address shows that it was published")
    if consent.reuse_decision not in (None, "ok"):
        yield _no("reuse", "Safeguarding has not agreed to its reuse")
    elif consent.reuse_assessed_at is None:
        yield Missing(ID, "narrative.consent.reuse_assessed_at")


def _no(code: str, what: str) -> Finding:
    return Finding(ID, "block", f"{what}. Ask safeguarding to settle the consent first.", code=code)
