"""Backup, restore and what doctor says of them, as commands, on both databases."""

import json
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import select

from cli import session as cli_session
from content import backup, journal, keys, restoring
from content.lifecycle import Post
from content.organisation import Heartbeat, the_instance
from content.record import Record, seal
from content.restoring import Place
from content.store import wall
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House

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
