"""Who has which words in hand: so that two reviewers do not read the same at the same time.

It is a courtesy with an end, and keeps nobody from answering: whoever may judge may judge, whoever reads just now.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, bindparam, text
from sqlmodel import Field, Session, SQLModel, col, select

from content import absence, people
from content.errors import Refusal
from content.given import among
from content.message import Involvement, Message, Version, version_of
from content.people import Person, RoleGrant
from content.permission import REVIEWERS
from content.record import Step, by, write
from content.store import now

HELD = timedelta(minutes=20)
MOST = 200  # colleagues that a page offers


class Taking(SQLModel, table=True):
    """One reviewer has one version in hand, until they answer, leave it or time is up. At most one is open."""

    __table_args__ = (
        CheckConstraint("until > at", name="ends_later"),
        Index(
            "uq_taking_open",
            "digest",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_taking_mine",
            "reviewer_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(foreign_key="version.digest", index=True)
    reviewer_id: int = Field(foreign_key="person.id")
    at: datetime
    until: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Who has some words in hand now."""

    person: int
    name: str
    until: datetime


def take(session: Session, person: Person, digest: str, *, over: bool = False) -> Taking:
    """Takes these words for twenty minutes; over: also from whoever has them. Refuses taking.taken taking.own."""
    version, at = _locked(session, person, digest)
    _refuse_writer(session, version, person)
    found = _open(session, version.digest)
    if found is not None and found.until > at and found.reviewer_id != person.id and not over:
        name = session.get_one(Person, found.reviewer_id).name
        raise Refusal(
            "taking.taken",
            f"{name} has these words in hand until {found.until:%H:%M} UTC.",
            "Take them over if you agree on that; to answer you need not have taken them.",
        )
    _end(session, found, at)
    return _begin(session, person, version, person, "review.take", at)


def hand(session: Session, person: Person, digest: str, to: Person) -> Taking:
    """Gives what one has in hand to a colleague, or to whoever stands in for them, who has twenty minutes from now.

    Refuses taking.free own reviewer away.
    """
    version, at = _locked(session, person, digest)
    found = _mine(session, version, person, at)
    to = _here(session, to, at)
    _refuse_writer(session, version, to)
    held = {role.partition(":")[0] for role in people.roles(session, to.id or 0, at)}
    if to.id == person.id or not held & set(REVIEWERS):
        raise Refusal("taking.reviewer", f"{to.ref} is no other reviewer.", "Give it to somebody who reviews.")
    _end(session, found, at)
    return _begin(session, person, version, to, "review.hand", at)


def _here(session: Session, to: Person, at: datetime) -> Person:
    """They, or who stands in for them: words in the hands of somebody who is away wait for nobody."""
    found = absence.instead(to.id or 0, absence.deputies(session, at))
    if found is None:
        raise Refusal("taking.away", f"{to.ref} is away, and nobody else stands in.", "Give it to somebody else.")
    return to if found == to.id else session.get_one(Person, found)


def leave(session: Session, person: Person, digest: str) -> None:
    """Puts back what one has in hand. Refuses taking.free."""
    version, at = _locked(session, person, digest)
    _end(session, _mine(session, version, person, at), at)
    write(session, Step(by(person.id), "review.leave", "version", version.digest), at=at)


def answered(session: Session, person: Person, digest: str, at: datetime) -> None:
    """Whoever has answered has nothing in hand any more; the message's row is locked."""
    found = _open(session, digest)
    if found is not None and found.reviewer_id == person.id:
        _end(session, found, at)


def held(session: Session, digests: Collection[str], at: datetime) -> dict[str, Held]:
    """Who has which of these words in hand."""
    rows = session.exec(_HELD, params={"digests": digests, "at": at}) if digests else ()
    return {row.digest: Held(row.reviewer_id, name, row.until) for row, name in rows}


_HELD = (
    select(Taking, Person.name)
    .join(Person, col(Person.id) == col(Taking.reviewer_id))
    .where(among(Taking.digest, "digests", str), col(Taking.ended_at).is_(None), col(Taking.until) > bindparam("at"))
)


def in_hand(session: Session, person: Person, at: datetime) -> set[str]:
    """The words that this person has in hand now."""
    statement = select(Taking.digest).where(
        Taking.reviewer_id == person.id, col(Taking.ended_at).is_(None), col(Taking.until) > at
    )
    return set(session.exec(statement))


def colleagues(session: Session, person: Person, version: Version, at: datetime) -> list[Person]:
    """Who reviews beside this person and wrote nothing of the message, by name."""
    wrote = select(Involvement.person_id).where(
        Involvement.message_id == version.message_id, Involvement.side == "wrote"
    )
    statement = (
        select(Person)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(col(RoleGrant.role).in_(REVIEWERS), col(RoleGrant.revoked_at).is_(None), col(RoleGrant.valid_from) <= at)
        .where(col(Person.disabled_at).is_(None), Person.id != person.id, col(Person.id).not_in(wrote))
        .distinct()
        .order_by(Person.name, col(Person.id))
        .limit(MOST)
    )
    return list(session.exec(statement))


def _locked(session: Session, person: Person, digest: str) -> tuple[Version, datetime]:
    """The version; its message's row is kept until the commit, so that two who take it come one by one."""
    people.require(session, person, now(session), "review.take")
    version = version_of(session, digest)
    session.exec(select(Message).where(Message.id == version.message_id).with_for_update()).one()
    return version, now(session)


def _open(session: Session, digest: str) -> Taking | None:
    statement = select(Taking).where(Taking.digest == digest, col(Taking.ended_at).is_(None))
    return session.exec(statement.execution_options(populate_existing=True)).first()


def _mine(session: Session, version: Version, person: Person, at: datetime) -> Taking:
    found = _open(session, version.digest)
    if found is None or found.reviewer_id != person.id or found.until <= at:
        raise Refusal("taking.free", "You do not have these words in hand.", "Take them first.")
    return found


def side(session: Session, version: Version, person: Person) -> str:
    """On which side of the message this person stands: wrote, judges, or neither: ""."""
    found = session.get(Involvement, (version.message_id, person.id))
    return found.side if found is not None else ""


def _refuse_writer(session: Session, version: Version, person: Person) -> None:
    if side(session, version, person) == "wrote":
        raise Refusal(
            "taking.own",
            f"{person.ref} wrote part of this message, so someone else judges it.",
            "Ask another reviewer.",
        )


def _end(session: Session, found: Taking | None, at: datetime) -> None:
    if found is not None:
        found.ended_at = min(at, found.until)
        session.add(found)
        session.flush()


def _begin(session: Session, person: Person, version: Version, whose: Person, action: str, at: datetime) -> Taking:
    made = Taking(digest=version.digest, reviewer_id=whose.id or 0, at=at, until=at + HELD)
    session.add(made)
    session.flush()
    write(session, Step(by(person.id), action, "version", version.digest, {"taking": made.id, "to": whose.id}), at=at)
    return made
