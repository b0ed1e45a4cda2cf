"""cta-helpline, the facts' half: a helpline that is shown was verified within the last 90 days.

Give it the helplines that the leaf shows: all that serve a territory of the campaign are judged.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase, HelplineRecord
from content.limits import limit

ID = "cta-helpline"
SEVERITIES: dict[str, Severity] = {"age": "block"}
VERIFIED_FOR = timedelta(days=limit("cta-helpline.days"))


def check(case: FactsCase) -> Iterator[Answer]:
    territories = case.campaign.territories if case.campaign else None
    helplines = case.organisation.helplines if case.organisation else None
    known = (("campaign.territories", territories), ("organisation.helplines", helplines), ("at", case.at))
    yield from (Missing(ID, name) for name, value in known if value is None)
    if territories is not None and helplines is not None and case.at is not None:
        for helpline in helplines:
            if helpline.territories & territories and case.language in helpline.languages:
                yield from _age(helpline, case.at)


def _age(helpline: HelplineRecord, at: datetime) -> Iterator[Answer]:
    if helpline.verified_at is None:
        yield Missing(ID, f"organisation.helplines.{helpline.ref}.verified_at")
    elif at - helpline.verified_at > VERIFIED_FOR:
        days = VERIFIED_FOR.days
        reason = f"Nobody has tried {helpline.ref} for more than {days} days. Call it, and record that it answered."
        yield Finding(ID, "block", reason, code="age")
