"""What people see of the watch, and say to it: what became of posts, appeals, strangers on our accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from content import people
from content.campaign import Campaign
from content.errors import Refusal
from content.lifecycle import Part, Post
from content.message import Message
from content.organisation import Account, ours
from content.people import Person
from content.record import Step, by, write
from content.store import now
from content.stranger import ANSWERS, Stranger
from content.watch import Appeal, Sighting, Tally, Watch

OPEN = 50  # that a page shows of each kind
ENDED = 20  # closed and answered ones, the newest first
LENGTH = 2000  # characters of what a platform answered


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last look saw of one piece."""

    part: int
    at: datetime
    result: str
    detail: str


@dataclass(frozen=True, slots=True)
class Count:
    """The last count of one kind, all pieces together. source: the channel that told it."""

    name: str
    value: int
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of one post since it is out. next_at: None where it is not looked at any more; stood: when each
    piece was last seen as it was sent, the piece of longest ago; appeal: the one that was opened."""

    next_at: datetime | None
    looks: int
    seen: tuple[Seen, ...]
    counts: tuple[Count, ...]
    stood: datetime | None
    appeal: Appeal | None


@dataclass(frozen=True, slots=True)
class Appealed:
    """One appeal. stood: when it was last seen as it was sent; now: what the last look saw; note: what the platform
    answered, "" once who wrote it was erased."""

    id: int
    post: int
    kind: str
    account: str
    channel: str
    message: str
    campaign: str
    url: str
    opened_at: datetime
    stood: datetime | None
    now: str
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Strange:
    """One post that stands on an account of ours and was not sent from here."""

    id: int
    account: str
    channel: str
    remote_id: str
    url: str
    posted_at: datetime
    seen_at: datetime
    raised_at: datetime
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""


# --- verbs --------------------------------------------------------------------------------------------------


def close_appeal(session: Session, person: Person, number: int, note: str) -> Appeal:
    """Somebody heard from the platform, and ends the appeal. note: what it answered, kept encrypted.

    Raises Refusal `appeal.none`, `appeal.closed`, `appeal.note`, `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "appeal.close")
    note = note.strip()
    if not note or len(note) > LENGTH:
        raise Refusal("appeal.note", "An appeal ends with what the platform answered.", "Write it in a few sentences.")
    mine = select(Appeal).join(Post, col(Post.id) == col(Appeal.post_id)).where(Post.organisation_id == ours())
    found = session.exec(mine.where(Appeal.id == number).with_for_update(of=Appeal)).first()
    if found is None:
        raise Refusal("appeal.none", f"There is no appeal {number}.", "`counterpoint watched list` shows them.")
    if found.closed_at is not None:
        raise Refusal("appeal.closed", f"Appeal {number} is closed already.", "Look at the page again.")
    found.closed_at, found.closed_by = at, person.id
    found.note = people.seal_words(session, person.id or 0, note, "appeal", at)
    session.add(found)
    write(session, Step(by(person.id), "appeal.close", "post", found.post_id, {"appeal": number}), at=at)
    return found


def answer_stranger(session: Session, person: Person, number: int, answer: str) -> Stranger:
    """Somebody looked: the post is ours, put there by hand by one of us, or it is not ours. The alarm ends with either.

    Raises Refusal `stranger.none`, `stranger.answered`, `stranger.answer`, `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "stranger.answer")
    if answer not in ANSWERS:
        raise Refusal("stranger.answer", "It is ours, or it is not.", f"Answer with {' or '.join(ANSWERS)}.")
    mine = select(Stranger).join(Account, col(Account.id) == col(Stranger.account_id))
    mine = mine.where(Account.organisation_id == ours(), col(Stranger.raised_at).is_not(None))
    found = session.exec(mine.where(Stranger.id == number).with_for_update(of=Stranger)).first()
    if found is None:
        raise Refusal("stranger.none", f"There is no stranger {number}.", "`counterpoint watched list` shows them.")
    if found.answered_at is not None:
        raise Refusal("stranger.answered", f"Somebody has answered {number} already.", "Look at the page again.")
    found.answered_at, found.answered_by, found.answer = at, person.id, answer
    session.add(found)
    told = {"stranger": number, "answer": answer}
    write(session, Step(by(person.id), "stranger.answer", "account", found.account_id, told), at=at)
    return found


# --- reading ------------------------------------------------------------------------------------------------


