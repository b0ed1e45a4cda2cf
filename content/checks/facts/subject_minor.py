"""subject-minor: nobody who was a child at the events is shown, and no child is seen; unknown counts as a child."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase

ID = "subject-minor"
SEVERITIES: dict[str, Severity] = {"events": "block", "visible": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    minor = case.narrative.minor_at_events if case.narrative else None
    if minor is None:
        yield Missing(ID, "narrative.minor_at_events")
    elif minor:
        reason = "The person was or may have been a child at the events. Use another narrative."
        yield Finding(ID, "block", reason, code="events")
    for number, one in enumerate(case.media or (), start=1):
        if one.minor_visible is None and one.kind != "audio":
            yield Missing(ID, f"media.{number}.minor_visible")
        elif one.minor_visible:
            reason = f"A child is or may be seen in {one.kind} {number}. Use a picture without one."
            yield Finding(ID, "block", reason, code="visible")
