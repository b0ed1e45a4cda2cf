"""A real desk on loopback and a real browser in front of it; Chromium is on the PATH."""

import shutil
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from content.journal import write_epoch
from content.organisation import the_instance
from content.settings import Settings
from tests.faults.nursery import Nursery
from tests.faults.programs import Programs, settled
from tests.journeys.serving import Desk, serving, sign_in_as


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed here")
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
def desk(db: str) -> Iterator[Desk]:
    with serving(db) as running:
        yield running


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """It has loaded all that a worker is, once for all of them."""
    started = Nursery()
    yield started
    started.close()


@pytest.fixture
def home(db: str, tmp_path: Path) -> Settings:
    return settled(tmp_path / "home", db)


@pytest.fixture
def worker(desk: Desk, home: Settings, nursery: Nursery) -> Iterator[None]:
    """A worker as a process of its own, with its broker."""
    with desk.house.store.read() as session:
        write_epoch(home.journal, the_instance(session).epoch)
    with Programs(home, nursery) as programs:
        programs.start_broker()
        programs.start_worker()
        yield


def on_the_site(home: Settings) -> str:
    """All that stands on the site."""
    return "".join(path.read_text("utf-8") for path in (home.home / "site").rglob("*.html"))


@pytest.fixture
def visit(desk: Desk, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A page of somebody signed in; what the browser complains of fails the test at its end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(ref: str = "", language: str = "en", width: int = 1280, **more: object) -> Page:
        context = chromium.new_context(
            locale=language, viewport={"width": width, "height": 900}, base_url=desk.address, **more  # type: ignore[arg-type]  # passed on
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
