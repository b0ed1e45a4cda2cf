"""Narratives on the desk: reading them, and withdrawing one with all that it stops shown first."""

from collections.abc import Callable

from sqlmodel import select

from content.consent import ConsentEvent
from content.lifecycle import Post
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def _events(house: factory.House) -> list[str]:
    with house.store.read() as session:
        return [one.kind for one in session.exec(select(ConsentEvent)) if one.kind == "withdraw"]


def test_the_list_leads_to_each_narrative_with_its_passages_and_sources(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    with house.store.write() as session:
        factory.version(session, house)
    ref = house.finding.ref
    assert f'href="/narratives/{ref}"' in alice.get("/narratives").text
    page = alice.get(f"/narratives/{ref}").text
    assert "press.example.org" in page and "Withdraw" not in page


def test_a_withdrawal_shows_first_what_it_stops_and_writes_nothing_yet(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        ref = session.get_one(type(house.finding), post.narrative_id).ref
    page = sign_in("kim").get(f"/narratives/{ref}/withdraw").text
    assert "cancel 1 post, recall 0 copies" in page and "Cancelled" in page
    assert _events(house) == []


def test_a_withdrawal_cancels_what_it_showed_and_takes_a_code_of_its_own(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.cleared_post(session, house)
        post, ref = made.id or 0, session.get_one(type(house.finding), made.narrative_id).ref
    kim = sign_in("kim")
    assert "code.wanted" in kim.post(f"/narratives/{ref}/withdraw", scope="all").text
    done = kim.post(f"/narratives/{ref}/withdraw", proof=True, scope="all")
    assert (done.status_code, _events(house)) == (303, ["withdraw"])
    with house.store.read() as session:
        assert session.get_one(Post, post).state == "cancelled"


def test_another_choice_shows_what_that_covers(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        ref = session.get_one(type(house.finding), factory.cleared_post(session, house).narrative_id).ref
    shown = sign_in("kim").post(f"/narratives/{ref}/withdraw/preview", scope="some", languages="fr").text
    assert "cancel 0 posts" in shown and _events(house) == []


def test_nobody_but_keeper_and_safeguarding_withdraws(sign_in: SignIn, house: factory.House) -> None:
    ref = house.finding.ref
    for who in ("alice", "bob"):
        answer = sign_in(who).post(f"/narratives/{ref}/withdraw", proof=True, scope="all")
        assert (answer.status_code, _events(house)) == (403, [])


def test_an_unknown_narrative_is_not_there(sign_in: SignIn) -> None:
    assert sign_in("alice").get("/narratives/N-none").status_code == 404
