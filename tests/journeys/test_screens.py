"""Every screen, in both directions, light and dark, narrow and wide: what axe-core and the eye of a script find."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from content import people
from content.message import Message
from content.permission import PERMISSIONS
from content.store import now
from tests import factory
from tests.journeys.conftest import Desk
from web.app import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # every page there is, in one test
Visit = Callable[..., Page]
FILES = {"/record/export"}  # what is downloaded and never shown
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _places(desk: Desk) -> Iterator[tuple[str, str]]:
    """Every page there is, with something on it, and somebody who may see it."""
    with desk.house.store.write() as session:
        version = factory.version(session, desk.house)
        factory.evaluation(session, version, blocks=0)
        message = session.get_one(Message, version.message_id).ref
        factory.passage(session, desk.house.narrative, desk.house.people["bob"], "p9", factory.PASSAGE, gloss="Fights.")
        risky = factory.version(session, desk.house, accounts=("site", "bluesky-en"))
        cleared = factory.clearance(session, desk.house, risky, tier=3, valid_from=timedelta(hours=-1))
        factory.post(session, desk.house, cleared, due=now(session) + timedelta(hours=2))
        event = factory.consent_event(
            session, desk.house.finding, desk.house.people["kim"], "narrow", languages=["en", "ar"]
        )
        post = factory.cleared_post(session, desk.house, account="bluesky-en")
        factory.brought(session, factory.cleared_post(session, desk.house), "published")
        people.grant(session, desk.house.people["bob"], desk.house.people["alice"], "language:ar")
        posts = [
            factory.brought(session, factory.cleared_post(session, desk.house), state).id
            for state in ("uncertain", "blocked", "recall_impossible")
        ]
    known = {
        "{digest}": version.digest[:16], "{ref}": desk.house.finding.ref, "/people/{ref}": "/people/tom",
        "{kind}": "passage", "{piece:path}": "N-1/p9@1", "{event}": str(event.id), "{number}": str(post.id),
        "/help/{name}": "/help/operate", "/campaigns/{ref}": "/campaigns/spring",
        "/accounts/{ref}": "/accounts/bluesky-en",
    }  # fmt: skip
    known = {"/messages/{ref}": f"/messages/{message}", "{theme}/{name}": desk.house.template.name} | known
    known |= {"/compose/propose": "/compose/propose?narrative=N-2&language=ar&of=p2"}
    for screen in SCREENS:
        for (method, path), verb in screen.verbs.items():
            where, who = path, "alice" if "author" in PERMISSIONS[verb].roles else "dana"
            for name, value in sorted(known.items(), key=lambda one: -len(one[0])):
                where = where.replace(name, value)
            if method == "GET" and path not in FILES:
                yield where, who
    yield from ((f"/posts/{post}", "dana") for post in posts)
    yield "/posts?state=blocked", "dana"
    yield "/record?who=alice&step=pause.set", "dana"
    yield "/compose?campaign=spring&narrative=N-2&language=en", "alice"
    yield f"/compose?message={message}&language=en", "alice"  # with its preview
    yield from (("/calendar?view=month", "alice"), ("/calendar?view=list&times=mine&zone=Asia/Tokyo", "dana"))
    yield "/compose", "dana"  # refused
    for tab in ("", "/consent", "/protection"):
        yield f"/narratives/N-1{tab}", "dana"
    yield "/material/template/infighting/plain", "dana"
    yield "/material/block/helpline-gb-en", "dana"
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
