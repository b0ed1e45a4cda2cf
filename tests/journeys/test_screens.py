"""Every screen, in both directions, light and dark, narrow and wide: what axe-core and the eye of a script find."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.places import places
from tests.journeys.serving import Desk
from tests.share import EVERY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # every page there is, in one test
Visit = Callable[..., Page]
COLOURS = ["color-contrast", "link-in-text-block"]  # what a scheme can break
WHO = ("alice", "dana", "")
UNFOLD = """() => { const folded = [...document.querySelectorAll('details:not([open])')]
    folded.forEach(one => { one.open = true })
    return folded.length }"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _violations(page: Page, axe: str, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds; rules: only these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)  # half a megabyte, once for each page
    wanted: object = {"type": "rule", "values": rules} if rules else RULES
    how = json.dumps({"runOnly": wanted, "preload": False, "resultTypes": ["violations"]})  # of the rest only its rules
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {how})")
    assert len(found["passes"]) > (0 if rules else 15), "axe-core looked at nothing"
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]


def _faults(page: Page) -> list[str]:
    """One h1, nothing that scrolls sideways, a label for every field, a visible focus on the first link."""
    return page.evaluate(
        """() => {
            const faults = []
            if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1')
            const main = document.querySelector('main')
            if (!main || main.clientWidth < 320) faults.push('no main, or one squeezed: ' + main?.clientWidth)
            const root = document.documentElement
            if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways: ${root.scrollWidth}`)
            for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
                if (!field.labels.length) faults.push('no label: ' + field.outerHTML.slice(0, 80))
            document.querySelector('a').focus()
            const ring = getComputedStyle(document.activeElement)
            if (ring.outlineStyle === 'none') faults.push('no visible focus')
            document.activeElement.blur()  // the way past the sections covers what stands there, while it is seen
            return faults
        }"""
    )


def _foreign(page: Page) -> list[str]:
    """Words in Latin letters that a page in Arabic says as its own: neither marked as English nor a name."""
    return page.evaluate(
        """() => {
            const found = []
            const marked = '.says, bdi, textarea, code, pre, kbd, script, .brand, [dir=ltr], [lang]:not([lang=ar])'
            const isolated = /\\u2068[^\\u2069]*\\u2069/g  // a name in a sentence of ours
            const every = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
            while (every.nextNode()) {
                const at = every.currentNode.parentElement
                if (at.closest(marked) || !at.checkVisibility()) continue
                const words = every.currentNode.textContent.replace(isolated, '').match(/[A-Za-z]{2,}/g) || []
                found.push(...words.filter(one => !['UTC', 'UTF'].includes(one)).map(one => `not Arabic: ${one}`))
            }
            return [...new Set(found)]
        }"""
    )


def _shifts(page: Page) -> list[str]:
    """What moved while the page came, if it was more than a hair."""
    moved: list[Any] = page.evaluate(
        """() => new Promise(done => {
            const moved = []
            new PerformanceObserver(list => { for (const one of list.getEntries())
                moved.push([one.value, ...one.sources.map(it =>
                    [it.node?.outerHTML?.slice(0, 60), it.previousRect, it.currentRect])]) })
                .observe({type: 'layout-shift', buffered: true})
            setTimeout(() => done(moved), 50)
        })"""
    )
    return [f"shifts: {moved}"] if sum(one[0] for one in moved) >= 0.01 else []


def _looks(page: Page, axe: str) -> Iterator[tuple[str, list[str]]]:
    """The page as it stands, wide and narrow, light and dark: dark has colours of its own, and nothing else."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        yield f"{width} light", [*_violations(page, axe), *_faults(page)]
        if page.evaluate(UNFOLD):
            yield f"{width} unfolded", _violations(page, axe)
        page.emulate_media(color_scheme="dark")
        yield f"{width} dark", _violations(page, axe, COLOURS)


def _opened(page: Page, place: str, status: int) -> list[str]:
    """Goes there; what is wrong with how it came."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    page.wait_for_function("innerWidth === 1280")  # the window's own change of size moves things too
    answer = page.goto(place)
    assert answer is not None
    came = [] if answer.status == status else [f"answers {answer.status}"]
    return came + _shifts(page) + ([] if page.title() else ["has no title"])


@pytest.mark.timeout(600)  # every screen there is, in a browser that others may slow down
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_screen_has_a_fault_that_a_script_can_find_wide_or_narrow_light_or_dark(
    desk: Desk, visit: Visit, axe: str, language: str
) -> None:
    pages = {who: visit(who, language, reduced_motion="reduce") for who in WHO}  # no colour on its way to another
    found = {}
    for one in list(places(desk))[EVERY]:
        page, place = pages[one.who], one.address
        if faults := _opened(page, place, one.status):
            found[place, "opened"] = faults
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert len(page.screenshot()) > 5000, place
        found |= {(place, how): faults for how, faults in _looks(page, axe) if faults}
        if language == "ar" and (words := _foreign(page)):
            found[place, "words"] = words
    assert found == {}


OPENS = [
    (opens, width, language)
    for opens, width in (("pause", 1280), ("pause", 360), ("keys", 1280), ("sections", 360))
    for language in ("en", "ar")
]


@pytest.mark.parametrize(("opens", "width", "language"), OPENS[EVERY])
def test_nothing_that_opens_over_a_page_has_a_fault(
    visit: Visit, axe: str, opens: str, width: int, language: str
) -> None:
    page = visit("dana", language, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/campaigns/spring")
    page.evaluate("name => document.getElementById(name).showPopover()", opens)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert _violations(page, axe) == []
    assert language == "en" or _foreign(page) == []


def _wrong_name(page: Page) -> None:
    page.goto("/sign-in")
    for name, typed in (("name", "nobody"), ("password", "a wrong one"), ("code", "123456")):
        page.fill(f"#{name}", typed)
    page.click("main form button")


def _verified(page: Page) -> None:
    page.goto("/record")
    page.locator('form[action="/record/verify"] button').click()


def _refused(page: Page) -> None:
    page.goto("/campaigns/spring")
    page.evaluate("document.getElementById('pause').showPopover()")
    page.select_option("#scope", "message")
    page.fill("#value", "M-none")
    page.locator('form[action="/pauses"] button.primary').click()


ACTS = [
    (who, act, where, language)
    for language in ("en", "ar")
    for who, act, where in (
        ("", _wrong_name, "/sign-in"), ("dana", _verified, "/record/verify"), ("dana", _refused, "/pauses"),
    )
]  # fmt: skip


@pytest.mark.parametrize(("who", "act", "where", "language"), ACTS[EVERY])
def test_no_page_that_answers_an_act_has_a_fault(
    visit: Visit, axe: str, who: str, act: Callable[[Page], None], where: str, language: str
) -> None:
    page = visit(who, language, reduced_motion="reduce")
    act(page)
    assert page.url.endswith(where)
    assert {how: faults for how, faults in _looks(page, axe) if faults} == {}
    assert language == "en" or _foreign(page) == []
