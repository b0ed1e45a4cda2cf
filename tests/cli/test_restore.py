"""Backup, restore and what doctor says of them, as commands, on both databases."""

import json
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import select

from cli import session as cli_session
from content import backup, journal, keys, medium, restoring
from content.encoding import path_of
from content.lifecycle import Post
from content.media_copies import folder_of
from content.organisation import Heartbeat, the_instance
from content.record import Record, seal
from content.restoring import Place
from content.store import wall
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House
from tests.factory.media import picture

pytestmark = pytest.mark.wide  # copies and puts back whole databases


@pytest.fixture
def house(shell: Shell) -> House:
    made = factory.furnish(shell.store)
    sealed(shell)
    return made


def sealed(shell: Shell) -> None:
    with shell.store.write() as session:
        while seal(session):
            pass
    with shell.store.read() as session:
        journal.export(session, shell.told.journal)


def backed_up(shell: Shell, *more: str | Path) -> Path:
    answer = shell.run("backup", shell.folder / "yesterday", "--as", "kim", *more)
    assert answer.code == 0, answer.err
    return shell.folder / "yesterday"


def restored(shell: Shell, *words: str | Path) -> dict[str, object]:
    closed(shell)
    answer = shell.run("restore", *words, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, object] = json.loads(answer.out)
    return found


def closed(shell: Shell) -> None:
    """Nothing of this process holds the database open."""
    shell.store.engine.dispose()
    if cli_session.opened.cache_info().currsize:
        cli_session.opened().close()
        cli_session.opened.cache_clear()


