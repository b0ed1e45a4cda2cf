"""Composing as people do it: with the keyboard alone, in both directions, and where no script runs."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from content import protected_term
from content.draft import Draft
from content.message import Message, Wording
from content.store import now
from tests import factory
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Visit = Callable[..., Page]
WHERE = "/compose?campaign=spring&narrative=N-2&language=en&draft=" + "d" * 22
SLOW = 15_000  # milliseconds: the machine has other work


def _tomorrow(desk: Desk) -> str:
    with desk.house.store.read() as session:
        return f"{now(session) + timedelta(days=1):%Y-%m-%dT10:00}"


def _queued(desk: Desk) -> list[tuple[str, list[str], dict[str, object]]]:
    with desk.house.store.read() as session:
        statement = select(Message.ref, Wording.accounts, Wording.choices)
        found = session.exec(statement.join(Wording, Wording.message_id == Message.id))  # type: ignore[arg-type]  # sqlmodel types columns as values
        return [(ref, accounts, choices) for ref, accounts, choices in found]


def _tab_to(page: Page, selector: str) -> None:
    """Presses Tab until that field has the focus."""
    for _ in range(80):
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not get to {selector}")


def _compose_by_keys(desk: Desk, page: Page) -> None:
    page.goto(WHERE)
    _tab_to(page, "[name=passage]")
    page.keyboard.press("Space")
    _tab_to(page, "[name=template]")
    page.keyboard.press("Space")
    _tab_to(page, "[name=account][value=site]")
    page.keyboard.press("Space")
    expect(page.locator("#preview .leaf .says").first).to_contain_text(factory.PASSAGE, timeout=SLOW)
    page.locator("#start").fill(_tomorrow(desk))  # how one types a time is the browser's own
    _tab_to(page, "[name=message]")
    page.keyboard.type("M-keys")
    _tab_to(page, "button.primary[aria-describedby=why]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/messages")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_message_is_composed_and_queued_with_the_keyboard_alone(desk: Desk, visit: Visit, language: str) -> None:
    page = visit("alice", language)
    _compose_by_keys(desk, page)
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    expect(page.get_by_role("link", name="M-keys")).to_be_visible()
    assert [(ref, accounts) for ref, accounts, _ in _queued(desk)] == [("M-keys", ["site"])]


def test_the_same_works_where_no_script_runs(desk: Desk, visit: Visit) -> None:
    page = visit("alice", java_script_enabled=False)
    page.goto(WHERE)
    page.locator("[name=passage]").first.check()
    page.locator("[name=template]").first.check()
    page.locator("[name=account][value=site]").check()
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#preview .leaf .says").first).to_contain_text(factory.PASSAGE)
    page.locator("#stance").select_option("s2")  # what the template takes is asked for now
    page.locator("#start").fill(_tomorrow(desk))
    page.locator("#message").fill("M-plain")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("status").filter(has_text="The draft is saved")).to_be_visible()
    page.get_by_role("button", name="Send to review").click()
    expect(page.get_by_role("link", name="M-plain")).to_be_visible()
    assert _queued(desk)[0][2] == {"template": "infighting/plain", "passages": ["p2"], "stance": "s2"}


def test_the_draft_is_kept_while_one_works_and_opens_again(desk: Desk, visit: Visit) -> None:
    page = visit("alice")
    page.goto(WHERE)
    page.locator("[name=passage]").first.check()
    page.locator("[name=template]").first.check()
    expect(page.locator("#saved")).to_contain_text("Draft saved", timeout=SLOW)
    page.goto("/compose")
    page.get_by_role("link", name=re.compile("a former member")).click()
    expect(page.locator("[name=passage]").first).to_be_checked()
    page.goto("/compose")
    page.get_by_role("button", name=re.compile("Discard")).click()
    page.get_by_role("button", name="Undo").click()
    with desk.house.store.read() as session:
        assert [one.discarded_at for one in session.exec(select(Draft))] == [None]


def test_what_a_template_takes_is_asked_for_as_soon_as_it_is_chosen(desk: Desk, visit: Visit) -> None:
    page = visit("alice")
    page.goto(WHERE)
    assert page.locator("#stance").count() == 0
    page.locator("[name=passage]").first.check()
    page.locator("[name=account][value=site]").check()
    page.locator("[name=template]").first.check()
    expect(page.locator("#stance")).to_be_visible(timeout=SLOW)
    page.locator("#stance").select_option("s2")
    expect(page.locator("#preview")).to_contain_text(factory.STANCE, timeout=SLOW)
    expect(page.locator("#stance")).to_have_value("s2")


def test_looking_again_and_again_at_one_protected_term_is_one_try(desk: Desk, visit: Visit) -> None:
    with desk.house.store.write() as session:
        own = desk.house.organisation.id or 0
        protected_term.protect(session, desk.house.people["kim"], own, desk.house.finding.id or 0, "groups")
    page = visit("alice")
    page.goto(WHERE)
    page.locator("[name=passage]").first.check()
    page.locator("[name=template]").first.check()
    for account in ("site", "facebook-gb", "telegram-ar"):
        page.locator(f"[name=account][value={account}]").check()
        expect(page.locator("#preview .leaf h3", has_text=account)).to_be_visible(timeout=SLOW)
    expect(page.locator("#preview")).to_contain_text("Safeguarding needs to see this.")
    with desk.house.store.read() as session:
        assert len(session.exec(select(protected_term.TermHit)).all()) == 1
