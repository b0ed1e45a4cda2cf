"""How an instance stands, read from its rows alone: right when every worker, beat and broker is dead.

Every figure costs the same at a thousand posts and at a million: what could be many is counted up to CAP.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, bindparam, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from content import watched
from content.checks.facts.account_authentic import IDENTITY_FOR, OWNERSHIP_FOR
from content.errors import Refusal
from content.lifecycle import State
from content.organisation import the_instance
from content.patience import Overrun, within
from content.store import Store, is_sqlite, moment, wall

DAY = timedelta(hours=24)
STEPS = (0.02, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0, 600.0)  # seconds of lateness
PATIENCE = 1.8  # seconds: whoever asks has an answer within two
_NO_SUCH = ("42P01", "42703")  # PostgreSQL's words for a table, a column that is not there
_STATEMENT = 1500  # milliseconds a statement may take before the database is told to drop it
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}\Z")


@dataclass(frozen=True, slots=True)
class Some:
    """How many, CAP at most, and how old the oldest is, in seconds; None where there is none."""

    number: int = 0
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A program's sign of life. age: seconds since the last; detail: its node."""

    name: str
    age: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Shut:
    """An account that is left alone for a while. code: what it answered; age: seconds since that began."""

    account: str
    code: str
    age: float


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the last intents began, a few hundred of the last hour at most. Seconds.

    within: (upper bound, how many began no later than that), growing.
    """

    number: int = 0
    p50: float = 0.0
    p95: float = 0.0
    most: float = 0.0
    within: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """One look at the rows. Ages and lags in seconds; numbers up to CAP; nothing here names a person or words."""

    at: datetime
    kind: str
    armed: bool
    why_disarmed: str  # '' where armed
    clock_offset: int
    schema: str
    schema_expected: str
    least_program: str  # the oldest program, by its schema, that may work here
    scheduled: int
    due: Some  # due, unclaimed, and not put aside for a later look; oldest: since it could have been claimed
    kept_back: int  # due, but their account's pace or circuit lets nothing through now
    lapsed: Some  # leases that ended and that nobody has come back to
    uncertain: Some
    blocked: Some
    blocked_by: tuple[tuple[str, int], ...]  # (code, how many), the most first
    recalling: Some
    recall_impossible: Some
    postings: Some  # to be posted by hand; none of them is uncertain
    unconfirmed: Some  # of these, posted as somebody says, and nobody else has seen it
    takedowns: Some  # to be taken down by hand; none of them is among those being recalled
    overdue: Some  # of these, past their deadline; oldest: since then
    surplus: Some  # out once too often and not down yet
    surplus_posts: tuple[int, ...]  # the first of them
    expired: Some  # in the last 24 h
    failed: Some  # in the last 24 h
    to_format: Some
    unevaluated: int  # of the newest versions with an open window
    pauses: int
    holds: int
    sealed: int  # record rows, ever
    unsealed: Some
    journal_behind: float | None  # None: none was begun
    backup: float | None  # age of the last one, None: never
    unverified: int  # accounts in use whose ownership or identity nobody confirmed lately
    accounts: int
    circuits: tuple[Shut, ...]
    programs: tuple[Program, ...]
    intents: int  # ever begun; a few numbers may be missing in between
    lateness: Lateness
    strangers: Some = Some()  # posts of others on our accounts that nobody has answered
    appeals: Some = Some()  # posts that vanished or were changed, whose appeal is open
    took: float = field(default=0.0, compare=False)  # seconds to read all this

    @property
    def seal_lag(self) -> float:
        """Seconds the oldest unsealed step has waited; over 60 nothing is released."""
        return self.unsealed.oldest or 0.0


def look(store: Store, *, schema_expected: str = "") -> Health:
    """Reads it in one read-only transaction. Raises what the database raises, and Refusal `instance.none`."""
    with store.read() as session:
        return look_within(session, schema_expected=schema_expected)


def look_within(session: Session, *, schema_expected: str = "") -> Health:
    """The same as the last thing that a reading session is asked for."""
    with _only_reading(session):
        began = time.monotonic()
        found = _read(session, schema_expected)
        return Health(**found, took=time.monotonic() - began)


@contextmanager
def _only_reading(session: Session) -> Iterator[None]:
    """The database itself refuses to write, and drops what takes too long."""
    if not is_sqlite(session):
        session.connection().execute(_READ_ONLY, {"most": str(_STATEMENT)})
        yield
        return
    session.execute(text("PRAGMA query_only = ON"))
    try:
        yield
    finally:
        session.execute(text("PRAGMA query_only = OFF"))  # the connection goes back to those who write


_READ_ONLY = text(
    "SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', :most, true)"
)


def _read(session: Session, schema_expected: str) -> dict[str, Any]:
    asked, read = _asked(), session.connection().execute
    one: Any = read(asked.single(is_sqlite(session))).first() or the_instance(session)  # which says that none is here
    clock = one.clock or wall(session)
    at = moment(clock, one.clock_offset)
    given = _given(at, clock)
    some = {row.name: (row.number, row.oldest) for row in read(asked.counted, given).all()}
    return {
        "at": at,
        "kind": one.kind,
        "armed": one.armed,
        "why_disarmed": _why_disarmed(one.armed, one.arm_asked is not None),
        "clock_offset": one.clock_offset,
        "schema": str(one.schema or ""),
        "schema_expected": schema_expected,
        "least_program": one.least_program,
        **_posts(session, given, some),
        "to_format": _aged(some["to_format"], at),
        "unevaluated": _unevaluated(session, at) if one.behind else 0,
        "pauses": some["pauses"][0],
        "holds": some["holds"][0],
        "sealed": one.sealed or 0,
        "unsealed": _aged(some["unsealed"], at),
        "journal_behind": None if one.mark is None else _age(one.not_exported or at, at),
        "backup": _age(one.backup, at) if one.backup is not None else None,
        "circuits": _circuits(session, at) if some["circuits"][0] else (),
        "accounts": some["accounts"][0],
        "unverified": some["unverified"][0],
        "programs": _programs(session, clock),
        "intents": one.intents or 0,
        "lateness": _lateness(session, given) if one.intents else lateness(()),
        **{name: _aged(some[name], at) for name in ("strangers", "appeals")},
    }


def _why_disarmed(armed: bool, asked: bool) -> str:
    if armed:
        return ""
    return "one person has said to arm it; a second one must" if asked else "two people have not armed it"


# --- posts --------------------------------------------------------------------------------------------------


def _posts(session: Session, given: Mapping[str, datetime], some: Mapping[str, Any]) -> dict[str, Any]:
    asked, at = _asked(), given["at"]
    codes = Counter[str]()
    for note, times in session.connection().execute(asked.notes).all() if some[str(State.BLOCKED)][0] else ():
        codes[code_of(note)] += times
    return {
        "scheduled": some["scheduled"][0],
        "due": _aged(some["due"], at),
        "kept_back": some["kept_back"][0],
        "lapsed": _aged(some["lapsed"], given["clock"]),
        **{str(state): _aged(some[str(state)], at) for state in (*_OPEN, *_OVER)},
        "blocked_by": tuple(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))),
        **{name: _aged(some[name], at) for name in _BY_HAND},
        "surplus": _aged(some["surplus"], at),
        "surplus_posts": tuple(session.execute(asked.surplus_posts).scalars()) if some["surplus"][0] else (),
    }


_OPEN = (State.UNCERTAIN, State.BLOCKED, State.RECALLING, State.RECALL_IMPOSSIBLE)
_BY_HAND = ("postings", "unconfirmed", "takedowns", "overdue")
_OVER = (State.EXPIRED, State.FAILED)  # of the last day


def code_of(note: str) -> str:
    """The code a note begins with; its words stay where they are."""
    code = note.partition(":")[0].strip()
    return code if _CODE.match(code) else "other"


# --- words, stops, record -----------------------------------------------------------------------------------


def unevaluated(session: Session, at: datetime) -> int:
    """Of the newest CAP versions those with an open window that nobody evaluated as rules and material now stand.

    Asked only while the worker has not said that it is through: older words that lapsed need no evaluation.
    """
    return 0 if session.execute(_asked().behind).first() is None else _unevaluated(session, at)


def _unevaluated(session: Session, at: datetime) -> int:
    return int(session.execute(_asked().not_evaluated, {"at": at}).scalar_one())


# --- accounts, programs, lateness ---------------------------------------------------------------------------


def _circuits(session: Session, at: datetime) -> tuple[Shut, ...]:
    rows = session.connection().execute(_asked().circuits).all()
    return tuple(Shut(account, code_of(code), _age(since or at, at)) for account, code, since in rows)


def _programs(session: Session, clock: datetime) -> tuple[Program, ...]:
    rows = session.connection().execute(_asked().programs).all()
    found = [Program(name, _age(seen, clock), detail) for name, seen, detail in rows]
    return tuple(one for one in found if one.age < DAY.total_seconds() or ":" not in one.name)


def _lateness(session: Session, given: Mapping[str, datetime]) -> Lateness:
    recent = session.connection().execute(_asked().recent, given).all()
    return lateness(max(0.0, (_aware(began) - _aware(due)).total_seconds()) for began, due in recent)


def lateness(seconds: Iterable[float]) -> Lateness:
    """The figures of these."""
    late = sorted(seconds)
    if not late:
        return Lateness(within=tuple((step, 0) for step in STEPS))
    at = [late[min(len(late) - 1, int(len(late) * share))] for share in (0.5, 0.95)]
    within = tuple((step, sum(one <= step for one in late)) for step in STEPS)
    return Lateness(len(late), at[0], at[1], late[-1], within)


# --- how things are counted ---------------------------------------------------------------------------------


class _Asked:
    """The statements, built once in a process: to build them takes longer than to ask them."""

    def __init__(self) -> None:
        at = _instant("at")
        self.circuits, self.programs = watched.circuits(), watched.programs()
        self.notes, self.surplus_posts, self.behind = watched.notes(), watched.surplus_posts(), watched.behind()
        self.not_evaluated = watched.not_evaluated(at)
        self.recent = watched.recent(_instant("lately"))
        self.single = cache(watched.single)
        self.counted = watched.together({
            "scheduled": watched.scheduled(), "due": watched.due(at), "kept_back": watched.kept_back(at),
            "lapsed": watched.lapsed(_instant("clock")), "surplus": watched.surplus(),
            "to_format": watched.open_wordings(), "unsealed": watched.unsealed(), "pauses": watched.pauses(),
            "holds": watched.holds(at), "accounts": watched.accounts(), "circuits": watched.open_circuits(),
            "postings": watched.postings(), "unconfirmed": watched.unconfirmed(), "takedowns": watched.takedowns(),
            "overdue": watched.overdue(at),
            "strangers": watched.strangers(), "appeals": watched.appeals(),
            "unverified": watched.unverified(_instant("identity"), _instant("ownership")),
            **{str(state): watched.standing(state) for state in _OPEN},
            **{str(state): watched.standing(state, since=_instant("day")) for state in _OVER},
        })  # fmt: skip


_asked = cache(_Asked)


def _instant(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UTCDateTime())


def _given(at: datetime, clock: datetime) -> dict[str, datetime]:
    """The instants that the statements are asked with."""
    return {
        "at": at, "clock": clock, "day": at - DAY, "lately": at - watched.LATELY, "identity": at - IDENTITY_FOR,
        "ownership": at - OWNERSHIP_FOR,
    }  # fmt: skip


def _aged(row: Any, at: datetime) -> Some:
    number, oldest = row
    return Some(number, _age(oldest, at) if oldest is not None else None)


def _age(since: datetime, at: datetime) -> float:
    return max(0.0, (at - _aware(since)).total_seconds())


def _aware(at: datetime) -> datetime:
    """SQLite answers aggregates as it stored them."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# --- asked by those who must not hang -----------------------------------------------------------------------


