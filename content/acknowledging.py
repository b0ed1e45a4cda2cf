"""A sensitive date that is fine for one campaign: an author or a reviewer says why, and it warns no more there.

A crisis is no such date: two people lift it (crisis.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from content.campaign import Campaign, SensitiveDay, campaign_of
from content.errors import Refusal
from content.organisation import ours
from content.people import Person, read_words, require, seal_words
from content.record import Step, by, write
from content.store import now

SHORT, LONG = 10, 500  # signs of the words
AHEAD = timedelta(days=60)
SHOWN = 60
EVERYWHERE = "*"


class Acknowledgement(SQLModel, table=True):
    """Why a day is fine for a campaign, in somebody's own words."""

    __table_args__ = (UniqueConstraint("day_id", "campaign_id"),)
    id: int | None = Field(default=None, primary_key=True)
    day_id: int = Field(foreign_key="sensitive_day.id")
    campaign_id: int = Field(foreign_key="campaign.id")
    reason: str
    by: int = Field(foreign_key="person.id")
    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A date that asks this campaign for care. by, reason: who said why it is fine, "" where nobody did."""

    id: int
    territory: str
    name: str
    kind: str
    starts: datetime
    ends: datetime
    by: str = ""
    reason: str = ""


def acknowledge(session: Session, person: Person, campaign: str, number: int, reason: str) -> Acknowledgement:
    """Says why a day is fine for this campaign.

    Raises Refusal `campaign.none`, `day.none`, `day.crisis`, `day.elsewhere`, `day.reason`, `day.said`.
    """
    at = now(session)
    require(session, person, at, "day.acknowledge")
    plan, day = campaign_of(session, campaign), _day(session, number)
    _refuse_odd(plan, day, reason.strip())
    said = select(Acknowledgement).where(Acknowledgement.day_id == day.id, Acknowledgement.campaign_id == plan.id)
    if session.exec(said).first() is not None:
        raise Refusal("day.said", "Somebody has said so already.", "Nothing is left to do.")
    sealed = seal_words(session, person.id or 0, reason.strip(), "acknowledgement", at)
    made = Acknowledgement(day_id=number, campaign_id=plan.id or 0, reason=sealed, by=person.id or 0, at=at)
    session.add(made)
    session.flush()
    write(session, Step(by(person.id), "day.acknowledge", "campaign", plan.id or 0, {"day": number}), at=at)
    return made


def days_of(session: Session, campaign: Campaign) -> list[Day]:
    """The dates of the next two months that ask this campaign for care; no more than SHOWN."""
    at = now(session)
    statement = (
        select(SensitiveDay, Acknowledgement, Person.ref)
        .outerjoin(
            Acknowledgement,
            (col(Acknowledgement.day_id) == col(SensitiveDay.id)) & (col(Acknowledgement.campaign_id) == campaign.id),
        )
        .outerjoin(Person, col(Person.id) == col(Acknowledgement.by))
        .where(SensitiveDay.organisation_id == campaign.organisation_id, SensitiveDay.kind != "crisis")
        .where(col(SensitiveDay.territory).in_([EVERYWHERE, *campaign.territories]))
        .where(col(SensitiveDay.lifted_at).is_(None), SensitiveDay.ends_at > at, SensitiveDay.starts_at < at + AHEAD)
        .order_by(col(SensitiveDay.starts_at), col(SensitiveDay.territory), col(SensitiveDay.id))
        .limit(SHOWN)
    )
    return [_told(session, day, said, ref or "") for day, said, ref in session.exec(statement)]


def days(session: Session, person: Person, campaign: str) -> list[Day]:
    """The same by the campaign's reference."""
    require(session, person, now(session), "plan.read")
    return days_of(session, campaign_of(session, campaign))


def _told(session: Session, day: SensitiveDay, said: Acknowledgement | None, ref: str) -> Day:
    reason = read_words(session, said.by, said.reason, "acknowledgement", said.at) if said else ""
    return Day(day.id or 0, day.territory, day.name, day.kind, day.starts_at, day.ends_at, ref, reason)


def _day(session: Session, number: int) -> SensitiveDay:
    mine = select(SensitiveDay).where(SensitiveDay.id == number, SensitiveDay.organisation_id == ours())
    found = session.exec(mine.where(col(SensitiveDay.lifted_at).is_(None))).first()
    if found is None:
        raise Refusal("day.none", f"No day {number} stands in the calendar.", "Look at the campaign's page.")
    return found


def _refuse_odd(plan: Campaign, day: SensitiveDay, reason: str) -> None:
    if day.kind == "crisis":
        raise Refusal("day.crisis", "A crisis is fine for nobody.", "Wait until two people lift it.")
    if day.territory not in (EVERYWHERE, *plan.territories):
        raise Refusal("day.elsewhere", f"{plan.ref} is not meant for {day.territory}.", "There is nothing to say.")
    if not SHORT <= len(reason) <= LONG:
        raise Refusal(
            "day.reason", f"Why it is fine takes {SHORT} to {LONG} signs.", "Say it so that a reader of it would agree."
        )
