"""Who is away from when until when, and who stands in for them.

What comes up meanwhile, posts by hand and notices, goes to the deputy; nothing else does. No right goes with it: the
deputy does what they themselves may do, and whoever may not do a part of it is not taken as one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from content import people
from content.errors import Refusal
from content.people import Person
from content.record import Step, by, write
from content.store import now

FARTHEST = timedelta(days=366)
MOST = 500  # that one look reads
_STANDS = text("ended_at IS NULL")
_ONE_DAY = timedelta(days=1)
# What a deputy is for, by the verb that it takes: whoever is away and may do it needs somebody who may.
_PASSED_ON = {"posting.take": "post by hand", "waiting.read": "judge words"}


class Absence(SQLModel, table=True):
    """Somebody is away from starts_at to before ends_at, and deputy_id stands in. ended_at: they were back earlier."""

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="forward"),
        CheckConstraint("deputy_id <> person_id", name="another"),
        Index("ix_absence_standing", "ends_at", "id", sqlite_where=_STANDS, postgresql_where=_STANDS),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    deputy_id: int = Field(foreign_key="person.id")
    starts_at: datetime
    ends_at: datetime
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """One absence as people read it. first, last: its days, in UTC; deputy: a ref; now: it has begun."""

    first: date
    last: date
    deputy: str
    now: bool


def leave(session: Session, person: Person, who: Person, deputy: Person, first: str, last: str) -> Absence:
    """Says that somebody is away on these days (2026-12-01, in UTC), both of them too, and who stands in.

    Raises Refusal `absence.day`, `absence.past`, `absence.far`, `absence.twice`, `absence.deputy`, `rights.role`.
    """
    at = now(session)
    _require(session, person, who, at)
    starts, ends = _days(first, last, at)
    _refuse_deputy(session, who, deputy, at)
    _refuse_twice(session, who, starts, ends)
    made = Absence(person_id=_id(who), deputy_id=_id(deputy), starts_at=starts, ends_at=ends, entered_by=_id(person),
                   created_at=at)  # fmt: skip
    session.add(made)
    session.flush()
    told = {"deputy": deputy.id, "from": starts.isoformat(), "until": ends.isoformat()}
    write(session, Step(by(person.id), "absence.set", "person", _id(who), told), at=at)
    return made


def back(session: Session, person: Person, who: Person) -> int:
    """They are back, or do not leave after all: ends what stands of theirs; how many that were.

    Raises Refusal `absence.none`, `rights.role`.
    """
    at = now(session)
    _require(session, person, who, at)
    found = session.exec(_standing(at).where(Absence.person_id == who.id).with_for_update()).all()
    if not found:
        raise Refusal("absence.none", f"{who.ref} is not away, and was not going to be.", "There is nothing to end.")
    for one in found:
        one.ended_at = at
    session.add_all(found)
    write(session, Step(by(person.id), "absence.end", "person", _id(who), {"number": len(found)}), at=at)
    return len(found)


def deputies(session: Session, at: datetime) -> dict[int, int]:
    """Everybody who is away at that instant, and who stands in for them."""
    found = session.exec(_standing(at).where(col(Absence.starts_at) <= at).limit(MOST))
    return {one.person_id: one.deputy_id for one in found}


def instead(person_id: int, away: Mapping[int, int]) -> int | None:
    """Who takes what comes for this person: they, or their deputy, or whoever stands in for that one. None: nobody."""
    asked = set[int]()
    while person_id in away and person_id not in asked:
        asked.add(person_id)
        person_id = away[person_id]
    return None if person_id in asked else person_id


def absences(session: Session, ids: Collection[int], at: datetime) -> dict[int, Away]:
    """Of these people, who is away or will be: the first absence of each that is not over."""
    deputy = aliased(Person)
    statement: Any = rows(Absence, col(deputy.ref)).join(deputy, col(deputy.id) == col(Absence.deputy_id))
    mine = statement.where(*_still(at), col(Absence.person_id).in_(ids)).order_by(col(Absence.ends_at).desc())
    return {one.person_id: _told(one, ref, at) for one, ref in session.exec(mine)}


def _told(one: Absence, deputy: str, at: datetime) -> Away:
    last = (one.ends_at - _ONE_DAY).date()
    return Away(one.starts_at.date(), last, deputy, one.starts_at <= at)


def _standing(at: datetime) -> SelectOfScalar[Absence]:
    return select(Absence).where(*_still(at))


def _still(at: datetime) -> tuple[Any, Any]:
    """What nobody ended and is not over: as the index says it."""
    return text("absence.ended_at IS NULL"), col(Absence.ends_at) > at


def _require(session: Session, person: Person, who: Person, at: datetime) -> None:
    """Everybody says it of themselves; of others, who looks after people."""
    if person.id == who.id:
        people.require(session, person, at, "absence.set")
    else:
        people.require(session, person, at, "absence.others")


def _days(first: str, last: str, at: datetime) -> tuple[datetime, datetime]:
    starts, ends = _midnight(first), _midnight(last) + _ONE_DAY
    if ends <= starts:
        raise Refusal("absence.day", "The last day lies before the first.", "Change one of the two.")
    if ends <= at:
        raise Refusal("absence.past", "Those days are over already.", "Choose later ones.")
    if ends > at + FARTHEST:
        raise Refusal("absence.far", "That is more than a year ahead.", "Say it nearer to its time.")
    return starts, ends


def _midnight(typed: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(typed.strip()), time(), UTC)
    except ValueError:
        raise Refusal("absence.day", f"“{typed[:20]}” is no day.", "Write it as 2026-11-25.") from None


def _refuse_deputy(session: Session, who: Person, deputy: Person, at: datetime) -> None:
    if who.id == deputy.id:
        raise Refusal("absence.deputy", "Nobody stands in for themselves.", "Name somebody else.")
    theirs, own = (people.roles(session, _id(one), at) for one in (who, deputy))
    for verb, said in _PASSED_ON.items():
        if deputy.disabled_at is not None or (people.may(theirs, verb) and not people.may(own, verb)):
            raise Refusal(
                "absence.deputy",
                f"{deputy.ref} may not {said}, and to stand in gives nobody a right.",
                "Name somebody who holds such a role.",
            )


def _refuse_twice(session: Session, who: Person, starts: datetime, ends: datetime) -> None:
    """Two absences at once would name two deputies."""
    same = _standing(starts).where(Absence.person_id == who.id, col(Absence.starts_at) < ends)
    if session.exec(same.limit(1)).first() is not None:
        raise Refusal("absence.twice", f"{who.ref} is away on some of these days already.", "End that one first.")


def _id(person: Person) -> int:
    assert person.id is not None
    return person.id
