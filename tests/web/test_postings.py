"""By hand on the desk: the words are shown to one person, the address goes back, a second person looks."""

from collections.abc import Callable

import pytest

from content import stopping
from content.posting import Posting
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
URL = "https://social.example.org/posts/1"


@pytest.fixture
def task(house: factory.House) -> int:
    """A post that is to be posted by hand; its task."""
    with house.store.write() as session:
        account = house.accounts["site"]
        account.settings = {"hosts": "social.example.org", "compose": "https://social.example.org/new"}
        session.add(account)
        post = factory.brought(session, factory.cleared_post(session, house), "uncertain")
        return factory.by_hand(session, post).id or 0


def state(house: factory.House, number: int) -> str:
    with house.store.read() as session:
        return session.get_one(Posting, number).state


def test_the_words_are_shown_to_whoever_takes_it_and_to_nobody_else(sign_in: SignIn, task: int) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    assert factory.PASSAGE not in alice.get(f"/postings/{task}").text
    assert alice.post(f"/postings/{task}/take").status_code == 303
    page = alice.get(f"/postings/{task}").text
    assert f">{factory.PASSAGE}</textarea>" in page and 'href="https://social.example.org/new"' in page
    assert factory.PASSAGE not in bob.get(f"/postings/{task}").text


def test_a_post_is_posted_and_looked_at_by_a_second_person(sign_in: SignIn, house: factory.House, task: int) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    alice.post(f"/postings/{task}/take")
    answer = alice.post(f"/postings/{task}/posted", url=URL)
    assert (answer.status_code, answer.headers["location"]) == (303, "/postings")
    assert "Exactly these words</button>" not in alice.get(f"/postings/{task}").text
    page = bob.get(f"/postings/{task}").text
    assert factory.PASSAGE in page and URL in page and "Exactly these words</button>" in page
    assert bob.post(f"/postings/{task}/confirm", so="true").status_code == 303
    assert state(house, task) == "confirmed"
    assert "Out, and seen" in bob.get("/postings?which=done").text


def test_after_one_comes_the_next(sign_in: SignIn, house: factory.House, task: int) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house, of=house.narrative), "uncertain")
        after = factory.by_hand(session, post).id
    alice = sign_in("alice")
    alice.post(f"/postings/{task}/take")
    assert alice.post(f"/postings/{task}/posted", url=URL).headers["location"] == f"/postings/{after}"


def test_a_stop_hides_the_words_from_whoever_has_them(sign_in: SignIn, house: factory.House, task: int) -> None:
    alice = sign_in("alice")
    alice.post(f"/postings/{task}/take")
    with house.store.write() as session:
        stopping.pause(session, house.people["kim"], "all")
    page = alice.get(f"/postings/{task}").text
    assert factory.PASSAGE not in page and "Post nothing of this now." in page
    other = sign_in("tom").post(f"/postings/{task}/take", over="true")
    assert "must not be posted now" in other.text and state(house, task) == "open"


def test_an_address_of_another_place_is_refused_in_words(sign_in: SignIn, house: factory.House, task: int) -> None:
    alice = sign_in("alice")
    alice.post(f"/postings/{task}/take")
    assert (
        "do not stand at elsewhere.example"
        in alice.post(f"/postings/{task}/posted", url="https://elsewhere.example/1").text
    )
    assert state(house, task) == "open"


def test_a_recall_is_said_and_seen(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "recalling")
        task = factory.by_hand(session, post, "recall").id or 0
    tom, bob = sign_in("tom"), sign_in("bob")
    assert factory.PASSAGE not in tom.get(f"/postings/{task}").text
    assert tom.post(f"/postings/{task}/deleted").status_code == 303
    assert bob.post(f"/postings/{task}/confirm", so="false").status_code == 303
    assert state(house, task) == "open"
    tom.post(f"/postings/{task}/deleted")
    bob.post(f"/postings/{task}/confirm", so="true")
    assert state(house, task) == "confirmed"


def test_one_is_handed_to_a_colleague(sign_in: SignIn, house: factory.House, task: int) -> None:
    alice, tom = sign_in("alice"), sign_in("tom")
    assert 'value="tom"' in alice.get(f"/postings/{task}").text
    assert alice.post(f"/postings/{task}/hand", to="tom").status_code == 303
    assert f"/postings/{task}" in tom.get("/postings").text and f"/postings/{task}" not in alice.get("/postings").text


def test_a_post_in_peoples_hands_is_no_uncertain_one(sign_in: SignIn, house: factory.House, task: int) -> None:
    bob = sign_in("bob")
    with house.store.read() as session:
        post = session.get_one(Posting, task).post_id
    assert f"/posts/{post}" not in bob.get("/posts?state=uncertain").text
    page = bob.get(f"/posts/{post}").text
    assert "being posted by hand" in page and f'href="/postings/{task}"' in page and "I do not see it" not in page
    assert "being posted by hand" in bob.post(f"/posts/{post}/found", url=URL).text


def test_what_ended_unanswered_asks_whoever_had_the_words(sign_in: SignIn, house: factory.House, task: int) -> None:
    with house.store.write() as session:
        row = session.get_one(Posting, task)
        row.state, row.why, row.shown_at, row.assignee_id = (
            "missed",
            "post.late: Late.",
            now(session),
            house.id("alice"),
        )
        session.add(row)
    alice = sign_in("alice")
    assert "Was it posted?" in alice.get("/postings").text and "Say whether you posted it" in alice.get("/").text
    assert "Was it posted?" not in sign_in("tom").get("/postings").text
    assert alice.post(f"/postings/{task}/unposted").status_code == 303
    assert "Was it posted?" not in alice.get("/postings").text


def test_the_lists_are_three(sign_in: SignIn, task: int) -> None:
    alice = sign_in("alice")
    for which, there in (("mine", True), ("all", True), ("done", False)):
        assert (f'href="/postings/{task}"' in alice.get(f"/postings?which={which}").text) is there
    assert alice.get("/postings?which=others").status_code != 200
