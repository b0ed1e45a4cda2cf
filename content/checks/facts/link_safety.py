"""link-safety, the facts' half: somebody opened each address of late, the right page answered, and a copy is kept.

A page that has gone stops at once; one that nobody could reach only grows old. Links are named by their place among
the words' links: an address may hold what no answer repeats.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase, LookRecord
from content.limits import limit

ID = "link-safety"
SEVERITIES: dict[str, Severity] = {"gone": "block", "age": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    if case.links is None:
        yield Missing(ID, "links")
        return
    at = case.upkeep or case.at
    for place, url in enumerate(dict.fromkeys(case.links), 1):
        look = (case.link_looks or {}).get(url)
        if look is None:
            yield Missing(ID, f"link_check.{place}")
        elif at is None:
            yield Missing(ID, "at")
        else:
            yield from _judge(place, look, at)


def _judge(place: int, look: LookRecord, at: datetime) -> Iterator[Answer]:
    days = timedelta(days=limit(f"{ID}.days"))
    if not look.good:
        reason = (
            f"When link {place} was last opened, the page was gone or led elsewhere. Look at it, or take other words."
        )
        yield Finding(ID, "block", reason, code="gone")
    elif at - look.at > days:
        reason = f"Nobody has opened link {place} for more than {days.days} days. Open it, and record what you saw."
        yield Finding(ID, "block", reason, code="age")
