"""consent-withdrawn: nothing goes out after the person took the consent back, until a new grant."""

from collections.abc import Iterator

from content.checks.facts.agreed import consent_of, unstated
from content.checks.finding import Answer, Finding, Severity
from content.checks.records import ConsentRecord, FactsCase

ID = "consent-withdrawn"
SEVERITIES: dict[str, Severity] = {"all": "block", "channel": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    consent = consent_of(case)
    if consent is None:
        yield from unstated(case, ID)
    elif _covers(consent, case.channel):
        code = "channel" if consent.withdrawn_channels else "all"
        reason = "The consent was withdrawn. Cancel this, and use another narrative."
        yield Finding(ID, "block", reason, code=code)
    elif consent.withdrawn is None:
        yield from unstated(case, ID, "withdrawn")


def _covers(consent: ConsentRecord, channel: str) -> bool:
    """A withdrawal that names channels covers those (with their captions); one that names none covers all."""
    named = {channel, channel.partition("_")[0]} & consent.withdrawn_channels
    return bool(named) or (consent.withdrawn is True and not consent.withdrawn_channels)
