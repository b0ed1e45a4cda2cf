"""Draws every screen for docs/screens: `python -m tests.journeys.pictures`. Not a test: somebody looks at them.

Each twice: wide, light and in English; narrow, dark and in Arabic. pngquant makes them small.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from content.migrations import upgrade
from tests.journeys.places import Place, places
from tests.journeys.serving import Desk, serving, sign_in_as

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
LARGEST = 55_000  # bytes of one picture
WAYS = (("en", ViewportSize(width=1280, height=900), "light"), ("ar", ViewportSize(width=360, height=900), "dark"))
HOME = "/srv/counterpoint"  # what the page of settings shows: no folder of whoever draws
SMALL = ("pngquant", "--force", "--ext", ".png", "--speed", "1", "--nofs", "24")


@contextmanager
def _desk() -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/desk.db"
        upgrade(url)
        with serving(url) as desk:
            yield desk


def _page(browser: Browser, desk: Desk, who: str, language: str, size: ViewportSize, scheme: str) -> Page:
    context = browser.new_context(
        locale=language,
        viewport=size,
        base_url=desk.address,
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        reduced_motion="reduce",
    )
    if who:
        sign_in_as(context, desk, who)
    return context.new_page()


def _draw(browser: Browser, desk: Desk, some: Sequence[Place]) -> None:
    for language, size, scheme in WAYS:
        people = {who: _page(browser, desk, who, language, size, scheme) for who in {one.who for one in some}}
        for one in some:
            people[one.who].goto(one.address)
            people[one.who].screenshot(path=str(FOLDER / f"{one.name}-{language}.png"))


def draw() -> None:
    """Every screen in both ways, and the page that shows them."""
    os.environ |= {"COUNTERPOINT_HOME": HOME, "COUNTERPOINT_TEMPLATES": f"{HOME}/templates"}
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with _desk() as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        some = list(places(desk))
        _draw(browser, desk, some)
        browser.close()
    subprocess.run([*SMALL, *sorted(FOLDER.glob("*.png"))], check=True)
    (FOLDER / "README.md").write_text(index([one.name for one in some]))


def index(names: Sequence[str]) -> str:
    """The page of all pictures, by name."""
    shown = [f"## {name}\n\n![{name} in English]({name}-en.png) ![{name} in Arabic]({name}-ar.png)\n" for name in names]
    return "\n".join((INTRODUCTION, *shown))


INTRODUCTION = """# The screens

Every screen of the desk, in English (light, 1280 px wide) and in Arabic (dark, 360 px wide). The words on them are
invented. Drawn by `python -m tests.journeys.pictures`, which needs Chromium and pngquant; never by hand.
"""

if __name__ == "__main__":
    draw()
