"""The one way to the database: an engine, a session, one commit; its clock; its locks.

SQLite runs in WAL mode with `BEGIN IMMEDIATE` for every writing transaction, which is its exclusive lock.
PostgreSQL runs READ COMMITTED with advisory locks taken in one order (architecture.md, "The way out").
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Column, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.types import JSON
from sqlmodel import Field, Session, SQLModel, create_engine

from content.keys import Keys
from content.once import once
from content.turn import Turn, in_turn

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


LEASE = 30.0  # seconds
ROOM = 5.0  # seconds at most for one of our own connections to come free


class Store:
    """A database, the keys that go with it, and its sessions. Nothing is opened before the first use.

    lease: seconds after which whoever is silent counts as gone, the database and we ourselves alike.
    waits: seconds at most for a lock that somebody else holds; None for as long as it takes.
    """

    def __init__(self, url: str, keys: Keys | None = None, *, lease: float = LEASE, waits: float | None = None) -> None:
        self.url = _driver(url)
        self.keys = keys
        self.sqlite = self.url.startswith("sqlite")
        self.lease = lease
        self.turn = Turn()  # SQLite's; PostgreSQL ends what stands still by itself
        self.engine = _engine(self.url, lease, waits, self.turn)
        self._reads = self.engine.execution_options(postgresql_readonly=True)
        self._writes = self.engine.execution_options(counterpoint_write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees committed rows and writes none: PostgreSQL refuses, on SQLite it is undone."""
        with Session(self._reads, expire_on_commit=False) as session:
            session.info["keys"] = self.keys
            yield session
            if not self.sqlite and session.in_transaction():
                _end_reading(session)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As `read`, and all its statements see the same instant, whatever is written meanwhile."""
        with self.read() as session:
            if not self.sqlite:  # there a transaction is one anyway
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits once at the end, or not at all."""
        with Session(self._writes, expire_on_commit=False) as session, session.begin():
            session.info["keys"] = self.keys
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _end_reading(session: Session) -> None:
    """By COMMIT: after a ROLLBACK psycopg forgets all prepared statements of the connection, and plans them anew."""
    driver = session.connection().connection.driver_connection
    if driver is not None:
        driver.commit()


def now(session: Session) -> datetime:
    """The product's clock: the database's, moved by the rehearsal offset. Aware, UTC, microseconds. A page has one."""
    return once(session, "now", lambda: _now(session))


def _now(session: Session) -> datetime:
    connection = session.connection()  # SQLite begins here, and may wait for another writer: the instant is after it
    if _is_sqlite(session):
        return datetime.now(UTC) + offset(session)
    row = connection.execute(_NOW).first()
    return moment(*row) if row else wall(session)


def moment(clock: datetime, seconds: int | None) -> datetime:
    """The product's instant, from the database's clock and the rehearsal's offset."""
    return clock.astimezone(UTC) + timedelta(seconds=seconds or 0)


def wall(session: Session) -> datetime:
    """The database's own clock. SQLite lives in this process, so its clock is this machine's."""
    connection = session.connection()  # as in `now`
    if _is_sqlite(session):
        return datetime.now(UTC)
    found: datetime = connection.execute(_WALL).scalar_one()
    return found.astimezone(UTC)


def offset(session: Session) -> timedelta:
    """How far a rehearsal's clock stands ahead; nothing on a live instance."""
    return timedelta(seconds=int(session.connection().execute(_OFFSET).scalar() or 0))


_NOW = text("SELECT clock_timestamp(), clock_offset FROM instance")
_WALL = text("SELECT clock_timestamp()")
_OFFSET = text("SELECT clock_offset FROM instance")


def lock(session: Session, scopes: Iterable[Scope], *, exclusive: bool) -> None:
    """Takes transaction locks on the scopes in the one order everybody uses. SQLite's writers are alone anyway."""
    lock_mixed(session, dict.fromkeys(scopes, exclusive))


def lock_mixed(session: Session, wanted: Mapping[Scope, bool]) -> None:
    """Takes each scope shared (False) or exclusive (True), in the one order, in one statement for all of them."""
    connection = session.connection()  # on SQLite this begins, which is the lock
    if _is_sqlite(session) or not wanted:
        return
    ordered = sorted(wanted)
    given = {
        "levels": [int(scope.level) for scope in ordered],
        "ids": [scope.id for scope in ordered],
        "exclusive": [wanted[scope] for scope in ordered],
    }
    connection.execute(_LOCK, given)


