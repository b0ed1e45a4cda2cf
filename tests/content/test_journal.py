"""What is kept outside the database: nothing is lost, nothing is doubled, no free words leave."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from content import book, gate, journal, people, stopping
from content.organisation import the_instance
from content.record import canonical, seal
from tests import factory


@pytest.fixture
def house(db: str):
    with factory.opened(db) as store:
        yield factory.house(store)


def test_a_head_is_written_down_once(house: factory.House, tmp_path: Path) -> None:
    with house.store.read() as session:
        journal.export(session, tmp_path)
    before = len(journal.read_heads(tmp_path))
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
        head = seal(session)
    assert head is not None
    with house.store.read() as session:
        assert journal.export(session, tmp_path) == head.seq
        assert journal.export(session, tmp_path) == head.seq
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
    names = {row["stop"].partition(":")[0] for row in journal.stops_book(tmp_path, None).rows}
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
    assert [row["scope"] for row in journal.stops_book(tmp_path, None).rows] == ["all"]
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


def test_a_missing_or_changed_line_is_damage(house: factory.House, tmp_path: Path) -> None:
    for theme in ("brutality", "infighting", "quality_of_life"):
        with house.store.write() as session:
            stopping.pause(session, house.people["alice"], "theme", theme)
        with house.store.read() as session:
            journal.write_stops(session, tmp_path)
    with house.store.read() as session:
        journal.export(session, tmp_path)
    path, key = tmp_path / journal.STOPS, factory.KEYS.record
    lines = path.read_text("utf-8").splitlines(keepends=True)
    assert journal.stops_book(tmp_path, key).damage == ""
    for left in (lines[1:], [lines[0], lines[2]], lines[:2], [lines[0].replace("brutality", "all"), *lines[1:]]):
        path.write_text("".join(left), "utf-8")
        assert journal.stops_book(tmp_path, key).damage, left


def test_the_journal_reaches_as_far_as_the_record_and_the_database_knows(house: factory.House, tmp_path: Path) -> None:
    with house.store.write() as session:
        factory.brought(session, factory.cleared_post(session, house), "published")
        head = seal(session)
    assert head is not None
    with house.store.write() as session:
        journal.mark(session, 0)
        assert gate.seal_lag(session, head.at + timedelta(hours=1)) >= timedelta(hours=1)
    with house.store.read() as session:
        journal.write_epoch(tmp_path, the_instance(session).epoch)
        reached = journal.export(session, tmp_path)
        assert journal.export(session, tmp_path) == reached == head.seq
    with house.store.write() as session:
        journal.mark(session, reached)
        assert gate.seal_lag(session, head.at + timedelta(hours=1)) == timedelta()
    (told,) = journal.posts_book(tmp_path, factory.KEYS.record).rows
    assert (told["state"], told["parts"][0][2]) == ("published", "remote-1")


def test_old_heads_are_thinned_and_the_last_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "THICK", 1)
    old = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [canonical({"seq": n, "chain": "c", "at": (old + timedelta(minutes=n)).isoformat()}) for n in range(180)]
    book.add(tmp_path / journal.HEADS, lines)
    journal._thin(tmp_path)
    assert [head.seq for head in journal.read_heads(tmp_path)] == [59, 119, 179]
    assert journal.last_head(tmp_path) == journal.read_heads(tmp_path)[-1]
