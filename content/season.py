"""Seasons of a posting plan: between two days, Ramadan or a summer, slots have other times than usual, or none.

A season names what it changes by what a slot is (language, account, weekday, usual time), so it holds for a slot that
is taken out and put in again; one that is put in under another time keeps that. On one day a slot has one time: two
seasons that stand never meet in one slot, and the database refuses it too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlmodel import Field, Session, SQLModel, col, select

from content.given import among
from content.once import once


class Season(SQLModel, table=True):
    """The days, both included, as the clocks of each slot's zone count them. ended_at: out of the plan."""

    __table_args__ = (
        CheckConstraint("begins <= ends", name="days"),
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name"),
        Index(
            "ix_season_standing", "campaign_id", "ends",
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    name: str
    begins: date
    ends: date
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime
    ended_at: datetime | None = None


class SeasonTime(SQLModel, table=True):
    """What a slot has instead of its usual time `was`; local: NULL where it rests."""

    __tablename__ = "season_time"
    __table_args__ = (
        PrimaryKeyConstraint("season_id", "language", "account_id", "day", "was"),
        CheckConstraint("day BETWEEN 0 AND 6", name="day"),
        CheckConstraint("length(was) = 5", name="was"),
        CheckConstraint("local IS NULL OR length(local) = 5", name="local"),
    )
    season_id: int = Field(foreign_key="season.id")
    language: str
    account_id: int = Field(foreign_key="account.id")
    day: int
    was: str
    local: str | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """A slot by what it is."""

    campaign: int
    language: str
    account: int
    day: int
    local: str


@dataclass(frozen=True, slots=True)
class Seasons:
    """What stands instead of the usual times."""

    times: Mapping[Which, tuple[tuple[Season, str | None], ...]]

    def local(self, slot: Which, day: date) -> str | None:
        """The slot's time on that day; None where it rests."""
        for season, local in self.times.get(slot, ()):
            if season.begins <= day <= season.ends:
                return local
        return slot.local


def seasons(session: Session, campaigns: Collection[int], first: date) -> Seasons:
    """Those of these campaigns that stand and are not over by this day."""
    found: dict[Which, tuple[tuple[Season, str | None], ...]] = {}
    for season, one in times(session, campaigns, first):
        key = Which(season.campaign_id, one.language, one.account_id, one.day, one.was)
        found[key] = (*found.get(key, ()), (season, one.local))
    return Seasons(found)


def times(session: Session, campaigns: Collection[int], first: date) -> list[tuple[Season, SeasonTime]]:
    """The same row by row, the soonest season first."""
    statement = (
        select(Season, SeasonTime)
        .join(SeasonTime, col(SeasonTime.season_id) == col(Season.id))
        .where(among(Season.campaign_id, "ids"), col(Season.ended_at).is_(None), col(Season.ends) >= first)
        .order_by(col(Season.begins), col(Season.id), col(SeasonTime.was), col(SeasonTime.day))
    )
    ids = sorted(campaigns)
    return once(session, ("seasons", first, *ids), lambda: list(session.exec(statement, params={"ids": ids}).all()))
