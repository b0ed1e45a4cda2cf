"""The six journeys, before a worker that really runs: in English and Arabic, by keyboard alone and without a script.

Each ends where its words do: what the desk says, what stands on the site or at the receiver, and what the store holds.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from content.campaign import Campaign
from content.message import Message, Version
from content.record import seal
from content.review import Clearance
from content.schedule import new_post
from content.sign_in import SignIn
from content.stop import Pause
from content.store import now
from tests import factory
from tests.journeys.acts import Stage, approves, composes, enters, lifts, moves, pauses, until, withdraws

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WORDS = "They promised help."
COUNTS = {"en": ("Cancelled: 1 of 1", "Recalled: 2 of 2"), "ar": ("أُلغي 1 من 1", "سُحب 2 من 2")}


def _posts(stage: Stage, due: timedelta, *accounts: str) -> list[int]:
    """One cleared message on each of these accounts, due then; what is planned ahead, at half past the hour."""
    house = stage.desk.house
    with house.store.write() as session:
        made = factory.version(session, house, accounts=accounts, text=WORDS)
        cleared = factory.clearance(session, house, made, valid_from=timedelta(hours=-1))
        message = session.get_one(Message, made.message_id)
        campaign, at = session.get_one(Campaign, message.campaign_id), now(session)
        when = (at + due).replace(minute=30, second=0, microsecond=0) if due > timedelta() else at + due
        leaves = [factory.leaf_of(session, made, house.accounts[name]) for name in accounts]
        found = [new_post(cleared, message, campaign, leaf, 0, when, "UTC", at) for leaf in leaves]
        session.add_all(found)
        session.flush()
        seal(session)
        return [one.id or 0 for one in found]


def test_somebody_invited_signs_in(rehearsal: Stage) -> None:
    alice = enters(rehearsal, "alice")
    alice.page.goto("/")
    assert alice.page.locator("html").get_attribute("dir") == ("rtl" if rehearsal.language == "ar" else "ltr")
    expect(alice.page.locator("h1")).to_be_visible()
    with rehearsal.desk.house.store.read() as session:
        assert session.exec(select(SignIn.person_id)).all() == [rehearsal.desk.house.id("alice")]


def test_words_are_composed_and_queued_and_nobody_gets_them_yet(rehearsal: Stage) -> None:
    composes(rehearsal, rehearsal.colleague("alice"), "M-new")
    with rehearsal.desk.house.store.read() as session:
        version = session.exec(select(Version)).one()
        leaves = [factory.leaf_of(session, version, rehearsal.desk.house.accounts[a]) for a in ("site", "facebook-gb")]
    assert (version.language, version.number, len(leaves)) == ("en", 1, 2)
    assert rehearsal.posts() == [] and not rehearsal.on_the_site(factory.PASSAGE)


def test_two_reviewers_clear_words_and_they_go_out(rehearsal: Stage) -> None:
    house = rehearsal.desk.house
    with house.store.write() as session:
        opens = timedelta(hours=2)
        made = factory.version(session, house, ref="M-one", of=house.narrative, text=WORDS, opens=opens)
        factory.evaluation(session, made, tier=2)
    for ref in ("bob", "dana"):
        with house.store.read() as session:
            assert session.exec(select(Clearance)).all() == [], "one of two is not enough"
        approves(rehearsal.colleague(ref), "M-one")
    alice = rehearsal.colleague("alice")
    alice.page.goto("/messages/M-one")
    until(alice.page, alice.page.locator("main tbody .chip").first, rehearsal.said.planned)
    [post] = rehearsal.posts()
    assert post.digest == made.digest and not rehearsal.on_the_site(WORDS)
    rehearsal.pass_to(post.due_at + timedelta(minutes=1))
    rehearsal.wait(lambda: rehearsal.on_the_site(WORDS), "it never came to the site")
    until(alice.page, alice.page.locator("main tbody .chip").first, rehearsal.said.published)


def test_a_post_that_is_moved_goes_out_then_and_not_before(rehearsal: Stage) -> None:
    [post] = _posts(rehearsal, timedelta(days=1), "site")
    was, alice = rehearsal.due(post), rehearsal.colleague("alice")
    moves(rehearsal, alice, post)
    alice.undo()
    expect(alice.page.locator(".toast")).to_contain_text(rehearsal.said.moved_back)
    assert rehearsal.due(post) == was
    moves(rehearsal, alice, post)
    rehearsal.pass_to(was + timedelta(seconds=40))
    alice.page.wait_for_timeout(1500)
    assert rehearsal.states([post]) == ["scheduled"] and not rehearsal.on_the_site(WORDS)
    rehearsal.pass_to(was + timedelta(seconds=62))
    rehearsal.wait(lambda: rehearsal.on_the_site(WORDS), "it never came to the site")
    until(alice.page, alice.page.locator('.entry[data-state="published"]'), rehearsal.said.published)


def test_a_testimony_is_taken_back_and_every_copy_taken_down(live: Stage) -> None:
    posts = [*_posts(live, timedelta(seconds=-1), "site", "hook"), *_posts(live, timedelta(days=1), "site")]
    live.wait(lambda: live.states(posts) == ["published", "published", "scheduled"], "it never went out")
    assert live.on_the_site(WORDS) and live.received(WORDS)
    kim = live.colleague("kim")
    withdraws(live, kim)
    for said in COUNTS[live.language]:
        expect(kim.page.locator("main")).to_contain_text(said)
    assert live.states(posts) == ["recalled", "recalled", "cancelled"]
    assert not live.on_the_site(WORDS) and not live.received(WORDS)


def test_anybody_pauses_and_two_lift_it_and_only_then_words_go_out(live: Stage) -> None:
    alice, bob, dana = (live.colleague(ref) for ref in ("alice", "bob", "dana"))
    pauses(live, alice)
    posts = _posts(live, timedelta(seconds=-1), "site", "hook")
    alice.page.wait_for_timeout(1500)
    _nothing_is_out(live, posts)
    lifts(bob, live.said.second)
    _nothing_is_out(live, posts)
    lifts(dana, live.said.lifted)
    live.wait(lambda: live.states(posts) == ["published", "published"], "it never went out")
    assert live.on_the_site(WORDS) and live.received(WORDS)
    with live.desk.house.store.read() as session:
        found = session.exec(select(Pause)).one()
    assert (found.lifted_first, found.lifted_second) == (live.desk.house.id("bob"), live.desk.house.id("dana"))


def _nothing_is_out(stage: Stage, posts: list[int]) -> None:
    assert {*stage.states(posts)} <= {"scheduled", "claimed"}
    assert not stage.on_the_site(WORDS) and not stage.received(WORDS)
