"""Who did what: a row with its own MAC in the step's transaction, sealed into a chain within a second."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Index, Integer, UniqueConstraint, bindparam, insert, select, text, update
from sqlmodel import Field, Session, SQLModel, col
from sqlmodel import select as rows_of

from content import given
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
        Index("ix_record_action", "action", "id"),
        Index("ix_record_kind", "subject", "id"),
        Index(  # people's alone: a program writes ten steps while a person takes one
            "ix_record_person",
            "actor",
            "id",
            sqlite_where=text("substr(actor, 1, 7) = 'person:'"),
            postgresql_where=text("substr(actor, 1, 7) = 'person:'"),
        ),
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


_COLUMNS = SQLModel.metadata.tables["record"].c
_KIND = text("SELECT kind = 'rehearsal' FROM instance")
_UNSEALED = (
    select(col(Record.id), col(Record.mac))
    .where(col(Record.seq).is_(None))
    .order_by(col(Record.id))
    .limit(bindparam("limit", type_=Integer()))
)


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
        connection = session.connection()
        values = given.rows(connection, _GIVEN, [[row[name] for name in _GIVEN] for row in rows])
        connection.execute(_insert(is_sqlite(session)), {"at": moment, "rehearsal": rehearsal} | values)


_GIVEN = ("actor", "action", "subject", "subject_id", "detail", "mac")


@cache
def _insert(sqlite: bool) -> Any:
    found = given.table(sqlite, **dict.fromkeys(_GIVEN, str))
    at, rehearsal = bindparam("at", type_=_COLUMNS["at"].type), bindparam("rehearsal", type_=Boolean())
    return insert(Record).from_select(("at", "rehearsal", *_GIVEN), select(at, rehearsal, *found.c))


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
    connection = session.connection()
    rows = connection.execute(_UNSEALED, {"limit": limit}).all()
    if not rows:
        return None
    last = session.exec(rows_of(Head).order_by(col(Head.seq).desc()).limit(1)).first()
    seq, chain = (last.seq, last.chain) if last else (0, START)
    links: list[tuple[int, int, str]] = []
    for key, mac in rows:
        seq, chain = seq + 1, link(chain, mac)
        links.append((key or 0, seq, chain))
    if is_sqlite(session):  # which would go through the whole record for a set of them, and has no way to a server
        connection.execute(_CHAIN_ONE, [{"key": key, "number": number, "link": made} for key, number, made in links])
    else:
        connection.execute(_chain(), given.rows(connection, ("id", "seq", "chain"), links))
    head = Head(seq=seq, chain=chain, at=now(session))
    session.add(head)
    session.flush()
    return head


_CHAIN_ONE = (
    update(Record).where(col(Record.id) == bindparam("key")).values(seq=bindparam("number"), chain=bindparam("link"))
)


@cache
def _chain() -> Any:
    found = given.table(False, id=int, seq=int, chain=str)
    return update(Record).where(col(Record.id) == found.c.id).values(seq=found.c.seq, chain=found.c.chain)


def _row(step: Step, at: datetime, rehearsal: bool, key: bytes) -> dict[str, Any]:
    row = {
        "at": at, "rehearsal": rehearsal, "actor": step.actor, "action": step.action, "subject": step.subject,
        "subject_id": str(step.subject_id), "detail": canonical(dict(step.detail)),
    }  # fmt: skip
    return row | {"mac": mac_of(row, key)}


def _is_rehearsal(session: Session) -> bool:
    """Asked once a session: an instance never changes its kind."""
    known: bool | None = session.info.get("rehearsal")
    if known is None:
        known = bool(session.connection().execute(_KIND).scalar())
        session.info["rehearsal"] = known
    return known
