"""`doctor` says what is ready and what to do next, and is green only when nothing is missing."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from cli import doctor as module
from content import people, readiness
from content.block import Block, HelplineCheck
from content.consent import ConsentEvent
from content.narrative import Narrative, Passage
from content.organisation import Account, Heartbeat
from content.record import Step, seal, write
from content.sample import FOLDER
from content.settings import settings
from content.store import now, wall
from content.template_version import TemplateVersion
from tests import factory
from tests.cli.conftest import Shell

FILES = ("organisation.yaml", "blocks.yaml", "campaigns", "narratives", "consent.yaml")


def looked(shell: Shell) -> dict[str, dict[str, Any]]:
    answer = shell.run("doctor", "--json")
    return {row["name"]: row for row in map(json.loads, answer.out.splitlines())}


def test_before_anything_was_founded_it_says_where_to_begin(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = {one.name: one for one in module.looks(settings())}
    assert found["keys"].ready is found["schema"].ready is False
    assert "counterpoint init" in found["schema"].todo
    assert not (tmp_path / "home" / "counterpoint.db").exists()


def test_a_founded_instance_is_told_each_next_step(shell: Shell) -> None:
    answer = shell.run("doctor")
    assert answer.code == 1
    assert "NOT YET  material: " in answer.out and "counterpoint import" in answer.out
    assert "ready    people: " in answer.out
    found = looked(shell)
    assert {name for name, one in found.items() if one["ready"]} >= {"settings", "keys", "schema", "instance", "people"}
    assert all(one["todo"] for one in found.values() if not one["ready"])


def test_what_was_imported_waits_for_people(shell: Shell) -> None:
    shell.run("import", *(FOLDER / name for name in FILES), "--as", "kim")
    found = looked(shell)
    assert found["material"]["ready"] is True
    for name in ("passages cleared", "blocks cleared", "helplines", "consent", "account ownership"):
        assert found[name]["ready"] is False, name
    assert "N-01" in found["consent"]["message"]


def test_it_is_green_once_everything_was_done(sampled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    _decide(sampled)
    monkeypatch.setattr(module, "alive", lambda _: True)
    answer = sampled.run("doctor")
    assert answer.code == 0, answer.out
    assert "NOT YET" not in answer.out


def test_a_refused_passage_waits_for_nobody(sampled: Shell) -> None:
    _decide(sampled, refuse="X-01")
    assert looked(sampled)["passages cleared"]["ready"] is True


def test_silent_programs_and_an_old_seal_are_seen(sampled: Shell) -> None:
    _decide(sampled)
    with sampled.store.write() as session:
        session.execute(update(Heartbeat).values(at=wall(session) - timedelta(minutes=5)))
        session.execute(update(Account).values(identity_verified_at=now(session) - timedelta(days=2)))
    found = looked(sampled)
    assert (found["worker"]["ready"], found["account identity"]["ready"]) == (False, False)
    assert found["record"]["ready"] is True


def test_a_slip_in_a_variables_name_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_JURNAL", "/elsewhere")
    assert "COUNTERPOINT_JURNAL" in looked(shell)["settings"]["message"]


def test_keys_that_others_may_read_are_named(shell: Shell) -> None:
    shell.told.keys.chmod(0o755)
    assert "chmod 700" in looked(shell)["keys"]["todo"]


def test_a_journal_of_another_instance_is_named(shell: Shell) -> None:
    for path in shell.told.journal.iterdir():
        path.unlink()
    assert looked(shell)["journal"]["ready"] is False


def test_a_live_instance_wants_a_backup_and_that_it_was_tried(db: str, tmp_path: Path) -> None:
    with factory.opened(db) as store:
        factory.house(store, "live")

        def ready() -> tuple[bool, bool]:
            with store.read() as session:
                found = {one.name: one.ready for one in readiness.inside(session, settings())}
            return found["backup"], found["restore"]

        assert ready() == (False, False)
        for action, after in (("backup.make", (True, False)), ("backup.try", (True, True))):
            with store.write() as session:
                write(session, Step("person:1", action, "backup", "ab12"))
            assert ready() == after
        with store.read() as session:
            later = now(session) + timedelta(days=8)
            assert not readiness._made(readiness._last(session, "backup.make"), later).ready


def test_two_people_confirm_an_account_one_after_the_other(shell: Shell) -> None:
    shell.run("import", FOLDER / "organisation.yaml", "--as", "kim")
    assert shell.run("channel", "verify", "site", "--own", "--as", "bob").code == 0
    again = shell.run("channel", "verify", "site", "--own", "--as", "bob")
    assert (again.code, "[account.second]" in again.err) == (1, True)
    assert shell.run("channel", "verify", "site", "--own", "--as", "alice").code == 1
    assert shell.run("channel", "verify", "site", "--own", "--as", "dana").code == 0
    assert shell.run("channel", "verify", "site", "--as", "bob").code == 0
    rows = {row["ref"]: row for row in map(json.loads, shell.run("channel", "list", "--json").out.splitlines())}
    assert (rows["site"]["ownership"], rows["site"]["identity"]) == ("verified", "asked")
    assert rows["facebook-en"]["ownership"] == "none"


def _decide(shell: Shell, refuse: str = "") -> None:
    """Everything that people and programs have to do, as rows."""
    with shell.store.write() as session:
        named = {ref: people.by_ref(session, ref) for ref in ("bob", "dana", "carol")}
        material = [("passage", row) for row in session.exec(select(Passage))]
        material += [("block", row) for row in session.exec(select(Block))]
        material += [("template", row) for row in session.exec(select(TemplateVersion))]
        for kind, row in material:
            answer = "refuse" if refuse and kind == "passage" and row.id == 1 else "clear"
            for who, role in (("bob", "content"), ("dana", "safeguarding")):
                factory.clearing(session, kind, row.id or 0, row.entered_by, named[who], role, answer=answer)
        for row in session.exec(select(Block).where(Block.kind == "helpline")):
            shell_check = HelplineCheck(block_id=row.id or 0, by=named["carol"].id or 0, at=now(session))
            session.add(shell_check)
        for narrative in set(session.exec(select(ConsentEvent.narrative_id).where(col(ConsentEvent.proposed)))):
            row_of = session.get_one(Narrative, narrative)
            factory.consent_event(session, row_of, named["dana"], "assess", decision="ok")
        at = now(session)
        for account in session.exec(select(Account)):
            account.ownership_first, account.ownership_second = named["bob"].id, named["dana"].id
            account.ownership_verified_at = account.identity_verified_at = at
            account.identity_seen = account.remote_identity
        session.add_all([Heartbeat(name=name, at=wall(session)) for name in ("worker", "beat")])
        session.flush()
        while seal(session):
            pass
