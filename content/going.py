"""The day's go: safeguarding says yes to the posts of tier 3 and 4 of one day, within the 24 hours before each."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, select

from content import people
from content.campaign import Campaign
from content.errors import Refusal
from content.lifecycle import Post, State
from content.message import Involvement
from content.people import Person
from content.quorum import TIERS
from content.record import Step, by, write_all
from content.review import Go
from content.store import now
from content.window import LATENESS
from content.zone import local_at

HOLDS = timedelta(hours=24)
_ASKED = tuple(tier for tier, terms in TIERS.items() if terms.go)
_PENDING = (State.SCHEDULED, State.CLAIMED, State.BLOCKED)


def go(session: Session, person: Person, day: date) -> list[int]:
    """Safeguarding's go for the posts of tier 3 and 4 due that day (in each campaign's zone); returns their ids.

    It holds for 24 hours, so posts further away are left out, as are those whose message the giver wrote. Raises
    Refusal `go.none`, `go.early`, `go.own`.
    """
    at = now(session)
    people.require(session, person, at, "go.give")
    of_day = due(session, day)
    soon = [post for post in of_day if at - LATENESS[post.tier] <= post.due_at <= at + HOLDS]
    wrote = _wrote(session, person, {post.message_id for post in soon})
    given = [post for post in soon if post.message_id not in wrote]
    if not given:
        raise _refusal(of_day, soon, day)
    session.add_all(Go(post_id=post.id or 0, by=person.id or 0, at=at) for post in given)
    session.flush()
    steps = [Step(by(person.id), "post.go", "post", post.id or 0, {"digest": post.digest}) for post in given]
    write_all(session, steps, at)
    return [post.id or 0 for post in given]


def due(session: Session, day: date) -> list[Post]:
    """The pending posts of that day that need a go, in order."""
    noon = datetime.combine(day, time(12), UTC)
    statement = (
        select(Post, Campaign.zone)
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(col(Post.tier).in_(_ASKED), col(Post.state).in_([str(state) for state in _PENDING]))
        .where(col(Post.due_at).between(noon - timedelta(hours=28), noon + timedelta(hours=28)))
        .order_by(col(Post.due_at), col(Post.id))
    )
    return [post for post, zone in session.exec(statement) if local_at(post.due_at, zone).date() == day]


def _wrote(session: Session, person: Person, messages: Iterable[int]) -> set[int]:
    statement = select(Involvement.message_id).where(
        Involvement.person_id == person.id, Involvement.side == "wrote", col(Involvement.message_id).in_(list(messages))
    )
    return set(session.exec(statement))


def _refusal(of_day: list[Post], soon: list[Post], day: date) -> Refusal:
    if soon:
        return Refusal("go.own", "You wrote every message that is due.", "Ask another person of safeguarding.")
    if of_day:
        return Refusal("go.early", f"The posts of {day} are more than 24 hours away, or past.", "Come back that day.")
    return Refusal("go.none", f"Nothing of tier 3 or 4 is due on {day}.", "`counterpoint forecast` shows what is.")
