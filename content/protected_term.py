"""Protected terms as rows: keyed hashes and a sealed copy, never the term itself; and how often each author met one."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from content.store import json_field


class ProtectedTerm(SQLModel, table=True):
    """One name, place or detail that must never leave. `hashed` is protect.HashedTerm as JSON (hex)."""

    __tablename__ = "protected_term"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    hashed: dict[str, Any] = json_field()
    sealed: str  # base64 of a SealedBox to the keeper's public key
    entered_by: int = Field(foreign_key="person.id")
    at: datetime
    retired_at: datetime | None = None


class TermHit(SQLModel, table=True):
    """Somebody composing met a protected term: counted per person and told to the keeper, never which."""

    __tablename__ = "term_hit"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime
