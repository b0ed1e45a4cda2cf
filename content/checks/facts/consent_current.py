"""consent-current: the consent has begun, is not embargoed, has not ended and need not be confirmed again."""

from collections.abc import Iterator
from datetime import datetime

from content.checks.facts.agreed import consent_of, unstated
from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import ConsentRecord, FactsCase

ID = "consent-current"
SEVERITIES: dict[str, Severity] = dict.fromkeys(("from", "until", "reconfirm", "embargo"), "block")


def check(case: FactsCase) -> Iterator[Answer]:
    consent = consent_of(case)
    if consent is None:
        yield from unstated(case, ID)
        return
    for name in ("until", "reconfirm_by"):  # without `from` or an embargo it simply has none
        if getattr(consent, name) is None:
            yield from unstated(case, ID, name)
    if case.at is None:
        yield Missing(ID, "at")
    else:
        yield from _at(case.at, consent)


def _at(at: datetime, consent: ConsentRecord) -> Iterator[Answer]:
    if consent.from_ and at < consent.from_:
        yield _no("from", f"The consent begins on {consent.from_:%Y-%m-%d %H:%M} UTC. Choose a later time")
    if consent.embargo_until and at < consent.embargo_until:
        yield _no(
            "embargo",
            f"An embargo stands until {consent.embargo_until:%Y-%m-%d %H:%M} UTC. Choose a later time",
        )
    if consent.until and at >= consent.until:
        yield _no("until", f"The consent ended at {consent.until:%Y-%m-%d %H:%M} UTC. Ask the keeper for a new one")
    if consent.reconfirm_by and at >= consent.reconfirm_by:
        when = f"{consent.reconfirm_by:%Y-%m-%d %H:%M} UTC"
        yield _no("reconfirm", f"The consent had to be confirmed again by {when}. Ask the keeper to do so")


def _no(code: str, what: str) -> Finding:
    return Finding(ID, "block", f"{what}.", code=code)
