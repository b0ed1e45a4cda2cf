"""Protected terms as rows: keyed hashes and a sealed copy, never the term itself; and how often each author met one."""

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, func, select

from content.keys import Keys
from content.organisation import raise_epoch
from content.people import Person, require
from content.protect import enter, seal
from content.record import Step, by, write
from content.store import json_field, now

ALARM = 5  # hits of one person within WITHIN that the keeper is told of
WITHIN = timedelta(days=30)


class ProtectedTerm(SQLModel, table=True):
    """One name, place or detail that must never leave. `hashed` is protect.HashedTerm as JSON (hex)."""

    __tablename__ = "protected_term"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    hashed: dict[str, Any] = json_field()
    sealed: str  # base64 of a SealedBox to the keeper's public key
    entered_by: int = Field(foreign_key="person.id")
    at: datetime
    retired_at: datetime | None = None


class TermHit(SQLModel, table=True):
    """Somebody composing met a protected term: counted per person and told to the keeper, never which."""

    __tablename__ = "term_hit"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime


def hit(session: Session, person_id: int, at: datetime) -> int:
    """Counts that somebody's words met a protected term; returns how often within 30 days. Every fifth is an alarm."""
    session.add(TermHit(person_id=person_id, at=at))
    session.flush()
    statement = select(func.count()).where(TermHit.person_id == person_id, TermHit.at > at - WITHIN)
    count = session.exec(statement).one()
    if count % ALARM == 0:
        write(session, Step(by(person_id), "term.alarm", "person", person_id, {"hits": count}), at=at)
    return count


def alarms(session: Session, at: datetime) -> dict[int, int]:
    """For the keeper: whose words met protected terms five times or more within 30 days, and how often."""
    statement = (
        select(TermHit.person_id, func.count())
        .where(TermHit.at > at - WITHIN)
        .group_by(col(TermHit.person_id))
        .having(func.count() >= ALARM)
    )
    return {row[0]: row[1] for row in session.exec(statement)}


def protect(session: Session, person: Person, organisation_id: int, narrative_id: int, term: str) -> ProtectedTerm:
    """Enters a term: from here on only its keyed hashes exist, and a copy sealed to the keeper's offline key.

    Keeper or safeguarding. Every stored result of the words checks is void until they have looked again.
    """
    raise_epoch(session, organisation_id)
    at = now(session)
    require(session, person, at, "keeper", "safeguarding")
    keys: Keys = session.info["keys"]
    made = ProtectedTerm(
        organisation_id=organisation_id,
        narrative_id=narrative_id,
        hashed=enter(term, keys.terms).as_json(),
        sealed=b64encode(seal(term, keys.keeper_public)).decode(),
        entered_by=person.id or 0,
        at=at,
    )
    session.add(made)
    session.flush()
    write(session, Step(by(person.id), "term.protect", "term", made.id or 0, {"narrative": narrative_id}), at=at)
    return made
