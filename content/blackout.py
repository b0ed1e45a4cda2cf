"""Days on which a window's times are skipped, shifted or kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from content.window import Occurrence, Window, contains, resolved
from content.zone import local_at

Reason = Literal["skip", "outside", "taken"]


@dataclass(frozen=True, slots=True)
class Blackout:
    """Local days from start to end, both included, and what happens to a time that falls on one."""

    start: date
    end: date
    policy: Literal["skip", "shift", "keep"] = "skip"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    occurrence: Occurrence
    blackout: Blackout
    why: Reason


def around_blackouts(
    window: Window, times: Iterable[Occurrence], blackouts: Sequence[Blackout]
) -> tuple[list[Occurrence], list[Skipped]]:
    """Times kept or shifted to the next open day at the same local time, and those left out with the reason.

    Where days overlap skip goes before shift and shift before keep. Nothing leaves the window, and no two
    times fall on one instant.
    """
    marked = [(one, _blackout(one.local.date(), blackouts)) for one in times]
    kept = {one.due_at: one for one, day in marked if day is None}
    skipped: list[Skipped] = []
    for one, day in marked:
        if day is None:
            continue
        moved = _next_open(window, one, blackouts) if day.policy == "shift" else None
        if moved and moved.due_at not in kept:
            kept[moved.due_at] = moved
        else:
            skipped.append(Skipped(one, day, _reason(day, moved)))
    return sorted(kept.values(), key=lambda one: one.due_at), skipped


def _reason(day: Blackout, moved: Occurrence | None) -> Reason:
    if day.policy == "skip":
        return "skip"
    return "taken" if moved else "outside"


def _blackout(day: date, blackouts: Sequence[Blackout]) -> Blackout | None:
    hits = [b for b in blackouts if b.start <= day <= b.end and b.policy != "keep"]
    return min(hits, key=lambda b: b.policy != "skip", default=None)


def _next_open(window: Window, one: Occurrence, blackouts: Sequence[Blackout]) -> Occurrence | None:
    local, last = one.local, local_at(window.not_after, window.zone).date()
    while day := _blackout(local.date(), blackouts):
        if day.end >= last:
            return None
        local = datetime.combine(day.end + timedelta(days=1), local.time())
    moved = replace(resolved(one.index, local, window.zone), shifted=True)
    return moved if contains(window, moved.due_at) else None
