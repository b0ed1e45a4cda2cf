"""Who did what: a row with its own MAC in the step's transaction, sealed into a chain within a second."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, insert, text
from sqlmodel import Field, Session, SQLModel, col, select

from content.keys import Keys
from content.store import is_sqlite, now

START = "0" * 64


class Record(SQLModel, table=True):
    """One step that happened. `detail` is canonical JSON; personal words in it are encrypted under the person's key."""

    __table_args__ = (
        UniqueConstraint("seq"),
        Index(
            "ix_record_unsealed",
            "id",
            sqlite_where=text("seq IS NULL"),
            postgresql_where=text("seq IS NULL"),
        ),
        Index("ix_record_subject", "subject", "subject_id"),
    )
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


@dataclass(frozen=True, slots=True)
class Step:
    """One step to record. `detail` holds digests, codes and ids, never names or free words."""

    actor: str
    action: str
    subject: str
    subject_id: str | int
    detail: Mapping[str, Any] = field(default_factory=dict)


def by(person_id: int | None) -> str:
    """The actor's name in the record: an id, never a person's name."""
    return f"person:{person_id}"


def write(session: Session, *steps: Step, at: datetime | None = None) -> None:
    """Records steps in the transaction that takes them. The session must come from a Store with keys."""
    write_all(session, steps, at=at)


def write_all(session: Session, steps: Iterable[Step], at: datetime | None = None) -> None:
    """Records many steps in one statement."""
    keys: Keys = session.info["keys"]
    moment = at or now(session)
    rehearsal = _is_rehearsal(session)
    rows = [_row(step, moment, rehearsal, keys.record) for step in steps]
    if rows:
        session.flush()
        session.connection().execute(insert(Record), rows)


def mac_of(row: Mapping[str, Any], key: bytes) -> str:
    """The MAC over a record row's own fields (at: aware UTC datetime)."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    fields = [
        at,
        bool(row["rehearsal"]),
        row["actor"],
        row["action"],
        row["subject"],
        row["subject_id"],
        row["detail"],
    ]
    return hmac.new(key, canonical(fields).encode(), hashlib.sha256).hexdigest()


def canonical(value: Any) -> str:
    """One way to write a value down: sorted keys, no spaces, no escapes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(chain: str, mac: str) -> str:
    """The next link of the chain."""
    return hashlib.sha256(f"{chain}|{mac}".encode()).hexdigest()


def seal(session: Session, limit: int = 1000) -> Head | None:
    """Numbers and chains up to `limit` unsealed rows; returns the new head, None where there was nothing to do.

    One sealer at a time: an advisory lock on PostgreSQL, the only writer on SQLite.
    """
    if not is_sqlite(session):
        session.connection().execute(text("SELECT pg_advisory_xact_lock(9, 1)"))
    rows = session.exec(select(Record).where(col(Record.seq).is_(None)).order_by(col(Record.id)).limit(limit)).all()
    if not rows:
        return None
    last = session.exec(select(Head).order_by(col(Head.seq).desc()).limit(1)).first()
    seq, chain = (last.seq, last.chain) if last else (0, START)
    for row in rows:
        seq, chain = seq + 1, link(chain, row.mac)
        row.seq, row.chain = seq, chain
    head = Head(seq=seq, chain=chain, at=now(session))
    session.add(head)
    session.flush()
    return head


def _row(step: Step, at: datetime, rehearsal: bool, key: bytes) -> dict[str, Any]:
    row = {
        "at": at, "rehearsal": rehearsal, "actor": step.actor, "action": step.action, "subject": step.subject,
        "subject_id": str(step.subject_id), "detail": canonical(dict(step.detail)),
    }  # fmt: skip
    return row | {"mac": mac_of(row, key)}


def _is_rehearsal(session: Session) -> bool:
    return bool(session.connection().execute(text("SELECT kind = 'rehearsal' FROM instance")).scalar())
