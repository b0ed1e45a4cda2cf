"""Pictures, films and sounds as we encode them: made anew from what can be seen and heard, with nothing else in them.

Whatever comes from outside is decoded by a child process alone (`python -m content.encoding`), with limits of memory
and time and none of our secrets; this program never opens it. docs/decisions/0026 says why.
"""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.errors import Refusal
from content.formats import FORMATS

LARGEST = 500_000_000  # bytes of a file that is taken at all
PATIENCE = 600.0  # seconds for the longest film
ENDINGS: Mapping[str, str] = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "video/mp4": "mp4", "audio/mp4": "m4a",
}  # fmt: skip
CARD_PAPER, CARD_INK = (247, 244, 236), (28, 33, 38)  # red, green, blue
_PACKAGE = Path(__file__).parent.parent.parent


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Between two colours, 1 to 21, as WCAG counts it."""
    lighter, darker = sorted((_light(one), _light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _light(colour: tuple[int, int, int]) -> float:
    parts = [value / 255 for value in colour]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True, slots=True)
class Made:
    """One file as we wrote it. name: random (path_of); bytes: how many; width, height: pixels, 0 for sounds."""

    name: str
    sha256: str
    type: str
    bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """What came of one picture, film or sound. files: the best first, then smaller ones for formats that take no more.

    faces: the most that were seen at once; voice: whether there is sound; left: what a file still says of itself beside
    its size and colours, as read from the finished bytes: nothing.
    """

    kind: str  # image | video | audio
    files: tuple[Made, ...]
    faces: int
    voice: bool
    milliseconds: int
    left: tuple[str, ...]


def encode(source: Path, media: Path) -> Encoded:
    """Encodes a file anew into the folder of media. Raises Refusal `media.*`; then nothing is kept."""
    try:
        size = source.stat().st_size
    except OSError:
        raise Refusal("media.none", f"There is no file {source.name[:64]}.", "Look at its name.") from None
    if size > LARGEST:
        raise Refusal("media.large", "The file is too large to be taken.", "Shorten or shrink it first.")
    return _made(["develop", str(source.absolute()), json.dumps(sizes())], b"", media)


def draw(card: Mapping[str, Any], media: Path) -> Encoded:
    """Draws a card of words: {text, from, rtl}. Raises Refusal `media.*`."""
    return _made(["card", json.dumps(sizes())], json.dumps(card).encode(), media)


def sizes() -> list[int]:
    """What the formats take of one picture, in bytes, each once, the largest first."""
    return sorted({shape.image_bytes for shape in FORMATS.values() if shape.image_bytes}, reverse=True)


def path_of(media: Path, name: str) -> Path:
    """Where the file of that name lies: folders of the first two signs, so that none grows large."""
    return media / name[:2] / name


def discard(encoded: Encoded, media: Path) -> None:
    """Takes files away again that no row speaks of."""
    for made in encoded.files:
        path_of(media, made.name).unlink(missing_ok=True)


def _made(words: list[str], given: bytes, media: Path) -> Encoded:
    with _folder(media) as folder:
        told = _told(words, given, folder)
        files = tuple(_kept(folder / one.pop("file"), one, media) for one in told["files"])
    return Encoded(told["kind"], files, told["faces"], told["voice"], told["milliseconds"], tuple(told["left"]))


@contextmanager
def _folder(media: Path) -> Iterator[Path]:
    media.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=media, prefix=".making-") as folder:
        yield Path(folder)


def _told(words: list[str], given: bytes, folder: Path) -> dict[str, Any]:
    """What the child answers. Its environment holds nothing of ours."""
    command = [sys.executable, "-P", "-m", "content.encoding", str(folder), *words]
    ours = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(_PACKAGE), "TMPDIR": str(folder)}
    ours |= {name: value for name, value in os.environ.items() if name == "PYTHONPYCACHEPREFIX"}
    try:
        ended = subprocess.run(
            command, input=given, capture_output=True, cwd=folder, env=ours, timeout=PATIENCE, check=False
        )
        told: dict[str, Any] = json.loads(ended.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise _unreadable() from None
    if "refused" in told:
        raise Refusal(*told["refused"])
    return told


def _kept(made: Path, told: Mapping[str, Any], media: Path) -> Made:
    """Moves a finished file to its place, under a name that tells nothing."""
    name = f"{_random()}.{ENDINGS[told['type']]}"
    made.chmod(0o600)
    target = path_of(media, name)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    shutil.move(made, target)
    return Made(name, **told)


def _random() -> str:
    """120 bits in letters and few digits, at least one: no run of them looks like a number that means something."""
    name = ""
    while not any(map(str.isdigit, name)):
        name = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    return name


def _unreadable() -> Refusal:
    return Refusal(
        "media.unreadable",
        "The file could not be read as a picture, a film or a sound.",
        "Give a PNG, JPEG or WebP, or a film or sound in a usual format.",
    )
