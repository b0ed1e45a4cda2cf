"""`import` through the real command line: material whole or not at all, messages row by row, nothing decided."""

import json
import re
from pathlib import Path

import pytest
from sqlmodel import col, select

from content.campaign import SensitiveDay
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.message import Message, Wording
from content.narrative import Narrative, Passage
from content.organisation import Organisation
from content.record import Record
from content.sample import FOLDER
from content.stop import Hold
from content.template_version import TemplateVersion
from tests.cli.conftest import Shell

SHEET = "ref,campaign,narrative,language,template,passages,stance,helpline,accounts,zone,start\n"
GOOD = "M-1,C-EN,N-12,en,quality_of_life/plain,en-1,en-s,helpline-gb-en,site,Europe/London,+2d 18:30\n"


def test_the_sample_comes_in_two_steps_and_nothing_of_it_is_cleared(shell: Shell) -> None:
    first = shell.run("import", "--sample", "--as", "kim")
    assert first.code == 0, first.err
    assert "import it once more `--as` somebody who is author" in first.err
    second = shell.run("import", "--sample", "--as", "alice", "--json")
    assert second.code == 0, second.err
    counts = {row["kind"]: row for row in map(json.loads, second.out.splitlines())}
    assert counts.pop("message")["new"] == 9
    assert all(row["new"] == row["changed"] == row["stopped"] == 0 for row in counts.values())
    with shell.store.read() as session:
        assert len(session.exec(select(Narrative)).all()) == 16
        assert session.exec(select(Clearing)).all() == []
        assert all(event.proposed for event in session.exec(select(ConsentEvent)))
        assert len(session.exec(select(Hold)).all()) == 1
        assert len(session.exec(select(TemplateVersion)).all()) == 12
        territories = {day.territory for day in session.exec(select(SensitiveDay))}
        assert territories == {"*", "AT", "FR", "GB"}


def test_a_second_import_of_the_same_files_changes_nothing(sampled: Shell) -> None:
    before, epoch = sampled.rows(), _epoch(sampled)
    assert sampled.run("import", "--sample", "--as", "kim").code == 0
    assert (sampled.rows(), _epoch(sampled)) == (before, epoch)


def test_a_check_says_what_would_be_proposed_and_changes_nothing(shell: Shell) -> None:
    before = shell.rows()
    answer = shell.run("import", "--sample", "--check", "--as", "kim", "--json")
    assert '"kind": "narrative", "new": 16' in answer.out
    assert "Nothing was changed" in answer.err
    assert shell.rows() == before


def test_a_changed_passage_is_the_next_version_and_raises_the_epoch(sampled: Shell) -> None:
    epoch = _epoch(sampled)
    text = (FOLDER / "narratives" / "N-12.yaml").read_text("utf-8")
    changed = re.sub(r"(- ref: en-s\n.*\n.*\n    text: )(.*)", r"\1They said so, in public.", text, count=1)
    assert changed != text
    assert sampled.run("import", sampled.file("N-12.yaml", changed), "--as", "kim").code == 0
    with sampled.store.read() as session:
        statement = select(Passage.number).join(Narrative, col(Narrative.id) == col(Passage.narrative_id))
        numbers = session.exec(statement.where(Narrative.ref == "N-12", Passage.ref == "en-s")).all()
        assert sorted(numbers) == [1, 2]
        others = session.exec(statement.where(Narrative.ref == "N-12", Passage.ref == "en-1")).all()
        assert others == [1]
    assert _epoch(sampled) == epoch + 1


