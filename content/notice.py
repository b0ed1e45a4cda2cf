"""How somebody is told that something needs them: not at all, at once, or once a day; and what they were told of.

A notice says how many things there are and where the desk is, nothing else. Its address is sealed under the person's
own key and is in no log and no record. This file alone writes both tables.

What is told is written down after it was sent: whoever dies between the two has told it, and it is told once more,
never a third time, for the second one is written down before it is sent. If that one does not arrive, it is lost.
"""

import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from content import people
from content.errors import Refusal
from content.organisation import Account
from content.people import Person
from content.record import Step, by, write
from content.store import now, wall

HOWS = ("none", "at_once", "daily")
MARKS = ("new", "half", "full")  # it came up; half of its time is over; all of it
PACE = timedelta(minutes=30)  # between two notices to the same address
URGENT = timedelta(minutes=2)  # the same where something must come down or is not ours
MORNING = time(6)  # UTC: when the notice of the day is sent
LEASE = timedelta(seconds=60)
MOST = 500  # people who are told
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_EVERYBODY = text("person_id IS NULL")
Mark = tuple[str, str]  # what it is about (posting:17), and which of MARKS


class Notice(SQLModel, table=True):
    """How one person is told, or, without a person, the organisation's own room, which hears of everything.

    sealed: the address; chosen_at: ties it to its row; rest_until, trouble: when and why the last one did not go out;
    fence, lease_until: a worker sends one now.
    """

    __table_args__ = (
        CheckConstraint("how IN ('" + "', '".join(HOWS) + "')", name="how"),
        CheckConstraint("(how = 'none' OR person_id IS NULL) = (sealed = '')", name="somewhere"),
        CheckConstraint("person_id IS NOT NULL OR how = 'at_once'", name="of_all"),
        CheckConstraint("(fence IS NULL) = (lease_until IS NULL)", name="leased"),
        Index("uq_notice_of_all", "how", unique=True, sqlite_where=_EVERYBODY, postgresql_where=_EVERYBODY),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", unique=True)
    how: str
    sealed: str = ""
    chosen_at: datetime
    sent_at: datetime | None = None
    rest_until: datetime | None = None
    trouble: str = ""
    fence: str | None = None
    lease_until: datetime | None = None


class NoticeTold(SQLModel, table=True):
    """One thing that was told to one of them, once."""

    __tablename__ = "notice_told"
    __table_args__ = (
        PrimaryKeyConstraint("notice_id", "about", "mark"),
        CheckConstraint("mark IN ('" + "', '".join(MARKS) + "')", name="mark"),
    )
    notice_id: int = Field(foreign_key="notice.id")
    about: str
    mark: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person sees of their own: never the address."""

    how: str = "none"
    sent_at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A notice that this worker alone sends now. address: "" for the organisation's room, and where there is none to
    be told at: of somebody erased, and of who gave one at which the organisation publishes by now."""

    notice_id: int
    person_id: int | None
    fence: str
    address: str
    marks: tuple[Mark, ...]


# --- what a person chooses ----------------------------------------------------------------------------------


def choose(session: Session, person: Person, how: str, address: str = "") -> Notice:
    """How this person is told from now on. address: one of their own; "" keeps the one given before.

    Raises Refusal `notice.how`, `notice.address`, `notice.channel`, `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "own.notices")
    if how not in HOWS:
        raise Refusal("notice.how", "There is no such way to be told.", "Choose none, at_once or daily.")
    row = session.exec(select(Notice).where(Notice.person_id == person.id).with_for_update()).first()
    plain = "" if how == "none" else _address(address.strip() or (_plain(session, row) if row else ""))
    if publishes_at(session, f"mailto:{plain}"):
        raise Refusal("notice.channel", "The organisation publishes at that address.", "Give one of your own.")
    row = row or Notice(person_id=person.id, how=how, chosen_at=at)
    row.how, row.chosen_at, row.trouble, row.rest_until = how, at, "", None
    row.sealed = people.seal_words(session, person.id or 0, plain, "notice", at)
    session.add(row)
    session.flush()
    write(session, Step(by(person.id), "notice.choose", "person", person.id or 0, {"how": how}), at=at)
    return row


def chosen(session: Session, person: Person) -> Chosen:
    """What stands for this person."""
    row = session.exec(select(Notice).where(Notice.person_id == person.id)).first()
    return Chosen(row.how, row.sent_at, row.trouble) if row is not None else Chosen()


def publishes_at(session: Session, identity: str) -> bool:
    """Whether an account of ours is that one: whatever is told there is told to its readers, and nobody cleared it."""
    same = func.lower(col(Account.remote_identity)) == identity.lower()
    return session.exec(select(Account.id).where(same).limit(1)).first() is not None


def _address(typed: str) -> str:
    if not _ADDRESS.fullmatch(typed) or len(typed) > 254:
        raise Refusal(
            "notice.address", "That is no plain mail address.", "Give one of your own, such as name@host.org."
        )
    return typed


def _plain(session: Session, row: Notice) -> str:
    return people.read_words(session, row.person_id or 0, row.sealed, "notice", row.chosen_at)


# --- what a worker does -------------------------------------------------------------------------------------


def has_room(session: Session) -> bool:
    """Whether the organisation's own room is among those who are told."""
    return session.exec(select(Notice.id).where(_EVERYBODY)).first() is not None


def make_room(session: Session) -> None:
    """It is, from now on. The database refuses a second one."""
    session.add(Notice(how="at_once", chosen_at=now(session)))
    session.flush()


def standing(session: Session, *, room: bool) -> Sequence[Notice]:
    """Who is told now, the longest not told first. room: the organisation's too. Nobody who was switched off."""
    works = select(Person.id).where(Person.id == Notice.person_id, col(Person.disabled_at).is_(None)).exists()
    wanted = works | _EVERYBODY if room else works
    ready = select(Notice).where(Notice.how != "none", wanted)
    return session.exec(ready.order_by(col(Notice.sent_at), col(Notice.id)).limit(MOST)).all()


def told(session: Session, about: Collection[str]) -> set[tuple[int, str, str]]:
    """What of these things was told to whom: notice, about, mark."""
    rows = select(NoticeTold).where(col(NoticeTold.about).in_(about))
    return {(one.notice_id, one.about, one.mark) for one in session.exec(rows)} if about else set()


def may_go(row: Notice, at: datetime, *, urgent: bool) -> bool:
    """Whether its pace lets one go now: half an hour after the last, or in the morning; two minutes if urgent."""
    if row.rest_until is not None and row.rest_until > at:
        return False
    if urgent:
        return row.sent_at is None or row.sent_at + URGENT <= at
    if row.how == "daily":
        return (row.sent_at or row.chosen_at) < _morning(at)
    return row.sent_at is None or row.sent_at + PACE <= at


def locked(session: Session, notice_id: int) -> Notice | None:
    """The row, kept until the commit; None where another worker sends from it now."""
    wanted = select(Notice).where(Notice.id == notice_id).with_for_update()
    row = session.exec(wanted.execution_options(populate_existing=True)).one()
    busy = row.lease_until is not None and row.lease_until > wall(session)
    return None if busy else row


def claim(session: Session, row: Notice, marks: Iterable[Mark], at: datetime) -> Claim:
    """This worker sends it. Where one died over it before, what is told is written down now: it may have been sent."""
    marks = tuple(sorted(marks))
    if row.fence is not None:
        _write(session, row, marks, at)
    row.fence, row.lease_until = secrets.token_hex(16), wall(session) + LEASE
    session.add(row)
    session.flush()
    address = _plain(session, row) if row.person_id is not None else ""
    address = "" if publishes_at(session, f"mailto:{address}") else address
    return Claim(row.id or 0, row.person_id, row.fence, address, marks)


def done(session: Session, held: Claim) -> None:
    """It went out."""
    row = _held(session, held)
    if row is not None:
        _write(session, row, held.marks, now(session))
        row.trouble, row.rest_until = "", None


def needless(session: Session, held: Claim) -> None:
    """It was not sent, for what it would tell of waits for others: of this nobody looks again."""
    row = _held(session, held)
    if row is not None:
        _keep(session, row, held.marks, now(session))


def not_done(session: Session, held: Claim, code: str, after: timedelta) -> None:
    """Nothing went out; it is tried again after a while. code: why, as `relay.550`."""
    row = _held(session, held)
    if row is not None:
        row.trouble, row.rest_until = code, now(session) + after


def _held(session: Session, held: Claim) -> Notice | None:
    """The row, let go of; None where it is no longer this worker's."""
    row = session.exec(select(Notice).where(Notice.id == held.notice_id).with_for_update()).one()
    if row.fence != held.fence:
        return None
    row.fence = row.lease_until = None
    session.add(row)
    return row


def _write(session: Session, row: Notice, marks: Sequence[Mark], at: datetime) -> None:
    _keep(session, row, marks, at)
    row.sent_at = at


def _keep(session: Session, row: Notice, marks: Sequence[Mark], at: datetime) -> None:
    known = told(session, {about for about, _ in marks})
    fresh = [mark for mark in marks if (row.id or 0, *mark) not in known]
    session.add_all(NoticeTold(notice_id=row.id or 0, about=about, mark=mark, at=at) for about, mark in fresh)


def _morning(at: datetime) -> datetime:
    """The last one."""
    today = datetime.combine(at.date(), MORNING, at.tzinfo)
    return today if today <= at else today - timedelta(days=1)