def test_a_backup_is_verified_and_stands_in_the_record(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    sheet = backup.read(path)
    assert (sheet.kind, sheet.rows["post"]) == ("rehearsal", 0)
    assert path.stat().st_mode & 0o077 == 0
    with shell.store.read() as session:
        row = session.exec(select(Record).where(Record.action == "backup.make")).one()
    assert (row.subject_id, json.loads(row.detail)["seq"]) == (sheet.mark, sheet.seq)
    again = shell.run("backup", path, "--as", "kim")
    assert (again.code, "[backup.exists]" in again.err) == (1, True)
    assert "[rights.role]" in shell.run("backup", shell.folder / "other", "--as", "alice").err


def test_no_key_is_in_a_backup(shell: Shell, house: House) -> None:
    words = backed_up(shell, "--keys", shell.folder / "kit").read_bytes()
    kit = (shell.folder / "kit").read_bytes()
    for name in ("record", "terms", "fields"):
        value = getattr(factory.KEYS, name)
        for secret in (value, value.hex().encode(), (shell.told.keys / f"{name}.key").read_bytes()):
            assert secret not in words
            assert secret not in kit


def test_a_changed_backup_is_not_put_back(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    words = bytearray(path.read_bytes())
    words[len(words) // 2] ^= 1
    path.write_bytes(words)
    closed(shell)
    answer = shell.run("restore", path, "--replace")
    assert (answer.code, "[backup.broken]" in answer.err) == (1, True)


def test_a_database_that_is_there_is_replaced_only_when_told_and_kept(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    closed(shell)
    assert "[restore.full]" in shell.run("restore", path).err
    with shell.store.write() as session:
        factory.cleared_post(session, house)
    sealed(shell)
    found = restored(shell, path, "--replace")
    assert Path(str(found["kept"])).exists()
    with shell.store.read() as session:
        assert session.exec(select(Post)).all() == []
        assert restoring.place(session, shell.told.journal) is Place.OWN


def test_nothing_is_put_back_under_a_running_program(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    with shell.store.write() as session:
        session.add(Heartbeat(name="worker", at=wall(session)))
    closed(shell)
    assert "[restore.running]" in shell.run("restore", path, "--replace").err
    with shell.store.write() as session:
        session.execute(update(Heartbeat).values(at=wall(session) - timedelta(minutes=1)))
    restored(shell, path, "--replace")


def test_what_was_stopped_and_published_since_is_put_back(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        post = factory.cleared_post(session, house)
    path = backed_up(shell)
    with shell.store.write() as session:
        factory.brought(session, session.get_one(Post, post.id), "published")
    shell.run("consent", "withdraw", "N-1", "--as", "kim")
    sealed(shell)
    found = restored(shell, path, "--replace")
    assert (found["stops"], found["published"], found["uncertain"]) == (1, 1, 0)
    with shell.store.read() as session:
        assert session.get_one(Post, post.id).state == "published"
        assert not the_instance(session).armed
    audit = shell.run("audit", "verify")
    assert audit.code == 0, audit.out + audit.err


def test_without_its_journal_nothing_is_put_back_unless_it_is_lost(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    with shell.store.write() as session:
        journal.mark(session, 1)
    path = shell.folder / "second"
    assert shell.run("backup", path, "--as", "kim").code == 0
    for one in shell.told.journal.iterdir():
        one.unlink()
    closed(shell)
    assert "[restore.journal]" in shell.run("restore", path, "--replace").err
    closed(shell)
    assert shell.run("restore", "--in-place", "--journal-lost").code == 0
    with shell.store.read() as session:
        assert restoring.place(session, shell.told.journal) is Place.OWN


def test_a_journal_that_lost_a_line_is_not_relied_on(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    for theme in ("brutality", "infighting"):
        shell.run("pause", "theme", theme, "--as", "alice")
    sealed(shell)
    stops = shell.told.journal / journal.STOPS
    stops.write_text("".join(stops.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    closed(shell)
    assert "[restore.damaged]" in shell.run("restore", path, "--replace").err
    assert "damaged" in shell.run("doctor").out


def test_a_backup_is_tried_without_touching_anything(shell: Shell, house: House) -> None:
    path = backed_up(shell)
    before = shell.rows()
    answer = shell.run("restore", path, "--try", "--as", "kim")
    assert answer.code == 0, answer.err
    assert "Tried" in answer.out
    after = shell.rows()
    assert after == before | {"record": before["record"] + 1}
    with shell.store.read() as session:
        assert session.exec(select(Record).where(Record.action == "backup.try")).one()
        assert restoring.place(session, shell.told.journal) is Place.OWN


def test_a_kit_opens_with_the_keepers_private_half_only(shell: Shell, house: House) -> None:
    backed_up(shell, "--keys", shell.folder / "kit")
    private = b64encode(bytes(factory.KEEPER_PRIVATE))
    target = shell.folder / "keys"
    assert keys.unpack((shell.folder / "kit").read_bytes(), private, target) == 4
    assert keys.load(target) == factory.KEYS
    with pytest.raises(keys.Refusal, match=r"keys\.kit"):
        keys.unpack((shell.folder / "kit").read_bytes(), b64encode(b"x" * 32), shell.folder / "more")


# --- media ------------------------------------------------------------------------------------------


def a_picture(shell: Shell, house: House) -> medium.Whole:
    shell.store.media = shell.told.media
    with shell.store.write() as session:
        made = picture(session, house)
    sealed(shell)
    return made


def where(shell: Shell, one: medium.Whole) -> Path:
    return path_of(shell.told.media, one.files[0].name)


def test_the_media_lie_beside_the_backup_each_once_for_all_backups(shell: Shell, house: House) -> None:
    one = a_picture(shell, house)
    path = backed_up(shell)
    copy = path_of(folder_of(path), one.files[0].name)
    assert copy.read_bytes() == where(shell, one).read_bytes() and copy.stat().st_mode & 0o077 == 0
    assert backup.read(path).media == {"files": 1, "bytes": 9, "missing": []}
    before, other = copy.stat().st_mtime_ns, a_picture(shell, house)
    answer = shell.run("backup", shell.folder / "today", "--as", "kim", "--json")
    assert json.loads(answer.out)["media"]["files"] == 2
    assert copy.stat().st_mtime_ns == before and path_of(folder_of(path), other.files[0].name).is_file()
    assert backup.read(path).media == {"files": 1, "bytes": 9, "missing": []}


def test_what_is_added_after_its_rows_were_read_is_in_the_next_backup(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose row is not in the backup is no part of it, and breaks nothing."""
    a_picture(shell, house)
    copy, media = backup.media_copies.keep, shell.told.media
    added: list[medium.Whole] = []

    def keep(*given: object) -> object:
        added.append(a_picture(shell, house))
        return copy(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(backup.media_copies, "keep", keep)
    path, sheet = backup.make(shell.store, shell.folder / "one", media=media)
    monkeypatch.undo()
    assert sheet.media == {"files": 1, "bytes": 9, "missing": []}
    assert not path_of(folder_of(path), added[0].files[0].name).exists()
    assert backup.make(shell.store, shell.folder / "two", media=media)[1].media == {
        "files": 2, "bytes": 18, "missing": [],
    }  # fmt: skip


def test_lost_media_are_put_back_with_the_rows(shell: Shell, house: House) -> None:
    one, other = a_picture(shell, house), a_picture(shell, house)
    path = backed_up(shell)
    bytes_ = where(shell, one).read_bytes()
    where(shell, one).unlink()
    where(shell, other).write_bytes(b"something")
    found = restored(shell, path, "--replace")
    assert (found["media"], found["media_new"], found["media_missing"]) == (2, 2, [])
    assert where(shell, one).read_bytes() == bytes_ and where(shell, other).read_bytes() != b"something"


def test_a_trial_names_a_copy_that_was_deleted_or_changed_and_does_not_count(shell: Shell, house: House) -> None:
    one, other = a_picture(shell, house), a_picture(shell, house)
    path = backed_up(shell)
    answer = shell.run("restore", path, "--try", "--as", "kim", "--json")
    assert (json.loads(answer.out)["media"], json.loads(answer.out)["media_missing"]) == (2, [])
    path_of(folder_of(path), one.files[0].name).unlink()
    path_of(folder_of(path), other.files[0].name).write_bytes(b"something")  # as long as it was
    answer = shell.run("restore", path, "--try", "--as", "kim")
    assert (answer.code, "[restore.media]" in answer.err) == (1, True)
    assert one.row.ref in answer.err and other.row.ref in answer.err and one.files[0].name in answer.err
    with shell.store.read() as session:
        assert len(session.exec(select(Record).where(Record.action == "backup.try")).all()) == 1


def test_a_file_that_is_missing_when_a_backup_is_made_is_named_and_keeps_nothing_from_being_kept(
    shell: Shell, house: House
) -> None:
    one, other = a_picture(shell, house), a_picture(shell, house)
    where(shell, one).unlink()
    answer = shell.run("backup", shell.folder / "yesterday", "--as", "kim")
    assert answer.code == 0 and f"Missing, or not what its row says: {one.row.ref}" in answer.err
    assert other.row.ref not in answer.err
    tried = shell.run("restore", shell.folder / "yesterday", "--try", "--as", "kim")
    assert tried.code == 0 and one.row.ref in tried.err  # it was lost before: said, and no fault of the backup
    found = restored(shell, shell.folder / "yesterday", "--replace")
    assert found["media_missing"] == [f"{one.row.ref} ({one.files[0].name})"]


def test_a_backup_of_before_media_were_kept_is_still_taken(shell: Shell, house: House) -> None:
    one = a_picture(shell, house)
    path = backed_up(shell)
    sheet = backup.sheet_of(path)
    told = {name: value for name, value in json.loads(sheet.read_text("utf-8")).items() if name != "media"}
    sheet.write_text(json.dumps(told), "utf-8")
    path_of(folder_of(path), one.files[0].name).unlink()
    answer = shell.run("restore", path, "--try", "--as", "kim")
    assert answer.code == 0 and one.row.ref in answer.err
    assert restored(shell, path, "--replace")["media"] == 1  # it lies in the folder of media all the same
