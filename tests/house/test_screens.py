"""Every screen has its two pictures in docs/screens, small, and the page that shows them."""

from tests.house.committed import ROOT, text
from tests.journeys.pictures import FOLDER, LARGEST, WAYS, index
from tests.journeys.places import named, pages

SHOWN = [line.removeprefix("## ") for line in text("docs/screens/README.md").splitlines() if line.startswith("## ")]
WHOLE = 4_000_000  # bytes of all pictures


def test_every_page_of_the_desk_has_its_pictures_and_none_is_of_a_page_that_is_gone() -> None:
    assert {named(path) for path, _ in pages()} <= {*SHOWN}
    drawn = {f"{name}-{language}.png" for name in SHOWN for language, *_ in WAYS}
    assert {path.name for path in FOLDER.glob("*.png")} == drawn and len(SHOWN) == len({*SHOWN})


def test_the_page_of_pictures_is_the_one_that_is_made() -> None:
    assert text("docs/screens/README.md") == index(SHOWN)


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    assert sum(sizes.values()) < WHOLE


def test_the_readme_leads_to_them() -> None:
    assert "docs/screens/README.md" in text("README.md") and (ROOT / "docs/screens/README.md").is_file()
