"""Who is away and who stands in: with dates, on the record, and without a right that the deputy did not have."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from content import absence, people
from content.absence import Absence
from content.errors import Refusal
from content.people import Person, RoleGrant
from content.record import Record
from content.store import now
from tests import factory
from tests.factory import House

DAY = timedelta(days=1)


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def day(house: House, days: int) -> str:
    with house.store.read() as session:
        return (now(session) + days * DAY).date().isoformat()


def leave(
    house: House, who: str = "alice", deputy: str = "tom", by: str = "", first: int = 0, last: int = 3
) -> Absence:
    days = day(house, first), day(house, last)
    with house.store.write() as session:
        return absence.leave(session, *(house.people[one] for one in (by or who, who, deputy)), *days)


def refused(house: House, **told: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as met:
        leave(house, **told)
    return met.value.code, str(met.value)


def stands_in(house: House, who: str, days: int = 0) -> int | None:
    with house.store.read() as session:
        return absence.instead(house.id(who), absence.deputies(session, now(session) + days * DAY))


def test_the_deputy_stands_in_from_the_first_day_to_the_end_of_the_last(home: House) -> None:
    leave(home, first=2, last=3)
    alice, tom = home.id("alice"), home.id("tom")
    assert [stands_in(home, "alice", days) for days in (0, 1, 2, 3, 4)] == [alice, alice, tom, tom, alice]


def test_whoever_is_back_early_is_asked_again(home: House) -> None:
    leave(home)
    with home.store.write() as session:
        assert absence.back(session, home.people["alice"], home.people["alice"]) == 1
    assert stands_in(home, "alice") == home.id("alice")
    with home.store.write() as session, pytest.raises(Refusal, match=r"absence.none"):
        absence.back(session, home.people["alice"], home.people["alice"])


def test_who_stands_in_for_a_deputy_stands_in_for_both(home: House) -> None:
    leave(home, "alice", "tom")
    leave(home, "bob", "carol")
    assert [stands_in(home, who) for who in ("alice", "bob")] == [home.id("tom"), home.id("carol")]
    assert absence.instead(1, {1: 2, 2: 3}) == 3
    assert absence.instead(1, {1: 2, 2: 1}) is None


@pytest.mark.parametrize(
    ("who", "deputy", "said"),
    [("alice", "lena", "lena may not post by hand"), ("bob", "tom", "tom may not judge words"),
     ("dana", "kim", "kim may not judge words"), ("alice", "alice", "Nobody stands in for themselves")],
)  # fmt: skip
def test_a_deputy_without_the_role_is_refused_in_prose(home: House, who: str, deputy: str, said: str) -> None:
    code, words = refused(home, who=who, deputy=deputy)
    assert code == "absence.deputy" and said in words


def test_whoever_was_switched_off_stands_in_for_nobody(home: House) -> None:
    with home.store.write() as session:
        people.disable(session, home.people["kim"], session.get_one(Person, home.id("tom")))
    home.people["tom"].disabled_at = home.people["tom"].created_at
    assert refused(home)[0] == "absence.deputy"


def test_a_deputy_gains_no_right(home: House) -> None:
    def held(session: Session) -> tuple[frozenset[str], int]:
        grants = len(session.exec(select(RoleGrant)).all())
        return people.roles(session, home.id("carol"), now(session)), grants

    with home.store.read() as session:
        before = held(session)
    leave(home, "dana", "carol")
    with home.store.read() as session:
        assert held(session) == before


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(3, 2, "absence.day"), (-9, -8, "absence.past"), (1, 400, "absence.far")],
)
def test_days_that_cannot_be_are_refused(home: House, first: int, last: int, code: str) -> None:
    assert refused(home, first=first, last=last)[0] == code


def test_what_is_no_day_is_refused(home: House) -> None:
    alice, tom = home.people["alice"], home.people["tom"]
    with home.store.write() as session, pytest.raises(Refusal, match=r"absence.day"):
        absence.leave(session, alice, alice, tom, "soon", "2099-01-01")


def test_nobody_is_away_twice_on_a_day(home: House) -> None:
    leave(home, first=1, last=5)
    assert refused(home, first=5, last=7, deputy="bob")[0] == "absence.twice"
    leave(home, first=6, last=7, deputy="bob")


def test_only_who_looks_after_people_says_it_of_others(home: House) -> None:
    assert refused(home, by="bob")[0] == "rights.role"
    leave(home, by="kim")


def test_it_stands_in_the_record_with_its_days_and_who_said_it(home: House) -> None:
    leave(home, by="kim")
    with home.store.write() as session:
        absence.back(session, home.people["alice"], home.people["alice"])
    with home.store.read() as session:
        rows = session.exec(select(Record).where(col(Record.action).like("absence.%")).order_by(col(Record.id))).all()
    assert [(row.actor, row.action) for row in rows] == [
        (f"person:{home.id('kim')}", "absence.set"), (f"person:{home.id('alice')}", "absence.end"),
    ]  # fmt: skip
    assert f'"deputy":{home.id("tom")}' in rows[0].detail


def test_people_read_who_is_away_and_who_stands_in(home: House) -> None:
    leave(home, first=10, last=12)
    leave(home, first=1, last=2)
    with home.store.read() as session:
        found = absence.absences(session, [home.id("alice"), home.id("tom")], now(session))
    one = found[home.id("alice")]
    assert (one.deputy, one.first.isoformat(), one.last.isoformat(), one.now) == (
        "tom",
        day(home, 1),
        day(home, 2),
        False,
    )
    assert home.id("tom") not in found


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("deputy_id = 3", "never change"),
        ("ends_at = starts_at", "never change"),
        ("person_id = deputy_id", "never change"),
    ],
)
def test_the_database_keeps_an_absence_as_it_was_said(home: House, change: str, because: str) -> None:
    leave(home)
    with pytest.raises(DBAPIError, match=because), home.store.write() as session:
        session.connection().execute(text(f"UPDATE absence SET {change}"))
    with pytest.raises(DBAPIError, match="never deleted"), home.store.write() as session:
        session.connection().execute(text("DELETE FROM absence"))
