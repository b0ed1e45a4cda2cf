"""Review, from the list to the clearance: two people, two languages, by keys alone, and without a script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update
from sqlmodel import select

from content import taking, verdict
from content.message import Version
from content.organisation import raise_epoch
from content.review import Clearance, Verdict
from content.sign_in import SignIn
from content.store import wall
from tests import factory
from tests.journeys.hand import codes
from tests.journeys.serving import Desk

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def _queued(desk: Desk, ref: str = "M-one", tier: int = 2, opens: timedelta = timedelta(hours=-1)) -> Version:
    with desk.house.store.write() as session:
        made = factory.version(
            session, desk.house, ref=ref, of=desk.house.narrative, accounts=("site", "bluesky-en"), opens=opens
        )
        factory.evaluation(session, made, tier=tier)
    return made


def _cleared(desk: Desk) -> list[str]:
    with desk.house.store.read() as session:
        return list(session.exec(select(Clearance.digest)))


def _look(page: Page) -> None:
    """What the page does by itself after a while."""
    page.evaluate("document.dispatchEvent(new Event('desk:look'))")


def _keys(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_two_reviewers_clear_words_of_tier_2_by_keys_alone(desk: Desk, visit: Visit, language: str) -> None:
    made = _queued(desk)
    for ref in ("bob", "dana"):
        assert _cleared(desk) == []
        page = visit(ref, language)
        page.goto("/")
        _keys(page, "g", "r")
        page.wait_for_url("**/review")
        _keys(page, "j", "Enter")  # one: the list's first
        page.wait_for_url("**/review/*")
        expect(page.locator("h1")).to_contain_text("M-one")
        _keys(page, "a")  # to the button, and nothing else
        expect(page.locator("[data-key=a]")).to_be_focused()
        _keys(page, "Enter")  # two: the answer
        page.wait_for_url("**/review*title")
        expect(page.locator("h1")).to_be_focused()
    assert _cleared(desk) == [made.digest]


COUNTED = """() => {
    const typed = 'input:not([type=checkbox], [type=radio]), textarea, select'
    const count = () => { sessionStorage.acts = 1 + Number(sessionStorage.acts || 0) }
    addEventListener('click', event => { if (event.isTrusted && !event.target.closest(typed)) count() }, true)
    addEventListener('change', event => { if (event.isTrusted) count() }, true)
}"""  # what somebody opens, fills or sends, with the mouse or with a key


@pytest.mark.parametrize("hours", [0, 1], ids=["just signed in", "signed in an hour ago"])
@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_a_review_takes_at_most_three_acts_from_the_queue(desk: Desk, visit: Visit, by: str, hours: int) -> None:
    _queued(desk, tier=1)
    page, code = visit("bob"), codes(desk.house, "bob")[0]
    with desk.house.store.write() as session:
        session.execute(update(SignIn).values(proved_at=wall(session) - timedelta(hours=hours)))
    page.add_init_script(f"({COUNTED})()")
    page.goto("/review")
    _act(page, by, page.locator(".rows .cover"), "j")
    page.wait_for_url("**/review/*")
    if hours:
        page.locator("#code").click()
        page.keyboard.type(code)
        page.locator("h1").focus()
    _act(page, by, page.locator("[data-key=a]"), "a")
    page.wait_for_url("**/review*title")
    assert len(_cleared(desk)) == 1
    assert page.evaluate("sessionStorage.acts") == ("3" if hours else "2")


def _act(page: Page, by: str, what: Locator, key: str) -> None:
    """With the mouse; or by the key that leads there, and Enter."""
    what.click() if by == "mouse" else _keys(page, key, "Enter")


def test_words_are_sent_back_by_keys_and_the_next_ones_are_shown(desk: Desk, visit: Visit) -> None:
    _queued(desk), _queued(desk, "M-two", opens=timedelta(hours=2))
    page = visit("dana")
    page.goto("/review")
    _keys(page, "j", "Enter")
    page.wait_for_url("**/review/*")
    _keys(page, "s")
    page.wait_for_url("**/send-back*")
    page.locator("#reason").fill("A quotation leads to him.")  # letters in a field are letters
    page.locator("#reason").press("j")
    assert page.locator("#reason").input_value().endswith("j")
    page.locator("main button.primary").click()
    page.wait_for_url("**/review/*title")
    expect(page.locator("h1")).to_contain_text("M-two")
    with desk.house.store.read() as session:
        assert session.exec(select(Verdict.answer)).all() == ["send_back"]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_key_does_what_the_map_says(desk: Desk, visit: Visit, language: str) -> None:
    first, _ = _queued(desk), _queued(desk, "M-two", opens=timedelta(hours=2))
    page = visit("dana", language)
    page.goto(f"/review/{first.digest[:16]}")
    _keys(page, "j")
    page.wait_for_url("**#title")
    expect(page.locator("h1")).to_contain_text("M-two")
    _keys(page, "k")
    expect(page.locator("h1")).to_contain_text("M-one")
    leaf = page.locator("details.leaf")
    _keys(page, "e")
    expect(leaf).to_have_attribute("open", "")
    _keys(page, "e")
    expect(leaf).not_to_have_attribute("open", "")
    for key, place in (("p", "#pause"), ("?", "#keys")):
        _keys(page, key)
        expect(page.locator(place)).to_be_visible()
        _keys(page, "Escape")
        expect(page.locator(place)).to_be_hidden()
    _keys(page, "g", "n")
    page.wait_for_url("**/narratives")
    with desk.house.store.read() as session:
        assert session.exec(select(Verdict)).all() == []


def test_z_presses_the_undo_of_the_toast_while_it_stands(desk: Desk, visit: Visit) -> None:
    page = visit("dana", bypass_csp=True)
    page.goto("/review")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<div class=toast><button data-undo>Undo</button></div>');"
        "document.querySelector('[data-undo]').onclick = () => { document.title = 'undone' }"
    )
    _keys(page, "z")
    assert page.title() == "undone"


def test_the_toast_stands_clear_of_the_answers_and_goes_by_itself(desk: Desk, visit: Visit) -> None:
    _queued(desk)
    page = visit("dana")
    page.clock.install()
    page.goto("/review")
    page.locator(".rows .cover").click()
    page.locator(".taking button").click()
    toast, bar = page.locator(".toast"), page.locator(".verdict")
    expect(toast).to_be_visible()
    top, bottom = bar.bounding_box(), toast.bounding_box()
    assert top and bottom and bottom["y"] + bottom["height"] <= top["y"]
    page.clock.fast_forward(11_000)
    expect(toast).to_have_count(0)


def test_keys_go_by_their_place_and_can_be_switched_off(desk: Desk, visit: Visit) -> None:
    _queued(desk)
    page = visit("dana", "ar")
    page.goto("/review")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ت', code: 'KeyJ', bubbles: true}))")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ت', code: 'KeyJ', bubbles: true}))")
    expect(page.locator(".rows .cover")).to_be_focused()
    page.locator("[data-keys-open]").click()
    page.locator("[data-keys-switch]").click()
    page.goto("/review")
    _keys(page, "j")
    expect(page.locator(".rows .cover")).not_to_be_focused()


def test_new_words_wait_behind_a_button_and_what_is_read_does_not_move(desk: Desk, visit: Visit) -> None:
    first = _queued(desk)
    page = visit("dana")
    page.goto("/review")
    page.locator(".rows .cover").focus()
    _queued(desk, "M-two", opens=timedelta(hours=-3))  # it would stand before the first
    with desk.house.store.write() as session:
        taking.take(session, desk.house.people["sam"], first.digest)
    _look(page)
    expect(page.locator("[data-show]")).to_have_text("1 new, show")
    assert page.locator(".rows .cover").count() == 1
    expect(page.locator(".rows .cover")).to_be_focused()
    page.locator("[data-show]").click()
    expect(page.locator(".rows .cover")).to_have_count(2)
    expect(page.locator(".rows")).to_contain_text("Sam Safeguarding reads it until")


def test_a_row_that_changed_changes_in_its_place(desk: Desk, visit: Visit) -> None:
    first = _queued(desk)
    page = visit("dana")
    page.goto("/review")
    with desk.house.store.write() as session:
        taking.take(session, desk.house.people["sam"], first.digest)
    _look(page)
    expect(page.locator(".rows")).to_contain_text("Sam Safeguarding reads it until")


def test_what_was_answered_meanwhile_goes_once_nobody_points_at_it(desk: Desk, visit: Visit) -> None:
    first, other = _queued(desk), _queued(desk, "M-two", opens=timedelta(hours=2))
    page = visit("dana")
    page.goto("/review")
    page.locator(".rows .cover").first.focus()
    with desk.house.store.write() as session:
        seen = factory.evaluation(session, first)
        verdict.verdict(session, desk.house.people["sam"], first.digest, "approve", seen=seen.id or 0)
    _look(page)
    expect(page.locator(".rows > li").first).to_contain_text("answered meanwhile")
    page.locator("h1").focus()
    _look(page)
    expect(page.locator(".rows .cover")).to_have_count(1)
    expect(page.locator(".rows .cover")).to_have_attribute("href", f"/review/{other.digest[:16]}")


def test_words_that_change_while_they_are_read_lose_their_buttons(desk: Desk, visit: Visit) -> None:
    first = _queued(desk)
    page = visit("dana")
    page.goto(f"/review/{first.digest[:16]}")
    page.locator("[data-key=a]").focus()
    with desk.house.store.write() as session:
        again = factory.version(session, desk.house, ref="M-one", of=desk.house.narrative, text="They had no bread.")
        factory.evaluation(session, again, tier=2)
    _look(page)
    expect(page.locator("#acts")).to_contain_text("These words have changed. Read version 2 before you answer.")
    assert page.locator("#acts button").count() == 0


def test_what_the_checks_found_anew_is_read_before_it_is_approved(desk: Desk, visit: Visit) -> None:
    first = _queued(desk)
    page = visit("dana")
    page.goto(f"/review/{first.digest[:16]}")
    with desk.house.store.write() as session:
        raise_epoch(session, desk.house.organisation.id or 0)
        factory.evaluation(session, first, tier=2)
    _look(page)
    expect(page.locator("#acts")).to_contain_text("Read the page again before you answer.")
    assert page.locator("#acts button").count() == 0


def test_a_sheet_prints_without_the_shell_and_with_every_leaf_unfolded(desk: Desk, visit: Visit) -> None:
    first = _queued(desk)
    page = visit("dana")
    page.goto(f"/review/{first.digest[:16]}")
    page.emulate_media(media="print")
    for gone in (".rail nav", ".top", ".verdict", ".taking"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.locator("details.leaf .says")).to_be_visible()
