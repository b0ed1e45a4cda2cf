"""Moving, cancelling and asking again for posts: inside the window freely; outside it is a new version."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.checks.engine import judge_facts
from content.checks.facts import frequency_cap
from content.checks.facts.load import Wanted, facts
from content.checks.finding import Missing
from content.checks.records import FactsCase
from content.errors import Refusal
from content.lifecycle import Action, Post, move, where
from content.message import Leaf, Message
from content.organisation import ours
from content.people import Person, require
from content.planned import counted
from content.record import Step, by, write
from content.review import Clearance, Revocation, superseded
from content.schedule import crowded, new_post
from content.store import Level, Scope, lock_mixed, now
from content.zone import exact, known_zone, local_at, one_off, read_local, zone_version

MOVABLE = ("scheduled", "blocked")
LAPSED = ("expired", "failed", "cancelled")
LOOKED, OFFERED = 21, 4  # days that are looked at for free times, and how many of those are offered


def reschedule(
    session: Session, person: Person, post_id: int, start: str, zone: str, was: datetime | None = None
) -> Post:
    """Moves a scheduled or blocked post to another local time of its window. Raises Refusal.

    was: when it was due as far as the person saw; where somebody moved it meanwhile, nothing is moved (`post.moved`).
    """
    require(session, person, now(session), "post.plan")
    post = locked(session, post_id, MOVABLE, "post.not_movable")
    _where_seen(post, was)
    due_at = _instant(start, zone, now(session))
    _inside(post, due_at)
    _free(session, post, due_at)
    at = now(session)
    post.due_at, post.zone, post.tzdata = due_at, zone, zone_version()
    post.local, post.retry_at = local_at(due_at, zone).isoformat(timespec="seconds"), None
    session.add(post)
    session.flush()
    write(session, _step(person, "post.reschedule", post, {"due": due_at.isoformat()}), at=at)
    if post.state == "blocked":
        _move(session, person, post, Action.UNBLOCK, at)
    session.refresh(post)
    return post


def free_times(session: Session, post: Post) -> list[datetime]:
    """The next days on which this post could go at the same hour: inside, room under the caps, nothing against it."""
    first, last = bounds(post)
    at = now(session)
    days = (local_at(at, post.zone).date() + timedelta(days=number) for number in range(LOOKED + 1))
    times = [exact(datetime.combine(day, datetime.fromisoformat(post.local).time()), post.zone) for day in days]
    wished = [one for one in times if max(first, at) < one <= last and one != post.due_at]
    cases = facts(session, [Wanted(number, post.leaf_id, one, post.id) for number, one in enumerate(wished)])
    return [one for number, one in enumerate(wished) if not _stops(cases[number])][:OFFERED]


def _stops(case: FactsCase) -> bool:
    found = judge_facts(case)
    lasting = [one for one in found if one.check == frequency_cap.ID] + [*counted(found, today=False)]
    return any(isinstance(one, Missing) or one.severity == "block" for one in lasting)


def cancel(session: Session, person: Person, post_id: int) -> Post:
    """Takes a post out of the plan for good."""
    require(session, person, now(session), "post.plan")
    post = locked(session, post_id, MOVABLE, "post.not_cancellable")
    _move(session, person, post, Action.CANCEL, now(session))
    session.refresh(post)
    return post


def unblock(session: Session, person: Person, post_id: int) -> Post:
    """Puts a blocked post back into the plan, where its time is still free; the gate judges it when it is due."""
    require(session, person, now(session), "post.unblock")
    post = locked(session, post_id, ("blocked",), "post.not_blocked")
    _free(session, post, post.due_at)
    _move(session, person, post, Action.UNBLOCK, now(session))
    session.refresh(post)
    return post


def requeue(session: Session, person: Person, post_id: int, start: str, zone: str) -> Post:
    """A new post for one that passed, failed or was cancelled, on the same clearance. Raises Refusal."""
    require(session, person, now(session), "post.plan")
    old = locked(session, post_id, LAPSED, "post.not_lapsed")
    clearance = _standing(session, old)
    due_at = _instant(start, zone, now(session))
    message = session.get_one(Message, old.message_id)
    campaign = session.get_one(Campaign, old.campaign_id)
    leaf = session.get_one(Leaf, old.leaf_id)
    at = now(session)
    made = new_post(clearance, message, campaign, leaf, old.occurrence, due_at, zone, at)
    _inside(made, due_at)  # of the clearance that stands now, which may be a later round's
    _free(session, old, due_at)
    _alone(session, old)
    session.add(made)
    session.flush()
    detail = {"digest": made.digest, "leaf": leaf.digest, "due": due_at.isoformat(), "after": old.id}
    write(session, _step(person, "post.schedule", made, detail), at=at)
    return made


def standing_bounds(session: Session, post: Post) -> tuple[datetime, datetime]:
    """The same as `bounds`, by the clearance that stands now, for a post to be asked for again. Raises Refusal."""
    clearance = _standing(session, post)
    last = clearance.valid_until - timedelta(microseconds=1)
    return max(clearance.not_before, clearance.valid_from), min(clearance.not_after, last)


def together(session: Session, posts: Iterable[Post]) -> None:
    """Takes the locks of all these posts at once, in the one order: one after another could meet somebody else's."""
    wanted: dict[Scope, bool] = {}
    for post in posts:
        for scope, alone in _scopes(post).items():
            wanted[scope] = wanted.get(scope, False) or alone
    lock_mixed(session, wanted)


