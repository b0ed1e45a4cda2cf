"""A card of words: a quotation or passage drawn as a picture, with who said where it can be read.

Letters are joined and lines run as readers of each script expect: shaped by HarfBuzz with bidirectional text, by a
font of our own. Runs in the child of content/encoding alone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from content.encoding import CARD_INK, CARD_PAPER
from content.errors import Refusal

SIDE = 1200  # pixels
_MARGIN = 110
_LARGEST, _SMALLEST, _STEP = 84, 40, 4  # pixels of a letter
_BELOW = 36  # of the line that says whose words they are
_LEADING = 1.55
_FONT = Path(__file__).parent / "fonts" / "NotoSans-NaskhArabic.ttf"
_NO_LETTER = "\uffff"


def draw(card: Mapping[str, Any]) -> Image.Image:
    """The picture of {text, from, rtl}. Raises Refusal `card.letter`, `card.long`."""
    text, told, direction = str(card["text"]), str(card["from"]), "rtl" if card["rtl"] else "ltr"
    _known(text + told)
    width, height = SIDE - 2 * _MARGIN, SIDE - 3 * _MARGIN
    below, lines_below = _laid(told, _BELOW, width, direction)
    room = height - len(lines_below) * _BELOW * _LEADING
    for size in range(_LARGEST, _SMALLEST - 1, -_STEP):
        font, lines = _laid(text, size, width, direction)
        if len(lines) * size * _LEADING <= room:
            return _drawn([(font, lines, size), (below, lines_below, _BELOW)], direction)
    raise Refusal("card.long", "The words are too long for a card.", "Choose a shorter quotation or passage.")


def _laid(text: str, size: int, width: int, direction: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The lines of that width; a line ends between words only."""
    font = ImageFont.truetype(str(_FONT), size, layout_engine=ImageFont.Layout.RAQM)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.append("")
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer, direction=direction) > width:
                lines.append(word)
            else:
                lines[-1] = longer
    if any(font.getlength(line, direction=direction) > width for line in lines):
        lines += [""] * SIDE  # a word wider than the card: this size does not fit
    return font, lines


def _drawn(blocks: list[tuple[ImageFont.FreeTypeFont, list[str], int]], direction: str) -> Image.Image:
    """The words in the middle, who said them at the foot."""
    image = Image.new("RGB", (SIDE, SIDE), CARD_PAPER)
    pen = ImageDraw.Draw(image)
    at, anchor = (SIDE - _MARGIN, "ra") if direction == "rtl" else (_MARGIN, "la")
    (_, words, size), (_, told, small) = blocks
    foot = SIDE - _MARGIN - len(told) * small * _LEADING
    tops = (_MARGIN + max(0.0, (foot - 2 * _MARGIN - len(words) * size * _LEADING) / 2), foot)
    for (font, lines, letter), top in zip(blocks, tops, strict=True):
        for number, line in enumerate(lines):
            pen.text((at, top + number * letter * _LEADING), line, CARD_INK, font, anchor, direction=direction)
    return image


def _known(text: str) -> None:
    """Refuses a letter that the font does not have: an empty box would stand for it."""
    font = ImageFont.truetype(str(_FONT), 40, layout_engine=ImageFont.Layout.BASIC)
    none = bytes(font.getmask(_NO_LETTER))
    missing = sorted({one for one in text if not one.isspace() and bytes(font.getmask(one)) == none})
    if missing:
        raise Refusal(
            "card.letter", f"The card's font has no letter for {' '.join(missing[:5])}.", "Choose other words."
        )
