"""Two people arm an instance; a journal of another instance disarms it; on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from content import arming, journal, restoring
from content.errors import Refusal
from content.organisation import the_instance
from content.record import Record
from tests import factory
from tests.factory import House


@pytest.fixture
def live(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store, "live")


def armed(live: House) -> bool:
    with live.store.read() as session:
        return the_instance(session).armed


def say(live: House, who: str) -> bool:
    with live.store.write() as session:
        return arming.arm(session, live.people[who])


def test_a_fresh_instance_is_disarmed(live: House) -> None:
    assert not armed(live)


def test_it_takes_two_people_to_arm(live: House) -> None:
    assert not say(live, "kim")
    assert not armed(live)
    with pytest.raises(Refusal, match=r"arm\.second"):
        say(live, "kim")
    assert say(live, "dana")
    assert armed(live)


def test_an_author_cannot_arm(live: House) -> None:
    with pytest.raises(Refusal, match=r"rights\.role"):
        say(live, "alice")


def test_the_journal_of_another_instance_disarms_on_the_record(live: House, tmp_path: Path) -> None:
    say(live, "kim")
    say(live, "dana")
    with live.store.read() as session:
        journal.write_epoch(tmp_path, the_instance(session).epoch)
    restoring.boot(live.store, tmp_path, "worker:")
    assert armed(live)
    journal.write_epoch(tmp_path, "another")
    restoring.boot(live.store, tmp_path, "worker:")
    assert not armed(live)
    with live.store.read() as session:
        assert session.exec(select(Record).where(Record.action == "instance.disarm")).one()
