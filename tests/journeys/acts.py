"""What people do at the desk, each written once for any hand and language: of these the journeys are made."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from playwright.sync_api import Locator, Page, expect
from sqlmodel import col, select

from content import invitation, second_factor
from content.lifecycle import Post
from content.settings import Settings
from content.store import now, wall
from tests import factory
from tests.channels.receiver import Receiver
from tests.journeys.hand import HANDS, Hand, codes
from tests.journeys.serving import Desk

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
    moved_back: str
    paused: str
    second: str
    lifted: str
    withdraw: str
    keep: str
    done: str


SAID = {
    "en": Words(
        "Keep these codes", "This invitation was used or is over.", "In review", "Scheduled", "Published", "Moved to",
        "Moved back to", "Paused. Lifting it takes two people", "A second person must say so too", "Nothing is paused.",
        "Withdraw…", "Keep everything as it is", "Everything is done",
    ),
    "ar": Words(
        "احتفظ بهذه الرموز", "استُعملت هذه الدعوة أو انتهت.", "قيد المراجعة", "مجدول", "منشور", "نُقل إلى",
        "أُعيد إلى", "أُوقف النشر. لاستئنافه يلزم شخصان", "يلزم أن يقول ذلك شخص ثانٍ", "لا شيء موقوف.",
        "سحب…", "أبقِ كل شيء كما هو", "تمّ كل شيء",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """A desk before a running worker, the two ends at which words arrive, and how people work there."""

    desk: Desk
    home: Settings
    visit: Callable[..., Page]
    language: str
    how: str
    hook: Receiver | None = None  # where an armed instance sends to

    @property
    def said(self) -> Words:
        return SAID[self.language]

    @property
    def script(self) -> bool:
        return self.how == "keys"

    def stranger(self) -> Hand:
        return HANDS[self.how](self.visit("", self.language, java_script_enabled=self.script), [])

    def colleague(self, ref: str) -> Hand:
        """Somebody who has signed in before."""
        page = self.visit(ref, self.language, java_script_enabled=self.script)
        return HANDS[self.how](page, codes(self.desk.house, ref))

    def on_the_site(self, words: str) -> bool:
        return any(words in path.read_text("utf-8") for path in (self.home.home / "site").rglob("*.html"))

    def received(self, words: str) -> bool:
        """Whether these words stand at the other end of the hook."""
        return self.hook is not None and any(words in one for one in self.hook.out().values())

    def states(self, posts: list[int]) -> list[str]:
        with self.desk.house.store.read() as session:
            return [session.get_one(Post, one).state for one in posts]

    def posts(self) -> list[Post]:
        with self.desk.house.store.read() as session:
            return list(session.exec(select(Post).order_by(col(Post.id))))

    def due(self, post: int) -> datetime:
        with self.desk.house.store.read() as session:
            return session.get_one(Post, post).due_at

    def pass_to(self, when: datetime) -> None:
        """The rehearsal's clock comes to that time."""
        with self.desk.house.store.write() as session:
            factory.move_on(session, when - now(session))

    def clock(self) -> datetime:
        with self.desk.house.store.read() as session:
            return now(session)

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + SOON
        while not holds() and time.monotonic() < end:
            time.sleep(0.05)
        assert holds(), what


# --- the door ----------------------------------------------------------------------------------------


def enters(stage: Stage, ref: str) -> Hand:
    """Takes up an invitation, keeps the codes, and signs in with password and app."""
    house = stage.desk.house
    with house.store.write() as session:
        token = invitation.invite(session, house.people[ref], house.people[ref]) or ""
    who = stage.stranger()
    app, kept = _enrols(stage, who, f"/invitation/{token}")
    who.press(who.page.locator("a.primary"))
    for field, text in (("#name", ref), ("#password", PASSWORD), ("#code", _next_code(stage, app))):
        who.fill(who.page.locator(field), text)
    _send(stage, who)
    expect(who.page.locator("a.who")).to_contain_text(house.people[ref].name)
    who.codes[:] = kept
    return who


def _send(stage: Stage, who: Hand) -> None:
    """The only form of the page: Enter in a field, or its button."""
    who.page.keyboard.press("Enter") if stage.script else who.press(who.page.locator("main form button"))


def _enrols(stage: Stage, who: Hand, where: str) -> tuple[pyotp.TOTP, list[str]]:
    who.page.goto(where)
    app = pyotp.TOTP(who.page.locator("main code").inner_text())
    who.fill(who.page.locator("#password"), PASSWORD)
    who.fill(who.page.locator("#code"), app.now())
    _send(stage, who)
    expect(who.page.locator("h1")).to_have_text(stage.said.codes)
    kept = who.page.locator("main li code").all_inner_texts()
    assert len(set(kept)) == 10
    _never_shown_again(stage, where, kept)
    return app, kept


