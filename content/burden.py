"""How much a reviewer has read and for how long: shown to themselves, and as four numbers to who looks after them.

What is hard to read costs the person who reads it. Nobody is praised for speed, and nobody is told which items it was.
The rows go after a month.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, case, delete
from sqlmodel import Field, Session, SQLModel, col, func, select

from content import people
from content.clearing import tags
from content.made_of import used_by
from content.message import Used, Version
from content.people import Person
from content.store import now

LONGEST = timedelta(minutes=30)  # what lies open longer is no longer being read
KEPT = timedelta(days=30)
HARD = 2  # from this intensity of a passage on
MOST = 500  # people that the list names


class Reading(SQLModel, table=True):
    """How long one reviewer had one version open before they answered. hard: a passage of it is hard to read."""

    __table_args__ = (
        PrimaryKeyConstraint("digest", "reviewer_id", "at"),
        CheckConstraint(f"seconds BETWEEN 0 AND {int(LONGEST.total_seconds())}", name="seconds"),
        Index("ix_reading_at", "at", "reviewer_id"),
    )
    digest: str = Field(foreign_key="version.digest")
    reviewer_id: int = Field(foreign_key="person.id")
    at: datetime
    seconds: int
    hard: bool


@dataclass(frozen=True, slots=True)
class Day:
    """What one person has read since midnight (UTC). each: seconds an answer, on average."""

    name: str
    items: int = 0
    minutes: int = 0
    hard: int = 0
    each: int = 0


def kept(session: Session, person: Person, version: Version, took: timedelta) -> Reading:
    """Keeps how long these words lay open before the answer; what is older than a month goes."""
    at = now(session)
    bounded = min(max(took, timedelta()), LONGEST)
    made = Reading(
        digest=version.digest,
        reviewer_id=person.id or 0,
        at=at,
        seconds=int(bounded.total_seconds()),
        hard=hard(session, version),
    )
    session.execute(delete(Reading).where(col(Reading.at) < at - KEPT))
    session.add(made)
    session.flush()
    return made


def hard(session: Session, version: Version) -> bool:
    """Whether people tagged a passage of these words as hard to read."""
    found = tags(session, {one.material_id for one in used_by(session, version) if one.kind == "passage"})
    return any(one is not None and one.intensity >= HARD for one in found.values())


def hard_among(session: Session, digests: Collection[str]) -> frozenset[str]:
    """Which of these versions hold a passage that people tagged as hard to read: a list says so before it is opened."""
    wanted = select(Version.id, Version.digest).where(col(Version.digest).in_(digests))
    named = {key or 0: digest for key, digest in session.exec(wanted)} if digests else {}
    # By the version alone: SQLite would take the kind for the rarer of the two, and read every passage ever used.
    rows = select(Used.version_id, Used.kind, Used.material_id).where(col(Used.version_id).in_(named))
    used = [(named[key], passage) for key, kind, passage in session.exec(rows) if kind == "passage"] if named else []
    found = tags(session, {passage for _, passage in used})
    heavy = {key for key, one in found.items() if one is not None and one.intensity >= HARD}
    return frozenset(digest for digest, passage in used if passage in heavy)


def today(session: Session, person: Person) -> Day:
    """This person's own day."""
    found = list(_days(session, person.id))
    return found[0] if found else Day(person.name)


def everybodys(session: Session, person: Person) -> list[Day]:
    """The day of everybody who has answered something, by name; for who looks after them."""
    people.require(session, person, now(session), "burden.read")
    return sorted(_days(session, None), key=lambda day: day.name)


def _days(session: Session, whose: int | None) -> Iterable[Day]:
    midnight = now(session).replace(hour=0, minute=0, second=0, microsecond=0)
    sums = (func.count(), func.sum(Reading.seconds), func.sum(case((col(Reading.hard), 1), else_=0)))
    statement = (
        select(Person.name, *sums)
        .join(Person, col(Person.id) == col(Reading.reviewer_id))
        .where(col(Reading.at) >= midnight)
        .group_by(col(Person.id), Person.name)
        .limit(MOST)
    )
    if whose is not None:
        statement = statement.where(Reading.reviewer_id == whose)
    for name, items, seconds, hard_ones in session.exec(statement):
        yield Day(name, items, _minutes(seconds), hard_ones, round(seconds / items))


def _minutes(seconds: int) -> int:
    """Whole minutes; begun ones count."""
    return -(-seconds // 60)
