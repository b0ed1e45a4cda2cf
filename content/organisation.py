"""The instance, the organisation it speaks for, its accounts, and the pulse of its programs."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    ScalarSelect,
    Select,
    UniqueConstraint,
    text,
    update,
)  # fmt: skip
from sqlalchemy import select as columns
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.errors import Refusal
from content.record import Step, write
from content.store import Level, Scope, json_field, lock, now


class Instance(SQLModel, table=True):
    """One row. `kind` never changes; only a rehearsal may move its clock, and only forward."""

    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("kind IN ('live', 'rehearsal')", name="kind"),
        CheckConstraint("clock_offset = 0 OR kind = 'rehearsal'", name="offset_only_in_rehearsal"),
        CheckConstraint("clock_offset >= 0", name="offset_forward"),
    )
    id: int = Field(default=1, primary_key=True)
    kind: str
    clock_offset: int = 0  # seconds
    epoch: str  # random; also kept in journal/: a copy or a restore differs and boots disarmed
    armed: bool = False  # for channels other than paper and its own site; two people arm (arming.py)
    arm_asked: int | None = Field(default=None, foreign_key="person.id")  # one has said so, another must
    stops: int = 0  # raised by every stop in its transaction; read between two calls of a batch
    least_program: str = "0001"  # the oldest program, by the schema it was made for, that may work on this database
    created_at: datetime


class JournalMark(SQLModel, table=True):
    """How far the journal outside the database reaches; one row once it was begun. What is beyond is not safe yet."""

    __tablename__ = "journal_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: int = Field(default=1, primary_key=True)
    seq: int  # of the last link of the chain that is outside


class Organisation(SQLModel, table=True):
    """The publisher. `material_epoch` is raised by whatever changes what the words checks read."""

    __table_args__ = (UniqueConstraint("ref"),)
    id: int | None = Field(default=None, primary_key=True)
    ref: str
    name: str
    funder_type: str
    home_language: str
    languages: list[str] = json_field()
    allowed_domains: list[str] = json_field()
    allowed_tags: list[str] = json_field()
    phones: list[str] = json_field()
    # language -> the page that says who pays
    about: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    material_epoch: int = 1
    evaluated_epoch: int = 0  # every open version has been evaluated under this one: nothing waits while they agree
    evaluated_rules: str = ""  # under these rules
    reply_policy: str | None = None  # the address of what is published on how replies are treated
    escalation: str | None = None  # whom somebody who answers calls for a writer in distress; people set both here
    rules: str  # the identity of the rules adopted; others that a program brings are only looked through (adopting.py)
    created_at: datetime


class Adoption(SQLModel, table=True):
    """Rules proposed by one person and confirmed by another. Those of the founding stand in the organisation alone."""

    __table_args__ = (
        CheckConstraint("confirmed_by <> proposed_by", name="two_people"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    rules: str
    proposed_by: int = Field(foreign_key="person.id")
    proposed_at: datetime
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    confirmed_at: datetime | None = None


class Account(SQLModel, table=True):
    """One profile of the organisation on one channel. `format` is how words look, `channel` how they leave."""

    __table_args__ = (
        UniqueConstraint("organisation_id", "ref"),
        CheckConstraint("reach IN ('worldwide', 'fenced', 'list')", name="reach"),
        CheckConstraint("ownership_second IS NULL OR ownership_second <> ownership_first", name="two_people_own"),
        Index(
            "ix_account_asked",
            "id",
            sqlite_where=text("verify_wanted_at IS NOT NULL"),
            postgresql_where=text("verify_wanted_at IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    ref: str
    channel: str
    format: str
    name: str
    handle: str = ""
    remote_identity: str  # pinned: DID, instance + id, chat id, folder, address
    reach: str
    territories: list[str] = json_field()
    languages: list[str] = json_field()
    settings: dict[str, Any] = json_field()
    persona: bool = False  # somebody saw that it pretends to be somebody: nothing goes there until two say otherwise
    open_asked: int | None = None  # the person who said first that it does so no more
    ownership_asked: int | None = Field(default=None, foreign_key="person.id")  # confirmed by one, waits for another
    ownership_first: int | None = Field(default=None, foreign_key="person.id")
    ownership_second: int | None = Field(default=None, foreign_key="person.id")
    ownership_verified_at: datetime | None = None
    identity_verified_at: datetime | None = None
    identity_seen: str | None = None
    verify_wanted_at: datetime | None = None  # a person asked; the worker answers
    verify_trouble: str | None = None  # the code of why nobody could be seen there when it was last asked
    # its limits as the other side told them when it was last asked; only the worker writes it
    told: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    disabled_at: datetime | None = None


CLOCK_OFF = "clock off by "  # how the detail of such a worker's sign of life begins


class Heartbeat(SQLModel, table=True):
    """When each program last looked; readable when every worker is dead."""

    name: str = Field(primary_key=True)
    at: datetime
    detail: str = ""


def account_refs(session: Session, most: int) -> Sequence[str]:
    """The references of the accounts, in order; none where there are more than so many."""
    found = session.execute(_references(most + 1)).scalars().all()
    return found if len(found) <= most else ()


@lru_cache(4)
def _references(most: int) -> Select[str]:
    mine = columns(col(Account.ref)).where(col(Account.organisation_id) == ours())
    return mine.order_by(col(Account.ref)).limit(most)


def the_instance(session: Session) -> Instance:
    """The one instance row. Refuses where `counterpoint init` has not been run."""
    found = session.get(Instance, 1)
    if found is None:
        raise Refusal(
            "instance.none",
            "This database holds no Counterpoint instance yet.",
            "Run `counterpoint init` first.",
        )
    return found


def the_organisation(session: Session) -> Organisation:
    """The organisation this instance speaks for. Refuses where none was imported."""
    found = session.exec(select(Organisation).order_by(Organisation.id)).first()  # type: ignore[arg-type]  # sqlmodel types columns as values
    if found is None:
        raise Refusal(
            "organisation.none",
            "No organisation is known yet.",
            "Import one: `counterpoint import organisation.yaml`.",
        )
    return found


@cache
def ours() -> ScalarSelect[int]:
    """The id of the organisation this instance speaks for, inside a statement: what is another's is not there."""
    return select(func.min(Organisation.id)).scalar_subquery()


