"""One message on the desk: its versions, its posts, what happened to it, and taking posts out of the plan."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import select

from content import protected_term
from content.evaluation import current
from content.lifecycle import Post
from content.message import Message
from content.store import now
from content.verdict import verdict
from tests import factory, shortcuts
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


@pytest.fixture
def planned(house: factory.House) -> str:
    """The name of a message that is cleared and has one post on the site."""
    with house.store.write() as session:
        factory.cleared_post(session, house, ref="M-1")
    return "M-1"


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def _state(house: factory.House, ref: str = "M-1") -> list[str]:
    with house.store.read() as session:
        message = session.exec(select(Message.id).where(Message.ref == ref)).one()
        statement = select(Post.state).where(Post.message_id == message)
        return [str(one) for one in session.exec(statement)]


def test_a_message_shows_its_words_its_posts_and_what_happened(
    sign_in: SignIn, house: factory.House, planned: str
) -> None:
    page = sign_in("alice").get(f"/messages/{planned}").text
    words = _words(page)
    assert factory.PASSAGE in words and "Scheduled" in words
    for step in ("Queued by Alice Author", "Bob Content approved, as content", "Cleared"):
        assert step in words


def test_an_older_version_stands_below_and_says_that_a_newer_one_follows(
    sign_in: SignIn, house: factory.House, planned: str
) -> None:
    with house.store.write() as session:
        factory.version(session, house, ref=planned, text="Other words.")
    words = _words(sign_in("alice").get(f"/messages/{planned}").text)
    assert words.index("version 2") < words.index("A newer one follows")
    assert "Other words." in words and factory.PASSAGE in words


def test_words_that_wait_for_reviewers_say_who_is_still_to_answer(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.evaluation(session, factory.version(session, house, ref="M-1"), tier=2)
    words = _words(sign_in("alice").get("/messages/M-1").text)
    assert "Still to answer: content reviewer, safeguarding" in words


def test_the_author_reads_why_it_was_sent_back(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, ref="M-2")
        shortcuts.evaluate(session, version, now(session))
        seen = current(session, version.digest)
        assert seen is not None
    with house.store.write() as session:
        verdict(session, house.people["bob"], version.digest, "send_back", reason="Say when.", seen=seen.id or 0)
    words = _words(sign_in("alice").get("/messages/M-2").text)
    assert words.count("Say when.") == 2 and "Bob Content sent it back, as content" in words


def test_whoever_has_still_to_answer_is_not_told_here_either_what_a_colleague_did(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, ref="M-5")
        shortcuts.evaluate(session, version, now(session))
        seen = current(session, version.digest)
        assert seen is not None
        verdict(session, house.people["bob"], version.digest, "send_back", reason="Say when.", seen=seen.id or 0)
    told = {who: _words(sign_in(who).get("/messages/M-5").text) for who in ("alice", "bob", "carol")}
    assert all("Bob Content sent it back" in told[who] for who in ("alice", "bob"))
    assert "Bob Content has answered" in told["carol"] and "sent it back, as" not in told["carol"]
    assert ["Say when." in told[who] for who in ("alice", "bob", "carol")] == [True, True, False]


def test_an_author_learns_of_a_protected_term_only_that_safeguarding_must_look(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        own = house.organisation.id or 0
        protected_term.protect(session, house.people["kim"], own, house.finding.id or 0, "groups")
        shortcuts.evaluate(session, factory.version(session, house, ref="M-3"), now(session))
    page = sign_in("alice").get("/messages/M-3").text
    assert "Safeguarding needs to see this." in page and "something here is protected" not in page


def test_what_is_planned_is_cancelled_by_whoever_plans(sign_in: SignIn, house: factory.House, planned: str) -> None:
    bob = sign_in("bob")
    found = re.search(r'name="post" value="(\d+)"', bob.get(f"/messages/{planned}").text)
    assert found
    assert bob.post(f"/messages/{planned}/cancel", post=found[1]).headers["location"] == f"/messages/{planned}"
    assert _state(house) == ["cancelled"]
    assert 'name="post"' not in bob.get(f"/messages/{planned}").text


def test_a_post_of_another_message_is_not_cancelled(sign_in: SignIn, house: factory.House, planned: str) -> None:
    with house.store.write() as session:
        factory.version(session, house, ref="M-9")
    bob = sign_in("bob")
    found = re.search(r'name="post" value="(\d+)"', bob.get(f"/messages/{planned}").text)
    assert found
    assert bob.post("/messages/M-9/cancel", post=found[1]).status_code == 404
    assert _state(house) == ["scheduled"]


def test_who_plans_nothing_cancels_nothing(sign_in: SignIn, house: factory.House, planned: str) -> None:
    lena = sign_in("lena")
    assert 'name="post"' not in lena.get(f"/messages/{planned}").text
    assert lena.post(f"/messages/{planned}/cancel", post="1").status_code == 403
    assert _state(house) == ["scheduled"]


def test_the_next_version_begins_with_what_was_ordered_before(
    sign_in: SignIn, house: factory.House, planned: str
) -> None:
    alice = sign_in("alice")
    assert f"/compose?message={planned}&amp;language=en" in alice.get(f"/messages/{planned}").text
    page = alice.get(f"/compose?message={planned}&language=en").text
    assert 'value="infighting/plain" checked' in page and 'value="site" checked' in page
    assert f'name="message" value="{planned}"' in page


def test_a_message_that_is_not_there_is_said_so(sign_in: SignIn) -> None:
    answer = sign_in("alice").get("/messages/M-none")
    assert answer.status_code == 404 and "There is no message M-none" in answer.text
