"""What somebody looks for in the calendar: days, a view, filters, whose time; as an address carries it."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from content.agenda import Wish

VIEWS = ("month", "week", "list")
_COLUMNS, _LISTED = 6, 24  # accounts that stand beside each other, or are read together
_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Look:
    """day: one of those shown, None for today; times: "mine" or the audience's; after: accounts beyond this one; place:
    how far the list was read.
    """

    view: str = "week"
    day: date | None = None
    campaign: str = ""
    account: str = ""
    language: str = ""
    times: str = ""
    after: str = ""
    place: str = ""

    @property
    def mine(self) -> bool:
        return self.times == "mine"

    @property
    def query(self) -> str:
        return _query(self)

    def link(self, **changes: object) -> str:
        """The calendar so looked at, with these changes; a list that changes begins anew."""
        changed = replace(self, **{"place": "", **changes})  # type: ignore[arg-type]  # names of fields
        return f"/calendar?{changed.query}".rstrip("?")

    def post(self, number: int) -> str:
        """A post's page, from which one comes back here."""
        return f"/calendar/posts/{number}?{self.query}".rstrip("?")

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day shown: whole weeks from Monday, but for the list."""
        day = self.day or today
        if self.view == "list":
            return day, day + timedelta(days=30)
        if self.view == "week":
            return monday(day), monday(day) + _WEEK
        first, last = day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
        return monday(first), monday(last) + _WEEK

    def step(self, today: date, way: int) -> date:
        """A day of what lies before (-1) or after (1)."""
        day = self.day or today
        if self.view != "month":
            return day + timedelta(days=way * (31 if self.view == "list" else 7))
        edge = day.replace(day=1) - timedelta(days=1) if way < 0 else day.replace(day=28) + timedelta(days=4)
        return edge.replace(day=1)

    def wish(self, today: date, zone: str) -> Wish:
        """zone: of whoever looks."""
        accounts = _COLUMNS if self.view == "week" else _LISTED
        told = (self.campaign, self.account, self.language, self.after)
        return Wish(*self.days(today), zone if self.mine else "", *told, accounts)


@lru_cache(1024)
def _query(look: Look) -> str:
    """Each entry of a calendar leads back to it, so a page says the same one a hundred times."""
    told = ((one.name, getattr(look, one.name)) for one in fields(look))
    return urlencode([(name, str(value)) for name, value in told if value and (name, value) != ("view", "week")])


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def looked(told: Mapping[str, str]) -> Look:
    """What an address asks for; what makes no sense in it is left out."""
    known = {one.name: told[one.name].strip() for one in fields(Look) if told.get(one.name) and one.name != "day"}
    look = Look(**known)  # type: ignore[arg-type]  # texts, all but the day
    return replace(look, view=look.view if look.view in VIEWS else "week", day=_day(told.get("day", "")))


def looked_again(query: str) -> Look:
    """The same, from the query that a form brings back."""
    return looked(dict(parse_qsl(query)))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None
