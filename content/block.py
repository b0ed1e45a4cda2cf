"""Versioned standard text: disclosure, context line, helpline, connector."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.people import Person, require
from content.record import Step, by, write
from content.store import json_field, now

KINDS = ("disclosure", "context", "helpline", "connector")


class Block(SQLModel, table=True):
    """One version of one block; it never changes. Helplines carry who answers, where and when."""

    __table_args__ = (
        UniqueConstraint("organisation_id", "ref", "number"),
        CheckConstraint("kind IN ('disclosure', 'context', 'helpline', 'connector')", name="kind"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    ref: str
    number: int = 1
    kind: str
    language: str
    text: str
    territories: list[str] = json_field()
    languages: list[str] = json_field()  # a helpline's: what its people speak
    operator: str | None = None  # police | ministry | ngo | faith | state
    phone: str | None = None
    hours: str | None = None
    address: str | None = None  # where the hours stand, when they are not known
    always_open: bool = False
    gloss: str = ""  # in the team's language
    note: str = ""  # the team's; never published
    sha256: str
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime


class HelplineCheck(SQLModel, table=True):
    """Somebody called or wrote and it answered. Older than 90 days counts as not checked."""

    __tablename__ = "helpline_check"
    id: int | None = Field(default=None, primary_key=True)
    block_id: int = Field(foreign_key="block.id", index=True)
    by: int = Field(foreign_key="person.id")
    at: datetime


def verify_helpline(session: Session, person: Person, ref: str) -> HelplineCheck:
    """Writes down that this person has just called or written and it answered; holds for 90 days."""
    at = now(session)
    require(session, person, at, "helpline.verify")
    block = session.exec(select(Block).where(Block.ref == ref).order_by(col(Block.number).desc())).first()
    if block is None or block.kind != "helpline":
        raise Refusal("helpline.none", f"There is no helpline {ref}.", "Look at its spelling, or import it first.")
    check = HelplineCheck(block_id=block.id or 0, by=person.id or 0, at=at)
    session.add(check)
    session.flush()
    write(session, Step(by(person.id), "helpline.verify", "block", block.id or 0, {"check": check.id}), at=at)
    return check
