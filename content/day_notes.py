"""What days ask of us: the dates of the campaigns' territories, and the campaigns' own dark days."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Text, bindparam, cast, literal_column
from sqlalchemy import select as columns
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from content.blackout import Blackout
from content.campaign import Campaign, SensitiveDay, dark
from content.given import among
from content.organisation import ours
from content.schedule import blackouts
from content.zone import exact

NOTED = 100  # campaigns whose territories and dark days a calendar of all of them shows, the newest
EVERYWHERE = "*"
_DAY = timedelta(days=1)
_ANY = timedelta(microseconds=1)  # a crisis that is set before midnight is today's already
_TOUCHES = timedelta(hours=3)  # of a day, before its neighbour's remembrance counts for it


@dataclass(frozen=True, slots=True)
class Note:
    """What a day asks of us. kind: sensitive | crisis | holiday | blackout; where: a territory or a campaign."""

    kind: str
    name: str
    where: str


def notes(session: Session, campaign: str, first: date, last: date, zone: str) -> Mapping[date, Sequence[Note]]:
    """What each of these days asks, of this campaign or of all, as that zone counts days."""
    campaigns, territories = _named(session, campaign) if campaign else _of_all(session)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    dates = _dates(session, {EVERYWHERE, *territories}, _opens(first, zone), _opens(last + _DAY, zone))
    closed = [(one, day) for one in campaigns for day in blackouts(one) if day.policy != "keep"]
    return {day: [*touching(dates, day, zone), *_dark(closed, day)] for day in days}


# (ref, name, territories, blackout) of one campaign.
_NAMED = columns(col(Campaign.ref), col(Campaign.name), col(Campaign.territories), col(Campaign.blackout)).where(
    col(Campaign.organisation_id) == ours(), col(Campaign.ref) == bindparam("ref")
)
# The lists of territories of the newest campaigns, each list once: most campaigns have the same few.
_NEWEST = (
    columns(cast(col(Campaign.territories), Text).label("told"))
    .where(col(Campaign.organisation_id) == ours())
    .order_by(col(Campaign.id).desc())
    .limit(literal_column(str(NOTED), Integer()))
    .subquery()
)
_TERRITORIES = columns(_NEWEST.c.told).distinct()


def _named(session: Session, ref: str) -> tuple[Sequence[Any], set[str]]:
    found = session.execute(_NAMED, {"ref": ref}).all()
    return found, {code for one in found for code in one.territories}


def _of_all(session: Session) -> tuple[Sequence[Any], set[str]]:
    """The newest with dark days, in order; the territories of those, and of the newest."""
    closed = sorted(dark(session)[:NOTED], key=lambda one: one.ref)
    lists = [*map(json.loads, session.execute(_TERRITORIES).scalars()), *(one.territories for one in closed)]
    return closed, {code for some in lists for code in some}


_OF_TERRITORIES = (
    columns(
        col(SensitiveDay.kind), col(SensitiveDay.name), col(SensitiveDay.territory), col(SensitiveDay.starts_at),
        col(SensitiveDay.ends_at),
    )
    .where(col(SensitiveDay.organisation_id) == ours(), col(SensitiveDay.lifted_at).is_(None))
    .where(among(SensitiveDay.territory, "territories", str))
    .where(col(SensitiveDay.starts_at) < bindparam("last", type_=UTCDateTime()))
    .where(col(SensitiveDay.ends_at) > bindparam("first", type_=UTCDateTime()))
    .order_by(col(SensitiveDay.starts_at), col(SensitiveDay.territory), col(SensitiveDay.name))
)  # fmt: skip


def _dates(session: Session, territories: set[str], first: datetime, last: datetime) -> Sequence[Any]:
    return session.execute(_OF_TERRITORIES, {"territories": territories, "first": first, "last": last}).all()


def _opens(day: date, zone: str) -> datetime:
    return exact(datetime.combine(day, datetime.min.time()), zone)


def touching(dates: Sequence[Any], day: date, zone: str) -> Iterable[Note]:
    """What of those stands on a day there: a slip of the neighbour's remembrance does not, of a crisis it does."""
    if not dates:
        return
    opens, closes = _opens(day, zone), _opens(day + _DAY, zone)
    for one in dates:
        shared = min(closes, one.ends_at) - max(opens, one.starts_at)
        least = _ANY if one.kind == "crisis" else min(_TOUCHES, one.ends_at - one.starts_at)
        if shared >= least:
            yield Note(one.kind, one.name, one.territory)


def _dark(days: Iterable[tuple[Any, Blackout]], day: date) -> Iterable[Note]:
    return (Note("blackout", one.name, campaign.name) for campaign, one in days if one.start <= day <= one.end)
