"""Being signed in to the desk: who, since when, and how long ago the second factor was shown.

A session is known by the hash of its token; it ends at sign-out, after half an hour without a step, after twelve hours,
and with the person. Whoever guesses is slowed by name and by address, and hears the same whatever was wrong.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, Index, bindparam, delete, null, true, update
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, func, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content import password, people, second_factor
from content.errors import Refusal
from content.organisation import Instance
from content.people import Person
from content.permission import Proof
from content.record import Step, by, write
from content.store import Store, moment, wall

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
RECENT = timedelta(minutes=30)
SEEN = timedelta(minutes=1)  # how exactly it is known when somebody was last here
WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=30)  # how long it is known who was signed in when
TRIES = {"name": 10, "address": 50, "code": 5}  # failures within the window after which nobody gets a try


class SignIn(SQLModel, table=True):
    """One browser of one person. proved_at: when the second factor was last shown."""

    __tablename__ = "sign_in"
    token_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    begun_at: datetime
    seen_at: datetime
    proved_at: datetime
    ended_at: datetime | None = None
    device: str = Field(default="", sa_column_kwargs={"server_default": ""})  # coarsely: firefox/linux


class SignInFailure(SQLModel, table=True):
    """A wrong guess; key: hash of the name, address or person it counts against."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        CheckConstraint("kind IN ('name', 'address', 'code')", name="kind"),
        Index("ix_sign_in_failure_key", "kind", "key", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks for a page. hash: of the session's token; at: the database's clock as they were looked for; now: the
    product's instant then; roles: in force then; rehearsal: what kind of instance this is."""

    person: Person
    hash: str
    proved_at: datetime
    at: datetime
    now: datetime
    roles: frozenset[str]
    rehearsal: bool


def enter(store: Store, ref: str, plain: str, code: str, from_: str, device: str = "") -> str | None:
    """Signs somebody in: the new session's token, or None where any of name, password and code is wrong.

    from_: the address it comes from; device: as SignIn has it. The password is compared outside of any transaction: it
    takes a third of a second.
    Raises Refusal `sign_in.slow`, `sign_in.busy`.
    """
    with store.read() as session:
        _refuse_guessing(session, {"name": ref, "address": from_})
        person = session.exec(select(Person).where(Person.ref == ref, col(Person.disabled_at).is_(None))).first()
        known = session.get(password.Password, person.id) if person else None
        hash_ = known.hash if known else None
    right = password.matches(plain, hash_)
    with store.write() as session:
        _tidy(session)
        if right and person is not None and second_factor.takes(session, person.id or 0, code):
            return begin(session, person.id or 0, device)
        _failed(session, {"name": ref, "address": from_})
        return None


def begin(session: Session, person_id: int, device: str = "") -> str:
    """A session for whoever has just shown who they are; its token."""
    at, token = wall(session), secrets.token_urlsafe(32)
    begun = {"begun_at": at, "seen_at": at, "proved_at": at}
    session.add(SignIn(token_hash=_hash(token), person_id=person_id, device=device, **begun))
    session.flush()
    write(session, Step(by(person_id), "sign_in.enter", "person", person_id))
    return token


def signed_in(store: Store, token: str, *, stepped: bool = True) -> SignedIn | None:
    """Who this session's token belongs to, while it lasts; that they were here is written down once a minute.

    stepped: somebody did something; a page that looks again by itself keeps no session alive.
    """
    hash_ = _hash(token)
    with store.read() as session:
        found = session.execute(_living(store.sqlite), {"hash": hash_}).first()
        if found is None:
            return None
        row, person, kind, clock, offset = found
        at = clock or wall(session)
        if row.seen_at <= at - IDLE or row.begun_at <= at - LONGEST:
            return None
        instant = moment(at, offset)
        held = people.roles(session, person.id or 0, instant)
    if stepped and at - row.seen_at >= SEEN:
        with store.write() as session:
            session.execute(update(SignIn).where(col(SignIn.token_hash) == hash_).values(seen_at=at))
    return SignedIn(person, hash_, row.proved_at, at, instant, held, kind == "rehearsal")


def prove(store: Store, who: SignedIn, code: str) -> bool:
    """Whether the person just showed their second factor again. Five wrong ones end the session."""
    with store.write() as session:
        at, key = wall(session), {"code": who.hash}
        if second_factor.takes(session, who.person.id or 0, code):
            session.execute(update(SignIn).where(col(SignIn.token_hash) == who.hash).values(proved_at=at))
            return True
        _failed(session, key)
        if _failures(session, "code", who.hash, at) >= TRIES["code"]:
            end(session, who.hash, who.person.id or 0, "sign_in.guessed")
        return False


def fresh(who: SignedIn, proof: Proof, at: datetime) -> bool:
    """Whether what the session has shown is enough for a verb of this kind; one that asks each time is never."""
    return proof == "session" or (proof == "recent" and at - who.proved_at <= RECENT)


def leave(store: Store, who: SignedIn) -> None:
    """Ends the session."""
    with store.write() as session:
        end(session, who.hash, who.person.id or 0, "sign_in.leave")


def end_all(session: Session, person_id: int) -> None:
    """Ends every session of a person: with a new password, and when they are switched off."""
    living = update(SignIn).where(col(SignIn.person_id) == person_id, col(SignIn.ended_at).is_(None))
    session.execute(living.values(ended_at=wall(session)))


def _tidy(session: Session) -> None:
    """Takes out guesses that count no more, and sessions that began a month ago."""
    at = wall(session)
    session.execute(delete(SignInFailure).where(col(SignInFailure.at) < at - WINDOW))
    session.execute(delete(SignIn).where(col(SignIn.begun_at) < at - KEPT))


def end(session: Session, hash_: str, person_id: int, action: str) -> None:
    """Ends one session; action: as the record calls it."""
    at = wall(session)
    session.execute(update(SignIn).where(col(SignIn.token_hash) == hash_).values(ended_at=at))
    write(session, Step(by(person_id), action, "person", person_id))


@cache
def _living(sqlite: bool) -> Any:
    """Asked for with each request: the session, its person, and by what clock it is to be judged, in one statement."""
    clock = null() if sqlite else func.clock_timestamp(type_=UTCDateTime())
    return (
        columns(SignIn, Person, col(Instance.kind), clock.label("clock"), col(Instance.clock_offset))
        .join(Person, col(Person.id) == col(SignIn.person_id))
        .join(Instance, true())
        .where(col(SignIn.token_hash) == bindparam("hash"), col(SignIn.ended_at).is_(None))
        .where(col(Person.disabled_at).is_(None))
    )


def _refuse_guessing(session: Session, keys: dict[str, str]) -> None:
    at = wall(session)
    if any(_failures(session, kind, key, at) >= TRIES[kind] for kind, key in keys.items()):
        raise Refusal("sign_in.slow", "There were many wrong tries.", "Try again in a quarter of an hour.")


def _failures(session: Session, kind: str, key: str, at: datetime) -> int:
    statement = select(func.count()).select_from(SignInFailure).where(SignInFailure.kind == kind)
    return session.exec(statement.where(SignInFailure.key == _hash(key), SignInFailure.at > at - WINDOW)).one()


def _failed(session: Session, keys: dict[str, str]) -> None:
    at = wall(session)
    session.add_all([SignInFailure(kind=kind, key=_hash(key), at=at) for kind, key in keys.items()])
    session.flush()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
