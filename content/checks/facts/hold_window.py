"""hold-window: no dated stop covers this narrative there and then. Staff never learn which kind or why."""

from collections.abc import Iterator
from datetime import datetime

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase, HoldRecord

ID = "hold-window"
SEVERITIES: dict[str, Severity] = {"": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    holds = case.narrative.holds if case.narrative else None
    if holds is None:
        yield Missing(ID, "narrative.holds")
    elif holds and case.at is None:
        yield Missing(ID, "at")
    elif case.at is not None:
        yield from _active(case, [hold for hold in holds if _covers(hold, case.at)])


def _covers(hold: HoldRecord, at: datetime) -> bool:
    return hold.start <= at and (hold.end is None or at < hold.end)


def _active(case: FactsCase, holds: list[HoldRecord]) -> Iterator[Answer]:
    planned = case.campaign.territories if case.campaign else None
    account = case.account
    worldwide = "*" in (planned or ()) or (account is not None and account.reach == "worldwide")
    seen_in = (planned or frozenset()) | (account.territories if account else frozenset())
    if worldwide or any(not hold.territories or hold.territories & (seen_in | {"*"}) for hold in holds):
        if holds:
            reason = "Not available at this time. Choose another narrative, or ask safeguarding when it may run."
            yield Finding(ID, "block", reason)
    elif holds and planned is None:
        yield Missing(ID, "campaign.territories")
