"""The one way to the database: an engine, a session, one commit; its clock; its locks.

SQLite runs in WAL mode with `BEGIN IMMEDIATE` for every writing transaction, which is its exclusive lock.
PostgreSQL runs READ COMMITTED with advisory locks taken in one order (architecture.md, "The way out").
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from sqlalchemy import Column, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.types import JSON
from sqlmodel import Field, Session, SQLModel, create_engine

from content.keys import Keys

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def json_field(nullable: bool = False) -> Any:
    """A JSON column. Its value is replaced, never changed in place: an edit in place would be lost."""
    return Field(sa_column=Column(JSON, nullable=nullable))


class Level(IntEnum):
    """What an advisory lock covers, widest first: locks are always taken in this order."""

    INSTANCE = 1
    ORGANISATION = 2
    CAMPAIGN = 3
    ACCOUNT = 4
    NARRATIVE = 5


class Scope(NamedTuple):
    """One thing that can be locked; sorts by level, then id."""

    level: Level
    id: int


class Store:
    """A database, the keys that go with it, and its sessions. Nothing is opened before the first use."""

    def __init__(self, url: str, keys: Keys | None = None) -> None:
        self.url = _driver(url)
        self.keys = keys
        self.sqlite = self.url.startswith("sqlite")
        self.engine = _engine(self.url)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees committed rows and writes none."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.info["keys"] = self.keys
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits once at the end, or not at all."""
        engine = self.engine.execution_options(counterpoint_write=True)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            session.info["keys"] = self.keys
            yield session

    def close(self) -> None:
        self.engine.dispose()


def now(session: Session) -> datetime:
    """The product's clock: the database's, moved by the rehearsal offset. Aware, UTC, microseconds."""
    return wall(session) + offset(session)


def wall(session: Session) -> datetime:
    """The database's own clock. SQLite lives in this process, so its clock is this machine's."""
    connection = session.connection()  # SQLite begins here, and may wait for another writer: the instant is after it
    if _is_sqlite(session):
        return datetime.now(UTC)
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC)


def offset(session: Session) -> timedelta:
    """How far a rehearsal's clock stands ahead; nothing on a live instance."""
    seconds = session.connection().execute(text("SELECT clock_offset FROM instance")).scalar()
    return timedelta(seconds=int(seconds or 0))


def lock(session: Session, scopes: Iterable[Scope], *, exclusive: bool) -> None:
    """Takes transaction locks on the scopes in the one order everybody uses. SQLite's writers are alone anyway."""
    connection = session.connection()  # on SQLite this begins, which is the lock
    if _is_sqlite(session):
        return
    take = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    for scope in sorted(set(scopes)):
        connection.execute(text(f"SELECT {take}(:level, :id)"), {"level": int(scope.level), "id": scope.id})


def lock_mixed(session: Session, wanted: dict[Scope, bool]) -> None:
    """Takes each scope shared (False) or exclusive (True), in order, in one pass over the whole batch."""
    for scope in sorted(wanted):
        lock(session, [scope], exclusive=wanted[scope])


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def is_sqlite(session: Session) -> bool:
    """Whether this session speaks to SQLite (one writer, no SKIP LOCKED, no advisory locks)."""
    return _is_sqlite(session)


def insert_new(session: Session, table: Any) -> Any:
    """An INSERT that leaves out rows whose key or unique columns stand already; its RETURNING names the new ones."""
    make = sqlite.insert if _is_sqlite(session) else postgresql.insert
    return make(table).on_conflict_do_nothing()


def _driver(url: str) -> str:
    """PostgreSQL is spoken through psycopg 3, however the address was written."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _engine(url: str) -> Engine:
    # Rows hold names: whatever level a program logs at, its statements and rows stay out of the log.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    if not url.startswith("sqlite"):
        options = "-c idle_in_transaction_session_timeout=30000"  # a frozen program lets go of its locks
        return create_engine(
            url,
            connect_args={"options": options},
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=8,
            hide_parameters=True,
        )
    # hide_parameters: what a statement carried reaches neither an error's message nor a log.
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event says BEGIN itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("counterpoint_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
