"""Two people arm an instance; a journal of another instance disarms it; on both databases."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from content import arming
from content.errors import Refusal
from content.organisation import the_instance
from content.record import Record
from tests import factory
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store, "live")


def armed(house: House) -> bool:
    with house.store.read() as session:
        return the_instance(session).armed


def say(house: House, who: str) -> bool:
    with house.store.write() as session:
        return arming.arm(session, house.people[who])


def test_a_fresh_instance_is_disarmed(house: House) -> None:
    assert not armed(house)


def test_it_takes_two_people_to_arm(house: House) -> None:
    assert not say(house, "kim")
    assert not armed(house)
    with pytest.raises(Refusal, match=r"arm\.second"):
        say(house, "kim")
    assert say(house, "dana")
    assert armed(house)


def test_an_author_cannot_arm(house: House) -> None:
    with pytest.raises(Refusal, match=r"rights\.role"):
        say(house, "alice")


def test_the_journal_of_another_instance_disarms_on_the_record(house: House) -> None:
    say(house, "kim")
    say(house, "dana")
    with house.store.write() as session:
        arming.boot(session, the_instance(session).epoch, "worker:")
    assert armed(house)
    with house.store.write() as session:
        arming.boot(session, "another", "worker:")
    assert not armed(house)
    with house.store.read() as session:
        assert session.exec(select(Record).where(Record.action == "instance.disarm")).one()
