"""Which media were retired, when and why: nothing new shows them, and what was to show them stops.

A retirement is added and never taken back: whoever may show it again adds it anew under another file.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, exists
from sqlmodel import Field, Session, SQLModel, col, select

# Why a medium may be retired; the checks and pages put each in words.
WHY = ("licence", "asked", "wrong", "other")


class MediumRetirement(SQLModel, table=True):
    """One medium that nobody shows any more. reason: the words of who retired it, sealed."""

    __tablename__ = "medium_retirement"
    __table_args__ = (CheckConstraint("why IN ('licence', 'asked', 'wrong', 'other')", name="why"),)
    medium_id: int = Field(foreign_key="medium.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    why: str
    reason: str = ""
    by: int = Field(foreign_key="person.id")
    at: datetime


def retirements(session: Session, ids: Collection[int | None]) -> Mapping[int, MediumRetirement]:
    """Those of these media that were retired."""
    rows = session.exec(select(MediumRetirement).where(col(MediumRetirement.medium_id).in_(ids)))
    return {row.medium_id: row for row in rows}


def is_retired(medium_id: Any) -> ColumnElement[bool]:
    """The same as a condition on a medium's id."""
    return exists().where(col(MediumRetirement.medium_id) == medium_id)
