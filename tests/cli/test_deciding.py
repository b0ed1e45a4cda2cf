"""`found`, `give-up` and `taken-down` in a shell."""

import pytest

from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House

URL = "https://social.example.org/house/17"


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


def _uncertain(shell: Shell, house: House) -> str:
    with shell.store.write() as session:
        return str(factory.brought(session, factory.cleared_post(session, house), "uncertain").id)


def test_somebody_says_in_a_shell_that_a_post_is_out(shell: Shell, house: House) -> None:
    post = _uncertain(shell, house)
    assert "[found.url]" in shell.run("found", post, "--url", "somewhere", "--as", "bob").err
    assert shell.run("found", post, "--url", URL, "--as", "bob").out == f"post {post} is published\n"


def test_words_that_are_out_twice_are_offered_for_recall(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        cleared = factory.clearance(session, house, factory.version(session, house))
        one = factory.brought(session, factory.post(session, house, cleared), "failed")
        factory.brought(session, factory.post(session, house, cleared), "published")
    assert f"`counterpoint recall {one.id}`" in shell.run("found", str(one.id), "--url", URL, "--as", "bob").out
    assert shell.run("recall", str(one.id), "--as", "bob").code == 0


def test_two_people_give_a_post_up_in_a_shell(shell: Shell, house: House) -> None:
    post = _uncertain(shell, house)
    words = ("give-up", post, "--evidence", "Nothing on the page.", "--as")
    assert "one more" in shell.run(*words, "bob").out
    assert "[decision.twice]" in shell.run(*words, "bob").err
    assert "has failed" in shell.run(*words, "dana").out


def test_what_no_program_could_recall_is_recalled_once_somebody_saw_that_it_is_down(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        post = str(factory.brought(session, factory.cleared_post(session, house), "recall_impossible").id)
    said = shell.run("taken-down", post, "--evidence", "The page is gone.", "--as", "bob")
    assert f"post {post} is recalled" in said.out
