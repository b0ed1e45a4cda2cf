"""`watched`: what vanished and what others posted, in a shell."""

import json
from datetime import timedelta

import pytest

from content.store import now
from content.stranger import Stranger
from content.watch import Piece, saw, take_in
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


@pytest.fixture
def post(shell: Shell, house: House) -> int:
    """One that vanished; and something on its account that we did not send."""
    with shell.store.write() as session:
        made = factory.brought(session, factory.cleared_post(session, house, account="bluesky-en"), "published")
        take_in(session, now(session))
        for _ in range(2):
            factory.move_on(session, timedelta(minutes=10))
            saw(session, made.id or 0, [Piece(0, "vanished")], "worker:test", "bluesky", now(session))
        at = now(session)
        told = {"remote_id": "x", "url": "https://social.example.org/x", "posted_at": at, "seen_at": at}
        session.add(Stranger(account_id=made.account_id, raised_at=at, **told))
        return made.id or 0


def listed(shell: Shell, *more: str) -> dict[str, dict[str, object]]:
    lines = shell.run("watched", "list", "--json", *more).out.splitlines()
    return {one["is"]: one for one in map(json.loads, lines)}


def test_what_was_seen_is_listed_and_settled_in_a_shell(shell: Shell, post: int) -> None:
    found = listed(shell)
    assert (found["appeal"]["post"], found["appeal"]["kind"], found["appeal"]["stood"]) == (post, "vanished", None)
    assert found["stranger"]["account"] == "bluesky-en"
    appeal, stranger = str(found["appeal"]["id"]), str(found["stranger"]["id"])
    assert "[rights.role]" in shell.run("watched", "stranger", stranger, "ours", "--as", "alice").err
    assert shell.run("watched", "stranger", stranger, "not_ours", "--as", "bob").code == 0
    assert shell.run("watched", "appeal", appeal, "--note", "They put it back.", "--as", "bob").code == 0
    assert listed(shell) == {}
    over = listed(shell, "--ended")
    assert (over["appeal"]["note"], over["stranger"]["answer"]) == ("They put it back.", "not_ours")


def test_the_list_is_lines_in_a_pipe(shell: Shell, post: int) -> None:
    lines = shell.run("watched", "list").out.splitlines()
    assert [line.split("\t")[1] for line in lines] == [str(post), "bluesky-en"]


def test_what_there_is_not_is_refused_in_prose(shell: Shell, house: House) -> None:
    for words, code in (
        (("appeal", "404", "--note", "x"), "appeal.none"),
        (("stranger", "404", "ours"), "stranger.none"),
        (("stranger", "404", "mine"), "stranger.answer"),
    ):
        answer = shell.run("watched", *words, "--as", "dana")
        assert (answer.code, f"[{code}]" in answer.err) == (1, True), answer.err
