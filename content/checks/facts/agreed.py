"""What the consent facts share: the record to judge, and when an unstated dimension is missing."""

from collections.abc import Iterator

from content.checks.finding import Missing
from content.checks.records import ConsentRecord, FactsCase


def consent_of(case: FactsCase) -> ConsentRecord | None:
    return case.narrative.consent if case.narrative else None


def unstated(case: FactsCase, check: str, name: str = "") -> Iterator[Missing]:
    """Missing for what a person's consent should say and does not.

    An aggregate finding has no person to ask; what its record does state still binds.
    """
    if case.narrative is None or case.narrative.kind != "aggregate":
        yield Missing(check, f"narrative.consent.{name}".removesuffix("."))
