"""Versioned standard text: disclosure, context line, helpline, connector."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, exists
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.errors import Refusal
from content.organisation import the_organisation
from content.page import LIMIT, Page, place, sign
from content.people import Person, require
from content.record import Step, by, write
from content.store import json_field, now

KINDS = ("disclosure", "context", "helpline", "connector")
CHECKED_FOR = timedelta(days=90)


class Block(SQLModel, table=True):
    """One version of one block; it never changes. Helplines carry who answers, where and when."""

    __table_args__ = (
        UniqueConstraint("organisation_id", "ref", "number"),
        CheckConstraint("kind IN ('disclosure', 'context', 'helpline', 'connector')", name="kind"),
        Index("ix_block_kind", "organisation_id", "kind", "ref", "number"),
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
    mine = select(Block).where(Block.organisation_id == the_organisation(session).id, Block.ref == ref)
    block = session.exec(mine.order_by(col(Block.number).desc())).first()
    if block is None or block.kind != "helpline":
        raise Refusal("helpline.none", f"There is no helpline {ref}.", "Look at its spelling, or import it first.")
    check = HelplineCheck(block_id=block.id or 0, by=person.id or 0, at=at)
    session.add(check)
    session.flush()
    write(session, Step(by(person.id), "helpline.verify", "block", block.id or 0, {"check": check.id}), at=at)
    return check


@dataclass(frozen=True, slots=True)
class Helpline:
    """The newest version of one helpline, and when somebody last tried it. fresh: it counts as checked."""

    block: Block
    checked_at: datetime | None
    fresh: bool


def helplines_page(session: Session, after: str = "", limit: int = LIMIT) -> Page[Helpline]:
    """Every helpline by its reference, a page at a time."""
    found = newest_page(session, "helpline", after, limit)
    at, ids = now(session), [one.id or 0 for one in found.items]
    tried = select(HelplineCheck.block_id, func.max(HelplineCheck.at)).where(col(HelplineCheck.block_id).in_(ids))
    last = dict(session.exec(tried.group_by(col(HelplineCheck.block_id))).all())
    lines = ((one, last.get(one.id or 0)) for one in found.items)
    return Page(
        tuple(Helpline(one, when, when is not None and at - when <= CHECKED_FOR) for one, when in lines), found.after
    )


def newest_page(session: Session, kind: str, after: str = "", limit: int = LIMIT) -> Page[Block]:
    """The newest version of each block of a kind, by its reference."""
    later = aliased(Block)
    newer = exists().where(
        col(later.organisation_id) == col(Block.organisation_id), col(later.kind) == kind,
        col(later.ref) == col(Block.ref), col(later.number) > col(Block.number),
    )  # fmt: skip
    mine = select(Block).where(Block.organisation_id == the_organisation(session).id, Block.kind == kind, ~newer)
    where = place(after, str)
    if where is not None:
        mine = mine.where(col(Block.ref) > where[0])
    rows = session.exec(mine.order_by(col(Block.ref)).limit(limit + 1)).all()
    return Page(tuple(rows[:limit]), sign(rows[limit - 1].ref) if len(rows) > limit else "")
