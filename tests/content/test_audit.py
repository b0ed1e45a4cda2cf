"""The audit names what was changed, cut off, left out or made up, in the database and offline."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from content import agreeing, audit, journal, stopping
from content.audit import Audited
from content.errors import Refusal
from content.lifecycle import Action
from content.problem import Problem
from content.record import seal
from tests import factory, snapshots

TRIGGERS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT 'ALTER TABLE \"' || event_object_table || '\" DISABLE TRIGGER ALL'"
    " FROM information_schema.triggers WHERE trigger_schema = 'public'",
}
MOVED = "2026-01-01 00:00:00.000000"
DISAGREEMENTS = {
    "UPDATE leaf_part SET text = 'other words'": "leaf.changed",
    "UPDATE version SET language = 'ar'": "version.changed",
    "UPDATE version SET not_after = (SELECT max(valid_until) FROM clearance)": "version.changed",
    "DELETE FROM record WHERE action = 'clearance.give'": "row.unrecorded",
    "DELETE FROM record WHERE action = 'pause.set'": "row.unrecorded",
    "DELETE FROM pause": "record.empty",
    "DELETE FROM hold": "record.empty",
    "DELETE FROM clearing": "record.empty",
    "DELETE FROM record WHERE action = 'post.recall'": "move.unrecorded",
    "DELETE FROM post_history WHERE step = 1": "history.illegal",
    "UPDATE post_history SET to_state = 'recalled' WHERE step = 1": "history.illegal",
    "UPDATE post SET state = 'published' WHERE state = 'cancelled'": "history.end",
    "UPDATE version SET translator_id = (SELECT min(reviewer_id) FROM verdict)": "verdict.own",
    "DELETE FROM attempt": "post.no_attempt",
    f"UPDATE hold SET lifted_at = '{MOVED}', lifted_by = 1": "row.unrecorded",
    f"UPDATE pause SET lifted_at = '{MOVED}', lifted_first = 1": "row.unrecorded",
    "INSERT INTO role_grant (person_id, role, founding, granted_by, granted_at, confirmed_by, confirmed_at, valid_from)"
    f" VALUES (1, 'content', false, 3, '{MOVED}', 5, '{MOVED}', '{MOVED}')": "row.unrecorded",
}


@pytest.fixture
def house(db: str):
    """A house with every kind of post, sealed."""
    with factory.opened(db) as store:
        made = factory.house(store)
        if snapshots.restore(store, "audited"):
            yield made
            return
        with store.write() as session:
            for state in ("published", "recalled", "uncertain", "cancelled", "blocked", "scheduled"):
                factory.brought(session, factory.cleared_post(session, made), state)
            again = factory.brought(session, factory.cleared_post(session, made), "uncertain")
            factory.take(session, again, Action.RETRY_SAME_KEY)
            factory.brought(session, again, "published")
            stopping.pause(session, made.people["alice"], "all")
            stopping.hold(session, made.people["kim"], made.narrative, "trial")
            seal(session)
        snapshots.keep(store, "audited")
        yield made


@pytest.fixture
def folder(house: factory.House, tmp_path: Path) -> Path:
    with house.store.read() as session:
        journal.export(session, tmp_path)
    return tmp_path


def _audited(house: factory.House, folder: Path) -> Audited:
    return audit.verify(house.store, journal.read_heads(folder))


def _after(house: factory.House, folder: Path, *statements: str) -> dict[str, str]:
    """What the audit says (code -> where) after raw SQL with every guard taken away; all of it is undone again."""
    with _opened_up(house) as session:
        return _found(session, folder, *statements)


@contextmanager
def _opened_up(house: factory.House) -> Iterator[Session]:
    """A session without any guard, undone at its end."""
    with Session(house.store.engine) as session:
        session.info["keys"] = factory.KEYS
        _open_up(session)
        yield session
        session.rollback()


def _found(session: Session, folder: Path, *statements: str) -> dict[str, str]:
    with session.begin_nested() as trial:
        for statement in statements:
            session.execute(text(statement))
        found = audit.verified(session, journal.read_heads(folder))
        trial.rollback()
    session.expunge_all()
    return {problem.code: problem.where for problem in reversed(found.problems)}


def _open_up(session: Session) -> None:
    dialect = session.get_bind().dialect.name
    for statement in set(session.execute(text(TRIGGERS[dialect])).scalars().all()):
        session.execute(text(statement))
    if dialect == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))


def test_an_untouched_record_verifies(house: factory.House, folder: Path) -> None:
    found = _audited(house, folder)
    assert found.problems == ()
    assert found.keyed
    assert found.sealed == found.rows > 50


def test_what_is_written_while_the_audit_reads_is_no_disagreement(
    house: factory.House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = agreeing.problems

    def beside_a_worker(session: Session, record: agreeing.Rows) -> Iterator[Problem]:
        with house.store.write() as other:
            factory.cleared_post(other, house)
        return compare(session, record)

    monkeypatch.setattr(agreeing, "problems", beside_a_worker)
    assert _audited(house, folder).problems == ()


def test_a_changed_row_is_named(house: factory.House, folder: Path) -> None:
    for column, value in (("actor", "person:2"), ("detail", "{}"), ("action", "verdict.send_back"), ("at", MOVED)):
        where = "id = (SELECT min(id) FROM record WHERE action = 'verdict.approve')"
        found = _after(house, folder, f"UPDATE record SET {column} = '{value}' WHERE {where}")
        assert found["record.changed"].startswith("record row "), column


def test_a_broken_chain_is_named_where_it_breaks_first(house: factory.House, folder: Path) -> None:
    assert "chain.gap" in _after(house, folder, "DELETE FROM record WHERE seq = 7")
    with house.store.read() as session:
        seventh = session.execute(text("SELECT id FROM record WHERE seq = 7")).scalar_one()
    found = _after(house, folder, "UPDATE record SET chain = 'f' WHERE seq IN (7, 9)")
    assert found["chain.broken"] == f"record row {seventh}"


def test_a_cut_tail_is_seen_by_the_exported_head_alone(house: factory.House, folder: Path, tmp_path: Path) -> None:
    cut = "DELETE FROM record WHERE seq > (SELECT max(seq) - 1 FROM record)"
    assert "head.cut" in _after(house, folder, cut)
    assert "head.cut" not in _after(house, tmp_path / "nothing", cut)


def test_a_chain_built_again_is_seen_by_the_exported_head(house: factory.House, folder: Path) -> None:
    with Session(house.store.engine) as session:
        session.info["keys"] = factory.KEYS
        _open_up(session)
        for statement in (
            "DELETE FROM record WHERE seq = 7",
            "DELETE FROM head",
            "UPDATE record SET seq = NULL, chain = NULL",
        ):
            session.execute(text(statement))
        seal(session)
        codes = {problem.code for problem in audit.verified(session, journal.read_heads(folder)).problems}
        session.rollback()
    assert codes & {"head.cut", "head.other"}
    assert "chain.gap" not in codes


def test_rows_and_record_must_agree(house: factory.House, folder: Path) -> None:
    with _opened_up(house) as session:
        for statement, code in DISAGREEMENTS.items():
            assert code in _found(session, folder, statement), statement


def test_an_exposure_left_out_is_named(house: factory.House, folder: Path) -> None:
    with house.store.write() as session:
        factory.clearing(
            session, "passage", house.passages["p2"].id or 0, house.id("alice"), house.people["sam"], "content",
            tags={"attributes": ["origin"]},
        )  # fmt: skip
        seal(session)
    assert {problem.code for problem in _audited(house, folder).problems} == {"exposure.missing"}


def test_the_export_is_the_same_bytes_each_time_and_verifies_offline(house: factory.House, folder: Path) -> None:
    with house.store.read() as session:
        written = audit.export(session)
        assert audit.export(session) == written
    path = folder / "record.jsonl"
    path.write_bytes(written)
    heads = journal.read_heads(folder)
    with_key = audit.verify_file(path, heads, factory.KEYS.record)
    assert (with_key.problems, with_key.keyed) == ((), True)
    without = audit.verify_file(path, heads)
    assert (without.problems, without.keyed) == ((), False)


def test_an_exported_file_that_was_edited_is_named(house: factory.House, folder: Path) -> None:
    with house.store.read() as session:
        lines = audit.export(session).decode().splitlines()
    row = json.loads(lines[5])
    lines[5] = json.dumps(row | {"actor": "person:9"})
    path = folder / "record.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    found = audit.verify_file(path, journal.read_heads(folder), factory.KEYS.record)
    assert [(p.code, p.where) for p in found.problems] == [("record.changed", f"record row {row['id']}")]
    assert audit.verify_file(path, journal.read_heads(folder), b"x" * 32).problems


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    for words in (b"{}\n", b"no json\n", b'{"format":"counterpoint/record/1"}\n{"id": 1}\n'):
        path.write_bytes(words)
        with pytest.raises(Refusal, match=r"audit\."):
            audit.verify_file(path, [])
