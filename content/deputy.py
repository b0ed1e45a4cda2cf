"""Who stands in for safeguarding where a pause is lifted, and for nothing else: named ahead by somebody of
safeguarding, confirmed by a second person, until a last day.

A pause that reaches beyond one's own unsent message takes two people, one of them of safeguarding or this deputy. No
other right goes with it: they judge nothing, withdraw nothing and lift no crisis by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from content import people
from content.errors import Refusal
from content.people import WAIT, Person
from content.record import Step, by, write
from content.store import now

FARTHEST = timedelta(days=92)
MOST = 100
_STANDS = text("ended_at IS NULL")


class Deputy(SQLModel, table=True):
    """One person stands in from valid_from, a day after the second person confirmed it, to before ends_at."""

    __table_args__ = (
        CheckConstraint("named_by <> person_id", name="another"),
        CheckConstraint("(valid_from IS NULL) = (confirmed_by IS NULL)", name="two_people"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        CheckConstraint(
            "confirmed_by IS NULL OR (confirmed_by <> named_by AND confirmed_by <> person_id)", name="distinct"
        ),
        CheckConstraint("ends_at > named_at", name="forward"),
        CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name="ended_by_somebody"),
        Index("ix_deputy_standing", "ends_at", "id", sqlite_where=_STANDS, postgresql_where=_STANDS),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    named_by: int = Field(foreign_key="person.id")
    named_at: datetime
    ends_at: datetime
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    confirmed_at: datetime | None = None
    valid_from: datetime | None = None
    ended_by: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """One of them as people read it. person, by, second: refs, second "" while one is wanted; state: second | soon |
    holds; since: from when it counts, None until then; last: its last day, in UTC."""

    number: int
    person: str
    by: str
    second: str
    state: Literal["second", "soon", "holds"]
    since: datetime | None
    last: date


def name(session: Session, person: Person, who: Person, last: str) -> Deputy:
    """The first of two names a deputy, until this day (2026-12-01, in UTC); a second person must confirm it.

    Raises Refusal `rights.self`, `deputy.role`, `deputy.day`, `deputy.past`, `deputy.far`, `deputy.twice`,
    `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "deputy.name")
    if person.id == who.id:
        raise Refusal("rights.self", "Nobody is their own deputy.", "Name somebody else.")
    _refuse_without_role(session, who, at)
    ends = _end(last, at)
    standing = select(Deputy).where(*_still(at), Deputy.person_id == who.id)
    if session.exec(standing.limit(1)).first() is not None:
        raise Refusal("deputy.twice", f"{who.ref} is named already.", "End that first, or let it run out.")
    made = Deputy(person_id=_id(who), named_by=_id(person), named_at=at, ends_at=ends)
    session.add(made)
    session.flush()
    told = {"deputy": made.id, "until": ends.isoformat()}
    write(session, Step(by(person.id), "deputy.name", "person", _id(who), told), at=at)
    return made


def confirm(session: Session, person: Person, number: int) -> Deputy:
    """The second person confirms; it counts a day later, as a role does. Neither who named nor who is named.

    Raises Refusal `deputy.none`, `deputy.settled`, `deputy.role`, `rights.self`, `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "deputy.confirm")
    found = _deputy(session, number, at)
    if person.id in (found.named_by, found.person_id):
        raise Refusal("rights.self", "Whoever named or is named cannot confirm it.", "Ask a third person.")
    if found.confirmed_at is not None:
        raise Refusal("deputy.settled", "A second person has confirmed it already.", "Nothing is left to do.")
    _refuse_without_role(session, session.get_one(Person, found.person_id), at)
    found.confirmed_by, found.confirmed_at, found.valid_from = person.id, at, at + WAIT
    session.add(found)
    session.flush()
    write(session, Step(by(person.id), "deputy.confirm", "person", found.person_id, {"deputy": number}), at=at)
    return found


