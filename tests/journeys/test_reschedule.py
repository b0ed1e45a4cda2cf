"""Moving a post with the mouse, and back with a key; what is refused stays where it was."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from content.lifecycle import Post
from content.store import now
from tests import factory
from tests.journeys.serving import Desk

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SAID = {"en": ("Moved to", "Moved back to"), "ar": ("نُقل إلى", "أُعيد إلى")}


@pytest.fixture
def post(desk: Desk) -> Post:
    """A post on the Tuesday after next Monday, ten o'clock; its window closes on the Friday."""
    with desk.house.store.write() as session:
        at = now(session)
        tuesday = (at + timedelta(days=8 - at.weekday())).replace(hour=10, minute=0, second=0, microsecond=0)
        version = factory.version(session, desk.house, ref="M-moves", closes=tuesday - at + timedelta(days=3))
        cleared = factory.clearance(session, desk.house, version, valid=timedelta(days=30))
        return factory.post(session, desk.house, cleared, due=tuesday)


def _due(desk: Desk, post: Post) -> datetime:
    with desk.house.store.read() as session:
        return session.get_one(Post, post.id).due_at


def _week(page: Page, post: Post) -> Locator:
    """The post's entry in its week."""
    page.goto(f"/calendar?day={post.due_at:%Y-%m-%d}")
    return page.locator(f'.entry[data-post="{post.id}"]')


def _cell(page: Page, day: datetime, account: str) -> Locator:
    return page.locator(f'td[data-day="{day:%Y-%m-%d}"][data-account="{account}"]')


@pytest.mark.parametrize("language", ["en", "ar"])
def test_with_the_mouse_and_back_with_a_key(desk: Desk, visit: Visit, post: Post, language: str) -> None:
    page = visit("alice", language)
    _week(page, post).drag_to(_cell(page, post.due_at + timedelta(days=2), "site"))
    toast = page.locator(".toast")
    expect(toast).to_contain_text(SAID[language][0])
    assert _due(desk, post) == post.due_at + timedelta(days=2)
    assert _cell(page, post.due_at + timedelta(days=2), "site").locator(".entry").count() == 1
    page.keyboard.press("z")
    expect(toast).to_contain_text(SAID[language][1])
    assert _due(desk, post) == post.due_at and toast.locator("form").count() == 0


def test_another_account_s_column_takes_nothing(desk: Desk, visit: Visit, post: Post) -> None:
    page = visit("alice")
    _week(page, post).drag_to(_cell(page, post.due_at + timedelta(days=2), "bluesky-en"))
    page.wait_for_timeout(300)
    assert _due(desk, post) == post.due_at and page.locator(".toast").count() == 0


def test_the_days_of_its_window_are_shown_while_it_is_carried(desk: Desk, visit: Visit, post: Post) -> None:
    page = visit("alice")
    entry = _week(page, post)
    entry.dispatch_event("dragstart", {"dataTransfer": page.evaluate_handle("new DataTransfer()")})
    days = page.locator("td.takes").evaluate_all("cells => cells.map(cell => cell.dataset.day)")
    assert days == [f"{post.due_at + timedelta(days=number):%Y-%m-%d}" for number in (-1, 1, 2, 3)]


def test_a_day_outside_the_window_is_refused_in_prose_with_the_day_kept(desk: Desk, visit: Visit, post: Post) -> None:
    page = visit("alice")
    sunday = post.due_at + timedelta(days=5)
    _week(page, post).drag_to(_cell(page, sunday, "site"))
    expect(page.locator(".summary-error")).to_be_focused()
    assert (page.locator("#day").input_value(), _due(desk, post)) == (f"{sunday:%Y-%m-%d}", post.due_at)


def test_the_undo_stands_ten_seconds_and_waits_for_whoever_points_at_it(desk: Desk, visit: Visit, post: Post) -> None:
    page = visit("alice")
    page.clock.install(time=0)
    page.clock.pause_at(1_000)  # from here on only what is said passes: a slow machine's own seconds do not count
    _week(page, post).drag_to(_cell(page, post.due_at + timedelta(days=2), "site"))
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    toast.hover()
    page.clock.run_for(30_000)
    assert toast.count() == 1
    page.mouse.move(640, 10)
    page.clock.run_for(9_000)
    assert toast.count() == 1
    page.clock.run_for(2_000)
    assert toast.count() == 0
    page.keyboard.press("z")
    page.wait_for_timeout(300)
    assert _due(desk, post) == post.due_at + timedelta(days=2)


def test_my_time_is_that_of_the_browser_until_i_say_another(desk: Desk, visit: Visit, post: Post) -> None:
    page = visit("alice", timezone_id="Asia/Tokyo")
    entry = _week(page, post)
    expect(entry.locator(".t")).to_have_text("10:00")
    page.locator("a.mine").click()
    expect(page.locator(f'.entry[data-post="{post.id}"] .t')).to_have_text("19:00")
    expect(page.locator(".meta")).to_contain_text("Tokyo")
