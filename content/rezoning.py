"""New zone data: which planned posts would fall on another instant, and moving them there by everybody's rules.

A post keeps its local time, as a reader's clock will show it, and leaves neither its window nor its clearance. What
the new data makes doubtful (a gap, a fold, no room) stays where it is, and is said, for a person to decide.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from content.errors import Refusal
from content.lifecycle import Post, State
from content.people import Person, require
from content.rescheduling import reschedule
from content.store import now
from content.zone import readings, zone_version


@dataclass(frozen=True, slots=True)
class Difference:
    """One scheduled post planned with other zone data. wanted: where the same local time falls now."""

    post_id: int
    local: str
    zone: str
    tzdata: str
    was: datetime
    wanted: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """One that stays at its old instant, and the refusal that says why."""

    difference: Difference
    refused: Refusal


def differences(session: Session) -> list[Difference]:
    """The scheduled posts whose local time falls on another instant under the zone data in use."""
    statement = (
        select(Post)
        .where(Post.state == str(State.SCHEDULED), col(Post.tzdata) != zone_version())
        .order_by(col(Post.due_at), col(Post.id))
    )
    found = (_difference(post) for post in session.exec(statement))
    return [one for one in found if one.wanted != one.was]


def rezone(session: Session, person: Person) -> list[Kept]:
    """Moves them, each as `reschedule` would to its own local time; returns those that stay."""
    require(session, person, now(session), "post.plan")
    kept: list[Kept] = []
    for one in differences(session):
        try:
            with session.begin_nested():
                reschedule(session, person, one.post_id, one.local, one.zone)
        except Refusal as refused:
            kept.append(Kept(one, refused))
    return kept


def _difference(post: Post) -> Difference:
    """The reading nearest to the old instant: a post in a fold stays on its side of it."""
    fraction = timedelta(microseconds=post.due_at.microsecond)
    sides = readings(datetime.fromisoformat(post.local), post.zone)
    wanted = min(sides, key=lambda side: abs(side - post.due_at)) + fraction
    return Difference(post.id or 0, post.local, post.zone, post.tzdata, post.due_at, wanted)
