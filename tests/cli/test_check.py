"""`counterpoint check --cases`: one line out for each good line in."""

import json

import pytest
import typer
from typer.testing import CliRunner

from cli import check

GOOD = {"id": "g1", "text": "Hello {{ name }}", "language": "en", "channel": "site"}


@pytest.fixture
def run(tmp_path):
    app = typer.Typer()
    check.register(app)
    app.command("other")(lambda: None)

    def with_file(content):
        file = tmp_path / "cases.jsonl"
        file.write_bytes(content)
        return CliRunner().invoke(app, ["check", "--cases", str(file)])

    return with_file


def line(**keys):
    return json.dumps(GOOD | keys, ensure_ascii=False).encode() + b"\n"


def answers(result):
    return [json.loads(one) for one in result.stdout.splitlines()]


def test_each_case_gets_one_line(run):
    result = run(line() + b"\n" + line(id=7, text="كلمات"))
    assert result.exit_code == 0
    first, second = answers(result)
    assert set(first) == {"id", "findings", "not_evaluated", "ms"}
    assert set(first["findings"][0]) == {"check", "severity", "span", "reason"}
    assert first["findings"][0]["span"] == [6, 16]
    assert {"check", "missing"} == set(first["not_evaluated"][0])
    assert second["id"] == 7
    assert second["ms"] > 0


def test_bad_lines_are_named_and_good_ones_still_answered(run):
    result = run(b"\xef\xbb\xbf" + line() + b"{\n" + b"\xff\xfe\n" + line(id="g2"))
    assert result.exit_code == 1
    assert [one["id"] for one in answers(result)] == ["g1", "g2"]
    assert "cases.jsonl:2:" in result.stderr
    assert "[case.json]" in result.stderr
    assert "cases.jsonl:3:" in result.stderr
    assert "[case.encoding]" in result.stderr


def test_a_key_that_nobody_reads_is_named_on_stderr(run):
    result = run(line(narative={}))
    assert result.exit_code == 0
    assert "narative" in result.stderr


def test_a_file_that_is_not_there_is_refused_with_a_code():
    app = typer.Typer()
    check.register(app)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["check", "--cases", "nowhere.jsonl"])
    assert result.exit_code == 1
    assert "[cases.unreadable]" in result.stderr


def test_an_empty_file_has_no_answers(run):
    result = run(b"")
    assert (result.exit_code, result.stdout) == (0, "")
