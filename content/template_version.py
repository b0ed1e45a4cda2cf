"""The stored versions of the files in templates/: workers render from rows, not from their own disk."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from content.store import json_field


class TemplateVersion(SQLModel, table=True):
    """One version of a template file; it never changes."""

    __tablename__ = "template_version"
    __table_args__ = (UniqueConstraint("organisation_id", "name", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str  # theme/file
    number: int = 1
    theme: str
    languages: list[str] = json_field()
    channels: list[str] = json_field()
    source: str
    sha256: str
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime
