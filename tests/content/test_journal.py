"""What is kept outside the database: nothing is lost, nothing is doubled, no free words leave."""

from pathlib import Path

import pytest

from content import journal, people, stopping
from content.record import seal
from tests import factory


@pytest.fixture
def house(db: str):
    with factory.opened(db) as store:
        yield factory.house(store)


def test_a_head_is_written_down_once(house: factory.House, tmp_path: Path) -> None:
    with house.store.read() as session:
        before = journal.export_heads(session, tmp_path)
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
        head = seal(session)
    assert head is not None
    with house.store.read() as session:
        assert journal.export_heads(session, tmp_path) == 1
        assert journal.export_heads(session, tmp_path) == 0
    written = [(one.seq, one.chain) for one in journal.read_heads(tmp_path)]
    assert (len(written), written[-1]) == (before + 1, (head.seq, head.chain))


def test_every_stop_is_written_down_once_and_without_its_reason(house: factory.House, tmp_path: Path) -> None:
    with house.store.write() as session:
        stopping.hold(session, house.people["kim"], house.narrative, "asylum", reason="he is moving")
        stopping.pause(session, house.people["alice"], "language", "ar", "a rumour")
        stopping.withdraw(session, house.people["kim"], house.narrative, languages=["ar"], reason="he asked")
        people.erase(session, house.people["dana"], people.by_ref(session, "tom"))
    with house.store.read() as session:
        assert journal.write_stops(session, tmp_path) == 4
        assert journal.write_stops(session, tmp_path) == 0
    names = {row["stop"].partition(":")[0] for row in journal.read_stops(tmp_path)}
    assert names == {"hold", "pause", "consent", "erased"}
    written = (tmp_path / journal.STOPS).read_text("utf-8")
    assert not any(word in written for word in ("moving", "rumour", "asked", "asylum", "Tom"))


def test_a_line_torn_by_a_crash_is_written_again(house: factory.House, tmp_path: Path) -> None:
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
    (tmp_path / journal.STOPS).write_bytes(b'{"stop":"pause:ab12","sc')
    with house.store.read() as session:
        assert journal.write_stops(session, tmp_path) == 1
        assert journal.write_stops(session, tmp_path) == 0
    assert [row["scope"] for row in journal.read_stops(tmp_path)] == ["all"]
    found = journal.stops_book(tmp_path, factory.KEYS.record)
    assert (found.torn, found.damage) == (1, "")


def test_the_journal_is_private(house: factory.House, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
    with house.store.read() as session:
        journal.write_stops(session, folder)
    assert (folder / journal.STOPS).stat().st_mode & 0o077 == 0


def test_the_epoch_says_which_instance_a_journal_belongs_to(tmp_path: Path) -> None:
    assert journal.read_epoch(tmp_path) is None
    journal.write_epoch(tmp_path, "abc")
    journal.write_epoch(tmp_path, "def")
    assert journal.read_epoch(tmp_path) == "def"
