"""What the caps leave: how often something may be shown, and how often it is, at one time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from content.checks.facts import frequency_cap
from content.checks.facts.load import Wanted, facts
from content.checks.records import UNCAPPED, Appearance, Caps
from content.lifecycle import Post


@dataclass(frozen=True, slots=True)
class Room:
    """How often something may be shown, and how often it is, this time included. days: 0 for an account's 24 hours."""

    days: int
    used: int
    most: int

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)


def rooms(session: Session, post: Post) -> tuple[Room, ...]:
    """What the caps leave at a post's time: of its account in 24 hours, of its narrative in 7 and in 30 days."""
    case = facts(session, [Wanted(0, post.leaf_id, post.due_at, post.id)])[0]
    others = [one for one in case.appearances or () if one.channel != UNCAPPED]
    if case.channel == UNCAPPED or case.message is None:
        return ()
    told = [one for one in others if case.narrative and one.narrative == case.narrative.ref]
    spoken = [one for one in others if case.account and one.account == case.account.ref]
    return _rooms(case.caps, case.message, post.due_at, spoken, told)


def _rooms(
    limits: Caps, message: str, at: datetime, spoken: list[Appearance], told: list[Appearance]
) -> tuple[Room, ...]:
    wanted = (
        (0, spoken, limits.per_account_24h), (7, told, limits.per_narrative_7d), (30, told, limits.per_narrative_30d),
    )  # fmt: skip
    found = []
    for days, others, limit in wanted:
        mine, times = frequency_cap.appearances(message, at, others)
        found.append(Room(days, frequency_cap.most(times, mine, timedelta(days=days or 1)), limit))
    return tuple(found)
