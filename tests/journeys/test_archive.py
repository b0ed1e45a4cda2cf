"""The public archive in a browser: readable and without faults in both directions, light and dark, narrow and wide."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from content.archive import Entry, Place, build
from tests.journeys.test_screens import _violations

pytestmark = pytest.mark.browser
PLACE = Place("Open House", "https://house.example.org/")
ENTRIES = [
    Entry(
        "e1", "A former member on his days there",
        "They spent their days fighting other groups.\n\nhttps://house.example.org/en", "en", "ltr",
        datetime(2026, 3, 4, 10, tzinfo=UTC), ("https://house.example.org/en",),
    ),
    Entry("e2", "عضو سابق يتحدث", "قضوا أيامهم في قتال جماعات أخرى.\n\nسنة 2015", "ar", "rtl",
          datetime(2026, 4, 5, 10, tzinfo=UTC)),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_of_the_archive_has_a_fault_that_a_script_can_find(
    chromium: Browser, axe: str, tmp_path: Path, width: int, scheme: str
) -> None:
    for name, content in build(PLACE, ENTRIES).items():
        (tmp_path / name).write_bytes(content)
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]  # light or dark
    page, found = context.new_page(), {}
    for path in sorted(tmp_path.glob("*.html")):
        page.goto(path.as_uri())
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found[path.name] = [*_violations(page, axe), *(["scrolls sideways"] if sideways else [])]
    context.close()
    assert len(found) == 5
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_arabic_words_begin_at_their_own_side_on_a_page_of_both(chromium: Browser, tmp_path: Path) -> None:
    for name, content in build(PLACE, ENTRIES).items():
        (tmp_path / name).write_bytes(content)
    page = chromium.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    sides = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('article')].map(one => {
            const box = one.getBoundingClientRect(), range = document.createRange()
            range.selectNodeContents(one.querySelector('p'))
            const words = range.getBoundingClientRect()
            return [one.lang, words.left - box.left < box.right - words.right ? 'left' : 'right']
        }))"""
    )
    page.close()
    assert sides == {"en": "left", "ar": "right"}
