"""Consent as events over a scope; what it allows at an instant is folded from them."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from content.store import json_field

KINDS = ("grant", "narrow", "reconfirm", "assess", "withdraw")


class ConsentEvent(SQLModel, table=True):
    """One event; append-only. None in a scope column: this event says nothing about that dimension.

    A file only proposes: a proposed grant widens nothing until safeguarding's `assess` names it.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        CheckConstraint("kind IN ('grant', 'narrow', 'reconfirm', 'assess', 'withdraw')", name="kind"),
        CheckConstraint("basis IS NULL OR basis IN ('direct', 'published', 'aggregate')", name="basis"),
    )
    id: int | None = Field(default=None, primary_key=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    kind: str
    proposed: bool = False
    basis: str | None = None
    elements: dict[str, bool] | None = json_field(nullable=True)
    channels: list[str] | None = json_field(nullable=True)
    reach: str | None = None
    languages: list[str] | None = json_field(nullable=True)
    territories: list[str] | None = json_field(nullable=True)
    purposes: list[str] | None = json_field(nullable=True)
    uses: list[str] | None = json_field(nullable=True)
    valid_from: datetime | None = None
    valid_until: datetime | None = None  # the first instant no longer allowed
    reconfirm_by: datetime | None = None
    embargo_until: datetime | None = None
    decision: str | None = None  # of an assess: ok | refused
    reason: str = ""  # free text, erasable
    by: int = Field(foreign_key="person.id")
    at: datetime
