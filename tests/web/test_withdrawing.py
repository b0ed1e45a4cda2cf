"""Taking consent back on the desk: how far it has come, narrowing with its preview, and what only a person can do."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from content.consent import ConsentEvent
from content.lifecycle import Action, Post
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
WHERE = "/narratives/N-2"


def posts(house: factory.House, *states: str) -> list[int]:
    """A post of N-2 in each of these states."""
    made = []
    for state in states:
        with house.store.write() as session:
            made.append(factory.brought(session, factory.cleared_post(session, house), state).id or 0)
    return made


def take(house: factory.House, post: int, action: Action) -> None:
    with house.store.write() as session:
        factory.take(session, session.get_one(Post, post), action)


def withdrawn(browser: Browser) -> str:
    """Where the act leads."""
    done = browser.post(f"{WHERE}/withdraw", proof=True, scope="all")
    assert done.status_code == 303, done.text
    return done.headers["location"]


@pytest.mark.parametrize("where", ["withdraw", "withdraw/preview"])
def test_a_part_of_which_nothing_is_named_is_not_taken_for_all(
    sign_in: SignIn, house: factory.House, where: str
) -> None:
    answer = sign_in("kim").post(f"{WHERE}/{where}", proof=True, scope="some", channels=" , ")
    assert (answer.status_code, "consent.unnamed" in answer.text) == (422, True)
    with house.store.read() as session:
        assert session.exec(select(ConsentEvent).where(ConsentEvent.kind == "withdraw")).all() == []


def test_the_act_leads_to_how_far_it_has_come(sign_in: SignIn, house: factory.House) -> None:
    posts(house, "scheduled", "blocked", "published")
    kim = sign_in("kim")
    page = kim.get(withdrawn(kim)).text
    assert "Cancelled: 2 of 2" in page and "Recalled: 0 of 1" in page
    assert '<noscript><meta http-equiv="refresh" content="2">' in page and "Under way" in page


def test_the_page_rests_once_everything_is_done(sign_in: SignIn, house: factory.House) -> None:
    (live,) = posts(house, "published")
    kim = sign_in("kim")
    where = withdrawn(kim)
    take(house, live, Action.CONFIRM_RECALL)
    page = kim.get(where).text
    assert "Recalled: 1 of 1" in page and "Everything is done" in page and "refresh" not in page


def test_what_goes_out_just_now_counts_until_it_is_back(sign_in: SignIn, house: factory.House) -> None:
    posts(house, "publishing")
    kim = sign_in("kim")
    page = kim.get(withdrawn(kim)).text
    assert "Recalled: 0 of 1" in page and "Going out" in page


def test_what_no_program_can_take_back_is_a_persons_task(sign_in: SignIn, house: factory.House) -> None:
    (live,) = posts(house, "published")
    kim = sign_in("kim")
    where = withdrawn(kim)
    take(house, live, Action.CANNOT)
    page = kim.get(where).text
    assert "One copy needs a person" in page and "refresh" not in page
    assert "decision.evidence" in kim.post(f"{where}/down", post=live, evidence=" ").text
    assert kim.post(f"{where}/down", post=live, evidence="The page answers 410.").status_code == 303
    assert "Everything is done" in kim.get(where).text


def test_what_others_stopped_before_is_not_counted(sign_in: SignIn, house: factory.House) -> None:
    posts(house, "cancelled", "recalled", "failed")
    kim = sign_in("kim")
    page = kim.get(withdrawn(kim)).text
    assert "Nothing was planned and nothing was live." in page and "Everything is done" in page


def test_what_a_later_grant_lets_go_again_is_not_counted(sign_in: SignIn, house: factory.House) -> None:
    kim = sign_in("kim")
    where = withdrawn(kim)
    with house.store.write() as session:
        factory.consented(session, house, house.finding)
    posts(house, "scheduled")
    assert "Nothing was planned and nothing was live." in kim.get(where).text


def test_narrowing_shows_first_what_lies_outside(sign_in: SignIn, house: factory.House) -> None:
    posts(house, "scheduled", "published")
    kim = sign_in("kim")
    shown = kim.post(f"{WHERE}/narrow/preview", languages="ar").text
    assert "Allow only this: cancel 1 post, recall 1 copy" in shown and 'value="ar"' in shown
    assert "cancel 0 posts" in kim.post(f"{WHERE}/narrow/preview", languages="en").text
    with house.store.read() as session:
        assert session.exec(select(ConsentEvent.id).where(ConsentEvent.kind == "narrow")).all() == []


def test_narrowing_stops_what_it_showed(sign_in: SignIn, house: factory.House) -> None:
    posts(house, "scheduled")
    kim = sign_in("kim")
    assert "consent.nothing" in kim.post(f"{WHERE}/narrow", proof=True).text
    done = kim.post(f"{WHERE}/narrow", proof=True, channels="facebook", until="2031-05-01")
    page = kim.get(done.headers["location"]).text
    assert "Cancelled: 1 of 1" in page and "Less is allowed" in page
    with house.store.read() as session:
        (event,) = session.exec(select(ConsentEvent).where(ConsentEvent.kind == "narrow"))
        assert event.valid_until is not None and (event.channels, event.valid_until.day) == (["facebook"], 2)


@pytest.mark.parametrize("who", ["alice", "bob", "lena"])
def test_nobody_else_sees_how_far_it_has_come(sign_in: SignIn, house: factory.House, who: str) -> None:
    where = withdrawn(sign_in("kim"))
    assert sign_in(who).get(where).status_code == 403


def test_an_event_of_another_narrative_is_not_there(sign_in: SignIn) -> None:
    kim = sign_in("kim")
    number = withdrawn(kim).rpartition("/")[2]
    assert kim.get(f"/narratives/N-1/stopped/{number}").status_code == 404
