"""A crisis in a territory: one person sets it and nothing goes out that would be shown there; two people lift it.

It stands in the calendar, where the check `calendar-sensitive` reads it, so posts stay planned and wait.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, UniqueConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from content.campaign import SensitiveDay
from content.errors import Refusal
from content.organisation import Instance, ours, the_organisation
from content.people import Person, require, roles, seal_words, still
from content.record import Step, by, write
from content.store import Level, Scope, lock, now

EVERYWHERE = "*"
OPEN = timedelta(days=3650)  # of a crisis that ends only when it is lifted
NAME = 80  # signs
_TERRITORY = re.compile(r"[A-Z]{2}")


class Crisis(SQLModel, table=True):
    """Who set a crisis day of the calendar, and who lifts it. by: None where a shipped calendar has the day."""

    __table_args__ = (
        UniqueConstraint("day_id"),
        CheckConstraint("lifted_second IS NULL OR lifted_second <> lifted_first", name="lifted_by_two"),
        CheckConstraint("lifted_at IS NULL OR lifted_second IS NOT NULL", name="lifted_by_somebody"),
    )
    id: int | None = Field(default=None, primary_key=True)
    day_id: int = Field(foreign_key="sensitive_day.id")
    reason: str = ""
    by: int | None = Field(default=None, foreign_key="person.id")
    at: datetime
    lifted_first: int | None = Field(default=None, foreign_key="person.id")
    lifted_second: int | None = Field(default=None, foreign_key="person.id")
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A crisis that stands now. by: who set it; ends: None until it is lifted; asked: one person wants it lifted."""

    id: int
    territory: str
    name: str
    since: datetime
    ends: datetime | None
    by: str
    asked: bool


def declare(
    session: Session, person: Person, territory: str, name: str, *, until: datetime | None = None, reason: str = ""
) -> SensitiveDay:
    """Sets a crisis at once; anybody may. No intent for what is shown there commits after this one has.

    Raises Refusal `crisis.territory`, `crisis.name`, `crisis.until`.
    """
    organisation = the_organisation(session).id or 0
    lock(session, [Scope(Level.ORGANISATION, organisation)], exclusive=True)
    at = now(session)
    require(session, person, at, "crisis.set")
    _refuse_odd(territory, name.strip(), until, at)
    ends = until or at + OPEN
    day = SensitiveDay(organisation_id=organisation, territory=territory, starts_at=at, ends_at=ends,
                       name=name.strip(), kind="crisis")  # fmt: skip
    session.add(day)
    session.flush()
    sealed = seal_words(session, person.id or 0, reason, "crisis", at)
    session.add(Crisis(day_id=day.id or 0, reason=sealed, by=person.id, at=at))
    session.execute(update(Instance).values(stops=col(Instance.stops) + 1))
    detail = {"territory": territory, "until": until and until.isoformat()}
    write(session, Step(by(person.id), "crisis.set", "crisis", day.id or 0, detail), at=at)
    return day


def lift(session: Session, person: Person, number: int) -> SensitiveDay:
    """One of the two words that lift a crisis; one of the two people is of safeguarding. The first counts as long as
    whoever gave it may give it still.

    Raises Refusal `crisis.none`, `crisis.same`, `rights.role`.
    """
    at = now(session)
    require(session, person, at, "crisis.lift")
    day, crisis = _standing(session, number, at)
    if crisis.lifted_first is None or not still(session, crisis.lifted_first, at, "crisis.lift"):
        crisis.lifted_first = person.id
        return _kept(session, person, day, crisis, at)
    if crisis.lifted_first == person.id:
        raise Refusal("crisis.same", "The same person cannot lift it twice.", "A second person must agree.")
    two = roles(session, person.id or 0, at) | roles(session, crisis.lifted_first, at)
    if "safeguarding" not in two:
        raise Refusal("rights.role", "One of the two must be from safeguarding.", "Ask somebody from safeguarding.")
    crisis.lifted_second, crisis.lifted_at = person.id, at
    return _kept(session, person, day, crisis, at)


def standing(session: Session) -> list[Standing]:
    """The crises that stand now, the oldest first."""
    at = now(session)
    statement = (
        select(SensitiveDay, Crisis, Person.ref)
        .outerjoin(Crisis, col(Crisis.day_id) == col(SensitiveDay.id))
        .outerjoin(Person, col(Person.id) == col(Crisis.by))
        .where(SensitiveDay.organisation_id == ours(), SensitiveDay.kind == "crisis")
        .where(col(SensitiveDay.lifted_at).is_(None), SensitiveDay.starts_at <= at, SensitiveDay.ends_at > at)
        .order_by(col(SensitiveDay.starts_at), col(SensitiveDay.id))
    )
    return [_told(session, day, crisis, ref or "") for day, crisis, ref in session.exec(statement)]


def _told(session: Session, day: SensitiveDay, crisis: Crisis | None, ref: str) -> Standing:
    ends = day.ends_at if day.ends_at - day.starts_at < OPEN else None
    asked = crisis is not None and still(session, crisis.lifted_first, now(session), "crisis.lift")
    return Standing(day.id or 0, day.territory, day.name, day.starts_at, ends, ref, asked)


def _refuse_odd(territory: str, name: str, until: datetime | None, at: datetime) -> None:
    if territory != EVERYWHERE and (not _TERRITORY.fullmatch(territory) or territory == "UK"):
        raise Refusal("crisis.territory", f"“{territory[:20]}” is no territory.", "Write GB, or * for everywhere.")
    if not 0 < len(name) <= NAME:
        raise Refusal("crisis.name", f"A crisis has a name of 1 to {NAME} signs.", "Say in a few words what happened.")
    if until is not None and until <= at:
        raise Refusal("crisis.until", "The crisis would end before it begins.", "Choose a later end, or none.")


def _standing(session: Session, number: int, at: datetime) -> tuple[SensitiveDay, Crisis]:
    mine = select(SensitiveDay).where(
        SensitiveDay.id == number, SensitiveDay.organisation_id == ours(), SensitiveDay.kind == "crisis",
        col(SensitiveDay.lifted_at).is_(None), SensitiveDay.ends_at > at,
    )  # fmt: skip
    day = session.exec(mine.with_for_update().execution_options(populate_existing=True)).first()
    if day is None:
        raise Refusal("crisis.none", f"No crisis {number} is standing.", "Look at the list of crises.")
    of_day = select(Crisis).where(Crisis.day_id == day.id).execution_options(populate_existing=True)
    return day, session.exec(of_day).first() or Crisis(day_id=day.id or 0, at=at)


def _kept(session: Session, person: Person, day: SensitiveDay, crisis: Crisis, at: datetime) -> SensitiveDay:
    """The word is written down first: the database lets a day go only where two have said so."""
    session.add(crisis)
    session.flush()
    day.lifted_at = crisis.lifted_at
    session.add(day)
    session.flush()
    action = "crisis.lift" if day.lifted_at else "crisis.lift_asked"
    detail = {"first": crisis.lifted_first, "second": crisis.lifted_second}
    write(session, Step(by(person.id), action, "crisis", day.id or 0, detail), at=at)
    return day
