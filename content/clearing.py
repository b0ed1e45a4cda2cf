"""Clearing of material: people confirm passages, blocks and templates, tagging blind; the stricter tag wins.

A passage of an individual needs two people other than who entered it, one of them safeguarding; everything
else needs one content reviewer other than who entered it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from content.store import json_field


class Clearing(SQLModel, table=True):
    """One person's answer on one version of one piece of material."""

    __table_args__ = (
        UniqueConstraint("kind", "material_id", "person_id"),
        CheckConstraint("kind IN ('passage', 'block', 'template')", name="kind"),
        CheckConstraint("role IN ('content', 'safeguarding')", name="role"),
        CheckConstraint("answer IN ('clear', 'refuse')", name="answer"),
        CheckConstraint("person_id <> entered_by", name="not_ones_own"),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    material_id: int  # passage.id, block.id or template_version.id; versions never change or go
    person_id: int = Field(foreign_key="person.id")
    entered_by: int = Field(foreign_key="person.id")  # copied, so that the database refuses one's own
    role: str
    answer: str
    tags: dict[str, Any] = json_field()
    reason: str = ""
    at: datetime
