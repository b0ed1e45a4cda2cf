"""A real desk on loopback and a real browser in front of it; Chromium is on the PATH."""

import base64
import shutil
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from content import arming
from content.campaign import Campaign
from content.journal import write_epoch
from content.organisation import the_instance
from content.settings import Settings
from tests import factory
from tests.channels.receiver import SECRET, Receiver
from tests.faults.nursery import Nursery
from tests.faults.programs import Programs, settled
from tests.journeys.acts import Stage
from tests.journeys.serving import Desk, serving, sign_in_as
from tests.share import taken

WAYS = (("en", "keys"), ("en", "no script"), ("ar", "no script"), ("ar", "keys"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the ways through a journey those of this share: each journey in every so-manieth, beginning with another."""
    journeys: dict[str, list[pytest.Item]] = {}
    for one in items:
        if isinstance(one, pytest.Function) and "way" in one.fixturenames:
            journeys.setdefault(one.originalname, []).append(one)
    left = [
        one
        for first, ways in enumerate(journeys.values())
        for number, one in enumerate(ways)
        if not taken(first + number)
    ]
    config.hook.pytest_deselected(items=left)
    items[:] = [one for one in items if one not in left]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed here")
    expect.set_options(timeout=20_000)  # a page comes at once; a machine that others use may take its time
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The whole script of axe-core."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@pytest.fixture
def db(sqlite_db: str) -> str:
    """On SQLite alone: what a browser shows of a page does not depend on the database."""
    return sqlite_db


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Of the instance: on a rehearsal the clock can be moved; a live one may send to others."""
    return "live" if "live" in request.fixturenames else "rehearsal"


@pytest.fixture
def desk(db: str, kind: str) -> Iterator[Desk]:
    with serving(db, kind) as running:
        yield running


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """It has loaded all that a worker is, once for all of them."""
    started = Nursery()
    yield started
    started.close()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def home(request: pytest.FixtureRequest, db: str, tmp_path: Path, kind: str) -> Settings:
    allowed = (request.getfixturevalue("hook").pair,) if kind == "live" else ()
    return settled(tmp_path / "home", db, outbound_allow=allowed, lease=30)  # browsers slow a worker down


@pytest.fixture
def worker(desk: Desk, home: Settings, nursery: Nursery) -> Iterator[None]:
    """A worker as a process of its own, with its broker."""
    with desk.house.store.read() as session:
        write_epoch(home.journal, the_instance(session).epoch)
    with Programs(home, nursery) as programs:
        programs.start_broker()
        programs.start_worker()
        yield


@pytest.fixture(params=WAYS, ids=" ".join)
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A language, and how one works in it."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def rehearsal(desk: Desk, home: Settings, worker: None, visit: Callable[..., Page], way: tuple[str, str]) -> Stage:
    return Stage(desk, home, visit, *way)


@pytest.fixture
def live(
    desk: Desk, home: Settings, hook: Receiver, worker: None, visit: Callable[..., Page], way: tuple[str, str]
) -> Stage:
    """Armed by two people, with an account whose words a receiver gets."""
    house = desk.house
    with house.store.write() as session:
        made = factory.account(session, house.organisation, "hook", reach="worldwide", channel="webhook")
        made.remote_identity = made.identity_seen = hook.url
        campaign = session.get_one(Campaign, house.campaign.id)
        campaign.accounts = [*campaign.accounts, "hook"]
    house.accounts["hook"] = made
    for ref in ("kim", "dana"):
        with house.store.write() as session:
            arming.arm(session, house.people[ref])
    secrets = home.keys / "channels"
    secrets.mkdir()
    (secrets / "hook.secret").write_text("whsec_" + base64.b64encode(SECRET).decode())
    return Stage(desk, home, visit, *way, hook)


@pytest.fixture
def visit(desk: Desk, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A page of somebody signed in; what the browser complains of fails the test at its end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(ref: str = "", language: str = "en", width: int = 1280, **more: object) -> Page:
        context = chromium.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            base_url=desk.address,
            **more,  # type: ignore[arg-type]  # passed on
        )
        contexts.append(context)
        if ref:
            sign_in_as(context, desk, ref)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not [one for one in complaints if "Content Security Policy" in one], complaints
