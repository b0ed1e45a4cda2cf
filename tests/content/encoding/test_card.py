"""A card of words: letters joined and lines run as readers of each script expect, and all of it can be read."""

from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageFont, features

from content.encoding import CARD_INK, CARD_PAPER, card, contrast
from content.errors import Refusal

ARABIC = "قالوا لنا إننا سنبني بيتا للجميع. بنينا سجنا، ثم عشنا فيه."
ENGLISH = "They told us that we would build a house for everybody. We built a prison."


def drawn(text: str, told: str = "Example Press, 2015", *, rtl: bool = False) -> Image.Image:
    return card.draw({"text": text, "from": told, "rtl": rtl})


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    paper = Image.new("RGB", image.size, CARD_PAPER)
    return ImageChops.difference(image, paper).getbbox() or (0, 0, 0, 0)


def font(**more: Any) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(card._FONT), 80, **more)


def test_this_pillow_shapes_text() -> None:
    assert features.check("raqm")


@pytest.mark.parametrize("word", ["سلام", "بيت", "عشنا", "لا"])
def test_arabic_letters_are_joined(word: str) -> None:
    joined = font(layout_engine=ImageFont.Layout.RAQM).getlength(word, direction="rtl")
    apart = sum(font(layout_engine=ImageFont.Layout.RAQM).getlength(one, direction="rtl") for one in word)
    assert joined < 0.93 * apart  # initial and medial forms are narrower than letters that stand alone


def test_a_line_that_mixes_scripts_is_shaped_as_one() -> None:
    shaped = font(layout_engine=ImageFont.Layout.RAQM)
    mixed = shaped.getmask("في ICSR 2015", direction="rtl").getbbox()
    assert mixed is not None
    arabic_first = shaped.getmask("ICSR 2015 في", direction="rtl").getbbox()
    assert mixed != arabic_first or bytes(shaped.getmask("في ICSR 2015", direction="rtl")) != bytes(
        shaped.getmask("ICSR 2015 في", direction="rtl")
    )


def rows(image: Image.Image) -> Iterator[tuple[int, int]]:
    """The first and last column with ink, row by row."""
    left, top, right, bottom = inked(image)
    for y in range(top, bottom):
        box = inked_row(image, y)
        if box:
            yield box
    assert left < right


def inked_row(image: Image.Image, y: int) -> tuple[int, int] | None:
    strip = image.crop((0, y, image.width, y + 1))
    box = ImageChops.difference(strip, Image.new("RGB", strip.size, CARD_PAPER)).getbbox()
    return (box[0], box[2]) if box else None


def test_arabic_begins_at_the_right_edge_and_english_at_the_left() -> None:
    arabic, english = drawn(ARABIC, "ICSR، ٢٠١٥", rtl=True), drawn(ENGLISH)
    assert max(right for _, right in rows(arabic)) >= card.SIDE - 125
    assert min(left for left, _ in rows(arabic)) > 112
    assert min(left for left, _ in rows(english)) <= 125


def test_the_words_stay_within_the_margins_and_shrink_to_fit() -> None:
    for words in (ENGLISH, ENGLISH * 4, "Word"):
        left, top, right, bottom = inked(drawn(words))
        assert left >= 100 and top >= 100 and right <= card.SIDE - 100 and bottom <= card.SIDE - 60


def test_other_words_are_another_picture_and_the_same_words_the_same() -> None:
    assert drawn(ARABIC, rtl=True).tobytes() == drawn(ARABIC, rtl=True).tobytes()
    assert drawn(ARABIC, rtl=True).tobytes() != drawn(ARABIC.replace("سجنا", "بيتا"), rtl=True).tobytes()


@pytest.mark.parametrize(("words", "code"), [("漢字", "card.letter"), (ENGLISH * 20, "card.long")])
def test_what_cannot_be_drawn_is_refused(words: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        drawn(words)
    assert refused.value.code == code


def test_the_ink_can_be_read_on_the_paper() -> None:
    assert contrast(CARD_INK, CARD_PAPER) > 7
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
