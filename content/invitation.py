"""Invitations to the desk: a token, used once within two days, with which a person sets up how they sign in.

Whoever has signed in before, or holds a role, is invited by two people (or by themselves, with their own token): an
invitation makes a new way in, and nobody may make one into somebody else's place.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from content import password, people, second_factor
from content.errors import Refusal
from content.organisation import the_organisation
from content.people import Person, RoleGrant
from content.record import Step, by, write
from content.store import now, wall

LASTS = timedelta(days=2)


class Invitation(SQLModel, table=True):
    """token_hash: SHA-256; confirmed_by: the second of two, where it took two (then only has it a token)."""

    __table_args__ = (
        CheckConstraint("confirmed_by <> asked_by AND confirmed_by <> person_id", name="two_people"),
        CheckConstraint("used_at IS NULL OR token_hash IS NOT NULL", name="used_with_a_token"),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    token_hash: str | None = Field(default=None, unique=True)
    asked_by: int = Field(foreign_key="person.id")
    asked_at: datetime
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    until: datetime
    used_at: datetime | None = None


def invite(session: Session, person: Person, whom: Person) -> str | None:
    """The token for the one invited, shown once; None where a second person must invite them too.

    Raises Refusal `invitation.off`, `rights.role`.
    """
    at = wall(session)
    if person.id != whom.id:
        people.require(session, person, now(session), "person.invite")
    if whom.disabled_at is not None:
        raise Refusal("invitation.off", f"{whom.ref} is switched off.", "Nobody signs in under that name any more.")
    asked = _asked(session, whom, at)
    if asked is not None and asked.asked_by != person.id and person.id != whom.id and _counts(session, asked):
        return _granted(session, person, asked, at)
    made = Invitation(person_id=whom.id or 0, asked_by=person.id or 0, asked_at=at, until=at + LASTS)
    session.add(made)
    session.flush()
    alone = person.id == whom.id or not _settled(session, whom)
    write(session, Step(by(person.id), "person.invite", "person", whom.id or 0, {"alone": alone}))
    return _token(session, made) if alone else None


def invited(session: Session, token: str) -> Person | None:
    """Whom this token invites, while it lasts."""
    found = _of(session, token)
    return session.get_one(Person, found.person_id) if found is not None else None


def accept(session: Session, token: str, hash_: str, secret: str, code: str) -> tuple[Person, tuple[str, ...]]:
    """Uses the invitation up: password and second factor are the person's from now on. Returns the recovery codes.

    hash_: as `password.hashed` made it. Raises Refusal `invitation.over`, `code.wrong`.
    """
    at, found = wall(session), _of(session, token)
    used = update(Invitation).where(col(Invitation.id) == (found.id if found else 0), col(Invitation.used_at).is_(None))
    if not session.execute(used.values(used_at=at)).rowcount or found is None:  # type: ignore[attr-defined]  # an UPDATE
        raise Refusal("invitation.over", "This invitation was used or is over.", "Ask for a new one.")
    person = session.get_one(Person, found.person_id)
    codes = second_factor.enrol(session, found.person_id, secret, code)
    password.keep(session, found.person_id, hash_)
    write(session, Step(by(person.id), "person.enrol", "person", found.person_id))
    return person, codes


def about(session: Session) -> str:
    """The organisation's name, as the app shows it beside the code."""
    return the_organisation(session).name


def _settled(session: Session, whom: Person) -> bool:
    """Whether somebody else in this person's place could do harm: they sign in already, or were given a role."""
    given = select(RoleGrant.id).where(RoleGrant.person_id == whom.id, col(RoleGrant.revoked_at).is_(None))
    known = session.get(password.Password, whom.id) is not None
    return known or session.exec(given).first() is not None


def _counts(session: Session, asked: Invitation) -> bool:
    """Whether the first of two may still invite anybody."""
    return people.still(session, asked.asked_by, now(session), "person.invite")


def _asked(session: Session, whom: Person, at: datetime) -> Invitation | None:
    """What one person has asked for and waits for another."""
    statement = select(Invitation).where(Invitation.person_id == whom.id, col(Invitation.token_hash).is_(None))
    return session.exec(statement.where(Invitation.until > at).order_by(col(Invitation.id).desc())).first()


def _granted(session: Session, person: Person, asked: Invitation, at: datetime) -> str:
    asked.confirmed_by, asked.until = person.id, at + LASTS
    write(session, Step(by(person.id), "person.invite_second", "person", asked.person_id))
    return _token(session, asked)


def _token(session: Session, made: Invitation) -> str:
    token = secrets.token_urlsafe(32)
    made.token_hash = hashlib.sha256(token.encode()).hexdigest()
    session.add(made)
    session.flush()
    return token


def _of(session: Session, token: str) -> Invitation | None:
    hashed = hashlib.sha256(token.encode()).hexdigest()
    statement = (
        select(Invitation)
        .join(Person, col(Person.id) == col(Invitation.person_id))
        .where(Invitation.token_hash == hashed, col(Invitation.used_at).is_(None), Invitation.until > wall(session))
        .where(col(Person.disabled_at).is_(None))
    )
    found = session.exec(statement).first()
    return None if found is None or _overtaken(session, found) else found


def _overtaken(session: Session, found: Invitation) -> bool:
    """One person made it while nobody was in that place yet; since then somebody is, and it takes two."""
    alone = found.confirmed_by is None and found.asked_by != found.person_id
    return alone and _settled(session, session.get_one(Person, found.person_id))
