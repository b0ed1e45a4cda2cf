"""Lists come page by page: every item once, in order, and each page by an index, however deep it lies."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from content.briefed import published_page
from content.errors import Refusal
from content.evaluation import stale_versions
from content.forecast import forecast, forecast_page
from content.organisation import raise_epoch
from content.page import Page
from content.queued import lines_page
from content.record_search import Wanted, trail_page
from content.store import now
from content.tending import tended_page
from content.waiting import waiting, waiting_page
from tests import factory
from tests.factory import House

BIG = ("post", "version", "wording", "message", "evaluation", "clearance", "verdict", "leaf", "record", "waits")


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def furnished(session: Session, house: House, count: int = 5) -> None:
    """Words that wait for a reviewer, words that are cleared, and their posts."""
    for number in range(count):
        waits = factory.version(session, house, opens=timedelta(days=1 + number % 2), closes=timedelta(days=9))
        factory.evaluation(session, waits)
        cleared = factory.version(session, house, opens=timedelta(hours=number), closes=timedelta(days=5))
        factory.post(session, house, factory.clearance(session, house, cleared))


def turned(ask: Callable[[str], Page[Any]]) -> list[Any]:
    """Every page after the other."""
    page = ask("")
    found = [*page.items]
    while page.after:
        page = ask(page.after)
        found += page.items
    return found


def test_the_pages_of_what_waits_hold_each_item_once_the_soonest_first(house: House) -> None:
    with house.store.write() as session:
        furnished(session, house)
        bob = house.people["bob"]
        found = turned(lambda after: waiting_page(session, bob, after, 2))
        assert found == waiting(session, bob)
        assert len({line.digest for line in found}) == 5
        assert [line.not_before for line in found] == sorted(line.not_before for line in found)


def test_cleared_words_come_back_for_renewal_a_week_before_they_end(house: House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, closes=timedelta(days=60))
        factory.clearance(session, house, version, valid=timedelta(days=30))
        bob = house.people["bob"]
        assert waiting(session, bob) == []
        factory.move_on(session, timedelta(days=24))
        assert [line.renewal for line in waiting(session, bob)] == [True]


def test_cleared_words_that_now_need_somebody_wait_for_that_one_role(house: House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house)
        factory.clearance(session, house, version)
        raise_epoch(session, house.organisation.id or 0)
        factory.evaluation(session, version, needs_religious=True)
        assert [line.missing for line in waiting(session, house.people["farid"])] == [("religious",)]


def test_the_pages_of_the_queue_hold_each_message_once_the_latest_first(house: House) -> None:
    with house.store.write() as session:
        furnished(session, house)
        found = turned(lambda after: lines_page(session, "", after, 3))
        assert len({(line.message, line.language) for line in found}) == len(found) == 10


def test_the_pages_of_the_forecast_hold_what_the_whole_holds(house: House) -> None:
    with house.store.write() as session:
        furnished(session, house)
        at = now(session)
        whole = forecast(session, 7, at)
        assert turned(lambda after: forecast_page(session, 7, after, 2, at)) == whole
        assert {line.post is None for line in whole} == {True, False}


@pytest.mark.parametrize("after", ["nonsense", "WzFd", "bnVsbA", "/"])
def test_a_sign_of_no_place_is_refused(house: House, after: str) -> None:
    with house.store.write() as session, pytest.raises(Refusal, match=r"page\.sign"):
        waiting_page(session, house.people["bob"], after)


LISTS: dict[str, Callable[[Session, House, str], Any]] = {
    "waiting": lambda session, house, after: waiting_page(session, house.people["bob"], after, 2),
    "queue": lambda session, house, after: lines_page(session, "", after, 2),
    "forecast": lambda session, house, after: forecast_page(session, 7, after, 2),
    "stale": lambda session, house, after: stale_versions(session, 2),
    "posts that are blocked": lambda session, house, after: tended_page(
        session, house.people["bob"], "blocked", after, 2
    ),
    "posts that failed": lambda session, house, after: tended_page(session, house.people["bob"], "failed", after, 2),
    "what a campaign published": lambda session, house, after: published_page(
        session, house.people["bob"], "spring", after, 2
    ),
    "record": lambda session, house, after: trail_page(session, house.people["bob"], Wanted(), after, 2),
    "record of a person": lambda session, house, after: trail_page(
        session, house.people["bob"], Wanted(who="alice"), after, 2
    ),
    "record of a step": lambda session, house, after: trail_page(
        session, house.people["bob"], Wanted(step="post.schedule"), after, 2
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_page_reads_or_sorts_a_large_table(house: House, name: str) -> None:
    with house.store.write() as session:
        furnished(session, house)
    with house.store.read() as session, heard(session) as statements:
        first = LISTS[name](session, house, "")
        LISTS[name](session, house, getattr(first, "after", ""))
    with house.store.read() as session:
        if not house.store.sqlite:
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            session.connection().exec_driver_sql("SET LOCAL enable_sort = off")
        for statement, values in statements:
            found = plan(session, statement, values)
            # Small sets by their own index, then sorted: what is under way, and clearances that end soon.
            few = any(word in statement for word in ("'claimed'", "'blocked'", "waits.cleared_until <"))
            walked = "SCAN record" if "WHERE" not in statement else ""  # all of it is asked for, the newest first
            wrong = [one for one in found if whole(one) and one != walked and not (few and "Sort" in one)]
            assert wrong == [], (statement, found)


@contextmanager
def heard(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The statements that read a large table, with their values."""
    found: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        paged = re.search(r"\bLIMIT \S+( OFFSET \S+)?\s*\Z", statement)  # the rest is bounded by the ids of a page
        if paged and any(f"FROM {table}" in statement for table in BIG):
            found.append((statement, values))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    assert found


def plan(session: Session, statement: str, values: Any) -> list[str]:
    sqlite = session.get_bind().dialect.name == "sqlite"
    words = f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}"
    rows = session.connection().exec_driver_sql(words, values)
    return [str(row[3 if sqlite else 0]) for row in rows]


def whole(line: str) -> bool:
    """A large table read from end to end, or sorted. In the order of its own key it may be walked until the limit."""
    if line.startswith("SCAN "):
        table = line.split()[1]
        return table in BIG and "USING" not in line and table not in ("wording", "version")
    return any(f"Seq Scan on {table}" in line for table in BIG) or line.strip().startswith("->  Sort")