def appeals(session: Session, *, ended: bool = False) -> list[Appealed]:
    """The open appeals, the oldest first; or the closed ones, the newest first."""
    statement = (
        select(Appeal, Account, Message.ref, Campaign.ref)
        .join(Post, col(Post.id) == col(Appeal.post_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(Post.organisation_id == ours())
    )  # fmt: skip
    rows = session.exec(_some(statement, Appeal.closed_at, Appeal.opened_at, ended)).all()
    return [_appealed(session, *row) for row in rows]


def waiting_appeals(session: Session, most: int) -> Sequence[tuple[Appeal, str, str]]:
    """The open ones, the oldest first, each with the references of its account and message; in one statement."""
    statement = (
        select(Appeal, Account.ref, Message.ref)
        .join(Post, col(Post.id) == col(Appeal.post_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .where(Post.organisation_id == ours(), col(Appeal.closed_at).is_(None))
    )
    return session.exec(statement.order_by(col(Appeal.opened_at)).limit(most)).all()


def _some(statement: Any, over: Any, since: Any, ended: bool, most: int = OPEN) -> Any:
    if ended:
        return statement.where(col(over).is_not(None)).order_by(col(over).desc()).limit(ENDED)
    return statement.where(col(over).is_(None)).order_by(col(since)).limit(most)


def _appealed(session: Session, row: Appeal, account: Account, message: str, campaign: str) -> Appealed:
    known = looked(session, row.post_id)
    last = known.seen if known else ()
    results = {one.result for one in last}
    standing = next((one for one in ("vanished", "changed", "unclear") if one in results), "stands" if last else "")
    closer = session.get(Person, row.closed_by) if row.closed_by else None
    note = people.read_words(session, row.closed_by or 0, row.note or "", "appeal", row.closed_at or row.opened_at)
    return Appealed(
        row.id or 0, row.post_id, row.kind, account.ref, account.channel, message, campaign, _url(session, row.post_id),
        row.opened_at, known.stood if known else None, standing, row.closed_at,
        closer.ref if closer else "", note,
    )  # fmt: skip


def _url(session: Session, post: int) -> str:
    statement = select(Part.url).where(Part.post_id == post, col(Part.url).is_not(None)).order_by(col(Part.index))
    return session.exec(statement.limit(1)).first() or ""


def strangers(session: Session, *, ended: bool = False, most: int = OPEN) -> list[Strange]:
    """The strangers that nobody has answered, the oldest first; or the answered ones, the newest first."""
    statement = (
        select(Stranger, Account.ref, Account.channel, Person.ref)
        .join(Account, col(Account.id) == col(Stranger.account_id))
        .outerjoin(Person, col(Person.id) == col(Stranger.answered_by))
        .where(Account.organisation_id == ours(), col(Stranger.raised_at).is_not(None))
    )
    rows = session.exec(_some(statement, Stranger.answered_at, Stranger.raised_at, ended, most)).all()
    return [
        Strange(
            one.id or 0, account, channel, one.remote_id, one.url, one.posted_at, one.seen_at,
            one.raised_at or one.seen_at, one.answer or "", one.answered_at, who or "",
        )
        for one, account, channel, who in rows
    ]  # fmt: skip


def looked(session: Session, post: int) -> Looked | None:
    """What is known of one post since it is out; None where nobody has begun to look."""
    watch = session.get(Watch, post)
    if watch is None:
        return None
    appeal = session.exec(select(Appeal).where(Appeal.post_id == post)).first()
    return Looked(
        watch.next_at, watch.looks, _last(session, post), _counts(session, post), _stood(session, post), appeal
    )


def _last(session: Session, post: int) -> tuple[Seen, ...]:
    newest = select(func.max(Sighting.id)).where(Sighting.post_id == post).group_by(col(Sighting.part))
    rows = session.exec(select(Sighting).where(col(Sighting.id).in_(newest)).order_by(col(Sighting.part)))
    return tuple(Seen(one.part, one.at, one.result, one.detail) for one in rows)


def _stood(session: Session, post: int) -> datetime | None:
    """Of each piece the last look that saw it as it was sent; of these the one of longest ago."""
    mine = select(func.max(Sighting.id)).where(Sighting.post_id == post, Sighting.result == "stands")
    rows = session.exec(select(Sighting.at).where(col(Sighting.id).in_(mine.group_by(col(Sighting.part))))).all()
    return min(rows, default=None)


def _counts(session: Session, post: int) -> tuple[Count, ...]:
    """The last of each kind, summed over the pieces; the oldest of the instants stands for them."""
    newest = select(func.max(Tally.id)).where(Tally.post_id == post).group_by(col(Tally.part), col(Tally.name))
    rows: Sequence[Tally] = session.exec(select(Tally).where(col(Tally.id).in_(newest))).all()
    names = sorted({one.name for one in rows})
    return tuple(_sum([one for one in rows if one.name == name]) for name in names)


def _sum(rows: Sequence[Tally]) -> Count:
    return Count(rows[0].name, sum(one.value for one in rows), min(one.at for one in rows), rows[0].source)
