"""Draws the table of media in docs/channels.md from what queueing reads: `python -m tests.docs.media`.

It stands between two marks of the page; the rest of the page is written by hand.
"""

from pathlib import Path

from content.formats import Format, find_format
from content.promised import PROMISED, Takes

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"
START, END = "<!-- media -->\n", "<!-- /media -->\n"
# (channel, format) in the order of the page
PAIRS = (
    ("site", "site"), ("webhook", "site"), ("wordpress", "site"), ("list", "mail"), ("bluesky", "bluesky"),
    ("mastodon", "mastodon"), ("matrix", "matrix"), ("telegram", "telegram"), ("manual", "x"), ("manual", "facebook"),
    ("manual", "instagram"), ("manual", "tiktok"), ("manual", "youtube"), ("manual", "whatsapp"),
)  # fmt: skip


def table() -> str:
    """The lines between the marks."""
    head = "| channel | format | pictures | films | sounds | besides |\n|---|---|---|---|---|---|\n"
    return head + "".join(_row(channel, find_format(name)) for channel, name in PAIRS)


def drawn(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{table()}{END}{after}"


def _row(channel: str, shape: Format) -> str:
    takes = PROMISED[channel].takes
    films = 0 if takes.films == 0 else shape.films
    sounds = "as films" if films and shape.sounds else "–"
    shown = (_some(shape.images, shape.image_bytes, takes), _some(films, shape.film_bytes, takes), sounds)
    cells = (f"`{channel}`", shape.name, *shown, "; ".join(_besides(shape, takes)) or "–")
    return f"| {' | '.join(cells)} |\n"


def _some(number: int, each: int | None, takes: Takes) -> str:
    if not number:
        return "–"
    least = min((one for one in (each, takes.each) if one is not None), default=None)
    return f"{number}" if least is None else f"{number} of {_size(least)}"


def _besides(shape: Format, takes: Takes) -> list[str]:
    films = shape.films and takes.films != 0
    told = {
        "pictures or films, not both": shape.either and shape.images,
        f"a film of {(shape.film_seconds or 0) // 60} minutes": films and shape.film_seconds,
        f"its captions of {(shape.caption_bytes or 0) // 1000} kB": films and shape.caption_bytes,
        f"its description of {shape.film_alt or 0:,} characters": films and shape.film_alt,
        "nothing without a film": shape.needs == "film",
        "nothing without a picture or film": shape.needs == "media",
        f"a title of {shape.title} characters": shape.title,
        f"{shape.beside:,} {shape.unit} of words" if shape.beside else "": shape.beside,
        f"{_size(takes.together)} together" if takes.together else "": takes.together,
    }
    return [words for words, holds in told.items() if holds]


def _size(octets: int) -> str:
    amount = octets / 1e6
    return f"{amount / 1000:g} GB" if amount >= 1000 else f"{amount:g} MB"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
