"""`counterpoint user away`, `user back`, `user notices` and `channel poster` in a shell."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from content.absence import Absence
from content.notice import Notice
from content.organisation import Account
from content.store import now
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


def day(shell: Shell, days: int) -> str:
    with shell.store.read() as session:
        return (now(session) + timedelta(days=days)).date().isoformat()


def test_somebody_is_away_and_back_again(shell: Shell, house: House) -> None:
    days = ("--from", day(shell, 0), "--until", day(shell, 2))
    assert "tom stands in" in shell.run("user", "away", "alice", *days, "--deputy", "tom", "--as", "alice").out
    assert "[absence.twice]" in shell.run("user", "away", "alice", *days, "--deputy", "bob", "--as", "alice").err
    assert "[absence.deputy]" in shell.run("user", "away", "bob", *days, "--deputy", "tom", "--as", "bob").err
    assert "1 ended" in shell.run("user", "back", "alice", "--as", "kim").out
    with shell.store.read() as session:
        assert session.exec(select(Absence)).one().ended_at is not None


def test_how_one_is_told_is_chosen_and_the_address_is_asked_for(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "alice@people.example.org")
    assert "[notice.address]" in shell.run("user", "notices", "daily", "--keep", "--as", "alice").err
    said = shell.run("user", "notices", "at_once", "--as", "alice")
    assert "notices: at once" in said.out
    with shell.store.read() as session:
        row = session.exec(select(Notice)).one()
    assert row.how == "at_once" and "people" not in row.sealed


def test_who_posts_is_named(shell: Shell, house: House) -> None:
    """A live instance's account: a rehearsal, which this is, lets nobody propose one."""
    with shell.store.write() as session:
        factory.account(session, house.organisation, "page", channel="manual")
    assert "page: tom posts there" in shell.run("channel", "poster", "page", "tom", "--as", "bob").out
    with shell.store.read() as session:
        assert session.exec(select(Account.poster_id).where(Account.ref == "page")).one() == house.id("tom")
    assert "[posting.nobody]" in shell.run("channel", "poster", "page", "lena", "--as", "bob").err
    assert "[posting.not_by_hand]" in shell.run("channel", "poster", "site", "tom", "--as", "bob").err
    assert "nobody in particular" in shell.run("channel", "poster", "page", "--as", "bob").out
    with shell.store.read() as session:
        assert session.exec(select(Account.poster_id).where(Account.ref == "page")).one() is None


def test_an_account_is_proposed_with_who_posts_there_or_not_at_all(shell: Shell, house: House) -> None:
    told = ("--channel", "paper", "--format", "x", "--identity", "paper:spring", "--language", "en", "--as", "bob")
    assert "[posting.not_by_hand]" in shell.run("channel", "add", "spring", *told, "--poster", "tom").err
    assert "spring" not in shell.run("channel", "list").out
    assert "spring: proposed" in shell.run("channel", "add", "spring", *told).out


def test_a_deputy_of_safeguarding_is_named_confirmed_listed_and_ended(shell: Shell, house: House) -> None:
    until = ("--until", day(shell, 9))
    assert "[rights.self]" in shell.run("user", "deputy", "dana", *until, "--as", "dana").err
    assert "[rights.role]" in shell.run("user", "deputy", "lena", *until, "--as", "bob").err
    said = shell.run("user", "deputy", "lena", *until, "--as", "dana").out
    assert "a second person must confirm it (`user confirm-deputy 1`)" in " ".join(said.split())
    assert "[rights.self]" in shell.run("user", "confirm-deputy", "1", "--as", "lena").err
    assert "deputy 1 counts from" in shell.run("user", "confirm-deputy", "1", "--as", "kim").out
    listed = json.loads(shell.run("user", "deputies", "--json").out)
    assert (listed["person"], listed["by"], listed["second"], listed["state"]) == ("lena", "dana", "kim", "soon")
    assert "is ended" in shell.run("user", "end-deputy", "1", "--as", "lena").out
    assert shell.run("user", "deputies", "--json").out == ""
