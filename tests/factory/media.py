"""Media as rows, with bytes of a few letters where a picture would lie."""

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Any

from sqlmodel import Session

from content import medium
from content.encoding import Encoded, Made, path_of
from content.medium import Given, Saw, Whole, Words
from tests.factory.building import House, consented

ALT = "An empty street with closed shops on both sides"
FINE = Saw(faces=0, released=0, voice="none", background_cleared=True, minor_visible=False, symbol=False)


def agreed(session: Session, house: House) -> None:
    """The consents of both narratives, wide enough for pictures, films and sounds."""
    for narrative in (house.narrative, house.finding):
        consented(session, house, narrative, uses=["text", "verbatim", "translated", "image", "video", "audio"])


def encoded(folder: Path, kind: str = "image", *, sizes: tuple[int, ...] = (9,), **more: Any) -> Encoded:
    """What encode would answer, with files of so many bytes each."""
    return Encoded(kind, tuple(_file(folder, kind, size) for size in sizes), **(_PLAIN | more))


_PLAIN: dict[str, Any] = {"faces": 0, "voice": False, "milliseconds": 0, "left": ()}


def _file(folder: Path, kind: str, size: int) -> Made:
    ending, form = {"image": ("png", "image/png"), "video": ("mp4", "video/mp4"), "audio": ("m4a", "audio/mp4")}[kind]
    name = f"{secrets.token_hex(16)}.{ending}"
    path = path_of(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(kind, size))
    return Made(name, hashlib.sha256(path.read_bytes()).hexdigest(), form, size, 8, 6)


def _bytes(kind: str, size: int) -> bytes:
    """A PNG of one green pixel, different each time by what lies behind it, where there is room for one."""
    head = GREEN if kind == "image" and size > len(GREEN) else b""
    return head + secrets.token_bytes(size - len(head))


GREEN = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgaGAAAAEEAIFw9selAAAAAElFTkSuQmCC")


def picture(
    session: Session,
    house: House,
    *,
    kind: str = "image",
    saw: Saw | None = FINE,
    alt: str = ALT,
    captions: str = "",
    given: Given | None = None,
    **more: Any,
) -> Whole:
    """A medium that alice added and dana looked at; its bytes lie where the session's media do."""
    made = encoded(session.info["media"], kind, **more)
    words = {"en": Words(alt=alt, captions=captions)}
    row = medium.add(session, house.people["alice"], made, given or Given("CC-BY-4.0"), words)
    if saw is not None:
        medium.look(session, house.people["dana"], row.ref, saw)
    return medium.by_refs(session, [row.ref])[row.ref]
