"""What a reviewer has opened: kept once, for whoever opened it alone, and not for ever."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content import opening, taking
from content.message import Version
from content.opening import KEPT, Opening
from content.store import now
from content.version_history import Earlier, History
from tests import factory

HOUR = timedelta(hours=1)


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def versions(house: factory.House, number: int) -> list[Version]:
    with house.store.write() as session:
        return [factory.version(session, house, ref="M-9", text=f"Told {one} times.") for one in range(2, number + 2)]


def opened(house: factory.House, ref: str, digest: str, ago: timedelta = timedelta()) -> None:
    with house.store.write() as session:
        opening.keep(session, house.id(ref), digest, now(session) - ago)


def before(session: Session, house: factory.House, ref: str, version: Version) -> Earlier | None:
    return History(session, house.people[ref], now(session), blind=True, wrote=False).before(version)


def test_what_is_opened_twice_is_kept_once_as_of_the_first_time(house: factory.House) -> None:
    (one,) = versions(house, 1)
    opened(house, "bob", one.digest, HOUR)
    opened(house, "bob", one.digest)
    opened(house, "sam", one.digest)
    with house.store.read() as session:
        rows = session.exec(select(Opening).order_by(col(Opening.at))).all()
        assert [row.reviewer_id for row in rows] == [house.id("bob"), house.id("sam")]
        assert rows[1].at - rows[0].at >= HOUR


def test_the_newest_that_the_reader_opened_is_what_they_know_and_of_what_they_took_that_they_took_it(
    house: factory.House,
) -> None:
    first, second, third = versions(house, 3)
    for one in (first, second):
        opened(house, "bob", one.digest, HOUR)
    opened(house, "sam", first.digest)
    with house.store.write() as session:
        factory.evaluation(session, second)
        taking.take(session, house.people["dana"], second.digest)
    opened(house, "dana", second.digest)
    with house.store.read() as session:
        known = {ref: before(session, house, ref, third) for ref in ("bob", "sam", "dana", "carol")}
        told = {ref: one and (one.number, one.answer) for ref, one in known.items()}
        assert told == {"bob": (2, "read"), "sam": (1, "read"), "dana": (2, "taken"), "carol": None}
        assert before(session, house, "bob", first) is None
        history = History(session, house.people["bob"], now(session), blind=True, wrote=False)
        assert [history.opened(one) for one in (first, second, third)] == [True, True, False]


def test_what_was_opened_long_ago_is_forgotten(house: factory.House) -> None:
    first, second = versions(house, 2)
    opened(house, "bob", first.digest, KEPT + HOUR)
    opened(house, "bob", second.digest, KEPT - HOUR)
    with house.store.write() as session:
        opening.forget(session, now(session))
        assert session.exec(select(Opening.digest)).all() == [second.digest]


def test_nobody_opens_what_is_not_there(house: factory.House) -> None:
    with pytest.raises(IntegrityError):
        opened(house, "bob", "no such words")
