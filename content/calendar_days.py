"""The days a territory asks us to be careful on: public holidays, remembrance, religious periods, elections.

The lists stand in content/territories/, one file a territory and one for everywhere; people edit them.
Public holidays come from the `holidays` package. Every day runs from local midnight to local midnight.
Refusals: calendar.territory_unknown, calendar.file, calendar.order.
"""

from calendar import isleap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import holidays
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from content.checks.records import CalendarDay
from content.errors import Refusal
from content.zone import exact, known_zone

FOLDER = Path(__file__).with_name("territories")
WORLD = "world"
PROVISIONAL = " (provisional)"
_ISLAMIC_EPOCH = date(622, 7, 18).toordinal()  # 1 Muharram of year 1, Gregorian; nearer to what is seen


def _month_day(value: str) -> str:
    date.fromisoformat(f"2000-{value}")  # a leap year: 02-29 is a day too
    return value


_MonthDay = Annotated[str, AfterValidator(_month_day)]


class Entry(BaseModel):
    """One line of a territory's file: each year (`yearly`), once (`day`) or each Islamic year (`hijri`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ref: str
    name: str
    kind: Literal["sensitive", "crisis", "holiday", "blackout"] = "sensitive"
    yearly: _MonthDay | None = None
    day: date | None = None
    hijri: _MonthDay | None = None
    days: int = Field(default=1, ge=1, le=120)
    provisional: bool = False

    @model_validator(mode="after")
    def _says_when_once(self) -> Self:
        if sum(when is not None for when in (self.yearly, self.day, self.hijri)) != 1:
            raise ValueError("give one of yearly, day and hijri")
        return self


class Territory(BaseModel):
    """A territory's file. parts: subdivisions whose holidays count too; language: of the holidays' names."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    territory: str = Field(pattern=r"^([A-Z]{2}|\*)$")
    zone: str
    language: str | None = None
    parts: tuple[str, ...] = ()
    days: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class _Dated:
    name: str
    kind: str
    first: date
    last: date  # included


def territories(folder: Path = FOLDER) -> frozenset[str]:
    """The territories that have a calendar."""
    return frozenset(path.stem for path in folder.glob("*.yaml")) - {WORLD}


def calendar_days(wanted: Iterable[str], first: date, last: date, folder: Path = FOLDER) -> list[CalendarDay]:
    """The days of those territories (ISO 3166-1 alpha-2) that touch first to last, in order.

    Days of everywhere come once, under `*`, for as long as any wanted territory has that date.
    """
    if last < first:
        raise Refusal("calendar.order", f"{first} to {last} runs backwards.", "Give the earlier day first.")
    files = [load(code, folder) for code in sorted(set(wanted) - {"*"})]
    world = load(WORLD, folder)
    zones = {file.zone for file in files} or {world.zone}
    found = [_record(file.territory, {file.zone}, one) for file in files for one in _dated(file, first, last)]
    found += [_record(world.territory, zones, one) for one in _dated(world, first, last)]
    return sorted(found, key=lambda day: (day.start, day.territory, day.name))


def load(code: str, folder: Path = FOLDER) -> Territory:
    """A territory's file, read and checked."""
    if code != WORLD and code not in territories(folder):
        raise Refusal(
            "calendar.territory_unknown",
            f"There is no calendar for {code[:20]!r}.",
            f"Write {folder.name}/{code[:20]}.yaml, or use one of {', '.join(sorted(territories(folder)))}.",
        )
    return _read(folder / f"{code}.yaml")


@cache
def _read(path: Path) -> Territory:
    try:
        found = Territory.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as problem:
        raise Refusal("calendar.file", f"The calendar cannot be read: {problem}", where=path.name) from problem
    known_zone(found.zone)
    return found


def _record(territory: str, zones: Collection[str], one: _Dated) -> CalendarDay:
    opens = datetime.combine(one.first, datetime.min.time())
    closes = datetime.combine(one.last + timedelta(days=1), datetime.min.time())
    start = min(exact(opens, zone) for zone in zones)
    end = max(exact(closes, zone) for zone in zones)
    return CalendarDay(territory, start, end, one.name, one.kind)


def _dated(file: Territory, first: date, last: date) -> list[_Dated]:
    years = range(first.year - 1, last.year + 2)  # a period may begin or end across a year's edge
    fixed = {(entry.ref, entry.day.year) for entry in file.days if entry.day}
    found = [one for entry in file.days for one in _of_entry(entry, years, fixed)]
    found += _public_holidays(file, years)
    return [one for one in found if one.first <= last and first <= one.last]


def _of_entry(entry: Entry, years: range, fixed: Collection[tuple[str, int]]) -> Iterator[_Dated]:
    if entry.day:
        yield _lasting(entry, entry.day)
    elif entry.hijri:
        starts = (_islamic(year, entry.hijri) for year in _islamic_years(years))
        yield from (_provisional(entry, day) for day in starts if (entry.ref, day.year) not in fixed)
    elif entry.yearly:
        starts = (day for year in years for day in _in_year(year, entry.yearly))
        yield from (_lasting(entry, day) for day in starts if (entry.ref, day.year) not in fixed)


def _lasting(entry: Entry, day: date) -> _Dated:
    name = entry.name + (PROVISIONAL if entry.provisional else "")
    return _Dated(name, entry.kind, day, day + timedelta(days=entry.days - 1))


def _provisional(entry: Entry, day: date) -> _Dated:
    """A computed period, a day longer on both sides: the moon is sighted, not computed."""
    last = day + timedelta(days=entry.days)
    return _Dated(entry.name + PROVISIONAL, entry.kind, day - timedelta(days=1), last)


def _in_year(year: int, month_day: str) -> Iterator[date]:
    month, day = map(int, month_day.split("-"))
    if month_day != "02-29" or isleap(year):
        yield date(year, month, day)


def _islamic_years(years: range) -> range:
    """The Islamic years that touch those years, and a few more."""
    return range((years.start - 622) * 33 // 32 - 1, (years.stop - 622) * 33 // 32 + 2)


def _islamic(year: int, month_day: str) -> date:
    """A day of the tabular Islamic calendar (Thursday epoch, 30-year cycle) in the Gregorian one."""
    month, day = map(int, month_day.split("-"))
    before = (year - 1) * 354 + (3 + 11 * year) // 30 + (59 * (month - 1) + 1) // 2
    return date.fromordinal(_ISLAMIC_EPOCH + before + day - 1)


def _public_holidays(file: Territory, years: range) -> Iterator[_Dated]:
    """National holidays and those of the named parts, each day once, by its name in the file's language."""
    named: dict[date, str] = {}
    for part in (None, *file.parts) if file.territory != "*" else ():
        found = holidays.country_holidays(file.territory, subdiv=part, years=years, language=file.language)
        named = {**found, **named}
    return (_Dated(name, "holiday", day, day) for day, name in named.items())
