"""Shifts: who answers those who reply, in which languages, from when until when.

A shift is entered for somebody who works here and was trained for it; it counts as long as nobody ended it and its
person was not switched off. Where the same hour comes back each week it is entered for so many weeks at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import CheckConstraint, Index, Select, bindparam, text
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.given import among
from content.organisation import Organisation, ours, the_organisation
from content.people import Person, by_ref, require
from content.record import Step, by, write, write_all
from content.store import json_field, now
from content.zone import known_zone, one_off, read_local

LONGEST = timedelta(hours=12)
WEEKS = 26  # how often a shift may come back at once
FARTHEST = timedelta(days=366)
SHOWN = 300
_STANDS = text("ended_at IS NULL")
_ONE_DAY, _ONE_WEEK = timedelta(days=1), timedelta(weeks=1)


class Shift(SQLModel, table=True):
    """Somebody trained answers replies in these languages, from starts_at to before ends_at. ended_at: called off."""

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="forward"),
        Index("ix_shift_standing", "organisation_id", "ends_at", "id", sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("ix_shift_person", "person_id", "ends_at", sqlite_where=_STANDS, postgresql_where=_STANDS),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    person_id: int = Field(foreign_key="person.id")
    languages: list[str] = json_field()
    starts_at: datetime
    ends_at: datetime
    zone: str  # in which its hours were said
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shift as it was typed. day: 2026-12-03; start, end: 18:00, an end before the start is on the next day; weeks:
    how often it comes back, each time at the same local hour; trained: that who enters it knows the person was."""

    person: str
    languages: Collection[str]
    day: str
    start: str
    end: str
    zone: str = "UTC"
    weeks: int = 1
    trained: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A shift that counts, with who takes it."""

    shift: Shift
    ref: str
    name: str


def add(session: Session, person: Person, wanted: Wanted) -> list[Shift]:
    """Enters a shift, once for each week. Raises Refusal `shift.trained`, `shift.language`, `shift.long` …"""
    at = now(session)
    require(session, person, at, "moderation.change")
    organisation, who = the_organisation(session), _who(session, wanted)
    languages = _languages(organisation, wanted.languages)
    times = _times(wanted, at)
    _refuse_twice(session, who, times)
    made = [
        Shift(
            organisation_id=organisation.id or 0, person_id=who.id or 0, languages=languages, starts_at=start,
            ends_at=end, zone=wanted.zone, entered_by=person.id or 0, created_at=at,
        )
        for start, end in times
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    told = {"person": who.id, "languages": languages}
    hours = ({"from": one.starts_at.isoformat(), "until": one.ends_at.isoformat()} for one in made)
    steps = [Step(by(person.id), "shift.add", "shift", one.id or 0, told | when)
             for one, when in zip(made, hours, strict=True)]  # fmt: skip
    write_all(session, steps, at)
    return made


def end(session: Session, person: Person, number: int) -> Shift:
    """Calls a shift off: from now on it covers nothing. Raises Refusal `shift.none`."""
    at = now(session)
    require(session, person, at, "moderation.change")
    wanted = select(Shift).where(Shift.id == number, Shift.organisation_id == ours(), col(Shift.ended_at).is_(None))
    found = session.exec(wanted.with_for_update()).first()
    if found is None:
        raise Refusal("shift.none", f"No shift {number} stands.", "Look at the list of shifts.")
    found.ended_at = at
    session.add(found)
    write(session, Step(by(person.id), "shift.end", "shift", number, {}), at=at)
    return found


def coming(session: Session, first: datetime, last: datetime) -> list[Standing]:
    """The shifts that count between two instants, in order; no more than SHOWN."""
    statement = (
        select(Shift, Person.ref, Person.name)
        .join(Person, col(Person.id) == col(Shift.person_id))
        .where(Shift.organisation_id == ours(), col(Shift.ended_at).is_(None), col(Person.disabled_at).is_(None))
        .where(col(Shift.ends_at) > first, col(Shift.starts_at) < last)
        .order_by(col(Shift.ends_at), col(Shift.id))
        .limit(SHOWN)
    )
    found = [Standing(*row) for row in session.exec(statement)]
    return sorted(found, key=lambda one: (one.shift.starts_at, one.shift.id or 0))


_at: Any = Shift.starts_at
_first, _last = bindparam("first", type_=_at.type), bindparam("last", type_=_at.type)
# (organisation, start, end, languages) of the shifts that count between two instants. organisations: ids.
COVER: Select[*tuple[Any, ...]] = (
    rows(col(Shift.organisation_id), col(Shift.starts_at), col(Shift.ends_at), col(Shift.languages))
    .join(Person, col(Person.id) == col(Shift.person_id))
    .where(among(col(Shift.organisation_id), "organisations"), col(Shift.ended_at).is_(None))
    .where(col(Person.disabled_at).is_(None), col(Shift.ends_at) > _first, col(Shift.starts_at) < _last)
)


def _who(session: Session, wanted: Wanted) -> Person:
    who = by_ref(session, wanted.person.strip())
    if who.disabled_at is not None:
        raise Refusal("shift.person", f"{who.ref} is switched off.", "Choose somebody who works here.")
    if not wanted.trained:
        raise Refusal(
            "shift.trained", "Nobody said that this person was trained to answer replies.",
            "Train them first: what is hidden, what is answered, and whom they call for somebody in distress.",
        )  # fmt: skip
    return who


def _languages(organisation: Organisation, wanted: Collection[str]) -> list[str]:
    if not wanted:
        raise Refusal("shift.language", "A shift without a language answers nobody.", "Name its languages.")
    unknown = sorted(set(wanted) - set(organisation.languages))
    if unknown:
        known = ", ".join(organisation.languages)
        raise Refusal("shift.language", f"We do not speak “{unknown[0][:20]}” (only {known}).", "Choose among them.")
    return sorted(set(wanted))


def _times(wanted: Wanted, at: datetime) -> list[tuple[datetime, datetime]]:
    """Start and end in each of the weeks, at the same hour of the place's clocks."""
    if not 1 <= wanted.weeks <= WEEKS:
        raise Refusal("shift.weeks", f"A shift comes back 1 to {WEEKS} times.", "Enter the later ones later.")
    zone = known_zone(wanted.zone)
    start, end = (_local(wanted.day, hour) for hour in (wanted.start, wanted.end))
    end += _ONE_DAY if end <= start else timedelta()
    found = [
        (one_off(start + week * _ONE_WEEK, zone, None, 0), one_off(end + week * _ONE_WEEK, zone, None, 0))
        for week in range(wanted.weeks)
    ]
    _refuse_odd(found, at)
    return found


