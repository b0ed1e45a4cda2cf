import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli import template as command

GOOD = """{# ---
name: plain
theme: brutality
languages: [en]
channels: [site]
blocks: [passage]
variables: [passage.text]
--- #}
{{ passage.text }}
"""


def run(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    result = CliRunner().invoke(app, ["template", "check", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "brutality"
    made.mkdir()
    (made / "plain.j2").write_text(GOOD, encoding="utf-8")
    return made


def test_the_shipped_templates_pass() -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.count("  ok  ") == len(out.splitlines()) >= 8


def test_a_good_file_is_named_with_its_hash(folder: Path) -> None:
    code, out, _ = run(str(folder / "plain.j2"))
    assert code == 0
    assert out.startswith("brutality/plain@")


def test_a_bad_file_is_refused_with_its_line_and_what_to_do(folder: Path) -> None:
    (folder / "plain.j2").write_text(GOOD + "{{ 9**9 }}\n", encoding="utf-8")
    code, out, err = run(str(folder))
    assert (code, out) == (1, "")
    assert "plain.j2:10:" in err
    assert "[template.grammar]" in err


def test_a_channel_that_does_not_exist_is_refused(folder: Path) -> None:
    (folder / "plain.j2").write_text(GOOD.replace("[site]", "[site, carrier_pigeon]"), encoding="utf-8")
    code, _, err = run(str(folder))
    assert code == 1
    assert "carrier_pigeon" in err


def test_a_file_in_the_wrong_place_is_refused(folder: Path) -> None:
    (folder / "other.j2").write_text(GOOD, encoding="utf-8")
    code, out, err = run(str(folder))
    assert code == 1
    assert "other.j2" in err
    assert "brutality/plain@" in out


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    assert run(str(tmp_path / "absent.j2"))[0] == 1
    assert run(str(tmp_path))[0] == 1


def test_records_are_printed_as_json(folder: Path) -> None:
    code, out, _ = run("--json", str(folder))
    record = json.loads(out)
    assert code == 0
    assert record["ref"].startswith("brutality/plain@")
    assert record["refusals"] == []
