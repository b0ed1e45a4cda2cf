"""Pictures to be encoded: drawn here, of nobody."""

from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image, ImageDraw, ImageFilter


def a_face(side: int = 400) -> Image.Image:
    """A schematic face of circles and bars, of which a cascade says that it is one."""
    image = Image.new("L", (side, side), 200)
    pen, unit = ImageDraw.Draw(image), side / 400
    for box, grey in (
        ((90, 30, 310, 370), 60), ((105, 70, 295, 370), 190), ((130, 160, 185, 195), 90), ((215, 160, 270, 195), 90),
        ((147, 168, 170, 190), 20), ((230, 168, 253, 190), 20), ((182, 245, 198, 258), 90), ((202, 245, 218, 258), 90),
        ((155, 285, 245, 315), 90),
    ):  # fmt: skip
        pen.ellipse([unit * place for place in box], fill=grey)
    for left in (125, 212):
        pen.rectangle([unit * left, unit * 143, unit * (left + 63), unit * 155], fill=50)
    pen.polygon([(unit * x, unit * y) for x, y in ((200, 190), (180, 255), (220, 255))], fill=165)
    return image.filter(ImageFilter.GaussianBlur(4 * unit)).convert("RGB")


def a_field(width: int = 64, height: int = 48) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    return image


@pytest.fixture
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The development group's ffmpeg, under that name and first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    yield str(folder / "ffmpeg")
