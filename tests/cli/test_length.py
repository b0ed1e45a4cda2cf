import json

import pytest
import typer
from typer.testing import CliRunner

from cli.length import register


@pytest.fixture
def run(tmp_path):
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)

    def run(content):
        path = tmp_path / "cases.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(app, ["length", "--cases", str(path)])

    return run


def case(**changes):
    return json.dumps({"id": "alice-1", "channel": "x", "text": "hello"} | changes) + "\n"


def test_each_case_is_answered_on_a_line_of_its_own(run):
    done = run(case() + "\n" + case(id=2, channel="bluesky"))
    assert done.exit_code == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"id": "alice-1", "length": 5, "limit": 280, "unit": "weighted characters", "fits": True},
        {"id": 2, "length": 5, "limit": 300, "unit": "graphemes", "fits": True},
    ]


def test_an_sms_says_its_segments_and_encoding(run):
    answer = json.loads(run(case(channel="sms", text="مرحبا")).stdout)
    assert (answer["segments"], answer["encoding"]) == (1, "UCS-2")


def test_markup_and_content_notes_are_understood(run):
    done = run(case(channel="telegram", text="<b>hi</b>", parse_mode="HTML") + case(channel="mastodon", spoiler="note"))
    assert [json.loads(line)["length"] for line in done.stdout.splitlines()] == [2, 9]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "cases.json"),
        ("[]", "cases.shape"),
        ('{"id": 1, "channel": "x"}', "cases.shape"),
        ('{"id": 1, "channel": "x", "text": 7}', "cases.shape"),
        ('{"id": 1, "channel": "x", "text": "a", "spoiler": 7}', "cases.shape"),
        ('{"id": 1, "channel": "gopher", "text": "a"}', "format.unknown"),
        ('{"id": 1, "channel": "telegram", "text": "a", "parse_mode": "BBCode"}', "format.parse_mode"),
        ('{"id": 1, "channel": "x", "text": "\\ud800"}', "format.text"),
        (b'{"id": "\xff"}', "cases.encoding"),
        ("[" * 100_000, "cases.json"),
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number(run, line, code):
    done = run(case().encode() + (line if isinstance(line, bytes) else line.encode()))
    assert done.exit_code == 1
    assert "cases.jsonl:2: " in done.stderr
    assert f"[{code}]" in done.stderr


def test_a_file_that_is_not_there_is_refused(run, tmp_path):
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    done = CliRunner().invoke(app, ["length", "--cases", str(tmp_path / "none.jsonl")])
    assert done.exit_code == 1
    assert "[cases.unreadable]" in done.stderr
