"""What passed or stands blocked, planned anew in bulk: by the rules of `reschedule` and `requeue`, one post at a time.

What it would do is shown by doing it and taking it back: so what was shown is what happens, refusals included.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.errors import Refusal
from content.lifecycle import Post
from content.message import Leaf, Message, Version
from content.organisation import Account, ours
from content.people import Person, require
from content.rescheduling import MOVABLE, bounds, cancel, requeue, reschedule, standing_bounds, together
from content.schedule import free_time
from content.slot import next_free
from content.store import now
from content.zone import exact, local_at, read_local, written

MOST = 50  # posts at once: a page of them
HOWS = ("hours", "slots")
SOON = timedelta(minutes=10)  # nothing is planned into the very next minutes
_SLOTS = 20


@dataclass(frozen=True, slots=True)
class Again:
    """One post and what becomes of it. at: its new time, None where refused; made: the post that goes then."""

    post: int
    message: str
    account: str
    language: str
    state: str
    was: datetime
    zone: str
    at: datetime | None = None
    made: int = 0
    refusal: Refusal | None = None

    @property
    def local(self) -> str:
        """The new time as a field for times takes it."""
        return f"{local_at(self.at, self.zone):%Y-%m-%dT%H:%M}" if self.at else ""


def spread(session: Session, person: Person, numbers: Sequence[int], how: str, start: str = "") -> list[Again]:
    """What spreading these posts would do; nothing is kept. how: over the next free `hours`, or `slots` of their plan;
    start: the first local time, in each post's zone; empty: as soon as it may be. Raises Refusal.
    """
    if how not in HOWS:
        raise Refusal("again.how", f"There is no way “{how[:20]}” of spreading posts.", "Use hours or slots.")
    times = _hours(session, start) if how == "hours" else _in_slots(session, start)
    return _taken_back(session, person, numbers, times)


def look(session: Session, person: Person, wanted: Mapping[int, str]) -> list[Again]:
    """What these local times would do, by post; nothing is kept."""
    return _taken_back(session, person, [*wanted], lambda post: [wanted[post.id or 0]])


def plan(session: Session, person: Person, wanted: Mapping[int, str]) -> list[Again]:
    """Plans each post at its local time; where one is refused, nothing at all is done. Raises Refusal."""
    done = _each(session, person, [*wanted], lambda post: [wanted[post.id or 0]])
    if any(one.refusal for one in done):
        raise Refusal("again.refused", "Not all of these can go as planned, so none was moved.", "Change their times.")
    return done


def drop(session: Session, person: Person, numbers: Sequence[int]) -> int:
    """Takes posts out of the plan for good; one that is not in it any more refuses all. Raises Refusal."""
    found = _posts(session, person, numbers)
    together(session, found)
    for post in found:
        cancel(session, person, post.id or 0)
    return len(found)


def _taken_back(
    session: Session, person: Person, numbers: Sequence[int], times: Callable[[Post], Iterable[str]]
) -> list[Again]:
    with session.begin_nested() as whole:
        done = _each(session, person, numbers, times)
        whole.rollback()
    session.expire_all()
    return [replace(one, made=0) for one in done]


def _each(
    session: Session, person: Person, numbers: Sequence[int], times: Callable[[Post], Iterable[str]]
) -> list[Again]:
    found = _posts(session, person, numbers)
    together(session, found)
    return [_one(session, person, post, times) for post in found]


def _one(session: Session, person: Person, post: Post, times: Callable[[Post], Iterable[str]]) -> Again:
    """The first of these times that is not refused; else the first refusal."""
    told = _told(session, post)
    first: Refusal | None = None
    try:
        starts = [*times(post)]
    except Refusal as refused:
        return replace(told, refusal=refused)
    for start in starts:
        try:
            with session.begin_nested():
                made = _planned(session, person, post, start)
        except Refusal as refused:
            first = first or refused
            continue
        return replace(told, at=made.due_at, made=made.id or 0)
    none = Refusal("again.none", "No free time is left in its window.", "Ask for a new version, or leave it.")
    return replace(told, refusal=first or none)


def _planned(session: Session, person: Person, post: Post, start: str) -> Post:
    number, zone = post.id or 0, post.zone
    if post.state in MOVABLE:
        return reschedule(session, person, number, start, zone)
    return requeue(session, person, number, start, zone)


def _hours(session: Session, start: str) -> Callable[[Post], Iterable[str]]:
    def times(post: Post) -> Iterable[str]:
        first, last = _span(session, post)
        version = session.exec(select(Version).where(Version.digest == post.digest)).one()
        wished = max(first, now(session) + SOON, _from(start, post.zone))
        found = free_time(session, session.get_one(Leaf, post.leaf_id), version, wished, last)
        return [written(found, post.zone)] if found else []

    return times


def _in_slots(session: Session, start: str) -> Callable[[Post], Iterable[str]]:
    def times(post: Post) -> Iterable[str]:
        first, last = _span(session, post)
        first = max(first, _from(start, post.zone))
        campaign = session.get_one(Campaign, post.campaign_id).ref
        account = session.get_one(Account, post.account_id).ref
        found = next_free(session, campaign, post.language, (account,), _SLOTS)
        return [written(one.at, post.zone) for one in found if first <= one.at <= last]

    return times


def _span(session: Session, post: Post) -> tuple[datetime, datetime]:
    return bounds(post) if post.state in MOVABLE else standing_bounds(session, post)


def _from(start: str, zone: str) -> datetime:
    return exact(read_local(start)[0], zone) if start else datetime.min.replace(tzinfo=UTC)


def _posts(session: Session, person: Person, numbers: Sequence[int]) -> list[Post]:
    """These posts, by when they were due. Raises Refusal."""
    require(session, person, now(session), "post.plan")
    if not numbers:
        raise Refusal("post.none_named", "No post is named.", "Tick those that are meant.")
    if len(numbers) > MOST:
        raise Refusal("again.many", f"More than {MOST} posts at once.", "Choose fewer.")
    wanted = select(Post).where(col(Post.id).in_(numbers), Post.organisation_id == ours())
    found = list(session.exec(wanted.order_by(col(Post.due_at), col(Post.id))))
    if len(found) != len(set(numbers)):
        raise Refusal("post.unknown", "Not all of these posts are there.", "Look at the list again.")
    return found


def _told(session: Session, post: Post) -> Again:
    message, account = session.get_one(Message, post.message_id), session.get_one(Account, post.account_id)
    return Again(post.id or 0, message.ref, account.ref, post.language, post.state, post.due_at, post.zone)
