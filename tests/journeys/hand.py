"""Somebody who works with the keyboard alone: from field to field by Tab, and Enter or the space bar to act."""

from dataclasses import dataclass

import pyotp
from playwright.sync_api import Locator, Page, expect

from content import invitation, second_factor
from tests.factory import House

MOST = 120  # presses of Tab until a page is said to be a trap


@dataclass(frozen=True, slots=True)
class Keyboard:
    """One page and the codes of whoever works on it."""

    page: Page
    codes: list[str]

    def reach(self, what: Locator) -> None:
        """Tab, until the focus is there."""
        expect(what).to_be_visible()
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            if what.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"the keyboard never comes to {what}")

    def press(self, what: Locator, key: str = "Enter") -> None:
        self.reach(what)
        self.page.keyboard.press(key)

    def fill(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.type(text)

    def prove(self, field: Locator) -> None:
        """A code that was not used yet."""
        self.fill(field, self.codes.pop())


def codes(house: House, ref: str) -> list[str]:
    """Codes of this person, each good once; a password is set up beside them, which nobody here uses."""
    secret = second_factor.new_secret()
    with house.store.write() as session:
        token = invitation.invite(session, house.people[ref], house.people[ref]) or ""
    with house.store.write() as session:
        _, made = invitation.accept(session, token, "$argon2id$none", secret, pyotp.TOTP(secret).now())
    return list(made)
