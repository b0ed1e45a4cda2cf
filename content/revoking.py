"""What taking a clearance back would stop, post by post, before anything is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from content import people
from content.campaign import Campaign
from content.errors import Refusal
from content.lifecycle import LIVE, Post, State
from content.message import Message, version_of
from content.organisation import Account
from content.people import Person
from content.review import Clearance, Revocation, clearances_of
from content.store import now

SHOWN = 200  # posts that a preview lists of each kind; its numbers count all
STOPS = (State.SCHEDULED, State.CLAIMED)  # what is taken up meets the gate before it begins, and is blocked there
OUT = (*LIVE, State.PUBLISHING)


@dataclass(frozen=True, slots=True)
class Met:
    """One post under the clearance. recall: it can be taken down by an act of its own."""

    post: int
    where: str
    due_at: datetime
    zone: str
    state: str
    recall: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """The clearance that stands for these words, and its posts: those that would not go, and those that are out.

    stops, out: of all of them; stopped, stays: the first, by their time.
    """

    clearance: int
    digest: str
    message: str
    language: str
    number: int
    tier: int
    until: datetime
    stops: int
    out: int
    stopped: tuple[Met, ...]
    stays: tuple[Met, ...]


def standing(session: Session, digest: str, at: datetime) -> Clearance | None:
    """The newest clearance of these words, where it is neither over nor taken back."""
    found = next(reversed(clearances_of(session, [digest])), None)
    if found is None or found.valid_until <= at:
        return None
    gone = session.exec(select(Revocation.id).where(Revocation.clearance_id == found.id)).first()
    return found if gone is None else None


def weigh(session: Session, person: Person, digest: str) -> Weighed:
    """What `verdict.revoke` would do to these words. Refuses words that are not cleared (`clearance.none`)."""
    at, version = now(session), version_of(session, digest)
    people.require(session, person, at, "clearance.revoke")
    found = standing(session, version.digest, at)
    if found is None:
        raise Refusal("clearance.none", "These words are not cleared any more.", "Have them reviewed again.")
    message = session.get_one(Message, version.message_id)
    counts = _counts(session, version.digest)
    return Weighed(
        clearance=found.id or 0,
        digest=version.digest,
        message=message.ref,
        language=version.language,
        number=version.number,
        tier=found.tier,
        until=found.valid_until,
        stops=sum(counts.get(state, 0) for state in STOPS),
        out=sum(counts.get(state, 0) for state in OUT),
        stopped=_met(session, version.digest, STOPS),
        stays=_met(session, version.digest, OUT),
    )


def _counts(session: Session, digest: str) -> dict[str, int]:
    """How many posts of these words stand in each state: some dozens, by the index of their digest."""
    statement = select(Post.state, func.count()).where(Post.digest == digest).group_by(Post.state)
    return dict(session.exec(statement).all())


def _met(session: Session, digest: str, states: Iterable[State]) -> tuple[Met, ...]:
    statement = (
        select(Post, Account.name, Campaign.zone)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(Post.digest == digest, col(Post.state).in_([str(state) for state in states]))
        .order_by(col(Post.due_at), col(Post.id))
        .limit(SHOWN)
    )
    return tuple(
        Met(post.id or 0, name, post.due_at, zone, post.state, post.state in LIVE)
        for post, name, zone in session.exec(statement)
    )
