"""How fast an account may be written to: a distance between two sends, kept as a row that every worker shares.

A budget of n posts a window is kept as its distance, window / n: then it holds over every stretch of time, and one
instant a row is all that must be remembered. A claim takes the account's slot and keeps it for as long as its lease
may last; the end of the call sets when the next may begin; a claim that sends nothing gives the slot back. So two
workers never exceed a budget, a process that dies costs its account one lease, and a restart forgets nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Index, Select, bindparam, select, text, update
from sqlmodel import Field, Session, SQLModel, col

from content.given import among

STRICTEST = timedelta(hours=1)  # between two posts of an account whose own settings nobody can read
_TICK = timedelta(microseconds=1)


class Pace(SQLModel, table=True):
    """One account's slot. Accounts without limits have no row until their platform asks for patience."""

    __table_args__ = (Index("ix_pace_shut", "next_at"),)
    account_id: int = Field(primary_key=True, foreign_key="account.id", sa_column_kwargs={"autoincrement": False})
    next_at: datetime | None = None  # no post of it is claimed for an earlier instant; None: free, nothing to take
    gap: float = 0.0  # seconds, as of the last claim
    fence: str | None = None  # of the claim that holds the slot


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `posts` in any `window` (None: as many as you like), and no two within `gap`."""

    posts: int | None = None
    window: timedelta = timedelta(hours=1)
    gap: timedelta = timedelta()

    @property
    def distance(self) -> timedelta:
        """From the end of one send to the earliest beginning of the next."""
        if self.posts is None:
            return self.gap
        return max(self.gap, ceil(self.window / _TICK / self.posts) * _TICK)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a claim wants of one account: the distance it keeps, and the instant its post goes."""

    distance: timedelta
    at: datetime


def distance(rate: Rate, settings: Mapping[str, Any]) -> timedelta:
    """The channel's distance, or the account's own where that is stricter.

    settings: `rate_posts` in `rate_minutes` (60), `min_gap_seconds`; what cannot be read counts as an hour.
    """
    return max(rate.distance, _own(settings))


def _own(settings: Mapping[str, Any]) -> timedelta:
    try:
        posts = settings.get("rate_posts")
        window = timedelta(minutes=float(settings.get("rate_minutes", 60)))
        gap = timedelta(seconds=float(settings.get("min_gap_seconds", 0)))
        return Rate(None if posts is None else int(posts), window, gap).distance
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return STRICTEST


def take(session: Session, wanted: Mapping[int, Slot], until: datetime, fence: str) -> set[int]:
    """Takes the slots of these accounts, as far as they are free; returns the accounts that may be written to.

    until: when the claim's lease may end at the latest. A slot that another worker is taking counts as taken.
    """
    _make_rows(session, [key for key, slot in wanted.items() if slot.distance])
    known = {row.account_id: row.next_at for row in _found(session, wanted)}
    free = {key for key in wanted if known.get(key) is None and not wanted[key].distance}
    limited = [key for key in wanted if key not in free]
    if not limited:
        return free
    locked = _found(session, limited, _FREE)
    taken = [row.account_id for row in locked if row.next_at is None or row.next_at <= wanted[row.account_id].at]
    _write(session, [_taken(key, wanted[key], until, fence) for key in taken])
    return free | set(taken)


def keep(session: Session, fence: str, until: datetime) -> None:
    """A lease was renewed: so are the slots under it."""
    held = session.connection().execute(_HELD, {"held_by": fence})
    _write(session, [_row(row.account_id, until + timedelta(seconds=row.gap), row.gap, fence) for row in held])


def give_back(session: Session, fence: str, accounts: Iterable[int], at: datetime) -> None:
    """Frees the slots of posts that were claimed and not sent."""
    statement = update(Pace).where(col(Pace.account_id).in_(set(accounts)), col(Pace.fence) == fence)
    session.execute(statement.values(next_at=at, fence=None), execution_options={"synchronize_session": False})


@dataclass(frozen=True, slots=True)
class Ended:
    """A call is over. until: not before this instant again, whatever the distance (patience asked for, a circuit)."""

    account_id: int
    fence: str | None = None
    until: datetime | None = None


def ended(session: Session, calls: Iterable[Ended], at: datetime) -> None:
    """Sets when each account may be written to again: the distance from now, or as late as `until` says."""
    last = {call.account_id: call for call in calls}
    _make_rows(session, [key for key, call in last.items() if call.until])
    found = _found(session, last, _OURS)
    _write(session, [_after(last[row.account_id], row.next_at, row.gap, row.fence, at) for row in found])


def _after(call: Ended, next_at: datetime | None, gap: float, fence: str | None, at: datetime) -> dict[str, Any]:
    free = at + timedelta(seconds=gap) if gap else None
    if call.until:
        free = max(call.until, free or at)
    if fence not in (None, call.fence) and next_at:  # another claim holds the slot by now
        return _row(call.account_id, max(next_at, free or at), gap, fence)
    return _row(call.account_id, free, gap, None)


def _taken(key: int, slot: Slot, until: datetime, fence: str) -> dict[str, Any]:
    return _row(key, until + slot.distance, slot.distance.total_seconds(), fence)


def _row(key: int, next_at: datetime | None, gap: float, fence: str | None) -> dict[str, Any]:
    return {"key": key, "next_at": next_at, "gap": gap, "fence": fence}


_TABLE = SQLModel.metadata.tables["pace"]
_ROWS: Select[*tuple[Any, ...]] = select(*_TABLE.c).order_by(_TABLE.c.account_id)
_ANY = _ROWS.where(among(col(Pace.account_id), "accounts"))  # in the order in which everybody takes them
_FREE = _ANY.with_for_update(skip_locked=True)
_OURS = _ANY.with_for_update()
_HELD = _ROWS.where(col(Pace.fence) == bindparam("held_by"))


def _found(session: Session, accounts: Iterable[int], statement: Select[*tuple[Any, ...]] = _ANY) -> Sequence[Any]:
    return session.connection().execute(statement, {"accounts": set(accounts)}).all()


def _make_rows(session: Session, accounts: Iterable[int]) -> None:
    wanted = set(accounts)
    known = {row.account_id for row in _found(session, wanted)} if wanted else set()
    missing = [{"key": key} for key in sorted(wanted - known)]
    if missing:
        line = "INSERT INTO pace (account_id, gap) VALUES (:key, 0) ON CONFLICT DO NOTHING"
        session.connection().execute(text(line), missing)


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in ("next_at", "gap", "fence")}
        statement = update(_TABLE).where(_TABLE.c.account_id == bindparam("key")).values(values)
        session.connection().execute(statement, rows)
