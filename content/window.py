"""When a version may go: a local time in a zone, perhaps a rule, and the two instants it never leaves.

Instants are aware UTC datetimes; local times are naive and belong to the window's zone. A one-off in a
gap or fold of the clock is refused with both offers; a recurrence shifts forward out of a gap and takes
the first of a fold, so a weekly 09:00 stays 09:00 on the wall. Nothing here reads a clock.

Refusals: window.past too_far inverted no_end empty count_outside, and those
of content/zone.py and content/rule.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Literal

from content.errors import Refusal
from content.rule import HORIZON, MOST, Rule, local_times, parse_rule, too_many, unsupported
from content.zone import exact, in_gap, known_zone, local_at, one_off, read_local, readings, zone_version

LATENESS = {1: timedelta(hours=4), 2: timedelta(hours=1), 3: timedelta(minutes=15), 4: timedelta(minutes=15)}
SLACK = timedelta(hours=24)  # how long a window stays open after its last time when no end is given
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Window:
    """not_before and not_after: the inclusive bounds; tzdata: the zone data that placed them.

    rule: an RRULE without COUNT and UNTIL, "" for a one-off; count: local times it gives, 1 for a one-off.
    """

    not_before: datetime
    not_after: datetime
    zone: str
    local_start: datetime
    rule: str = ""
    count: int = 1
    tzdata: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time to go out.

    index: its place in the rule, which no zone data changes; shifted: not at the local time asked for.
    """

    index: int
    local: datetime
    due_at: datetime
    shifted: bool = False


def contains(window: Window, instant: datetime) -> bool:
    return window.not_before <= instant <= window.not_after


def canonical(window: Window) -> dict[str, str | int]:
    """What the digest covers. The zone data's version is left out: new data must not undo a clearance."""
    return {
        "not_before": _utc_text(window.not_before),
        "not_after": _utc_text(window.not_after),
        "zone": window.zone,
        "local_start": window.local_start.isoformat(),
        "rule": window.rule,
        "count": window.count,
    }


def from_canonical(value: Mapping[str, str | int], version: str) -> Window:
    """The window a stored canonical form describes; version: the zone data stored beside it."""
    return Window(
        not_before=datetime.fromisoformat(str(value["not_before"])),
        not_after=datetime.fromisoformat(str(value["not_after"])),
        zone=str(value["zone"]),
        local_start=datetime.fromisoformat(str(value["local_start"])),
        rule=str(value["rule"]),
        count=int(value["count"]),
        tzdata=version,
    )


def _utc_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Reading what people typed.


@lru_cache(maxsize=1024)  # thousands that are queued together ask at one instant for the same few times
def parse_window(
    start: str,
    zone: str,
    *,
    rule: str = "",
    count: int | None = None,
    until: str | None = None,
    not_after: str | datetime | None = None,
    fold: Literal[0, 1] | None = None,
    now: datetime,
) -> Window:
    """The window for `2025-06-01 09:00` in a zone; an offset or `fold` picks one side of a fold.

    until: the last local day or time of a rule; not_after: local text or an aware instant (default:
    SLACK after the last time). A local end that reads two ways takes the stricter. Raises Refusal.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    zone = known_zone(zone.strip())
    local, offset = read_local(start)
    _soon_enough(local, zone, now)
    end = _read_end(not_after, zone)
    if rule.strip():
        repeat = parse_rule(rule, zone, count, _read_until(until) if until else None)
        opens = _future(_first_of(local, zone, offset, fold), local, now)
        return _recurring(local, zone, repeat, opens, end)
    if until is not None or count not in (None, 1):
        raise unsupported("A count or an until needs a rule.", "Add a rule such as FREQ=WEEKLY.")
    due = _future(one_off(local, zone, offset, fold), local, now)
    return Window(due, _ordered(due, end or due + SLACK), zone, local, tzdata=zone_version())


def _soon_enough(local: datetime, zone: str, now: datetime) -> None:
    """Refuses years nobody means, before the zone arithmetic meets the ends of the calendar."""
    today = local_at(now, zone)
    if local < today - timedelta(days=2):
        raise _past(local)
    if local > today + HORIZON:
        raise Refusal("window.too_far", f"{local:%Y-%m-%d} is more than ten years away.", "Check the year.")


def _past(local: datetime) -> Refusal:
    return Refusal("window.past", f"{local:%Y-%m-%d %H:%M} has passed.", "Choose a time still to come.")


def _future(due: datetime, local: datetime, now: datetime) -> datetime:
    if due < now:
        raise _past(local)
    return due


def _read_end(value: str | datetime | None, zone: str) -> datetime | None:
    if value is None or isinstance(value, datetime):
        if value is not None and value.tzinfo is None:
            raise ValueError("not_after must be an aware datetime or local text")
        return value.astimezone(UTC) if value is not None else None
    local, offset = read_local(value)
    if not 1 < local.year < 9999:  # room for any offset
        raise Refusal("window.too_far", f"The year {local.year} is no end for a window.", "Check the year.")
    if offset is None:
        return exact(local, zone, "earlier")
    return (local - offset).replace(tzinfo=UTC)


def _ordered(start: datetime, end: datetime) -> datetime:
    if end <= start:
        raise Refusal("window.inverted", "The window ends before it begins.", "Choose a later end.")
    return end


def _first_of(local: datetime, zone: str, offset: timedelta | None, fold: int | None) -> datetime:
    """The instant a rule opens: forward out of a gap, the first of a fold."""
    first = exact(local, zone)
    second_chosen = fold == 1 or (offset is not None and (local - offset).replace(tzinfo=UTC) != first)
    if second_chosen and not in_gap(local, zone):
        raise Refusal(
            "window.fold",
            f"A rule takes the first reading of {local:%Y-%m-%d %H:%M}, not the one given.",
            "Leave the offset or the fold out.",
        )
    return first


def _recurring(local: datetime, zone: str, rule: Rule, start: datetime, end: datetime | None) -> Window:
    if rule.count is None and rule.until is None and end is None:
        raise Refusal("window.no_end", "A rule without an end never closes.", "Give a count, an until or an end.")
    if end is not None:
        _ordered(start, end)
    due = _bounded(local_times(local, rule.text), zone, rule, end)
    if not due:
        raise Refusal("window.empty", "The rule gives no time inside the window.", "Check its days and its end.")
    opens = min(start, *due)  # out of a gap, a later local time may be the earlier instant
    return Window(opens, end or max(due) + SLACK, zone, local, rule.text, len(due), zone_version())


def _read_until(text: str) -> datetime:
    day = text.strip()
    local, offset = read_local(f"{day} 23:59:59" if _DAY.fullmatch(day) else day)
    if offset is not None:
        raise unsupported("Until is a local day or time.", "Write it like 2025-12-31, without an offset.")
    return local


def _bounded(times: Iterator[datetime], zone: str, rule: Rule, end: datetime | None) -> list[datetime]:
    kept: list[datetime] = []
    for time in times:
        due = exact(time, zone)
        if len(kept) == rule.count or (rule.until and time > rule.until) or (end and due > end):
            break
        kept.append(due)
        if len(kept) > MOST:
            raise too_many()
    if rule.count is not None and len(kept) < rule.count:
        raise Refusal(
            "window.count_outside",
            f"Only {len(kept)} of the {rule.count} times fit before the end.",
            "Lower the count, or choose a later end.",
        )
    return kept


# From the window to its times.


def occurrences(window: Window, after: datetime, before: datetime) -> list[Occurrence]:
    """The window's times with after <= due_at < before, in order, each instant once."""
    return [o for o in _times(window) if after <= o.due_at < before]


