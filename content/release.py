"""The gate, and the only place that builds a Release."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from content.store import json_field


class Attempt(SQLModel, table=True):
    """The intent to send one post once. Unique per post and step: that makes the Release single-use."""

    __table_args__ = (
        UniqueConstraint("post_id", "step"),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('sent', 'retry', 'refused', 'unknown', 'stood_down')", name="outcome"
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    step: int  # of the post, as publishing
    digest: str
    fence: str
    node: str
    began_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    evidence: dict[str, Any] = json_field()