# unnest hands its rows out in the order of the arrays, and each row's lock is taken before the next row is looked at.
_LOCK = text(
    "SELECT CASE WHEN exclusive THEN pg_advisory_xact_lock(level, id)"
    " ELSE pg_advisory_xact_lock_shared(level, id) END"
    " FROM unnest(CAST(:levels AS integer[]), CAST(:ids AS integer[]), CAST(:exclusive AS boolean[]))"
    " AS wanted(level, id, exclusive)"
)


def plan_once(session: Session) -> None:
    """For the rest of this transaction a prepared statement keeps its plan, whatever it is given, and goes by indices.

    Only for statements that go by keys: to plan one anew for each batch costs PostgreSQL more than to run it. A table
    that was small when it was planned, and grows with each batch since, must not be read whole each time.
    """
    if not _is_sqlite(session):
        session.connection().execute(_PLAN_ONCE)


_PLAN_ONCE = text(
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def is_sqlite(session: Session) -> bool:
    """Whether this session speaks to SQLite (one writer, no SKIP LOCKED, no advisory locks)."""
    return _is_sqlite(session)


def marked(session: Session, kind: int, ids: Sequence[int], enough: int) -> set[int]:
    """Those of the ids, `enough` or somewhat more, that no other transaction has marked; they are this one's until its
    end. SQLite knows no marks: there every id is free, and one of two workers finds the other's result."""
    found: set[int] = set()
    for start in range(0, len(ids), enough):
        some = list(ids[start : start + enough])
        if len(found) >= enough:
            break
        found |= set(some) if _is_sqlite(session) else _try(session, kind, some)
    return found


def _try(session: Session, kind: int, ids: list[int]) -> set[int]:
    statement = text("SELECT id FROM unnest(CAST(:ids AS integer[])) AS id WHERE pg_try_advisory_xact_lock(:kind, id)")
    return set(session.connection().execute(statement, {"ids": ids, "kind": kind}).scalars())


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


def _engine(url: str, lease: float, waits: float | None, turn: Turn) -> Engine:
    # Rows hold names: whatever level a program logs at, its statements and rows stay out of the log.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    if not url.startswith("sqlite"):
        return create_engine(
            url,
            connect_args=_patience(url, lease, waits),
            pool_pre_ping=True,
            pool_timeout=ROOM,
            pool_size=8,
            max_overflow=8,
            hide_parameters=True,
            json_deserializer=_plain,
        )
    # hide_parameters: what a statement carried reaches neither an error's message nor a log.
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", partial(_begin_sqlite, turn))
    return engine


def _plain(found: str | bytes) -> Any:
    """JSON as the driver hands it over; it is UTF-8, so that nobody has to guess it for each value."""
    return json.loads(found if isinstance(found, str) else found.decode())


def _patience(url: str, lease: float, waits: float | None) -> dict[str, Any]:
    """How long each side waits for the other: a program that is frozen or cut off lets go of its locks within a lease,
    and hears within a lease that the database is gone. What the address itself says comes first.
    """
    silent = max(1, int(lease / 3))  # seconds until a silent line is asked whether it lives; twice more, then it is cut
    server = {
        "idle_in_transaction_session_timeout": int(lease * 1000),
        "tcp_user_timeout": int(lease * 1000),
        "tcp_keepalives_idle": silent,
        "tcp_keepalives_interval": silent,
        "tcp_keepalives_count": 2,
        "jit": "off",  # all our statements are short: where one looks costly, to compile it takes longer than to run it
    }
    if waits is not None:
        server["lock_timeout"] = int(waits * 1000)
    client: dict[str, Any] = {
        "connect_timeout": max(2, silent),
        "tcp_user_timeout": int(lease * 1000),
        "keepalives_idle": silent,
        "keepalives_interval": silent,
        "keepalives_count": 2,
    }
    told = make_url(url).query
    options = " ".join(f"-c {name}={value}" for name, value in server.items())
    return {name: value for name, value in client.items() if name not in told} | {"options": options}


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event says BEGIN itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(turn: Turn, connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    if not connection.get_execution_options().get("counterpoint_write", False):
        turn.reads(raw)
        connection.exec_driver_sql("BEGIN")
        return
    mark = object()
    with in_turn(f"{connection.engine.url.database}-turn"):
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:  # whatever failed after it: SQLite may have given the lock
            turn.took(raw, mark)
