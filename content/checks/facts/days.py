"""The days of the calendar that concern a leaf, with what a campaign said of them; read once for a batch."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from content.checks.records import CalendarDay

EVERYWHERE = "*"


class Days:
    """Rows of reads.DAYS: each day with whose it is, and the campaigns that said why it is fine."""

    def __init__(self, rows: Iterable[Row[*tuple[Any, ...]]] = ()) -> None:
        self._days: dict[int, tuple[int, CalendarDay]] = {}
        self._fine: set[tuple[int, int | None]] = set()  # (day, campaign)
        for organisation, key, *day, campaign in rows:
            self._days[key] = (organisation, CalendarDay(*day))
            self._fine.add((key, campaign))

    def of(
        self, organisation: int, campaign: int, planned: Collection[str], reached: Collection[str], reach: str
    ) -> Iterator[CalendarDay]:
        """Those for words of this campaign, meant for the planned territories, on an account that reaches these."""
        for key, (whose, day) in self._days.items():
            if whose == organisation and _concerns(day, planned, reached, reach):
                yield replace(day, acknowledged=True) if (key, campaign) in self._fine else day


def _concerns(day: CalendarDay, planned: Collection[str], reached: Collection[str], reach: str) -> bool:
    """What is seen worldwide waits for a crisis anywhere; the holidays of all the world ask nobody for care."""
    if day.kind == "crisis" and (reach == "worldwide" or day.territory in reached):
        return True
    return day.territory == EVERYWHERE or day.territory in planned
