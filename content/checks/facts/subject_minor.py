"""subject-minor: nobody who was a child at the events is shown; unknown counts as a child."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase

ID = "subject-minor"
SEVERITIES: dict[str, Severity] = {"": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    minor = case.narrative.minor_at_events if case.narrative else None
    if minor is None:
        yield Missing(ID, "narrative.minor_at_events")
    elif minor:
        reason = "The person was or may have been a child at the events. Use another narrative."
        yield Finding(ID, "block", reason)