def store_of(url: str) -> Store:
    """A store without keys for asking how things stand: it waits for no server longer than a moment."""
    if url.startswith("sqlite"):
        return Store(url)
    waits = {"connect_timeout": "2", "tcp_user_timeout": "3000", "application_name": "counterpoint-health"}
    told = make_url(url)
    return Store(told.update_query_dict(waits | dict(told.query)).render_as_string(hide_password=False))


def ask(store: Store, *, schema_expected: str = "", seconds: float = PATIENCE) -> Health:
    """`look`, in so many seconds. Raises Refusal `database.away`, `schema.differs` or `instance.none`."""
    if store.sqlite and not Path(store.engine.url.database or "").is_file():
        raise Refusal("instance.none", "There is no Counterpoint instance here yet.", "Run `counterpoint init` first.")
    try:
        return within(seconds, lambda: look(store, schema_expected=schema_expected))
    except (Overrun, SQLAlchemyError) as error:
        raise _refusal(error) from None  # the address, the statement and its rows stay out of every message


def _refusal(error: Exception) -> Refusal:
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlstate", None) in _NO_SUCH or str(cause).startswith("no such"):
        words = "The database holds no tables of ours, or those of another version."
        return Refusal("schema.differs", words, "Run `counterpoint init` or `counterpoint migrate`.")
    words = "The database does not answer."
    return Refusal("database.away", words, "Check DATABASE_URL, and that the server runs and can be reached.")
