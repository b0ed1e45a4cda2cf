"""Taking a clearance back on the desk: what it stops is shown first, what is out stays out, and why is asked."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from content import verdict
from content.errors import Refusal
from content.lifecycle import Post
from content.message import Message
from content.review import Clearance, Revocation
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def cleared(house: factory.House, *states: str, tier: int = 1) -> tuple[str, int, list[int]]:
    """Words that are cleared, with a post in each of these states: their address, the clearance, the posts."""
    accounts = ("site", "bluesky-en", "telegram-ar")[: max(len(states), 1)]
    with house.store.write() as session:
        made = factory.version(session, house, accounts=accounts)
        found = factory.clearance(session, house, made, tier=tier)
        posts = [factory.post(session, house, found, account=one) for one in accounts[: len(states)]]
        for post, state in zip(posts, states, strict=True):
            factory.brought(session, post, state)
        return f"/review/{made.digest[:16]}", found.id or 0, [post.id or 0 for post in posts]


def states(house: factory.House, posts: list[int]) -> list[str]:
    with house.store.read() as session:
        rows = session.exec(select(Post).where(col(Post.id).in_(posts)).order_by(col(Post.id)))
        return [post.state for post in rows]


def taken_back(house: factory.House) -> list[int]:
    with house.store.read() as session:
        return list(session.exec(select(Revocation.clearance_id)))


def test_a_reviewer_sees_what_it_stops_and_what_stays_out_before_anything_is_done(
    sign_in: SignIn, house: factory.House
) -> None:
    where, _, (waits, out) = cleared(house, "scheduled", "published")
    carol = sign_in("carol")
    assert f'href="{where}/revoke"' in carol.get(where).text
    page = carol.get(f"{where}/revoke").text
    assert "Take it back: 1 post does not go" in page and "What stays out" in page
    assert f'href="/posts/{out}/recall"' in page and f'href="/posts/{waits}/recall"' not in page
    assert (taken_back(house), states(house, [waits, out])) == ([], ["scheduled", "published"])


def test_taking_it_back_blocks_what_has_not_begun_and_leaves_what_is_out(sign_in: SignIn, house: factory.House) -> None:
    where, number, posts = cleared(house, "scheduled", "published")
    bob = sign_in("bob")
    done = bob.post(f"{where}/revoke", clearance=number, reason="The source took it down.", proof=True)
    assert (done.status_code, done.headers["location"]) == (303, f"{where}#title")
    assert (taken_back(house), states(house, posts)) == ([number], ["blocked", "published"])
    page = bob.get(where).text
    assert "The clearance is taken back." in page and f'href="{where}/revoke"' not in page


def test_a_reason_is_demanded_and_the_page_comes_again_with_what_was_typed(
    sign_in: SignIn, house: factory.House
) -> None:
    where, number, posts = cleared(house, "scheduled")
    answer = sign_in("bob").post(f"{where}/revoke", clearance=number, reason="  ", proof=True)
    assert (answer.status_code, "verdict.reason" in answer.text) == (422, True)
    assert 'id="reason"' in answer.text and (taken_back(house), states(house, posts)) == ([], ["scheduled"])


def test_words_of_tier_three_take_a_code_of_their_own(sign_in: SignIn, house: factory.House) -> None:
    where, number, _ = cleared(house, "scheduled", tier=3)
    dana = sign_in("dana")
    sent = {"clearance": number, "reason": "It says where."}
    assert dana.post("/review/none-such/revoke", proof=True, **sent).status_code == 404  # the proof is fresh from here
    bare = dana.post(f"{where}/revoke", **sent)
    assert (bare.status_code, "code.wanted" in bare.text, "It says where." in bare.text) == (403, True, True)
    assert dana.post(f"{where}/revoke", proof=True, **sent).status_code == 303
    assert taken_back(house) == [number]


@pytest.mark.parametrize("who", ["alice", "kim", "tom"])
def test_nobody_but_a_reviewer_takes_one_back(sign_in: SignIn, house: factory.House, who: str) -> None:
    where, number, _ = cleared(house)
    browser = sign_in(who)
    assert browser.get(f"{where}/revoke").status_code == 403
    assert browser.post(f"{where}/revoke", clearance=number, reason="x", proof=True).status_code == 403
    assert taken_back(house) == []


def test_a_message_leads_its_reviewers_there(sign_in: SignIn, house: factory.House) -> None:
    where, number, _ = cleared(house)
    with house.store.read() as session:
        found = session.get_one(Clearance, number).message_id
        ref = session.get_one(Message, found).ref
    assert f"{where}/revoke" in sign_in("bob").get(f"/messages/{ref}").text
    assert f"{where}/revoke" not in sign_in("alice").get(f"/messages/{ref}").text


def test_a_form_for_another_clearance_than_the_one_that_stands_does_nothing(
    sign_in: SignIn, house: factory.House
) -> None:
    where, _, _ = cleared(house)
    _, other, _ = cleared(house)
    answer = sign_in("bob").post(f"{where}/revoke", clearance=other, reason="x", proof=True)
    assert (answer.status_code, "form.other" in answer.text, taken_back(house)) == (409, True, [])


def test_it_is_taken_back_once(sign_in: SignIn, house: factory.House) -> None:
    where, number, _ = cleared(house)
    bob = sign_in("bob")
    assert bob.post(f"{where}/revoke", clearance=number, reason="x", proof=True).status_code == 303
    assert bob.post(f"{where}/revoke", clearance=number, reason="x").status_code >= 400
    assert taken_back(house) == [number] and bob.get(f"{where}/revoke").status_code == 404


def test_the_clearance_of_another_organisation_is_not_there(house: factory.House) -> None:
    _, number, _ = cleared(house)
    with house.store.write() as session:
        message = session.get_one(Message, session.get_one(Clearance, number).message_id)
        message.organisation_id = factory.an_organisation(session, "elsewhere").id or 0
        session.add(message)
    with pytest.raises(Refusal, match="There is no clearance"), house.store.write() as session:
        verdict.revoke(session, house.people["bob"], number, "x")
    assert taken_back(house) == []
