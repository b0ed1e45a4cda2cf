"""Anybody stops everything in one step; lifting it takes two people, and one of them from safeguarding."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from content.stop import Pause
from tests import factory
from tests.journeys.keyboard import Keyboard, codes
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Page]
WORDS = {
    "en": ("Paused. Lifting it takes two people", "A second person must say so too", "Nothing is paused."),
    "ar": ("أُوقف النشر. لاستئنافه يلزم شخصان", "يلزم أن يقول ذلك شخص ثانٍ", "لا شيء موقوف."),
}


def _pause(desk: Desk) -> Pause:
    with desk.house.store.read() as session:
        return session.exec(select(Pause)).one()


def _lift(who: Keyboard) -> None:
    who.page.goto("/pauses")
    who.prove(who.page.locator("input.code"))
    who.press(who.page.locator("main form button"))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_one_person_pauses_and_two_lift_it_by_keyboard(
    desk: Desk, visit: Visit, language: str, script: bool
) -> None:
    paused, second, nothing = WORDS[language]
    pages = {who: visit(who, language, java_script_enabled=script) for who in ("alice", "bob", "dana")}
    people = {who: Keyboard(page, codes(desk.house, who)) for who, page in pages.items()}
    alice = people["alice"]
    alice.page.goto("/")
    alice.press(alice.page.locator("button[popovertarget=pause]").first)
    alice.press(alice.page.locator("#pause button.primary"))
    expect(alice.page.get_by_role("status")).to_contain_text(paused)
    _lift(people["bob"])
    expect(people["bob"].page.get_by_role("status")).to_contain_text(second)
    assert _pause(desk).lifted_at is None
    _lift(people["dana"])
    expect(people["dana"].page.locator("main")).to_contain_text(nothing)
    found = _pause(desk)
    assert (found.lifted_first, found.lifted_second) == (desk.house.id("bob"), desk.house.id("dana"))


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
    expect(alice.page.locator("main")).to_contain_text("message")
    _lift(bob)
    expect(bob.page.locator("main")).to_contain_text("Nothing is paused.")
    found = _pause(desk)
    assert (found.scope, found.lifted_first, found.lifted_second) == ("message", desk.house.id("bob"), None)
