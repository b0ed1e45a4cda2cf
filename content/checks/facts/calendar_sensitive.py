"""calendar-sensitive: a crisis stops what would be shown in its territory; a sensitive date asks for care."""

from collections.abc import Iterator
from datetime import datetime

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import CalendarDay, FactsCase

ID = "calendar-sensitive"
SEVERITIES: dict[str, Severity] = {"crisis": "block", "date": "warn"}


def check(case: FactsCase) -> Iterator[Answer]:
    territories = case.campaign.territories if case.campaign else None
    known = (("calendar", case.calendar), ("at", case.at), ("campaign.territories", territories))
    yield from (Missing(ID, name) for name, value in known if value is None)
    if case.calendar is not None and case.at is not None and territories is not None:
        shown = territories | (case.account.territories if case.account else frozenset())
        everywhere = "*" in shown or (case.account is not None and case.account.reach == "worldwide")
        for day in sorted(case.calendar, key=lambda day: (day.start, day.territory, day.name)):
            if everywhere or day.territory == "*" or day.territory in shown:
                yield from _day(day, case.at)


def _day(day: CalendarDay, at: datetime) -> Iterator[Answer]:
    if not day.start <= at < day.end:
        return
    if day.kind == "crisis":
        reason = f"A crisis pause stands in {day.territory}: {day.name}. Wait until two people lift it."
        yield Finding(ID, "block", reason, code="crisis")
    elif not day.acknowledged:
        reason = f"{day.name} falls on this day in {day.territory}. Choose another day, or say that it may run."
        yield Finding(ID, "warn", reason, code="date")
