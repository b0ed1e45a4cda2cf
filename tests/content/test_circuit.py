"""Who fails again and again is left alone, then tried with one post; the rest is a pure function of what was heard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from content import pace
from content.circuit import FIRST, LONGEST, TROUBLES, Circuit, Heard, Kind, Standing, end_of, heard
from content.outcome import Refused, Retry, Sent, Unknown
from content.pace import Pace
from content.record import Record
from content.store import now
from tests import factory
from tests.factory import House

START = datetime(2030, 1, 1, tzinfo=UTC)
SOON = timedelta(seconds=1)


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def after(*kinds: Kind, every: timedelta = SOON) -> Standing:
    standing = Standing()
    for number, kind in enumerate(kinds):
        standing = standing.after(kind, START + number * every)
    return standing


def test_so_many_troubles_in_a_row_open_it() -> None:
    assert after(*[Kind.TROUBLE] * (TROUBLES - 1)).until is None
    opened = after(*[Kind.TROUBLE] * TROUBLES)
    assert opened.until == START + (TROUBLES - 1) * SOON + FIRST


def test_one_that_goes_through_in_between_starts_the_count_again() -> None:
    assert after(*[Kind.TROUBLE] * (TROUBLES - 1), Kind.WENT, Kind.TROUBLE).failures == 1


def test_an_account_that_knows_us_no_more_is_left_alone_at_once() -> None:
    assert after(Kind.REVOKED).until == START + LONGEST


def test_each_trial_that_fails_doubles_the_wait_up_to_the_longest() -> None:
    standing, at, waits = after(*[Kind.TROUBLE] * TROUBLES), START, []
    for _ in range(6):
        assert standing.until is not None
        at = standing.until
        standing = standing.after(Kind.TROUBLE, at)
        waits.append((standing.until or at) - at)
    assert waits[:3] == [FIRST * 2, FIRST * 4, FIRST * 8]
    assert waits[-1] == LONGEST


KINDS = st.lists(st.tuples(st.sampled_from(list(Kind)), st.integers(0, 400)), max_size=60)


@given(KINDS)
def test_whatever_is_heard_it_opens_only_after_trouble_never_for_longer_than_the_longest_and_closes_on_success(
    ends: list[tuple[Kind, int]],
) -> None:
    standing, at = Standing(), START
    for kind, seconds in ends:
        at += timedelta(seconds=seconds)
        before, standing = standing, standing.after(kind, at)
        if kind is Kind.WENT:
            assert standing == Standing()
        if kind in (Kind.PATIENCE, Kind.NOTHING):
            assert standing == before
        if standing.until != before.until and standing.until is not None:
            assert kind in (Kind.TROUBLE, Kind.REVOKED)
            assert FIRST <= standing.until - at <= LONGEST
            assert before.until is None or before.until <= at  # what was under way changes nothing
            assert kind is Kind.REVOKED or before.until or before.failures == TROUBLES - 1


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Sent(()), Kind.WENT),
        (Refused("paper.too_long"), Kind.WENT),
        (Refused("webhook.401"), Kind.REVOKED),
        (Retry(SOON, "webhook.429"), Kind.PATIENCE),
        (Retry(SOON, "webhook.503"), Kind.TROUBLE),
        (Retry(SOON, "worker.ending"), Kind.NOTHING),
        (Unknown("call.overrun"), Kind.TROUBLE),
        (Unknown("stop.seen: between two parts"), Kind.NOTHING),
        (Unknown("call.part: webhook.429", (), SOON), Kind.PATIENCE),
    ],
)
def test_what_an_outcome_says_of_its_account(outcome: Sent | Retry | Refused | Unknown, kind: Kind) -> None:
    assert end_of(1, outcome).kind is kind


def hear(house: House, *ends: Heard) -> None:
    with house.store.write() as session:
        heard(session, ends, now(session))


def rows(house: House, account: int) -> tuple[Circuit | None, Pace | None]:
    with house.store.read() as session:
        return session.get(Circuit, account), session.get(Pace, account)


def test_an_open_circuit_shuts_the_account_and_stands_in_the_record_once(house: House) -> None:
    account = house.accounts["facebook-gb"].id or 0
    hear(house, *[Heard(account, Kind.TROUBLE, code="call.failed")] * (TROUBLES + 2))
    found, shut = rows(house, account)
    assert found is not None and shut is not None
    assert found.until is not None and found.until == shut.next_at
    with house.store.read() as session:
        opened = session.exec(select(Record).where(col(Record.action) == "circuit.open")).all()
        assert len(opened) == 1
        assert pace_of(house, account, found.until - SOON) == set()
        assert pace_of(house, account, found.until) == {account}


def pace_of(house: House, account: int, at: datetime) -> set[int]:
    with house.store.write() as session:
        taken = pace.take(session, {account: pace.Slot(timedelta(), at)}, at + timedelta(seconds=30), "f")
        session.rollback() if not taken else None
        return taken


def test_half_open_lets_one_through_and_its_success_closes(house: House) -> None:
    account = house.accounts["facebook-gb"].id or 0
    hear(house, Heard(account, Kind.REVOKED))
    found, _ = rows(house, account)
    assert found is not None and found.until is not None
    assert pace_of(house, account, found.until) == {account}
    assert pace_of(house, account, found.until + SOON) == set()  # one is under way
    hear(house, Heard(account, Kind.WENT, fence="f"))
    found, shut = rows(house, account)
    assert found is not None and found.until is None
    assert shut is not None and shut.next_at is None
    with house.store.read() as session:
        assert session.exec(select(Record).where(col(Record.action) == "circuit.close")).one()


def test_one_account_s_trouble_is_nobody_else_s(house: House) -> None:
    one, other = (house.accounts[ref].id or 0 for ref in ("facebook-gb", "telegram-ar"))
    hear(house, *[Heard(one, Kind.TROUBLE)] * TROUBLES, Heard(other, Kind.WENT))
    assert rows(house, other) == (None, None)
    assert pace_of(house, other, START) == {other}


def test_patience_that_was_asked_for_is_given_by_everybody(house: House) -> None:
    account = house.accounts["facebook-gb"].id or 0
    with house.store.read() as session:
        at = now(session)
    hear(house, Heard(account, Kind.PATIENCE, timedelta(minutes=2)))
    _, shut = rows(house, account)
    assert shut is not None and shut.next_at is not None
    assert shut.next_at - at >= timedelta(minutes=2)
