"""One message from the first invitation to the last copy taken down, in front of a worker that really runs.

In English with the keyboard alone; in Arabic without a script, and with the keyboard as well.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import col, select

from content import invitation, second_factor
from content.campaign import Campaign
from content.lifecycle import Post
from content.record import seal
from content.settings import Settings
from content.store import now, wall
from tests import factory
from tests.journeys.conftest import on_the_site
from tests.journeys.keyboard import Keyboard, codes
from tests.journeys.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Page]
PASSWORD = "lantern orchard seventeen gravel"
COMPOSE = "/compose?campaign=spring&narrative=N-2&language=en&draft=" + "w" * 22
SOON = 60.0  # seconds that a worker on a busy machine has
UNTIL = SOON * 1000


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages say."""

    codes: str
    over: str
    review: str
    planned: str
    published: str
    moved: str
    paused: str
    second: str
    lifted: str
    withdraw: str
    done: str


SAID = {
    "en": Words(
        "Keep these codes", "This invitation was used or is over.", "In review", "Scheduled", "Published", "Moved to",
        "Paused.", "A second person must say so too", "Nothing is paused.", "Withdraw…", "Everything is done",
    ),
    "ar": Words(
        "احتفظ بهذه الرموز", "This invitation was used or is over.", "قيد المراجعة", "مجدول", "منشور", "نُقل إلى",
        "أُوقف النشر.", "يلزم أن يقول ذلك شخص ثانٍ", "لا شيء موقوف.", "سحب…", "تمّ كل شيء",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """Everybody's pages in one language."""

    desk: Desk
    home: Settings
    visit: Visit
    language: str
    script: bool

    @property
    def said(self) -> Words:
        return SAID[self.language]

    def stranger(self) -> Page:
        return self.visit("", self.language, java_script_enabled=self.script)

    def colleague(self, ref: str) -> Keyboard:
        """Somebody who has signed in before."""
        return Keyboard(self.visit(ref, self.language, java_script_enabled=self.script), codes(self.desk.house, ref))


@pytest.mark.parametrize(("language", "script"), [("en", True), ("ar", False)], ids=["en by keys", "ar no script"])
def test_a_message_goes_all_its_way_from_an_invitation_to_the_last_copy_taken_down(
    desk: Desk, home: Settings, visit: Visit, worker: None, language: str, script: bool
) -> None:
    _two_must_agree(desk)
    story = Story(desk, home, visit, language, script)
    alice = _enters(story, "alice")
    _composes(story, alice)
    _is_checked(story, alice.page)
    bob, dana = (_approves(story, ref) for ref in ("bob", "dana"))
    posts = _is_planned(story, alice.page)
    _moves(story, alice, posts[0])
    every = [*(one.id or 0 for one in posts), _another(story, posts[0])]
    _pauses(story, alice)
    _passes(story, posts[0].due_at)
    _stands_still(story, every)
    _lifts(story, bob, dana)
    _goes_out(story, alice.page)
    _is_taken_back(story)
    assert _states(desk, every) == ["recalled"] * 3


def _two_must_agree(desk: Desk) -> None:
    with desk.house.store.write() as session:
        session.get_one(Campaign, desk.house.campaign.id).tier_min = 2


# --- the door ----------------------------------------------------------------------------------------


def _enters(story: Story, ref: str) -> Keyboard:
    """Takes up an invitation, keeps the codes, and signs in with password and app."""
    house = story.desk.house
    with house.store.write() as session:
        token = invitation.invite(session, house.people[ref], house.people[ref]) or ""
    who = Keyboard(story.stranger(), [])
    app, kept = _enrols(story, who, f"/invitation/{token}")
    who.press(who.page.locator("a.primary"))
    who.fill(who.page.locator("#name"), ref)
    who.fill(who.page.locator("#password"), PASSWORD)
    who.fill(who.page.locator("#code"), _next_code(story, app))
    who.page.keyboard.press("Enter")
    expect(who.page.locator("a.who")).to_contain_text(house.people[ref].name)
    return replace(who, codes=kept)


def _enrols(story: Story, who: Keyboard, where: str) -> tuple[pyotp.TOTP, list[str]]:
    who.page.goto(where)
    app = pyotp.TOTP(who.page.locator("code").inner_text())
    who.fill(who.page.locator("#password"), PASSWORD)
    who.fill(who.page.locator("#code"), app.now())
    who.page.keyboard.press("Enter")
    expect(who.page.locator("h1")).to_have_text(story.said.codes)
    kept = who.page.locator("main li code").all_inner_texts()
    assert len(set(kept)) == 10
    _never_shown_again(story, where, kept)
    return app, kept


def _never_shown_again(story: Story, where: str, kept: list[str]) -> None:
    page = story.stranger()
    page.goto(where)
    expect(page.locator("main")).to_contain_text(story.said.over)
    assert not [code for code in kept if code in page.content()]


def _next_code(story: Story, app: pyotp.TOTP) -> str:
    """The app's next: the one it shows now was used already."""
    with story.desk.house.store.read() as session:
        return app.at(wall(session) + timedelta(seconds=second_factor.STEP))


# --- the words ---------------------------------------------------------------------------------------


def _composes(story: Story, alice: Keyboard) -> None:
    """One passage for the site and for whoever posts by hand, tomorrow at ten."""
    page = alice.page
    page.goto(COMPOSE)
    for choice in ("[name=passage]", "[name=template]"):
        alice.press(page.locator(choice).first, "Space")
    for account in ("site", "facebook-gb"):
        alice.press(page.locator(f"[name=account][value={account}]"), "Space")
    if not story.script:
        alice.press(page.locator("[formaction='/compose/preview']"))
    expect(page.locator("#preview .leaf .says").first).to_contain_text(factory.PASSAGE, timeout=UNTIL)
    expect(page.locator("#stance")).to_be_visible()
    alice.reach(page.locator("#stance"))
    page.keyboard.press("ArrowDown")
    with story.desk.house.store.read() as session:
        page.locator("#start").fill(f"{now(session) + timedelta(days=1):%Y-%m-%dT10:00}")  # typing it is the browser's
    alice.fill(page.locator("#message"), "M-story")
    alice.press(page.locator("button.primary[aria-describedby=why]"))
    page.wait_for_url("**/messages")
    alice.press(page.get_by_role("link", name="M-story"))


def _is_checked(story: Story, page: Page) -> None:
    """The worker makes the words and judges them; the page of the message says so."""
    _until(page, page.locator("main .chip[data-state]").first, story.said.review)


def _approves(story: Story, ref: str) -> Keyboard:
    """From the queue to the answer: open, approve."""
    who = story.colleague(ref)
    who.page.goto("/review")
    who.press(who.page.locator(".rows .cover").first)
    expect(who.page.locator("h1")).to_have_text("M-story")
    who.press(who.page.locator("[data-key=a]"))
    who.page.wait_for_url("**/review*title")
    return who


def _is_planned(story: Story, page: Page) -> list[Post]:
    """The worker makes a post for each account of the words that two have cleared."""
    _until(page, page.locator("main tbody .chip").nth(1), story.said.planned)
    with story.desk.house.store.read() as session:
        found = session.exec(select(Post).order_by(col(Post.id))).all()
    assert len(found) == 2
    return list(found)


# --- the plan ----------------------------------------------------------------------------------------


def _moves(story: Story, alice: Keyboard, post: Post) -> None:
    """A minute later, inside the window, from the week of the calendar."""
    page = alice.page
    page.goto(f"/calendar?day={post.due_at:%Y-%m-%d}")
    alice.press(page.locator(f'.entry[data-post="{post.id}"]'))
    page.wait_for_url("**/calendar/posts/**")
    alice.reach(page.locator("#time"))
    for key in ("Tab", "ArrowUp", "Enter"):  # from the hours to the minutes
        page.keyboard.press(key)
    expect(page.locator(".toast")).to_contain_text(story.said.moved)
    with story.desk.house.store.read() as session:
        assert session.get_one(Post, post.id).due_at == post.due_at + timedelta(minutes=1)


def _another(story: Story, like: Post) -> int:
    """Another message, cleared for the same time."""
    house = story.desk.house
    with house.store.write() as session:
        made = factory.version(session, house, accounts=("site",), text="They promised help.", closes=timedelta(days=3))
        cleared = factory.clearance(session, house, made, tier=2, valid_from=timedelta(hours=-1))
        found = factory.post(session, house, cleared, due=like.due_at)
        seal(session)
        return found.id or 0


def _pauses(story: Story, who: Keyboard) -> None:
    who.page.goto("/")
    who.press(who.page.locator("button[popovertarget=pause]").first)
    who.press(who.page.locator("#pause button.primary"))
    expect(who.page.get_by_role("status").first).to_contain_text(story.said.paused)


def _passes(story: Story, due: datetime) -> None:
    """The rehearsal's clock comes to two minutes after that time."""
    with story.desk.house.store.write() as session:
        factory.move_on(session, due + timedelta(minutes=2) - now(session))


def _stands_still(story: Story, posts: list[int]) -> None:
    """The worker takes them up as they are due, and the gate puts each back."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert {*_states(story.desk, posts)} <= {"scheduled", "claimed"}
        time.sleep(0.1)
    assert not [words for words in (factory.PASSAGE, "They promised help.") if words in on_the_site(story.home)]


def _lifts(story: Story, first: Keyboard, second: Keyboard) -> None:
    for who, said in ((first, story.said.second), (second, story.said.lifted)):
        who.page.goto("/pauses")
        who.prove(who.page.locator("input.code"))
        who.press(who.page.locator("main form button"))
        expect(who.page.locator("body")).to_contain_text(said)


# --- out, and back -----------------------------------------------------------------------------------


def _goes_out(story: Story, page: Page) -> None:
    """The worker releases it by itself; message and calendar say so."""
    page.goto("/messages/M-story")
    for number in (0, 1):
        _until(page, page.locator("main tbody .chip").nth(number), story.said.published)
    assert factory.PASSAGE in on_the_site(story.home)
    page.goto("/calendar")
    expect(page.locator('.entry[data-state="published"]').first).to_contain_text(story.said.published)


def _is_taken_back(story: Story) -> None:
    """Consent is withdrawn, and the page tells of it to the end."""
    kim = story.colleague("kim")
    kim.page.goto("/narratives/N-2/consent")
    kim.press(kim.page.get_by_role("link", name=story.said.withdraw))
    kim.prove(kim.page.locator("#code"))
    kim.press(kim.page.locator("button.grave"))
    expect(kim.page.get_by_role("heading", name=story.said.done)).to_be_visible(timeout=UNTIL)
    assert factory.PASSAGE not in on_the_site(story.home)


def _until(page: Page, where: Locator, said: str) -> None:
    """Loads the page again until that stands there."""
    end = time.monotonic() + SOON
    while time.monotonic() < end and not (where.count() and said in where.inner_text()):
        page.wait_for_timeout(300)
        page.reload()
    expect(where).to_contain_text(said)


def _states(desk: Desk, posts: list[int]) -> list[str]:
    with desk.house.store.read() as session:
        return [session.get_one(Post, one).state for one in posts]
