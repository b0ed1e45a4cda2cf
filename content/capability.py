"""What an account's channel can do, as reviewers are told before a verdict: from what is read of it already.

Nothing is asked for it: the channel's promise, the format's shape, and what stands on the account's own row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from content.formats import find_format
from content.organisation import Account
from content.owning import identity, ownership
from content.promised import PROMISED, Promised, Takes

_LIMITS = {"characters": "limit", "media": "images", "alt": "alt_text"}  # what a server tells: what it stands for
Disclosed = Literal["every", "some", "none"]


@dataclass(frozen=True, slots=True)
class Capability:
    """promised: None where the channel is not known. limit, byte_limit: of one part, in `unit` and in bytes, None where
    there is none; parts: that a thread may have, 1 where it is one piece. images, films: that it takes, 0 where words
    go alone; alt_text: characters at most, None without a limit. counts: what the platform tells of readers.
    owned, identity: as owning.py says, with the instants. disclosed: in which parts of these words it stands who
    publishes them."""

    promised: Promised | None
    unit: str
    limit: int | None
    byte_limit: int | None
    parts: int
    images: int
    films: int
    alt_text: int | None
    counts: tuple[str, ...]
    owned: str
    owned_at: datetime | None
    identity: str
    identity_at: datetime | None
    disclosed: Disclosed


def capability(row: Account, format_name: str, spans: Sequence[Sequence[Sequence[Any]]], at: datetime) -> Capability:
    """What this account can do with a leaf of that format, whose parts have these spans (start, end, kind …)."""
    shape, promised = find_format(format_name), PROMISED.get(row.channel)
    told = {ours: row.told[theirs] for theirs, ours in _LIMITS.items() if isinstance(row.told.get(theirs), int)}
    takes = promised.takes if promised is not None and promised.media else Takes(number=0)
    return Capability(
        promised=promised,
        unit=shape.unit,
        limit=told.get("limit", shape.limit),
        byte_limit=shape.byte_limit,
        parts=shape.max_parts if shape.threads else 1,
        images=_least(told.get("images", shape.images), takes.number),
        films=_least(shape.films, takes.number, takes.films),
        alt_text=told.get("alt_text", shape.alt_text),
        counts=_counts(row, promised),
        owned=ownership(row, at),
        owned_at=row.ownership_verified_at,
        identity=identity(row, at),
        identity_at=row.identity_verified_at,
        disclosed=_disclosed(spans),
    )


def _least(*limits: int | None) -> int:
    return min(one for one in limits if one is not None)


def _counts(row: Account, promised: Promised | None) -> tuple[str, ...]:
    """None where whoever counts is not named in the account's settings."""
    if promised is None or (promised.counter and not row.settings.get(promised.counter)):
        return ()
    return promised.counts


def _disclosed(spans: Sequence[Sequence[Sequence[Any]]]) -> Disclosed:
    said = [any(span[2] == "disclosure" for span in part) for part in spans]
    return "every" if said and all(said) else "some" if any(said) else "none"
