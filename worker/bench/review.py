"""`bench review`: the lists people look at, with as many items behind them as asked for, beside a bare keyset page.

JSON: {bench, database, machine, items, pending, load_s, lists {name: {rows, wall_ms {first p50 p95 p99 max mean},
database_ms {…}, statements}}, floor_ms {…}, ratio {name: its database p50 ÷ the floor's}, goals}. database_ms: from
sending each statement until the database has answered; statements: how many a page takes. The floor is the next
fifty versions by primary key, from the middle of the table.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlmodel import Session, col

from content import forecast, queued
from content.message import Version
from content.page import sign
from content.people import Person
from content.store import Store
from content.waiting import waiting_page
from worker.bench.figures import Goal, at_most, machine, plain, short, spread
from worker.bench.load import load
from worker.bench.place import instance
from worker.bench.plan import Size

TIMES = 40
WARM = 3
ENOUGH = 4.0  # seconds spent on one list: a slow one is asked less often, five times at least
PAGE = 50
LIMIT = 5.0  # milliseconds in the database

Page = Callable[[Session, Person], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """items: versions that wait for a reviewer; pending: posts that are scheduled."""

    home: Path
    database: str
    items: int
    pending: int
    narratives: int
    accounts: int


@dataclass(slots=True)
class _Clock:
    """What the database has taken since it was last asked."""

    seconds: float = 0.0
    statements: int = 0
    began: float = 0.0

    def take(self) -> tuple[float, int]:
        taken, self.seconds, self.statements = (self.seconds, self.statements), 0.0, 0
        return taken


def measure(wanted: Wanted) -> dict[str, Any]:
    """Loads, then asks for each page as often as it takes to say p95."""
    size = Size(wanted.pending, 1, narratives=wanted.narratives, accounts=wanted.accounts, waiting=wanted.items)
    with instance(wanted.home, wanted.database, "") as (store, told):
        began = time.perf_counter()
        people = load(store, told, size)
        loaded = short(time.perf_counter() - began)
        with _timed(store) as clock:
            lists = {**LISTS, "review list from the middle": _deep(size)}
            found = {name: _page(store, people["content"], page, clock) for name, page in lists.items()}
            floor = _page(store, people["content"], _floor(size), clock)["database_ms"]
        database = store.engine.dialect.name
    ratio = {name: short(one["database_ms"]["p50"] / floor["p50"]) for name, one in found.items()}
    return {
        "bench": "review", "database": database, "machine": machine(), "items": wanted.items,
        "pending": wanted.pending, "load_s": loaded, "lists": found, "floor_ms": floor, "ratio": ratio,
        "goals": plain(_goals(found)),
    }  # fmt: skip


def _goals(found: Mapping[str, Mapping[str, Any]]) -> list[Goal]:
    return [at_most(f"6 {name}, p95 in the database", LIMIT, one["database_ms"]["p95"], "ms")
            for name, one in found.items()]  # fmt: skip


def _waiting(session: Session, person: Person) -> Sequence[Any]:
    return waiting_page(session, person).items


def _queued(session: Session, person: Person) -> Sequence[Any]:
    return queued.lines_page(session).items


def _queued_one(session: Session, person: Person) -> Sequence[Any]:
    return queued.lines_page(session, "M-1").items


def _forecast(session: Session, person: Person) -> Sequence[Any]:
    return forecast.forecast_page(session, 1).items


def _deep(size: Size) -> Page:
    """A page from the middle of all that waits; one statement of it looks up where that is."""
    middle = size.units + size.waiting // 2

    def page(session: Session, person: Person) -> Sequence[Any]:
        version = session.get_one(Version, middle)
        return waiting_page(session, person, sign(version.not_before, middle)).items

    return page


# As the commands ask for them: review list, show, show MESSAGE, forecast --days 1.
LISTS: Mapping[str, Page] = {
    "review list": _waiting,
    "show": _queued,
    "show one message": _queued_one,
    "forecast of a day": _forecast,
}


def _floor(size: Size) -> Page:
    middle = (size.units + size.waiting) // 2

    def page(session: Session, person: Person) -> Sequence[Any]:
        statement = select(Version).where(col(Version.id) > middle).order_by(col(Version.id)).limit(PAGE)
        return session.execute(statement).all()

    return page


def _page(store: Store, person: Person, page: Page, clock: _Clock) -> dict[str, Any]:
    walls: list[float] = []
    served: list[float] = []
    rows = statements = 0
    until = time.monotonic() + ENOUGH
    for number in range(WARM + TIMES):
        if len(walls) >= 5 and time.monotonic() > until:
            break
        clock.take()
        began = time.perf_counter()
        with store.read() as session:
            rows = len(page(session, person))
        wall = time.perf_counter() - began
        seconds, statements = clock.take()
        if number >= WARM:
            walls.append(wall)
            served.append(seconds)
    return {"rows": rows, "wall_ms": spread(walls, 1000), "database_ms": spread(served, 1000), "statements": statements}


@contextmanager
def _timed(store: Store) -> Iterator[_Clock]:
    clock = _Clock()

    def before(*_told: Any) -> None:
        clock.began = time.perf_counter()

    def after(*_told: Any) -> None:
        clock.seconds += time.perf_counter() - clock.began
        clock.statements += 1

    event.listen(store.engine, "before_cursor_execute", before)
    event.listen(store.engine, "after_cursor_execute", after)
    try:
        yield clock
    finally:
        event.remove(store.engine, "before_cursor_execute", before)
        event.remove(store.engine, "after_cursor_execute", after)
