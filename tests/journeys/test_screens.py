"""Every screen, in both directions, light and dark, narrow and wide: what axe-core and the eye of a script find."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from content import invitation, people, slot
from content.message import Message
from content.permission import PERMISSIONS
from content.store import now
from tests import factory
from tests.journeys.conftest import Desk
from web.app import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # every page there is, in one test
Visit = Callable[..., Page]
FILES = {"/record/export"}  # what is downloaded and never shown
COLOURS = ["color-contrast", "link-in-text-block"]  # what a scheme can break
WHO = ("alice", "dana")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _places(desk: Desk) -> Iterator[tuple[str, str, int]]:
    """Every page there is, with something on it, somebody who may see it, and how it answers."""
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
        slot.add(session, desk.house.people["alice"], slot.Wanted("spring", "en", "site", "monday", "18:00"))
        token = invitation.invite(session, desk.house.people["tom"], desk.house.people["tom"])
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
                yield where, who, 200
    yield from ((f"/posts/{post}", "dana", 200) for post in posts)
    yield "/posts?state=blocked", "dana", 200
    yield f"/replan?post={posts[1]}", "alice", 200
    yield f"/used/template/{desk.house.template.name}", "alice", 200
    yield "/record?who=alice&step=pause.set", "dana", 200
    yield "/compose?campaign=spring&narrative=N-2&language=en", "alice", 200
    yield f"/compose?message={message}&language=en", "alice", 200  # with its preview
    yield from ((f"/calendar?{how}", "alice", 200) for how in ("view=month", "view=list&times=mine&zone=Asia/Tokyo"))
    yield "/compose", "dana", 403  # refused
    for tab in ("", "/consent", "/protection"):
        yield f"/narratives/N-1{tab}", "dana", 200
    yield "/material/template/infighting/plain", "dana", 200
    yield "/material/block/helpline-gb-en", "dana", 200
    yield from ((place, "dana", 200) for place in ("/sign-in", f"/invitation/{token}"))


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


def _shifts(page: Page) -> list[str]:
    """What moved while the page came, if it was more than a hair."""
    moved: list[Any] = page.evaluate(
        """() => new Promise(done => {
            const moved = []
            new PerformanceObserver(list => { for (const one of list.getEntries())
                moved.push([one.value, ...one.sources.map(it => it.node?.outerHTML?.slice(0, 60))]) })
                .observe({type: 'layout-shift', buffered: true})
            setTimeout(() => done(moved), 50)
        })"""
    )
    return [f"shifts: {moved}"] if sum(one[0] for one in moved) >= 0.01 else []


def _share() -> slice:
    """Every page; with COUNTERPOINT_PAGES=N/M every M-th from the N-th on: the gate looks at half."""
    number, _, parts = os.environ.get("COUNTERPOINT_PAGES", "0/1").partition("/")
    return slice(int(number), None, int(parts))


def _looks(page: Page, axe: str) -> Iterator[tuple[str, list[str]]]:
    """The page as it stands, wide and narrow, light and dark: dark has colours of its own, and nothing else."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        yield f"{width} light", [*_violations(page, axe), *_faults(page)]
        page.emulate_media(color_scheme="dark")
        yield f"{width} dark", _violations(page, axe, COLOURS)


def _opened(page: Page, place: str, status: int) -> list[str]:
    """Goes there; what is wrong with how it came."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
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
    for place, who, status in list(_places(desk))[_share()]:
        page = pages[who]
        if faults := _opened(page, place, status):
            found[place, "opened"] = faults
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert len(page.screenshot()) > 5000, place
        found |= {(place, how): faults for how, faults in _looks(page, axe) if faults}
    assert found == {}
