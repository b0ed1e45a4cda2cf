"""`counterpoint channel` in a shell: an account is proposed, let in, changed over, played."""

import io
import json

import pytest

from content.organisation import the_organisation
from tests import factory
from tests.cli.conftest import Shell

SECRET = "whsec_" + "Q2FuYXJ5" * 6


@pytest.fixture
def desk(shell: Shell) -> Shell:
    factory.furnish(shell.store)
    return shell


def hook(desk: Shell) -> None:
    """As a live instance has one; a rehearsal, which this is, takes none from a person."""
    with desk.store.write() as session:
        factory.account(session, the_organisation(session), "hook", channel="webhook")


def given(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """What stands on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words.encode())))


def listed(desk: Shell, ref: str) -> dict[str, object]:
    records = map(json.loads, desk.run("channel", "list", "--json").out.splitlines())
    return next(one for one in records if one["ref"] == ref)


def test_an_account_is_proposed_and_is_nobody_s_until_two_confirm_it(desk: Shell) -> None:
    told = ("spring", "--channel", "paper", "--format", "x", "--identity", "paper:spring", "--language", "en")
    assert "spring: proposed." in desk.run("channel", "add", *told, "--set", "pace=slow", "--as", "bob").out
    assert (listed(desk, "spring")["ownership"], listed(desk, "spring")["identity"]) == ("none", "none")
    assert "[account.exists]" in desk.run("channel", "add", *told, "--as", "bob").err


def test_a_rehearsal_has_no_account_outside(desk: Shell) -> None:
    told = ("spring", "--channel", "webhook", "--format", "site", "--identity", "https://in.example.org", "--language")
    assert "[account.rehearsal]" in desk.run("channel", "add", *told, "en", "--as", "bob").err


def test_credentials_come_on_standard_input_and_are_printed_nowhere(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(desk)
    given(monkeypatch, json.dumps({"secret": SECRET}))
    answer = desk.run("channel", "rotate", "hook", "--as", "bob")
    assert answer.code == 0
    assert "Q2FuYXJ5" not in answer.out + answer.err
    assert listed(desk, "hook")["identity"] == "asked"
    assert "[credential.single]" in desk.run("channel", "ended", "hook", "--as", "bob").err
    assert "all credentials" in desk.run("channel", "ended", "hook", "--all", "--as", "bob").out


@pytest.mark.parametrize("wrong", ["", "[]", '{"secret": 1}', '{"token": "x"}'])
def test_what_is_no_credential_of_the_channel_is_refused(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    hook(desk)
    given(monkeypatch, wrong)
    answer = desk.run("channel", "rotate", "hook", "--as", "bob")
    assert answer.code == 1
    assert "[credential." in answer.err


def test_a_rehearsal_plays_a_channel(desk: Shell) -> None:
    assert "play-matrix: proposed" in desk.run("channel", "simulate", "matrix", "--seed", "7", "--as", "bob").out
    assert listed(desk, "play-matrix")["channel"] == "paper.matrix"
    assert "[channel.sandbox]" in desk.run("channel", "simulate", "site", "--as", "bob").err