def test_good_rows_go_in_and_bad_rows_come_back_with_the_reason(sampled: Shell) -> None:
    bad = GOOD.replace("M-1", "M-2").replace("en-1", "en-404")
    sheet = sampled.file("plan.csv", SHEET + GOOD + bad)
    answer = sampled.run("import", sheet, "--as", "alice")
    assert answer.code == 1
    assert "plan.csv:3: " in answer.err and "[message.passage]" in answer.err
    returned = sheet.with_name("plan.csv.rejected.csv").read_text("utf-8")
    assert "en-404" in returned and "M-1" not in returned and "message.passage" in returned
    with sampled.store.read() as session:
        assert session.exec(select(Message.ref)).all() == ["M-1"]
    mended = sampled.file("mended.csv", returned.replace("en-404", "en-1"))
    assert sampled.run("import", mended, "--as", "alice").code == 0


def test_a_message_from_yaml_comes_back_as_yaml(sampled: Shell) -> None:
    text = (FOLDER / "messages.yaml").read_text("utf-8").replace("narrative: N-12", "narrative: N-404")
    answer = sampled.run("import", sampled.file("messages.yaml", text), "--as", "alice")
    assert (answer.code, "[message.narrative]" in answer.err) == (1, True)
    returned = (sampled.folder / "messages.yaml.rejected.yaml").read_text("utf-8")
    assert "ref: M-EN\n" in returned and "start: +1d 18:00" in returned
    mended = sampled.file("again.yaml", returned.replace("N-404", "N-12"))
    assert sampled.run("import", mended, "--as", "alice").code == 0
    with sampled.store.read() as session:
        assert len(session.exec(select(Wording)).all()) == 5


def test_who_writes_nothing_cannot_queue_from_a_file(sampled: Shell) -> None:
    answer = sampled.run("import", sampled.file("plan.csv", SHEET + GOOD), "--as", "bob")
    assert (answer.code, "[rights.role]" in answer.err) == (1, True)
    assert sampled.rows()["message"] == 0


def test_a_wrong_token_imports_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shell.rows()
    monkeypatch.setenv("COUNTERPOINT_TOKEN", "guessed")
    answer = shell.run("import", "--sample", "--as", "kim")
    assert (answer.code, "[rights.unknown]" in answer.err) == (1, True)
    assert shell.rows() == before


def test_a_decision_in_a_file_is_noticed_and_is_nobodys(shell: Shell) -> None:
    text = (
        (FOLDER / "blocks.yaml")
        .read_text("utf-8")
        .replace("  kind: disclosure", "  cleared_by: bob\n  kind: disclosure", 1)
    )
    organisation = FOLDER / "organisation.yaml"
    answer = shell.run("import", organisation, shell.file("blocks.yaml", text), "--as", "kim")
    assert answer.code == 0, answer.err
    assert "notice: blocks.yaml:" in answer.err and "[intake.proposal_only]" in answer.err
    assert shell.rows()["clearing"] == 0


def test_no_file_is_wrong_usage(shell: Shell) -> None:
    assert shell.run("import", "--as", "kim").code == 2


def test_every_step_is_on_the_record_without_a_word_of_the_files(sampled: Shell) -> None:
    with sampled.store.read() as session:
        details = [row.detail for row in session.exec(select(Record).where(Record.action == "material.propose"))]
    assert len(details) > 100
    words = set("".join(details).split('"'))
    assert not any("member" in word or "Open Testimony" in word for word in words)


def _epoch(shell: Shell) -> int:
    with shell.store.read() as session:
        return session.exec(select(Organisation.material_epoch)).one()


def test_a_folder_of_templates_is_taken_with_the_rest(sampled: Shell, tmp_path: Path) -> None:
    source = sampled.told.templates / "brutality" / "plain.j2"
    changed = source.read_text("utf-8").replace("{{ stance }}", "{{ stance }} ", 1) + "\n"
    sampled.file("mine/brutality/plain.j2", changed)
    assert sampled.run("import", sampled.folder / "mine", "--as", "kim").code == 0
    with sampled.store.read() as session:
        numbers = session.exec(select(TemplateVersion.number).where(TemplateVersion.name == "brutality/plain")).all()
        assert sorted(numbers) == [1, 2]
