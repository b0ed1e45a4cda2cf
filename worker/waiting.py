"""What waits to be looked at, in one cheap read: beat rings for it, and a worker that hears no ring looks itself."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlmodel import col

from content.lifecycle import LOOK_AT, WAITS, Post, State
from content.message import Wording
from content.organisation import Account, Instance, Organisation
from content.pace import Pace
from content.record import Record
from content.review import Clearance, Revocation
from content.store import Store
from worker.node import AHEAD, ticks

CAP = 0.25  # seconds between two looks at most
CALM = 1.0  # seconds between two of a worker's own looks while nothing waits and nothing is due for a while
FAR = 10.0  # seconds: that while
RING_AHEAD = AHEAD.total_seconds() / 2  # before a post is due: heard in time to claim it
SLOW = 15.0  # seconds: what no row announces is looked at this often
NAMES = ("release_due", "recall", "prepare", "reconcile", "seal", "verify", "links", "watch", "notices")
BEHIND = 1.0  # seconds
FIRST_FEW = 20  # of the posts next in line: where all of them wait for their accounts, a look must find the others


@dataclass(frozen=True, slots=True)
class Waiting:
    """`due`: seconds to the next post that may go, None where none is scheduled; `work`: what each look would find.

    off: the database's clock less this machine's. crowded: the posts next in line all wait for their accounts; there
    may be others behind them.
    """

    due: float | None
    work: Mapping[str, bool]
    off: timedelta = timedelta()
    crowded: bool = False

    def rest(self) -> float:
        """How long nobody needs to look: until the next due post is a moment away, a quarter of a second at most."""
        if self.due is None:
            return CAP
        return min(CAP, max(0.01, self.due - RING_AHEAD if self.due > RING_AHEAD else CAP))

    def calm(self) -> bool:
        """Whether nothing waits and nothing is due for a while: what comes up meanwhile, beat rings for."""
        return (self.due is None or self.due > FAR) and not any(self.work.values())


class Watch:
    """Asks again and again over one connection of its own: one statement, one round trip, no transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None
        self._crowded = float("-inf")

    def ask(self) -> Waiting:
        """Reads it. Raises whatever the database raises; the next time it connects anew."""
        try:
            return self._ask()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the connection, whatever state it is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _ask(self) -> Waiting:
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        row = self._connection.execute(_question(self._store.sqlite), _instants(self._store, self._connection)).one()
        self._connection.rollback()  # on PostgreSQL nothing is open; on SQLite the read ends
        return self._seldom(_waiting(row))

    def _seldom(self, found: Waiting) -> Waiting:
        """A look behind a crowd costs more than others: it is called for once a second."""
        if not found.crowded or found.due is None or found.due <= RING_AHEAD:
            return found
        if ticks() - self._crowded < BEHIND:
            return replace(found, work={**found.work, "release_due": False})
        self._crowded = ticks()
        return found


def waiting(store: Store) -> Waiting:
    """Reads it once."""
    watch = Watch(store)
    try:
        return watch.ask()
    finally:
        watch.close()


def _waiting(row: Any) -> Waiting:
    clock, at, count, last, first, *work = row
    seconds = (first - at).total_seconds() if first else None
    # All of the few are due by now and none may go: those behind them cannot be told from here.
    crowded = count == FIRST_FEW and last <= at and first > at
    asked = dict(zip(NAMES[1:], map(bool, work), strict=True))
    due = seconds is not None and seconds <= RING_AHEAD
    return Waiting(seconds, {"release_due": due or crowded, **asked}, clock - datetime.now(UTC), crowded)


def _instants(store: Store, connection: Connection) -> dict[str, datetime]:
    """SQLite's clock is this machine's, so it is told; PostgreSQL looks at its own."""
    if not store.sqlite:
        return {}
    offset = connection.execute(_OFFSET).scalar()
    clock = datetime.now(UTC)
    return {"clock": clock, "at": clock + timedelta(seconds=int(offset or 0))}


_OFFSET = select(col(Instance.clock_offset))


@cache
def _question(sqlite: bool) -> Select[Any]:
    clock: ColumnElement[datetime] = bindparam("clock", type_=LOOK_AT.type)
    at: ColumnElement[datetime] = bindparam("at", type_=LOOK_AT.type)
    if not sqlite:  # stable within a statement, so that an index can be asked for it; unlike clock_timestamp()
        clock = func.statement_timestamp(type_=LOOK_AT.type)
        ahead = func.make_interval(0, 0, 0, 0, 0, 0, func.coalesce(_OFFSET.scalar_subquery(), 0))
        at = type_coerce(clock.op("+")(ahead), LOOK_AT.type)
    few = _next_few()
    return select(clock, at, few.c.count, few.c.last, few.c.first, *_questions(at, clock).values()).select_from(few)


def _next_few() -> Any:
    """How many of the first few posts there are, when the last of them is due, and when the first of them may go."""
    look = LOOK_AT.label("look")
    first = select(look, col(Post.account_id)).where(WAITS).order_by(LOOK_AT).limit(FIRST_FEW).subquery("next_few")
    shut = operator.gt(col(Pace.next_at), first.c.look)
    may_go = case((shut, col(Pace.next_at)), else_=first.c.look)
    told = select(
        func.count().label("count"), func.max(first.c.look).label("last"), func.min(may_go).label("first")
    ).select_from(first)
    return told.outerjoin(Pace, col(Pace.account_id) == first.c.account_id).subquery("few")


def _questions(at: ColumnElement[datetime], clock: ColumnElement[datetime]) -> dict[str, ColumnElement[bool]]:
    free = or_(col(Post.fence).is_(None), col(Post.lease_until) < clock)
    ready = or_(col(Post.retry_at).is_(None), col(Post.retry_at) <= at)
    lapsed = exists().where(col(Post.fence).is_not(None), col(Post.lease_until) < clock)
    revoked = exists().where(col(Revocation.clearance_id) == col(Clearance.id))
    return {
        "recall": exists().where(_in(State.RECALLING), free, ready),
        "prepare": or_(
            exists().where(col(Wording.answered_at).is_(None)),
            exists().where(col(Clearance.posted_at).is_(None), ~revoked),
            exists().where(col(Organisation.evaluated_epoch) < col(Organisation.material_epoch)),
        ),
        "reconcile": or_(lapsed, exists().where(_in(State.UNCERTAIN), free, ready)),
        "seal": exists().where(col(Record.seq).is_(None)),
        "verify": exists().where(col(Account.verify_wanted_at).is_not(None), col(Account.disabled_at).is_(None)),
        "links": false(),  # once in SLOW is soon enough: nothing else waits for a page
        "watch": false(),  # nor for a look at what is out
        "notices": false(),  # nor for a word to people
    }


def _in(state: State) -> ColumnElement[bool]:
    """Spelled out, so that the index of few states can be seen to hold them."""
    return col(Post.state) == literal_column(f"'{state}'")
