"""moderation-cover: where people can reply, somebody trained reads it in their language for the first six hours.

A reply policy is linked, and a responder knows whom to call for somebody in distress. Nobody on shift is no reason to
block; it is shown, so that another hour is chosen.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase, ShiftRecord
from content.limits import limit

ID = "moderation-cover"
SEVERITIES: dict[str, Severity] = {"shift": "warn", "policy": "warn", "distress": "warn"}
ONE_WAY = frozenset(("site", "sms", "mail", "email_subject"))  # formats under which nobody can reply for all to see


def check(case: FactsCase) -> Iterator[Answer]:
    if case.channel in ONE_WAY:
        return
    moderation = case.organisation.moderation if case.organisation else None
    if moderation is None:
        yield Missing(ID, "organisation.moderation")
        return
    if case.at is None:
        yield Missing(ID, "at")
    elif not covered(moderation.shifts, case.language, case.at):
        reason = (
            f"Nobody who answers in “{case.language}” is on shift for the whole of the first {limit(f'{ID}.hours'):g} "
            "hours, so replies stand unread: some ask for help, some hunt. Choose an hour with a shift, or fill it."
        )
        yield Finding(ID, "warn", reason, code="shift")
    if not moderation.reply_policy:
        reason = "No reply policy is linked, so nobody knows what is hidden or answered. Publish one and record it."
        yield Finding(ID, "warn", reason, code="policy")
    if not moderation.escalation:
        reason = "Nobody is named for replies by people in distress. Name whom responders call."
        yield Finding(ID, "warn", reason, code="distress")


def covered(shifts: Iterable[ShiftRecord], language: str, at: datetime) -> bool:
    """Whether somebody who answers in this language is on shift for the whole of the first hours after `at`."""
    return _covered_until(shifts, language, at) >= at + timedelta(hours=limit(f"{ID}.hours"))


def _covered_until(shifts: Iterable[ShiftRecord], language: str, at: datetime) -> datetime:
    """Until when shifts in this language cover every minute from `at` on."""
    until = at
    for shift in sorted(shifts, key=lambda shift: shift.start):
        if language in shift.languages and shift.start <= until < shift.end:
            until = shift.end
    return until
