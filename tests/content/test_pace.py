"""An account's distance is kept across workers, restarts and ends that never came."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import pace
from content.pace import STRICTEST, Ended, Pace, Rate, Slot, distance
from content.store import Store
from tests import factory
from tests.factory import House

START = datetime(2030, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = 30 * SECOND


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@given(st.integers(1, 500), st.integers(1, 90_000))
def test_a_budget_s_distance_keeps_every_window(posts: int, seconds: int) -> None:
    window = timedelta(seconds=seconds)
    assert Rate(posts, window).distance * posts >= window
    assert (Rate(posts, window).distance - timedelta(microseconds=1)) * posts < window


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, 2 * SECOND),
        ({"min_gap_seconds": 1}, 2 * SECOND),  # less than the channel allows: the channel's holds
        ({"min_gap_seconds": 60}, 60 * SECOND),
        ({"rate_posts": 4}, timedelta(minutes=15)),
        ({"rate_posts": 4, "rate_minutes": 2}, 30 * SECOND),
        ({"rate_posts": "many"}, STRICTEST),
        ({"rate_posts": 0}, STRICTEST),
        ({"min_gap_seconds": None}, STRICTEST),
    ],
)
def test_settings_may_only_be_stricter(settings: Mapping[str, Any], wanted: timedelta) -> None:
    assert distance(Rate(gap=2 * SECOND), settings) == wanted


def take(store: Store, account: int, gap: timedelta, at: datetime, fence: str = "f") -> bool:
    with store.write() as session:
        return pace.take(session, {account: Slot(gap, at)}, at + LEASE, fence) == {account}


def end(store: Store, account: int, at: datetime, fence: str | None = "f") -> None:
    with store.write() as session:
        pace.ended(session, [Ended(account, fence)], at)


def test_the_next_begins_a_distance_after_the_last_has_ended(house: House) -> None:
    account, gap = house.accounts["facebook-gb"].id or 0, 10 * SECOND
    assert take(house.store, account, gap, START)
    assert not take(house.store, account, gap, START + 3 * SECOND, "g")
    end(house.store, account, START + 5 * SECOND)
    assert not take(house.store, account, gap, START + 14 * SECOND, "g")
    assert take(house.store, account, gap, START + 15 * SECOND, "g")


def test_a_process_that_dies_costs_its_account_one_lease_and_no_more(house: House) -> None:
    account, gap = house.accounts["facebook-gb"].id or 0, 10 * SECOND
    assert take(house.store, account, gap, START)
    assert not take(house.store, account, gap, START + LEASE, "g")
    later = Store(house.store.url, factory.KEYS)
    assert take(later, account, gap, START + LEASE + gap, "g")
    later.close()


def test_a_renewed_lease_keeps_its_slots(house: House) -> None:
    account, gap = house.accounts["facebook-gb"].id or 0, 10 * SECOND
    assert take(house.store, account, gap, START)
    with house.store.write() as session:
        pace.keep(session, "f", START + 2 * LEASE)
    assert not take(house.store, account, gap, START + LEASE + gap, "g")
    assert take(house.store, account, gap, START + 2 * LEASE + gap, "g")


def test_what_was_not_sent_gives_its_slot_back(house: House) -> None:
    account, gap = house.accounts["facebook-gb"].id or 0, 3600 * SECOND
    assert take(house.store, account, gap, START)
    with house.store.write() as session:
        pace.give_back(session, "another", [account], START + SECOND)
    assert not take(house.store, account, gap, START + SECOND, "g")
    with house.store.write() as session:
        pace.give_back(session, "f", [account], START + SECOND)
    assert take(house.store, account, gap, START + SECOND, "g")


def test_an_end_that_comes_late_frees_nobody_else_s_slot(house: House) -> None:
    account, gap = house.accounts["facebook-gb"].id or 0, SECOND
    assert take(house.store, account, gap, START, "dead")
    assert take(house.store, account, gap, START + LEASE + gap, "g")
    end(house.store, account, START + LEASE + 2 * gap, "dead")
    assert not take(house.store, account, gap, START + LEASE + 4 * gap, "h")


def test_an_account_without_limits_leaves_no_row(house: House) -> None:
    account = house.accounts["facebook-gb"].id or 0
    assert take(house.store, account, timedelta(), START)
    assert take(house.store, account, timedelta(), START, "g")
    end(house.store, account, START)
    with house.store.read() as session:
        assert session.get(Pace, account) is None
