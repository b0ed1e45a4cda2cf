"""The field that leads to a reference: one key to it, one more to go; without a script as well."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from content import offered
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Visit = Callable[..., Page]


def test_the_key_goes_to_the_field_and_enter_to_the_page(desk: Desk, visit: Visit) -> None:
    page = visit("alice")
    page.goto("/calendar")
    page.keyboard.press("/")
    expect(page.locator("#jump")).to_be_focused()
    expect(page.locator("#jump")).to_have_value("")
    page.keyboard.type("n-2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/narratives/N-2")


def test_on_a_telephone_the_menu_has_it_and_nothing_moves(desk: Desk, visit: Visit) -> None:
    page = visit("alice", width=360)
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.locator("#jump")).to_be_hidden()
    page.locator(".top .menu").click()
    page.locator(".to-jump").click()
    page.locator("#q").fill("spr")
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/spring")
    page.keyboard.press("/")
    page.wait_for_url("**/jump")


def test_without_a_script_the_field_is_a_form(desk: Desk, visit: Visit) -> None:
    page = visit("alice", java_script_enabled=False)
    page.goto("/")
    page.locator("#jump").fill("N-")
    page.locator("#jump").press("Enter")
    expect(page.locator(".rows .cover")).to_have_count(2)


def test_a_field_for_one_of_many_offers_what_begins_as_is_typed(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "CHOICES", 0)
    monkeypatch.setattr("web.compose.CHOICES", 1)
    page = visit("alice")
    page.goto("/compose")
    page.locator("#narrative").press_sequentially("n-2")
    expect(page.locator("#narrative-list option")).to_have_count(1, timeout=15_000)
    page.locator("#campaign").fill("spr")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("input[name=narrative]")).to_have_value("N-2")
