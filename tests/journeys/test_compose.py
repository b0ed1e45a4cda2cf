"""Composing, where a script makes it better: the draft is kept, the form grows, looking again costs nothing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from content import protected_term
from content.draft import Draft
from tests import factory
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Visit = Callable[..., Page]
WHERE = "/compose?campaign=spring&narrative=N-2&language=en&draft=" + "d" * 22
SLOW = 15_000  # milliseconds: the machine has other work


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
