"""Posts that went out, or were called back, in steps that this database has lost: never to be sent again.

A restore writes them down from the journal. A post is known by its words, its account and which time, for its row
may be made anew; the gate asks here.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, PrimaryKeyConstraint, exists
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col

from content.lifecycle import Post
from content.message import Leaf


class GoneOut(SQLModel, table=True):
    """One such post. state: as the journal last told it (published, uncertain, recalled …)."""

    __tablename__ = "gone_out"
    __table_args__ = (PrimaryKeyConstraint("digest", "leaf", "occurrence"),)
    digest: str  # of the version
    leaf: str  # digest of the words on that account
    occurrence: int
    state: str
    url: str = ""
    at: datetime = Field(description="when it was begun, or the restore where nobody knows")


def went_out() -> ColumnElement[bool]:
    """For a statement over Post: whether it went out before."""
    leaf = rows(col(Leaf.digest)).where(col(Leaf.id) == col(Post.leaf_id)).correlate(Post).scalar_subquery()
    return exists().where(
        col(GoneOut.digest) == col(Post.digest),
        col(GoneOut.occurrence) == col(Post.occurrence),
        col(GoneOut.leaf) == leaf,
    )


def note(session: Session, found: Sequence[GoneOut]) -> int:
    """Writes down those that are not known yet; returns how many."""
    new = [one for one in found if session.get(GoneOut, (one.digest, one.leaf, one.occurrence)) is None]
    session.add_all(new)
    session.flush()
    return len(new)
