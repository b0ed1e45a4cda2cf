"""`counterpoint deny`: references in, hashes stored, nothing echoed."""

import io

import pytest

from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_references_go_in_by_standard_input_or_a_file_and_come_off_again(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, "#ZorbaVoice\nt.me/zorba_voice\n")
    answer = shell.run("deny", "add", "--as", "kim")
    assert (answer.code, answer.out) == (0, "2 denied, 0 were already\n")
    file = shell.folder / "list.csv"
    file.write_text("reference\n#zorba_voice\n@zorba2\n", "utf-8")
    assert shell.run("deny", "add", file, "--as", "kim").out == "1 denied, 1 were already\n"
    given(monkeypatch, "#ZorbaVoice\n#other\n")
    assert shell.run("deny", "lift", "--as", "dana").out == "1 lifted, 1 were not on the list\n"


def test_a_line_that_cannot_be_denied_stops_all_of_them_and_is_not_repeated(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, "#ZorbaVoice\nzorba voice\n")
    answer = shell.run("deny", "add", "--as", "kim")
    assert (answer.code, "[deny.unread]" in answer.err, "line 2" in answer.err) == (1, True, True)
    assert "zorba" not in (answer.out + answer.err).lower()
    assert shell.rows()["denied"] == 0
