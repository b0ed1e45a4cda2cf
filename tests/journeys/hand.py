"""Two ways to work at the desk: with the keyboard alone, and with the mouse where no script runs.

A journey is written for a hand. The keyboard goes from stop to stop by Tab, past the sections by the first link of the
page, and acts by Enter, the space bar, the arrows and by typing; each stop must be named, in sight and ringed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyotp
from playwright.sync_api import Locator, Page, expect

from content import invitation, second_factor
from tests.factory import House

MOST = 150  # presses of Tab until a page is said to be a trap
# Where the focus stands: whether that is wanted, and what whoever sees it would miss.
STOP = """wanted => {
    const at = document.activeElement
    if (!at || at === document.body) return {faults: []}
    const ring = getComputedStyle(at), faults = []
    if (ring.outlineStyle === 'none' || parseFloat(ring.outlineWidth) < 2) faults.push('no ring')
    const named = at.getAttribute('aria-label') || at.getAttribute('aria-labelledby') || at.labels?.length
    if (!named && !at.textContent.trim()) faults.push('no name')
    const labels = [...(at.labels || [])]
    const inside = one => one && (at.contains(one) || one.contains(at) || labels.some(it => it.contains(one)))
    const boxes = [...at.getClientRects()].filter(one => one.width && one.height)
    if (!boxes.some(one => inside(document.elementFromPoint(one.x + one.width / 2, one.y + one.height / 2))))
        faults.push('out of sight')
    const skips = at.classList.contains('skip') && !!wanted.closest('main')
    return {there: at === wanted, skips, faults: faults.map(one => `${one}: ${at.outerHTML.slice(0, 100)}`)}
}"""


class Hand(Protocol):
    """Somebody at one page, and the codes they have left."""

    page: Page
    codes: list[str]

    def press(self, what: Locator) -> None:
        """A button, a link."""

    def choose(self, what: Locator) -> None:
        """A box to tick, one of several to take."""

    def pick(self, field: Locator, number: int) -> None:
        """The so-manieth of a list that opens; the first, which stands there, is 0."""

    def fill(self, field: Locator, text: str) -> None:
        """An empty field."""

    def date(self, field: Locator, at: datetime) -> None:
        """An empty field for a day and a time."""

    def later(self, field: Locator, at: datetime) -> None:
        """A field for a time, which holds one of a minute before."""

    def undo(self) -> None:
        """What the toast offers to take back."""


@dataclass(slots=True)
class Keyboard:
    """No mouse, and nothing that a key does not do."""

    page: Page
    codes: list[str]

    def reach(self, what: Locator) -> None:
        """Tab, until the focus is there."""
        expect(what).to_be_visible()
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            stop: dict[str, Any] = what.evaluate(STOP)
            assert not stop["faults"], stop["faults"]
            if stop.get("there"):
                return
            if stop.get("skips"):
                self.page.keyboard.press("Enter")
        raise AssertionError(f"the keyboard never comes to {what}")

    def press(self, what: Locator) -> None:
        self.reach(what)
        self.page.keyboard.press("Enter")

    def choose(self, what: Locator) -> None:
        self.reach(what)
        self.page.keyboard.press("Space")

    def pick(self, field: Locator, number: int) -> None:
        self.reach(field)
        for _ in range(number):
            self.page.keyboard.press("ArrowDown")

    def fill(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.type(text)

    def date(self, field: Locator, at: datetime) -> None:
        """Month, day, year; hour, minute and which half of the day: as this Chromium asks for them."""
        self.fill(field, f"{at:%m%d%Y}")
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(f"{at:%I%M%p}")

    def later(self, field: Locator, at: datetime) -> None:
        self.reach(field)
        for key in ("Tab", "ArrowUp"):  # from the hours to the minutes
            self.page.keyboard.press(key)

    def undo(self) -> None:
        expect(self.page.locator(".toast button")).to_be_visible()
        self.page.keyboard.press("z")


@dataclass(slots=True)
class Plain:
    """A mouse, in a browser in which no script runs."""

    page: Page
    codes: list[str]

    def press(self, what: Locator) -> None:
        what.click()

    def choose(self, what: Locator) -> None:
        what.check()

    def pick(self, field: Locator, number: int) -> None:
        field.select_option(index=number)

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def date(self, field: Locator, at: datetime) -> None:
        field.fill(f"{at:%Y-%m-%dT%H:%M}")

    def later(self, field: Locator, at: datetime) -> None:
        field.fill(f"{at:%H:%M}")

    def undo(self) -> None:
        self.page.locator(".toast button").click()


HANDS: dict[str, type[Keyboard] | type[Plain]] = {"keys": Keyboard, "no script": Plain}


def codes(house: House, ref: str) -> list[str]:
    """Codes of this person, each good once; a password is set up beside them, which nobody here uses."""
    secret = second_factor.new_secret()
    with house.store.write() as session:
        token = invitation.invite(session, house.people[ref], house.people[ref]) or ""
    with house.store.write() as session:
        _, made = invitation.accept(session, token, "$argon2id$none", secret, pyotp.TOTP(secret).now())
    return list(made)
