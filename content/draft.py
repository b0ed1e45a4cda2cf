"""Drafts: what somebody has chosen for a message and not queued yet. Each is its author's own.

A draft holds references and choices, never material, and lies encrypted under its author's key: nobody else reads it,
and whoever erases the author erases it. No step of the record speaks of drafts: nothing has happened yet.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, delete, tuple_
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.errors import Refusal
from content.page import LIMIT, Page, place, sign
from content.people import Person, read_words, require, seal_words
from content.store import now

MOST = 100  # drafts of one person
LONGEST = 20_000  # characters of one
UNDO = timedelta(hours=1)  # how long a discarded one can be had back
_REF = re.compile(r"[A-Za-z0-9_-]{16,40}")


class Draft(SQLModel, table=True):
    """One draft. sealed: its fields as JSON, encrypted; discarded_at: it is shown no more, and goes within the hour."""

    __table_args__ = (
        PrimaryKeyConstraint("person_id", "ref"),
        CheckConstraint("length(ref) BETWEEN 16 AND 40", name="ref"),
        Index("ix_draft_saved", "person_id", "saved_at", "ref"),
    )
    person_id: int = Field(foreign_key="person.id")
    ref: str
    sealed: str
    made_at: datetime
    saved_at: datetime
    discarded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as its author reads it."""

    ref: str
    fields: Mapping[str, Any]
    saved_at: datetime


def new_ref() -> str:
    """A name that no draft has."""
    return secrets.token_urlsafe(16)


def save(session: Session, person: Person, ref: str, fields: Mapping[str, Any]) -> Kept:
    """Keeps the fields under this name, for what stood there. Refuses `draft.ref`, `draft.long`, `draft.many`."""
    at = now(session)
    require(session, person, at, "message.queue")
    words = json.dumps(fields, ensure_ascii=False, sort_keys=True)
    _sweep(session, person, at)
    found = _mine(session, person, ref) or _made(session, person, ref, at)
    if len(words) > LONGEST:
        raise Refusal("draft.long", "This draft is too long to be kept.", "Shorten it, or queue it.")
    found.sealed = seal_words(session, person.id or 0, words, "draft", found.made_at)
    found.saved_at, found.discarded_at = at, None
    session.add(found)
    session.flush()
    return Kept(ref, fields, at)


def _made(session: Session, person: Person, ref: str, at: datetime) -> Draft:
    if not _REF.fullmatch(ref):
        raise Refusal("draft.ref", "That is no name of a draft.", "Open Compose again.")
    statement = select(func.count()).where(Draft.person_id == person.id, col(Draft.discarded_at).is_(None))
    if session.exec(statement).one() >= MOST:
        raise Refusal("draft.many", f"You have {MOST} drafts already.", "Queue or discard some of them first.")
    return Draft(person_id=person.id or 0, ref=ref, sealed="", made_at=at, saved_at=at)


def _sweep(session: Session, person: Person, at: datetime) -> None:
    """What was discarded goes for good once it can be had back no more."""
    mine = (col(Draft.person_id) == person.id, col(Draft.discarded_at) < at - UNDO)
    session.execute(delete(Draft).where(*mine), execution_options={"synchronize_session": False})


def discard(session: Session, person: Person, ref: str) -> None:
    """Takes a draft out of the list; `restore` brings it back within the hour."""
    _set(session, person, ref, now(session))


def restore(session: Session, person: Person, ref: str) -> None:
    """Brings a discarded draft back. Refuses `draft.none` where it has gone for good."""
    _set(session, person, ref, None)


def _set(session: Session, person: Person, ref: str, at: datetime | None) -> None:
    require(session, person, now(session), "message.queue")
    found = _mine(session, person, ref)
    if found is None:
        raise _none()
    found.discarded_at = at
    session.add(found)
    session.flush()


def forget(session: Session, person: Person, ref: str) -> None:
    """Takes a draft out for good: it was queued. One that is not there is no fault."""
    session.execute(delete(Draft).where(col(Draft.person_id) == person.id, col(Draft.ref) == ref))


def kept(session: Session, person: Person, ref: str) -> Kept | None:
    """A draft of this person, where it stands."""
    found = _mine(session, person, ref)
    return None if found is None or found.discarded_at is not None else _read(session, found)


def drafts_page(session: Session, person: Person, after: str = "", limit: int = LIMIT) -> Page[Kept]:
    """This person's own, the last saved first."""
    statement = (
        select(Draft)
        .where(Draft.person_id == person.id, col(Draft.discarded_at).is_(None))
        .order_by(col(Draft.saved_at).desc(), col(Draft.ref).desc())
    )
    where = place(after, datetime.fromisoformat, str)
    if where is not None:
        statement = statement.where(tuple_(col(Draft.saved_at), col(Draft.ref)) < where)
    rows = session.exec(statement.limit(limit + 1)).all()
    more = len(rows) > limit
    shown = tuple(_read(session, row) for row in rows[:limit])
    return Page(shown, sign(rows[limit - 1].saved_at, rows[limit - 1].ref) if more else "")


def _mine(session: Session, person: Person, ref: str) -> Draft | None:
    return session.get(Draft, (person.id, ref))


def _read(session: Session, found: Draft) -> Kept:
    words = read_words(session, found.person_id, found.sealed, "draft", found.made_at)
    return Kept(found.ref, json.loads(words or "{}"), found.saved_at)


def _none() -> Refusal:
    return Refusal("draft.none", "This draft is not there any more.", "Compose lists your drafts.")
