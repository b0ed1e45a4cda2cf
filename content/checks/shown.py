"""What a leaf shows, as the checks read it: from what it carries, the files, and what people saw in them."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from content.captions import read_captions
from content.checks.records import MediaRecord
from content.medium import Whole


def media_records(
    entries: Iterable[Mapping[str, Any]], media: Iterable[Whole], language: str, cleared: Mapping[str, Iterable[int]]
) -> tuple[MediaRecord, ...]:
    """One record for each entry of showing.shown, in its order; cleared: ids of cleared material, by kind."""
    by_ref = {one.row.ref: one for one in media}
    return tuple(_record(entry, by_ref[entry["ref"]], language, cleared) for entry in entries)


def _record(entry: Mapping[str, Any], one: Whole, language: str, cleared: Mapping[str, Iterable[int]]) -> MediaRecord:
    row, look = one.row, one.look
    name = next((file.name for file in one.files if file.sha256 == entry["sha256"]), None)
    return MediaRecord(
        kind=row.kind,
        alt={language: entry["alt"]},
        captions={language: read_captions(entry["captions"]).words} if entry["captions"] else {},
        faces=look.faces if look else _untold(row.drawn, 0),
        releases=look.released if look else _untold(row.drawn, 0),
        voice=look.voice if look else None if row.voice else "none",
        background_cleared=look.background_cleared if look else None,
        metadata_keys=frozenset(row.left),
        minor_visible=look.minor_visible if look else _untold(row.drawn, False),
        synthetic=frozenset(row.synthetic),
        label={language: entry["label"]} if entry["label"] else {},
        text_only=row.texts == "only",
        contrast=_contrast(row.texts, row.contrast),
        file_name=name,
        symbol_match=look.symbol if look else _untold(row.drawn, False),
        drawn=row.drawn or None,
        drawn_cleared=_drawn_cleared(row.drawn_of, cleared) if row.drawn else None,
        note=entry["note"],
        retired=one.retired.why if one.retired else "",
    )


def _untold(drawn: str, value: Any) -> Any:
    """Of a card that we drew from words alone nobody has to look for people; of anything else somebody has."""
    return value if drawn else None


def _contrast(texts: str, hundredths: int | None) -> float | None:
    if texts == "none":
        return inf
    return None if hundredths is None else hundredths / 100


def _drawn_cleared(drawn_of: str, cleared: Mapping[str, Iterable[int]]) -> bool:
    kind, _, _, key = drawn_of.split(" ")
    return int(key) in set(cleared.get(kind, ()))