def end(session: Session, person: Person, number: int) -> Deputy:
    """Ends it at once: whoever named, confirmed or is named, and whoever looks after people.

    Raises Refusal `deputy.none`, `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "deputy.end")
    found = _deputy(session, number, at)
    if person.id not in (found.named_by, found.confirmed_by, found.person_id):
        people.require(session, person, at, "role.revoke")
    found.ended_by, found.ended_at = person.id, at
    session.add(found)
    session.flush()
    write(session, Step(by(person.id), "deputy.end", "person", found.person_id, {"deputy": number}), at=at)
    return found


def guarding(session: Session, first: int, second: int, at: datetime) -> dict[str, Any]:
    """That one of the two who lift a pause is of safeguarding, or stands in for it; for the record, as whose deputy.

    Who named or confirmed a deputy does not complete the two with them. Raises Refusal `rights.role`.
    """
    if "safeguarding" in people.roles(session, first, at) | people.roles(session, second, at):
        return {}
    for one in session.exec(_in_force(at).where(col(Deputy.person_id).in_((first, second)))):
        other = second if one.person_id == first else first
        if other not in (one.named_by, one.confirmed_by) and _stands_for(session, one, at):
            return {"deputy": one.id}
    raise Refusal(
        "rights.role",
        "One of the two must be from safeguarding, or the deputy whom safeguarding named.",
        "Ask somebody from safeguarding.",
    )


def standing(session: Session, person_id: int | None = None) -> tuple[Named, ...]:
    """Those that are named and not over, the first to end first; person_id: of this person alone."""
    at = now(session)
    statement = select(Deputy).where(*_still(at)).order_by(col(Deputy.ends_at), col(Deputy.id)).limit(MOST)
    if person_id is not None:
        statement = statement.where(Deputy.person_id == person_id)
    found = session.exec(statement).all()
    ids = {key for one in found for key in (one.person_id, one.named_by, one.confirmed_by) if key is not None}
    refs = {key or 0: ref for key, ref in session.exec(select(Person.id, Person.ref).where(col(Person.id).in_(ids)))}
    return tuple(_named(one, refs, at) for one in found)


def unconfirmed(session: Session, at: datetime) -> Sequence[Deputy]:
    """Those for whom a second person is wanted."""
    waits = select(Deputy).where(*_still(at), col(Deputy.confirmed_at).is_(None))
    return session.exec(waits.order_by(col(Deputy.id)).limit(MOST)).all()


def _named(one: Deputy, refs: Mapping[int, str], at: datetime) -> Named:
    state: Literal["second", "soon", "holds"] = "holds"
    if one.valid_from is None or one.valid_from > at:
        state = "second" if one.valid_from is None else "soon"
    last = (one.ends_at - timedelta(days=1)).date()
    second = refs[one.confirmed_by] if one.confirmed_by is not None else ""
    return Named(_id(one), refs[one.person_id], refs[one.named_by], second, state, one.valid_from, last)


def _in_force(at: datetime) -> Any:
    return select(Deputy).where(*_still(at), col(Deputy.valid_from) <= at)


def _still(at: datetime) -> tuple[Any, Any]:
    """What nobody ended and is not over: as the index says it."""
    return text("deputy.ended_at IS NULL"), col(Deputy.ends_at) > at


def _stands_for(session: Session, one: Deputy, at: datetime) -> bool:
    """Whether who named them is of safeguarding still: nobody stands in for somebody who lost the role."""
    return "safeguarding" in people.roles(session, one.named_by, at)


def _deputy(session: Session, number: int, at: datetime) -> Deputy:
    mine = select(Deputy).where(*_still(at), Deputy.id == number)
    found = session.exec(mine.with_for_update().execution_options(populate_existing=True)).first()
    if found is None:
        raise Refusal("deputy.none", f"No deputy {number} is named.", "`counterpoint user deputies` shows them.")
    return found


def _refuse_without_role(session: Session, who: Person, at: datetime) -> None:
    """A deputy is the safeguarding one of the two; that they may be one of the two at all, their own role must say."""
    if not people.may(people.roles(session, _id(who), at), "pause.lift"):
        raise Refusal(
            "deputy.role",
            f"{who.ref} may lift no pause, and to stand in for safeguarding gives no other right.",
            "Name a reviewer or the keeper.",
        )


def _end(last: str, at: datetime) -> datetime:
    try:
        ends = datetime.combine(date.fromisoformat(last.strip()), time(), UTC) + timedelta(days=1)
    except ValueError:
        raise Refusal("deputy.day", f"“{last[:20]}” is no day.", "Write it as 2026-11-25.") from None
    if ends <= at:
        raise Refusal("deputy.past", "That day is over already.", "Choose a later one.")
    if ends > at + FARTHEST:
        raise Refusal("deputy.far", "That is more than three months ahead.", "Name them anew when it runs out.")
    return ends


def _id(row: Person | Deputy) -> int:
    assert row.id is not None
    return row.id
