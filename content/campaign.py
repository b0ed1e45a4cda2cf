"""A campaign: the GAMMMA+ brief, purpose, territories, and the policy its messages keep."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, ScalarSelect, UniqueConstraint, bindparam, literal_column, text
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.once import once
from content.organisation import ours
from content.store import json_field

_DARK = "CAST({}blackout AS TEXT) <> '[]'"
# Campaigns with dark days of their own, in the words of their index: of a Boolean SQLite is asked whether it `= 1`.
DARK = text(_DARK.format("campaign."))
MOST_DARK = 2000  # of them that are looked at


class Campaign(SQLModel, table=True):
    """Goal, audience, message, messenger, media, action, monitoring; caps and tier only ever stricter than default."""

    __table_args__ = (
        UniqueConstraint("organisation_id", "ref"),
        CheckConstraint("tier_min BETWEEN 1 AND 4", name="tier_min"),
        Index(
            "ix_campaign_dark",
            "id",
            sqlite_where=text(_DARK.format("")),
            postgresql_where=text(_DARK.format("")),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    ref: str
    name: str
    languages: list[str] = json_field()
    territories: list[str] = json_field()
    purpose: str
    goal: str = ""
    audience: str = ""
    message: str = ""
    messenger: str = ""
    media: list[str] = json_field()
    action: str = ""
    monitoring: str = ""
    hashtags: list[str] = json_field()
    link_hosts: list[str] = json_field()
    context_blocks: list[str] = json_field()  # refs
    accounts: list[str] = json_field()  # refs
    caps: dict[str, Any] = json_field()  # keys of checks.records.Caps, each only stricter than its default
    tier_min: int = 1
    min_gap_minutes: int = 0
    blackout: list[dict[str, str]] = json_field()  # {from, to, policy: skip | shift | keep}
    zone: str = "UTC"
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime


class SensitiveDay(SQLModel, table=True):
    """A day or a crisis in a territory's calendar; a crisis stops, a date asks for care."""

    __tablename__ = "sensitive_day"
    __table_args__ = (CheckConstraint("kind IN ('sensitive', 'crisis', 'holiday')", name="kind"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    territory: str
    starts_at: datetime
    ends_at: datetime
    name: str
    kind: str = "sensitive"
    lifted_at: datetime | None = None


# (id, ref, name, territories, blackout) of those.
_DARKENED = (
    columns(
        col(Campaign.id), col(Campaign.ref), col(Campaign.name), col(Campaign.territories), col(Campaign.blackout)
    )
    .where(DARK, col(Campaign.organisation_id) == ours())
    .order_by(col(Campaign.id).desc())
    .limit(literal_column(str(MOST_DARK), Integer()))
)  # fmt: skip


@cache
def number_of() -> ScalarSelect[int]:
    """The number of the campaign whose reference is given under `campaign`, inside a statement."""
    mine = columns(col(Campaign.id)).where(col(Campaign.organisation_id) == ours())
    return mine.where(col(Campaign.ref) == bindparam("campaign")).scalar_subquery()


def dark(session: Session) -> Sequence[Any]:
    """The campaigns with dark days of their own, the newest first: (id, ref, name, territories, blackout) of each."""
    return once(session, "dark", lambda: session.execute(_DARKENED).all())


def campaign_of(session: Session, ref: str) -> Campaign:
    """The campaign of this name. Raises Refusal `campaign.none`."""
    mine = select(Campaign).where(Campaign.organisation_id == ours(), Campaign.ref == ref)
    found = once(session, ("campaign", ref), lambda: session.exec(mine).first())
    if found is None:
        raise Refusal("campaign.none", f"There is no campaign {ref[:64]}.", "Campaigns lists those there are.")
    return found
