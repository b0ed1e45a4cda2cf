"""One reviewer lifts what an author paused of their own unsent words; what is wider takes two: test_journeys.py."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from content.stop import Pause
from tests import factory
from tests.journeys.acts import SAID, lifts
from tests.journeys.hand import Keyboard, codes
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Page]


def _pause(desk: Desk) -> Pause:
    with desk.house.store.read() as session:
        return session.exec(select(Pause)).one()


def test_one_reviewer_lifts_an_authors_pause_of_their_own_unsent_message(desk: Desk, visit: Visit) -> None:
    with desk.house.store.write() as session:
        factory.version(session, desk.house, ref="M-own")
    alice, bob = (Keyboard(visit(who), codes(desk.house, who)) for who in ("alice", "bob"))
    alice.page.goto("/")
    alice.press(alice.page.locator("button[popovertarget=pause]").first)
    alice.reach(alice.page.locator("#scope"))
    alice.page.keyboard.type("One message")
    alice.fill(alice.page.locator("#value"), "M-own")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("main")).to_contain_text("Message: ")
    lifts(bob, SAID["en"].lifted)
    found = _pause(desk)
    assert (found.scope, found.lifted_first, found.lifted_second) == ("message", desk.house.id("bob"), None)