def _times(window: Window) -> list[Occurrence]:
    inside = (_kept_inside(window, one) for one in _asked(window))
    return _each_once(one for one in inside if contains(window, one.due_at))


def _asked(window: Window) -> list[Occurrence]:
    """What the rule asks for under the zone data in use, inside the window or not."""
    if not window.rule:
        return [_single(window)]
    times = islice(local_times(window.local_start, window.rule), window.count)
    return [resolved(i, time, window.zone) for i, time in enumerate(times)]


def _single(window: Window) -> Occurrence:
    """The one-off by today's zone data; in a fold, the chosen side is the one nearest the opening."""
    sides = readings(window.local_start, window.zone)
    if in_gap(window.local_start, window.zone):
        return resolved(0, window.local_start, window.zone)
    return Occurrence(0, window.local_start, min(sides, key=lambda side: abs(side - window.not_before)))


def resolved(index: int, local: datetime, zone: str) -> Occurrence:
    due = exact(local, zone)
    actual = local_at(due, zone)
    return Occurrence(index, actual, due, shifted=actual != local)


def _kept_inside(window: Window, found: Occurrence) -> Occurrence:
    """Newer zone data may place the first time before the opening: it then goes out at the opening."""
    if found.due_at >= window.not_before:
        return found
    return replace(found, due_at=window.not_before, local=local_at(window.not_before, window.zone), shifted=True)


def _each_once(found: Iterable[Occurrence]) -> list[Occurrence]:
    """One per instant; a time of its own right goes before one shifted onto it."""
    by_instant: dict[datetime, Occurrence] = {}
    for one in sorted(found, key=lambda o: (o.due_at, o.shifted, o.index)):
        by_instant.setdefault(one.due_at, one)
    return list(by_instant.values())


# The minimum gap.


def next_free(taken: Iterable[datetime], candidate: datetime, min_gap: timedelta) -> datetime:
    """The first instant from the candidate on that keeps min_gap to everything taken."""
    for other in sorted(taken):
        if abs(candidate - other) < min_gap:
            candidate = other + min_gap
    return candidate


def spread(
    candidates: Sequence[datetime],
    min_gap: timedelta,
    taken: Iterable[datetime] = (),
    last: datetime | None = None,
) -> list[datetime | None]:
    """Each candidate, later by as much as the gap demands; None where that would pass `last`."""
    used, placed = list(taken), list[datetime | None]()
    for candidate in candidates:
        free = next_free(used, candidate, min_gap)
        fits = last is None or free <= last
        used += [free] if fits else []
        placed.append(free if fits else None)
    return placed
