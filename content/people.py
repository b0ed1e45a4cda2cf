"""People, what each may do, and who gave it to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

ROLES = (
    "author", "translator", "content", "safeguarding", "legal", "religious", "language", "keeper", "board", "operator",
)  # fmt: skip


class Person(SQLModel, table=True):
    """Somebody who works here. The name is theirs alone: logs and record rows carry the id."""

    __table_args__ = (UniqueConstraint("organisation_id", "ref"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    ref: str  # what `--as` takes: alice
    name: str
    token_hash: str  # SHA-256 of the local token
    founding: bool = False
    created_at: datetime
    disabled_at: datetime | None = None


class PersonKey(SQLModel, table=True):
    """The key under which a person's words in the record are encrypted; deleting the row erases the person."""

    __tablename__ = "person_key"
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    wrapped: str  # base64 of key_id | nonce | ciphertext under the instance's fields key


class RoleGrant(SQLModel, table=True):
    """A role given to a person: two people and a day, except the founding ones."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("role IN ('" + "', '".join(ROLES) + "')", name="role"),
        CheckConstraint("(role = 'language') = (language IS NOT NULL)", name="language_named"),
        CheckConstraint(
            "valid_from IS NULL OR founding OR (granted_by IS NOT NULL AND confirmed_by IS NOT NULL)",
            name="two_people",
        ),
        CheckConstraint(
            "confirmed_by IS NULL OR (confirmed_by <> granted_by AND confirmed_by <> person_id)",
            name="distinct",
        ),
        CheckConstraint("granted_by IS NULL OR granted_by <> person_id", name="not_to_oneself"),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str
    language: str | None = None
    founding: bool = False
    granted_by: int | None = Field(default=None, foreign_key="person.id")
    granted_at: datetime
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    confirmed_at: datetime | None = None
    valid_from: datetime | None = None  # a day after the confirmation
    revoked_at: datetime | None = None
