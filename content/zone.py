"""Local times and instants: every conversion the product makes, with one release of the zone data.

Instants are aware UTC datetimes; local times are naive. Refusals: window.no_zone zone_unknown
start_unreadable gap fold offset.
"""

import re
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Literal

import tzdata  # type: ignore[import-untyped]  # data, shipped without types
import whenever

from content.errors import Refusal

# The zone data of the pinned package, not of the machine: every node with one lock computes the same
# instants, and the version stored beside them is the one that was used.
whenever.reset_tzpath(())

_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
Side = Literal["earlier", "later", "compatible"]


def zone_version() -> str:
    """The release of the zone data in use, such as `2025b`."""
    return str(tzdata.IANA_VERSION)


def local_at(instant: datetime, zone: str) -> datetime:
    """The naive local time in the zone at that instant."""
    return whenever.Instant(instant).to_tz(zone).to_plain().to_stdlib()


def readings(local: datetime, zone: str) -> tuple[datetime, datetime]:
    """Both instants a local time may mean: equal for most, two in a fold, the two neighbours of a gap."""
    return exact(local, zone, "earlier"), exact(local, zone, "later")


def in_gap(local: datetime, zone: str) -> bool:
    """Whether the zone's clocks never show that local time."""
    return local_at(exact(local, zone), zone) != local


def exact(local: datetime, zone: str, side: Side = "compatible") -> datetime:
    """The instant of a local time; compatible: forward out of a gap, the first of a fold (RFC 5545)."""
    return whenever.PlainDateTime(local).assume_tz(zone, disambiguation=side).to_instant().to_stdlib()


@cache
def _zones() -> frozenset[str]:
    return frozenset(whenever.available_timezones())


def known_zone(zone: str) -> str:
    if not zone:
        raise Refusal("window.no_zone", "The time has no zone.", "Name one, such as Europe/London.")
    if zone not in _zones():
        near = get_close_matches(zone, sorted(_zones()), n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]}?" if near else "Use an IANA name, such as Europe/London."
        raise Refusal("window.zone_unknown", f"There is no zone {zone[:60]!r}.", hint)
    return zone


# Reading what people typed.


def read_local(text: str) -> tuple[datetime, timedelta | None]:
    """`2025-06-01 09:00`, with or without an offset: the local time, and the offset if one was written."""
    try:
        if not _LOCAL.fullmatch(text.strip()):
            raise ValueError
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal(
            "window.start_unreadable",
            f"{text[:40]!r} is no date and time.",
            "Write it like 2025-06-01 09:00.",
        ) from None
    return read.replace(tzinfo=None), read.utcoffset()


def one_off(local: datetime, zone: str, offset: timedelta | None, fold: int | None) -> datetime:
    """The instant of a single time; a gap or an unchosen fold is refused with both offers."""
    sides = readings(local, zone)
    if in_gap(local, zone):
        before, after = offers(local, zone)
        raise Refusal(
            "window.gap",
            f"{local:%Y-%m-%d %H:%M} does not exist in {zone}: the clocks jump over it.",
            f"Choose {before} or {after}.",
        )
    if offset is not None:
        return with_offset(local, zone, offset, sides)
    if sides[0] != sides[1] and fold is None:
        first, second = offers(local, zone)
        raise Refusal(
            "window.fold",
            f"{local:%Y-%m-%d %H:%M} happens twice in {zone}: the clocks go back over it.",
            f"Choose {first} (the first) or {second} (the second).",
        )
    return sides[fold or 0]


def offers(local: datetime, zone: str) -> tuple[str, ...]:
    """What `read_local` takes instead of a time that a gap swallows or a fold shows twice; nothing for any other."""
    sides = readings(local, zone)
    if in_gap(local, zone):
        return tuple(local_at(side, zone).isoformat(timespec="minutes") for side in sides)
    return tuple(_offset_text(local, side) for side in sides) if sides[0] != sides[1] else ()


def restated(start: str, zone: str, other: str) -> str:
    """The same instant as it is written in another zone, with its offset. Refuses what `one_off` refuses."""
    local, offset = read_local(start)
    instant = one_off(local, known_zone(zone), offset, None)
    return written(instant, other)


def written(instant: datetime, zone: str) -> str:
    """An instant as `read_local` takes it, up to a whole second, with its offset: a fold leaves no doubt."""
    whole = instant.replace(microsecond=0) + timedelta(seconds=instant.microsecond > 0)
    return _offset_text(local_at(whole, zone), whole, "seconds")


def day_hours(day: date, zone: str) -> float:
    """How many hours that day has there: 24, but for the days on which the clocks change."""
    first, last = (datetime.combine(one, datetime.min.time()) for one in (day, day + timedelta(days=1)))
    return (exact(last, zone) - exact(first, zone)) / timedelta(hours=1)


def with_offset(local: datetime, zone: str, offset: timedelta, sides: tuple[datetime, datetime]) -> datetime:
    wanted = (local - offset).replace(tzinfo=UTC)
    if wanted in sides:
        return wanted
    raise Refusal(
        "window.offset",
        f"{zone} does not have that offset from UTC at {local:%Y-%m-%d %H:%M}.",
        f"Leave the offset out, or write {_offset_text(local, sides[0])}.",
    )


def _offset_text(local: datetime, instant: datetime, exactly: Literal["minutes", "seconds"] = "minutes") -> str:
    minutes = (local.replace(tzinfo=UTC) - instant) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{local.isoformat(timespec=exactly)}{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
