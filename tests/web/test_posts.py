"""Posts that need somebody: what stands in each list, and what people say of one or do about it."""

import re
from collections.abc import Callable

import pytest

from content.lifecycle import Post
from content.stop import Recall
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
HERE = "https://example.org/post/1"


def _post(house: factory.House, state: str) -> int:
    with house.store.write() as session:
        made = factory.cleared_post(session, house)
        return factory.brought(session, made, state).id or 0


def _state(house: factory.House, post: int) -> str:
    with house.store.read() as session:
        return str(session.get_one(Post, post).state)


@pytest.mark.parametrize("state", ["uncertain", "blocked", "recalling", "recall_impossible", "failed", "expired"])
def test_a_post_stands_in_the_list_of_its_state_and_in_no_other(
    sign_in: SignIn, house: factory.House, state: str
) -> None:
    post, other = _post(house, state), "blocked" if state != "blocked" else "uncertain"
    alice = sign_in("alice")
    assert f'href="/posts/{post}"' in alice.get(f"/posts?state={state}").text
    assert f'href="/posts/{post}"' not in alice.get(f"/posts?state={other}").text


def test_a_list_that_there_is_not_is_not_there(sign_in: SignIn) -> None:
    answer = sign_in("alice").get("/posts?state=secret")
    assert (answer.status_code, "list.none" in answer.text) == (404, True)


def test_a_post_shows_its_words_where_it_stands_and_what_happened(sign_in: SignIn, house: factory.House) -> None:
    post = _post(house, "published")
    page = sign_in("alice").get(f"/posts/{post}").text
    assert factory.PASSAGE.split(".")[0] in page and "it is out" in page and "sending began" in page
    assert "Recall this post" not in page, "an author takes nothing down"


def test_an_unknown_post_is_not_there(sign_in: SignIn) -> None:
    assert sign_in("alice").get("/posts/999999").status_code == 404


def test_who_sees_an_uncertain_post_says_where_and_it_counts_as_published(
    sign_in: SignIn, house: factory.House
) -> None:
    post, bob = _post(house, "uncertain"), sign_in("bob")
    assert "Look there, then say what you see" in bob.get(f"/posts/{post}").text
    assert "found.url" in bob.post(f"/posts/{post}/found", url="http://example.org").text
    assert bob.post(f"/posts/{post}/found", url=HERE).status_code == 303
    assert _state(house, post) == "published" and HERE in bob.get(f"/posts/{post}").text


def test_two_people_who_do_not_find_it_let_it_fail(sign_in: SignIn, house: factory.House) -> None:
    post, bob = _post(house, "uncertain"), sign_in("bob")
    assert bob.post(f"/posts/{post}/not-there", evidence="looked at the account").status_code == 303
    assert _state(house, post) == "uncertain"
    again = bob.get(f"/posts/{post}").text
    assert "A second person must look too" in again and "I do not see it" not in again
    dana = sign_in("dana")
    assert "1 person has not found it" in dana.get("/posts").text
    assert dana.post(f"/posts/{post}/not-there", evidence="looked as well").status_code == 303
    assert _state(house, post) == "failed"


def test_what_people_saw_is_kept_sealed_and_shown_to_nobody(sign_in: SignIn, house: factory.House) -> None:
    post, bob = _post(house, "uncertain"), sign_in("bob")
    bob.post(f"/posts/{post}/not-there", evidence="the lamp is green")
    for where in (f"/posts/{post}", "/posts", "/record"):
        assert "the lamp is green" not in sign_in("dana").get(where).text


def test_who_saw_that_it_is_down_says_so(sign_in: SignIn, house: factory.House) -> None:
    post = _post(house, "recall_impossible")
    assert sign_in("kim").post(f"/posts/{post}/down", evidence="the page is gone").status_code == 303
    assert _state(house, post) == "recalled"


def test_a_blocked_post_is_let_go_on_by_content_or_the_keeper_only(sign_in: SignIn, house: factory.House) -> None:
    post = _post(house, "blocked")
    alice = sign_in("alice")
    assert "Put it back into the plan" not in alice.get(f"/posts/{post}").text
    assert alice.post(f"/posts/{post}/unblock").status_code == 403
    assert sign_in("bob").post(f"/posts/{post}/unblock").status_code == 303
    assert _state(house, post) == "scheduled"


def test_staff_take_a_blocked_post_out_of_the_plan(sign_in: SignIn, house: factory.House) -> None:
    post = _post(house, "blocked")
    assert sign_in("alice").post(f"/posts/{post}/cancel").status_code == 303
    assert _state(house, post) == "cancelled"


@pytest.mark.parametrize("who", ["bob", "lena", "farid", "dana", "kim"])
def test_any_one_reviewer_takes_a_live_post_down(sign_in: SignIn, house: factory.House, who: str) -> None:
    post, browser = _post(house, "published"), sign_in(who)
    weighed = browser.get(f"/posts/{post}/recall").text
    assert "Recall 1 copy now" in weighed and _state(house, post) == "published"
    assert browser.post(f"/posts/{post}/recall", reason="the blue door").status_code == 303
    assert _state(house, post) == "recalling"
    assert "the blue door" not in browser.get(f"/posts/{post}").text


def test_no_author_takes_a_post_down_or_decides_about_one(sign_in: SignIn, house: factory.House) -> None:
    live, lost, alice = _post(house, "published"), _post(house, "uncertain"), sign_in("alice")
    assert alice.post(f"/posts/{live}/recall").status_code == 403
    assert alice.post(f"/posts/{lost}/found", url=HERE).status_code == 403
    assert alice.post(f"/posts/{lost}/not-there", evidence="x").status_code == 403
    assert (_state(house, live), _state(house, lost)) == ("published", "uncertain")


def test_what_is_not_out_cannot_be_recalled(sign_in: SignIn, house: factory.House) -> None:
    post, bob = _post(house, "scheduled"), sign_in("bob")
    assert "nothing out to take down" in bob.get(f"/posts/{post}/recall").text
    assert bob.post(f"/posts/{post}/recall").status_code == 422


def test_nobody_reads_on_a_post_that_a_hold_took_it_down(sign_in: SignIn, house: factory.House) -> None:
    post = _post(house, "recalled")
    with house.store.write() as session:
        made = Recall(post_id=post, cause="hold", at=now(session), evidence={})
        session.add(made)
    page = sign_in("alice").get(f"/posts/{post}").text
    assert "a stop was set" in page and not re.search(r"\bhold", page.lower())