def _never_shown_again(stage: Stage, where: str, kept: list[str]) -> None:
    page = stage.stranger().page
    page.goto(where)
    expect(page.locator("main")).to_contain_text(stage.said.over)
    assert not [code for code in kept if code in page.content()]


def _next_code(stage: Stage, app: pyotp.TOTP) -> str:
    """The app's next: the one it shows now was used already."""
    with stage.desk.house.store.read() as session:
        return app.at(wall(session) + timedelta(seconds=second_factor.STEP))


# --- the words ---------------------------------------------------------------------------------------


def composes(stage: Stage, author: Hand, ref: str) -> None:
    """One passage for the site and for whoever posts by hand, tomorrow at ten."""
    page = author.page
    page.goto(COMPOSE)
    author.choose(page.locator("[name=passage]").first)
    author.choose(page.locator("[name=template]").first)
    for account in ("facebook-gb", "site"):
        author.choose(page.locator(f"[name=account][value={account}]"))
    if not stage.script:
        author.press(page.locator("[formaction='/compose/preview']"))
    expect(page.locator("#preview .leaf .says").first).to_contain_text(factory.PASSAGE, timeout=UNTIL)
    author.pick(page.locator("#stance"), 1)
    author.date(page.locator("#start"), (stage.clock() + timedelta(days=1)).replace(hour=10, minute=0))
    author.fill(page.locator("#message"), ref)
    author.press(page.locator("button.primary[aria-describedby=why]"))
    page.wait_for_url("**/messages")
    author.press(page.get_by_role("link", name=ref))
    until(page, page.locator("main .chip[data-state]").first, stage.said.review)


def approves(who: Hand, ref: str) -> None:
    """From the queue to the answer: open, approve."""
    who.page.goto("/review")
    who.press(who.page.locator(".rows .cover").first)
    expect(who.page.locator("h1")).to_have_text(ref)
    who.press(who.page.locator("[data-key=a]"))
    who.page.wait_for_url("**/review*title")


# --- the plan ----------------------------------------------------------------------------------------


def moves(stage: Stage, who: Hand, post: int) -> None:
    """A minute later, from the week of the calendar."""
    page, was = who.page, stage.due(post)
    page.goto(f"/calendar?day={was:%Y-%m-%d}")
    who.press(page.locator(f'.entry[data-post="{post}"]'))
    page.wait_for_url("**/calendar/posts/**")
    who.later(page.locator("#time"), was + timedelta(minutes=1))
    _send(stage, who) if stage.script else who.press(page.locator("main .sift .primary"))
    expect(page.locator(".toast")).to_contain_text(stage.said.moved)
    assert stage.due(post) == was + timedelta(minutes=1)


def pauses(stage: Stage, who: Hand) -> None:
    who.page.goto("/")
    who.press(who.page.locator("button[popovertarget=pause]").first)
    who.press(who.page.locator("#pause button.primary"))
    expect(who.page.get_by_role("status").first).to_contain_text(stage.said.paused)


def lifts(who: Hand, said: str) -> None:
    who.page.goto("/pauses")
    who.fill(who.page.locator("#list input.code"), who.codes.pop())
    who.press(who.page.locator("#list form button"))
    expect(who.page.locator("body")).to_contain_text(said)


def withdraws(stage: Stage, keeper: Hand) -> None:
    """Consent is taken back: seen first, then done, and the page tells of it to the end."""
    page, before = keeper.page, [one.state for one in stage.posts()]
    page.goto("/narratives/N-2/consent")
    keeper.press(page.get_by_role("link", name=stage.said.withdraw))
    expect(page.get_by_role("link", name=stage.said.keep)).to_be_visible()
    assert [one.state for one in stage.posts()] == before, "looking at it stops nothing"
    keeper.fill(page.locator("#code"), keeper.codes.pop())
    keeper.press(page.locator("button.grave"))
    expect(page.get_by_role("heading", name=stage.said.done)).to_be_visible(timeout=UNTIL)


def until(page: Page, where: Locator, said: str) -> None:
    """Loads the page again until that stands there."""
    end = time.monotonic() + SOON
    while time.monotonic() < end and not (where.count() and said in where.inner_text()):
        page.wait_for_timeout(200)
        page.reload()
    expect(where).to_contain_text(said)
