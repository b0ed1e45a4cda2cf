"""Protected terms as rows: keyed hashes and a sealed copy, never the term itself; and how often each author met one."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, func, select

from content.record import Step, by, write
from content.store import json_field

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
