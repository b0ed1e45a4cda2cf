"""Somebody takes their testimony back: one act, and a running worker takes down what is live, seen to its end."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from content.campaign import Campaign
from content.lifecycle import Post
from content.message import Message
from content.record import seal
from content.schedule import new_post
from content.settings import Settings
from content.store import now
from tests import factory
from tests.journeys.conftest import on_the_site
from tests.journeys.keyboard import Keyboard, codes
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Page]
SOON = 90.0  # seconds that a worker on a busy machine has
WORDS = {
    "en": ("Withdraw…", "Keep everything as it is", "Everything is done", "Cancelled: 1 of 1", "Recalled: 2 of 2"),
    "ar": ("سحب…", "أبقِ كل شيء كما هو", "تمّ كل شيء", "أُلغي 1 من 1", "سُحب 2 من 2"),
}


@pytest.fixture
def posts(desk: Desk) -> list[int]:
    """Of N-2: one message on the site and on paper, due now, and another on the site, for tomorrow."""
    return [*_posts(desk, -1, "site", "facebook-gb"), *_posts(desk, 25 * 3600, "site")]


def _posts(desk: Desk, due: float, *accounts: str) -> list[int]:
    """One cleared message, on each of these accounts, in so many seconds."""
    with desk.house.store.write() as session:
        made = factory.version(session, desk.house, accounts=accounts, text="They promised help.")
        cleared = factory.clearance(session, desk.house, made, valid_from=timedelta(hours=-1))
        message = session.get_one(Message, made.message_id)
        campaign, at = session.get_one(Campaign, message.campaign_id), now(session)
        leaves = [factory.leaf_of(session, made, desk.house.accounts[name]) for name in accounts]
        when = at + timedelta(seconds=due)
        found = [new_post(cleared, message, campaign, leaf, 0, when, "UTC", at) for leaf in leaves]
        session.add_all(found)
        session.flush()
        seal(session)
        return [one.id or 0 for one in found]


def _states(desk: Desk, posts: list[int]) -> list[str]:
    with desk.house.store.read() as session:
        return [session.get_one(Post, one).state for one in posts]


def _until(desk: Desk, posts: list[int], wanted: list[str]) -> None:
    end = time.monotonic() + SOON
    while _states(desk, posts) != wanted and time.monotonic() < end:
        time.sleep(0.1)
    assert _states(desk, posts) == wanted


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_testimony_is_taken_back_by_keyboard_and_a_worker_takes_it_down(
    desk: Desk, visit: Visit, home: Settings, posts: list[int], worker: None, language: str, script: bool
) -> None:
    withdraw, keep, done, cancelled, recalled = WORDS[language]
    _until(desk, posts, ["published", "published", "scheduled"])
    assert "They promised help." in on_the_site(home)
    page = visit("kim", language, java_script_enabled=script)
    kim = Keyboard(page, codes(desk.house, "kim"))
    page.goto("/narratives/N-2/consent")
    kim.press(page.get_by_role("link", name=withdraw))
    expect(page.get_by_role("link", name=keep)).to_be_visible()
    assert _states(desk, posts) == ["published", "published", "scheduled"], "looking at it stops nothing"
    kim.prove(page.locator("#code"))
    kim.press(page.locator("button.grave"))
    expect(page.get_by_role("heading", name=done)).to_be_visible(timeout=SOON * 1000)
    expect(page.get_by_role("status").first).to_contain_text(cancelled)
    expect(page.locator("main")).to_contain_text(recalled)
    assert _states(desk, posts) == ["recalled", "recalled", "cancelled"]
    assert "They promised help." not in on_the_site(home)
