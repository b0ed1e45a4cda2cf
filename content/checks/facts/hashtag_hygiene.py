"""hashtag-hygiene, the facts' half: of late somebody looked at each hashtag, and nobody had taken it over.

Whether a hashtag is listed the words say. Anybody may fill one, so a listed one counts only as long as a person looks.
They are named by their place among the words' hashtags: one may hold what no answer repeats.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase, LookRecord
from content.limits import limit
from content.link import tag_key

ID = "hashtag-hygiene"
SEVERITIES: dict[str, Severity] = {"taken": "block", "age": "block"}


def check(case: FactsCase) -> Iterator[Answer]:
    if case.hashtags is None:
        yield Missing(ID, "hashtags")
        return
    at = case.upkeep or case.at
    for place, tag in enumerate(dict.fromkeys(case.hashtags), 1):
        look = (case.tag_looks or {}).get(tag_key(tag))
        if look is None:
            yield Missing(ID, f"campaign.hashtags.{place}.checked_at")
        elif at is None:
            yield Missing(ID, "at")
        else:
            yield from _judge(place, look, at)


def _judge(place: int, look: LookRecord, at: datetime) -> Iterator[Answer]:
    days = timedelta(days=limit(f"{ID}.days"))
    if not look.good:
        reason = f"Others have taken hashtag {place} over. Use another one, or look again and record what you saw."
        yield Finding(ID, "block", reason, code="taken")
    elif at - look.at > days:
        reason = f"Nobody has looked at hashtag {place} for {days.days} days. See who uses it, and record what you saw."
        yield Finding(ID, "block", reason, code="age")
