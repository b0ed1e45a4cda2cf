"""Every screen, in both directions, light and dark, narrow and wide: what axe-core and the eye of a script find."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from content import people
from content.permission import PERMISSIONS
from tests import factory
from tests.journeys.conftest import Desk
from web.app import SCREENS

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _places(desk: Desk) -> Iterator[tuple[str, str]]:
    """Every page there is, with something on it, and somebody who may see it."""
    with desk.house.store.write() as session:
        version = factory.version(session, desk.house)
        factory.evaluation(session, version, blocks=0)
        people.grant(session, desk.house.people["bob"], desk.house.people["alice"], "language:ar")
    known = {"{digest}": version.digest[:16], "{number}": "1"}
    named = {"/narratives": desk.house.finding.ref, "/people": "tom", "/accounts": "bluesky-en"}  # what {ref} is there
    for screen in SCREENS:
        for (method, path), verb in screen.verbs.items():
            where, who = path, "alice" if "author" in PERMISSIONS[verb].roles else "dana"
            for name, value in (*known.items(), ("{ref}", named.get(f"/{path.split('/')[1]}", ""))):
                where = where.replace(name, value)
            if method == "GET":
                yield where, who
    yield "/compose?campaign=spring&narrative=N-2&language=en", "alice"
    yield "/compose", "dana"  # refused
    yield "/sign-in", "dana"


def _violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    run = f"axe.run(document, {{runOnly: {json.dumps(RULES)}}})"
    found: dict[str, Any] = page.evaluate(run)
    assert len(found["passes"]) > 15, "axe-core looked at nothing"
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
            return faults
        }"""
    )


@pytest.mark.timeout(600)  # every screen at a time, in a browser that others may slow down
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_screen_has_a_fault_that_a_script_can_find(
    desk: Desk, visit: Visit, axe: str, language: str, width: int, scheme: str
) -> None:
    pages = {who: visit(who, language, width, color_scheme=scheme, bypass_csp=True) for who in ("alice", "dana")}
    found = {}
    for place, who in _places(desk):
        page = pages[who]
        page.goto(place)
        assert page.title() and page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        found[place] = [*_violations(page, axe), *_faults(page)]
    assert {place: faults for place, faults in found.items() if faults} == {}


def test_no_screen_shifts_while_it_loads_or_breaks_the_policy(desk: Desk, visit: Visit) -> None:
    pages = {who: visit(who) for who in ("alice", "dana")}
    for place, who in _places(desk):
        page = pages[who]
        page.goto(place)
        shift = page.evaluate(
            """() => new Promise(done => {
                let sum = 0
                new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value })
                    .observe({type: 'layout-shift', buffered: true})
                setTimeout(() => done(sum), 150)
            })"""
        )
        assert shift < 0.01, place


def test_every_screen_has_its_picture(desk: Desk, visit: Visit, tmp_path: Path) -> None:
    pages = {who: visit(who) for who in ("alice", "dana")}
    for place, who in _places(desk):
        page = pages[who]
        page.goto(place)
        picture = page.screenshot(path=str(tmp_path / "picture.png"))
        assert len(picture) > 5000, place