def of_ours(column: Any) -> ColumnElement[bool]:
    """Whether this column is `ours`, for lists that are read in an order of their own: by no index of the column."""
    return _BesideTheIndex(column) == ours()


class _BesideTheIndex(FunctionElement[int]):
    """SQLite takes one organisation for a few rows, and would sort all of its messages; PostgreSQL knows better."""

    inherit_cache = True
    type = Integer()


@compiles(_BesideTheIndex)
def _as_it_is(element: Any, compiler: Any, **how: Any) -> str:
    return str(compiler.process(element.clauses, **how))


@compiles(_BesideTheIndex, "sqlite")
def _without_it(element: Any, compiler: Any, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


def establish(session: Session, kind: str) -> Instance:
    """Makes the one instance row; `kind` (live | rehearsal) never changes again. Refuses a second one."""
    if session.get(Instance, 1) is not None:
        raise Refusal(
            "instance.exists",
            "This database already holds an instance.",
            "Use it, or set COUNTERPOINT_HOME or DATABASE_URL to another place.",
        )
    instance = Instance(kind=kind, epoch=secrets.token_hex(16), created_at=now(session))
    session.add(instance)
    session.flush()
    return instance


def raise_epoch(session: Session, organisation_id: int) -> None:
    """What the words checks read has changed: no stored result counts until they have looked again.

    Takes the organisation's exclusive lock, so call it before any narrower lock.
    """
    lock(session, [Scope(Level.ORGANISATION, organisation_id)], exclusive=True)
    session.execute(
        update(Organisation)
        .where(col(Organisation.id) == organisation_id)
        .values(material_epoch=col(Organisation.material_epoch) + 1)
    )


def move_clock(session: Session, seconds: int, actor: str) -> Instance:
    """Moves a rehearsal's clock forward, on the record. actor: as in the record (person:7)."""
    lock(session, [Scope(Level.INSTANCE, 1)], exclusive=True)
    instance = the_instance(session)
    if instance.kind != "rehearsal":
        raise Refusal("instance.live", "Only a rehearsal's clock can be moved.", "A live one waits.")
    if seconds <= 0:
        raise Refusal("instance.backwards", "The clock of a rehearsal only moves forward.", "Give +12h, +30m or +2d.")
    before = instance.clock_offset
    write(session, Step(actor, "instance.rehearse", "instance", 1, {"from": before, "to": before + seconds}))
    instance.clock_offset = before + seconds
    session.add(instance)
    session.flush()
    return instance
