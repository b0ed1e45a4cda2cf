"""platform-profile, the facts' half: somebody compared our profile of the platform with its own rules of late."""

from collections.abc import Iterator
from datetime import timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import UNCAPPED, FactsCase
from content.limits import limit

ID = "platform-profile"
SEVERITIES: dict[str, Severity] = {"policy": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    if case.channel == UNCAPPED:  # our own pages: no platform sets their rules
        return
    at, checked = case.upkeep or case.at, case.policy_checked_at
    if checked is None:
        yield Missing(ID, "platform.policy_checked_at")
    elif at is None:
        yield Missing(ID, "at")
    elif at - checked > timedelta(days=limit(f"{ID}.days")):
        days = f"{limit(f'{ID}.days'):g} days"
        reason = f"Nobody has compared what {case.channel} demands with our profile of it for more than {days}. Do so."
        yield Finding(ID, "block", reason, code="policy")