def locked(session: Session, post_id: int, states: tuple[str, ...], code: str) -> Post:
    """The post under its locks, in one of the states."""
    found = session.exec(select(Post).where(Post.id == post_id, Post.organisation_id == ours())).first()
    if found is None:
        raise Refusal("post.unknown", f"There is no post {post_id}.", "`counterpoint forecast` lists them.")
    lock_mixed(session, _scopes(found))
    session.refresh(found, with_for_update=True)  # no claim comes between the look and the move
    if found.state not in states:
        raise Refusal(code, f"Post {post_id} is {found.state}.", f"This can be done while it is {' or '.join(states)}.")
    return found


def _scopes(post: Post) -> dict[Scope, bool]:
    return {
        Scope(Level.INSTANCE, 1): False,
        Scope(Level.ORGANISATION, post.organisation_id): False,
        Scope(Level.CAMPAIGN, post.campaign_id): False,
        Scope(Level.ACCOUNT, post.account_id): True,
        Scope(Level.NARRATIVE, post.narrative_id): True,
    }


def _where_seen(post: Post, was: datetime | None) -> None:
    if was is not None and post.due_at != was:
        stands = f"Post {post.id} was moved meanwhile; it stands at {post.local} in {post.zone}."
        raise Refusal("post.moved", stands, "Look where it stands now, and move it from there.")


def _instant(start: str, zone: str, at: datetime) -> datetime:
    known = known_zone(zone)
    local, offset = read_local(start)
    due_at = one_off(local, known, offset, None)
    if due_at <= at:
        raise Refusal("window.past", f"{start} in {zone} has passed.", "Choose a later time.")
    return due_at


def bounds(post: Any) -> tuple[datetime, datetime]:
    """The first and the last instant of window and clearance of a post, or of its row."""
    return max(post.not_before, post.valid_from), min(post.not_after, post.valid_until - timedelta(microseconds=1))


def _inside(post: Post, due_at: datetime) -> None:
    first, last = bounds(post)
    if post.not_before <= due_at < post.valid_from:
        raise Refusal(
            "waiting",
            f"The wait after the last verdict ends at {post.valid_from:%d %b %H:%M:%S} UTC; nothing goes before.",
            "Choose a later time.",
        )
    if not first <= due_at <= last:
        raise Refusal(
            "window.outside",
            f"That time lies outside the window and the clearance: {first:%d %b %H:%M} to {last:%d %b %H:%M} UTC.",
            "Choose a time in it, or ask for a new version.",
        )


def _free(session: Session, post: Post, due_at: datetime) -> None:
    against = crowded(session, session.get_one(Leaf, post.leaf_id), due_at, post.id)
    if against:
        raise Refusal(
            "frequency-cap", against[0].reason, "Choose another time; `counterpoint forecast` shows the gaps."
        )


def _standing(session: Session, post: Post) -> Clearance:
    """The newest clearance of these words, which nobody took back."""
    statement = select(Clearance).where(col(Clearance.digest) == post.digest).order_by(col(Clearance.round).desc())
    found = session.exec(statement.limit(1)).one()
    if superseded(session, [post.digest]):
        raise Refusal("version.superseded", "A newer version of these words is cleared.", "Ask for that one again.")
    if session.exec(select(Revocation.id).where(Revocation.clearance_id == found.id)).first() is not None:
        raise Refusal("clearance.none", "These words are not cleared any more.", "Have them reviewed again.")
    return found


def _alone(session: Session, post: Post) -> None:
    statement = (
        select(Post.id)
        .where(col(Post.leaf_id) == post.leaf_id, col(Post.account_id) == post.account_id)
        .where(col(Post.occurrence) == post.occurrence, col(Post.surplus).is_(False))
        .where(col(Post.state).not_in(LAPSED))
    )
    living = session.exec(statement).first()
    if living is not None:
        raise Refusal("post.living", f"Post {living} of the same words is still in the plan.", "Move that one instead.")


def _move(session: Session, person: Person, post: Post, action: Action, at: datetime) -> None:
    if not move(session, where([post]), action, at=at, lapses=0, note=""):
        raise Refusal("post.moved", f"Post {post.id} has just moved on.", "Look again.")
    write(session, _step(person, f"post.{action}", post, {}), at=at)


def _step(person: Person, action: str, post: Post, detail: dict[str, Any]) -> Step:
    return Step(by(person.id), action, "post", post.id or 0, detail)
