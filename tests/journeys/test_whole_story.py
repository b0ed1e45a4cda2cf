"""One message from the first invitation to the last copy taken down, in front of a worker that really runs.

The journeys one after another, on the same words: in English with the keyboard alone, in Arabic without a script.
"""

import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from content.campaign import Campaign
from content.lifecycle import Post
from content.record import seal
from tests import factory
from tests.journeys.acts import Stage, approves, composes, enters, lifts, moves, pauses, until, withdraws

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
OTHER = "They promised help."


@pytest.mark.parametrize("way", [("en", "keys"), ("ar", "no script")], ids=" ".join, indirect=True)
def test_a_message_goes_all_its_way_from_an_invitation_to_the_last_copy_taken_down(rehearsal: Stage) -> None:
    _two_must_agree(rehearsal)
    alice = enters(rehearsal, "alice")
    composes(rehearsal, alice, "M-story")
    bob, dana = (rehearsal.colleague(ref) for ref in ("bob", "dana"))
    for reviewer in (bob, dana):
        approves(reviewer, "M-story")
    posts = _is_planned(rehearsal, alice.page)
    moves(rehearsal, alice, posts[0].id or 0)
    every = [*(one.id or 0 for one in posts), _another(rehearsal, posts[0])]
    pauses(rehearsal, alice)
    rehearsal.pass_to(posts[0].due_at + timedelta(minutes=2))
    _stands_still(rehearsal, every)
    lifts(bob, rehearsal.said.second)
    lifts(dana, rehearsal.said.lifted)
    _goes_out(rehearsal, alice.page)
    withdraws(rehearsal, rehearsal.colleague("kim"))
    assert not rehearsal.on_the_site(factory.PASSAGE)
    assert rehearsal.states(every) == ["recalled"] * 3


def _two_must_agree(stage: Stage) -> None:
    with stage.desk.house.store.write() as session:
        session.get_one(Campaign, stage.desk.house.campaign.id).tier_min = 2


def _is_planned(stage: Stage, page: Page) -> list[Post]:
    """The worker makes a post for each account of the words that two have cleared."""
    until(page, page.locator("main tbody .chip").nth(1), stage.said.planned)
    found = stage.posts()
    assert len(found) == 2
    return found


def _another(stage: Stage, like: Post) -> int:
    """Another message, cleared for the same time."""
    house = stage.desk.house
    with house.store.write() as session:
        made = factory.version(session, house, accounts=("site",), text=OTHER, closes=timedelta(days=3))
        cleared = factory.clearance(session, house, made, tier=2, valid_from=timedelta(hours=-1))
        found = factory.post(session, house, cleared, due=like.due_at)
        seal(session)
        return found.id or 0


def _stands_still(stage: Stage, posts: list[int]) -> None:
    """The worker takes them up as they are due, and the gate puts each back."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert {*stage.states(posts)} <= {"scheduled", "claimed"}
        time.sleep(0.1)
    assert not stage.on_the_site(factory.PASSAGE) and not stage.on_the_site(OTHER)


def _goes_out(stage: Stage, page: Page) -> None:
    """The worker releases it by itself; message and calendar say so."""
    page.goto("/messages/M-story")
    for number in (0, 1):
        until(page, page.locator("main tbody .chip").nth(number), stage.said.published)
    assert stage.on_the_site(factory.PASSAGE)
    page.goto("/calendar")
    expect(page.locator('.entry[data-state="published"]').first).to_contain_text(stage.said.published)