def _local(day: str, hour: str) -> datetime:
    return read_local(f"{day.strip()} {hour.strip()}")[0]


def _refuse_odd(times: Sequence[tuple[datetime, datetime]], at: datetime) -> None:
    if any(end - start > LONGEST or end <= start for start, end in times):
        hours = LONGEST // timedelta(hours=1)
        raise Refusal("shift.long", f"Nobody answers well for more than {hours} hours.", "Enter two shifts.")
    if times[0][1] <= at:
        raise Refusal("shift.past", "That shift is over already.", "Choose a later day.")
    if times[-1][1] > at + FARTHEST:
        raise Refusal("shift.far", "That is more than a year ahead.", "Enter it nearer to its time.")


def _refuse_twice(session: Session, who: Person, times: Sequence[tuple[datetime, datetime]]) -> None:
    """The same person in two places at once would be counted for both."""
    statement = select(Shift.starts_at, Shift.ends_at).where(
        Shift.person_id == who.id, Shift.organisation_id == ours(), col(Shift.ended_at).is_(None),
        col(Shift.ends_at) > times[0][0], col(Shift.starts_at) < times[-1][1],
    )  # fmt: skip
    every = sorted([*session.exec(statement), *times])
    if any(one[1] > other[0] for one, other in pairwise(every)):
        raise Refusal("shift.twice", f"{who.ref} has a shift at that time already.", "End that one first.")
