"""Which version of some words a reviewer has opened, so that the next one can be told by what changed since.

It is nobody's answer and no step: it stands in no record, is told to nobody but the reader, and goes after a while.
"""

from datetime import datetime, timedelta

from sqlalchemy import Index, PrimaryKeyConstraint, delete, exists, literal, select
from sqlmodel import Field, Session, SQLModel, col
from sqlmodel.sql.sqltypes import UTCDateTime

from content.store import insert_new

KEPT = timedelta(days=90)  # no words stay cleared for longer


class Opening(SQLModel, table=True):
    """One reviewer had one version open before them. at: for the first time."""

    __table_args__ = (PrimaryKeyConstraint("reviewer_id", "digest"), Index("ix_opening_at", "at"))
    digest: str = Field(foreign_key="version.digest")
    reviewer_id: int = Field(foreign_key="person.id")
    at: datetime


def keep(session: Session, reviewer: int, digest: str, at: datetime) -> None:
    """These words were shown to this reviewer, who was let in to them; once is enough."""
    known = exists().where(col(Opening.reviewer_id) == reviewer, col(Opening.digest) == digest)
    row = select(literal(digest), literal(reviewer), literal(at, UTCDateTime())).where(~known)
    session.connection().execute(insert_new(session, Opening).from_select(["digest", "reviewer_id", "at"], row))


def forget(session: Session, at: datetime) -> None:
    """What was opened long ago goes: nobody will ask what changed since."""
    session.execute(delete(Opening).where(col(Opening.at) < at - KEPT))
