"""A picture, a film or a sound as a page of the archive shows it: with its description, its label, a note before it.

Pure: what stands in an entry, in; HTML, out. The bytes lie beside the page under a name made from the entry's.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

ENDINGS = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "video/mp4": "mp4", "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """file: its name beside the page; sha256: of its bytes; note: what is said before it is seen; captions: a file's
    name, "" where it has none."""

    file: str
    type: str
    sha256: str
    alt: str
    width: int = 0
    height: int = 0
    label: str = ""
    note: str = ""
    captions: str = ""


def named(entry: str, number: int, kind: str) -> str:
    """The name of an entry's nth file. Raises KeyError for a type that no page shows."""
    return f"{entry}-{number}.{ENDINGS[kind]}"


def figures(of: Sequence[Figure], language: str, base: str = "") -> str:
    """All of them in order; base: the archive's address where they are shown elsewhere, as in a reader's program."""
    return "\n".join(_figure(one, language, base) for one in of)


def _figure(one: Figure, language: str, base: str) -> str:
    label = f"<figcaption>{_e(one.label)}</figcaption>" if one.label else ""
    shown = f"<figure>{_medium(one, language, base)}{label}</figure>"
    return f"<details><summary>{_e(one.note)}</summary>{shown}</details>" if one.note else shown


def _medium(one: Figure, language: str, base: str) -> str:
    address, alt = _e(f"{base}{one.file}"), _e(one.alt)
    if one.type.startswith("image/"):
        return f'<img src="{address}" alt="{alt}" width="{one.width}" height="{one.height}" loading="lazy">'
    track = ""
    if one.captions:
        track = f'<track kind="captions" srclang="{_e(language)}" src="{_e(f"{base}{one.captions}")}" default>'
    kind = "video" if one.type.startswith("video/") else "audio"
    return f'<{kind} controls preload="none" src="{address}" aria-label="{alt}">{track}</{kind}><p>{alt}</p>'


def _e(text: str) -> str:
    return html.escape(text, quote=True)
