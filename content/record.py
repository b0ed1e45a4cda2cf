"""Who did what: a row with its own MAC in the step's transaction, sealed into a chain within a second."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class Record(SQLModel, table=True):
    """One step that happened. `detail` is canonical JSON; personal words in it are encrypted under the person's key."""

    __table_args__ = (
        UniqueConstraint("seq"),
        Index(
            "ix_record_unsealed", "id",
            sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL"),
        ),
        Index("ix_record_subject", "subject", "subject_id"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    rehearsal: bool = False
    actor: str  # person:7 | worker:node | init
    action: str  # verdict.approve, post.begin …
    subject: str  # post, version, narrative …
    subject_id: str
    detail: str = "{}"
    mac: str  # HMAC-SHA256 under the record key over every field above
    seq: int | None = None
    chain: str | None = None  # SHA-256(previous chain | mac)


class Head(SQLModel, table=True):
    """The chain's end as exported outside the database: what proves, when the key might be stolen."""

    seq: int = Field(primary_key=True)
    chain: str
    at: datetime
