"""Draws every screen for docs/screens: `python -m tests.journeys.pictures`. Not a test: somebody looks at them."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from content.migrations import upgrade
from tests.journeys.serving import Desk, serving, sign_in_as
from tests.journeys.test_screens import _places

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
WAYS = (("en", 1280, "light"), ("ar", 360, "dark"))
HEIGHT = {1280: 900, 360: 760}


@contextmanager
def _desk() -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/desk.db"
        upgrade(url)
        with serving(url) as desk:
            yield desk


def _page(browser: Browser, desk: Desk, who: str, language: str, width: int, scheme: str) -> Page:
    context = browser.new_context(
        locale=language, viewport={"width": width, "height": HEIGHT[width]}, base_url=desk.address,
        color_scheme=scheme, device_scale_factor=0.5 if width > 1000 else 1,  # type: ignore[arg-type]  # light or dark
    )  # fmt: skip
    sign_in_as(context, desk, who)
    return context.new_page()


def _name(place: str) -> str:
    """A file's name for an address: no digest, no number of a row."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[0-9a-f]{16}", "words", place.lower())).strip("-") or "home"


def draw() -> None:
    """Every screen in two ways: wide, light and English; narrow, dark and Arabic."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with _desk() as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        places = list(_places(desk))
        for language, width, scheme in WAYS:
            pages = {who: _page(browser, desk, who, language, width, scheme) for who in {who for _, who, *_ in places}}
            for place, who, *_ in places:
                pages[who].goto(place)
                pages[who].screenshot(path=str(FOLDER / f"{_name(place)}-{language}.png"))
        browser.close()


if __name__ == "__main__":
    draw()
