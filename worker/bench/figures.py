"""Numbers as they are printed: percentiles, rounded values, and whether a goal holds."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

QUIET_FLOOR = 65_000  # rows a second: where the floor is lower, times are divided by floor ÷ this


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal beside what was found. holds: None where this run cannot tell."""

    goal: str
    wanted: str
    found: float | None
    holds: bool | None


def at_most(goal: str, limit: float, found: float | None, unit: str = "") -> Goal:
    """A goal that less is better for."""
    return Goal(goal, f"≤ {limit:g} {unit}".strip(), found, None if found is None else found <= limit)


def at_least(goal: str, limit: float, found: float | None, unit: str = "") -> Goal:
    """A goal that more is better for."""
    return Goal(goal, f"≥ {limit:g} {unit}".strip(), found, None if found is None else found >= limit)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that so large a share lies at or below; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def spread(values: Sequence[float], unit: float = 1.0) -> dict[str, float | None]:
    """first (the least), p50, p95, p99, max and mean, each multiplied by `unit`."""
    shares = {"first": 0.0, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    found: dict[str, float | None] = {name: short(percentile(values, share), unit) for name, share in shares.items()}
    return found | {"mean": short(sum(values) / len(values), unit) if values else None}


def short(value: float | None, unit: float = 1.0) -> float | None:
    """Four figures that count."""
    return None if value is None else float(f"{value * unit:.4g}")


def plain(goals: Sequence[Goal]) -> list[dict[str, Any]]:
    """Goals as JSON values."""
    return [asdict(goal) for goal in goals]


def machine() -> dict[str, Any]:
    """When and where this was measured, and what else the machine was doing."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": [round(one, 2) for one in os.getloadavg()],
        "python": platform.python_version(),
    }
