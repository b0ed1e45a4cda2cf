"""The platforms' own rules: their limits and policies stand in content/formats, and a person compares them at times.

Platforms change what they take and what they demand without asking. A profile that nobody compared for a quarter stops
what goes there, until somebody has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, ScalarSelect
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.errors import Refusal
from content.formats import COMPARED, FORMATS, find_format
from content.limits import limit
from content.organisation import Account, ours, the_organisation
from content.people import Person, require
from content.record import Step, by, write
from content.store import now

OWN = frozenset({"site"})  # no platform's: our own pages
LASTS = timedelta(days=limit("platform-profile.days"))


class PlatformCheck(SQLModel, table=True):
    """Somebody compared our profile of a platform with what it publishes today."""

    __tablename__ = "platform_check"
    __table_args__ = (Index("ix_platform_check_last", "organisation_id", "format", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    format: str
    by: int = Field(foreign_key="person.id")
    at: datetime


def last_of(organisation: Any, form: Any) -> ScalarSelect[Any]:
    """When somebody of this organisation last compared this format, inside a statement."""
    return (
        rows(col(PlatformCheck.at))
        .where(col(PlatformCheck.organisation_id) == organisation, col(PlatformCheck.format) == form)
        .order_by(col(PlatformCheck.at).desc())
        .limit(1)
        .scalar_subquery()
    )


def counts_from(checked: datetime | None) -> datetime:
    """When a profile was last compared: by a person here, or by who made this program."""
    return max(checked, COMPARED) if checked else COMPARED


def compared(session: Session, person: Person, name: str) -> PlatformCheck:
    """Writes down that this person has just compared a format with the platform's own pages.

    Raises Refusal `format.unknown`, `format.own`.
    """
    at = now(session)
    require(session, person, at, "platform.check")
    form = find_format(name).name
    if form in OWN:
        raise Refusal("format.own", f"{form} is ours: no platform sets its rules.", "There is nothing to compare.")
    own = the_organisation(session).id or 0
    check = PlatformCheck(organisation_id=own, format=form, by=person.id or 0, at=at)
    session.add(check)
    session.flush()
    write(session, Step(by(person.id), "platform.check", "platform", form, {"check": check.id}), at=at)
    return check


@dataclass(frozen=True, slots=True)
class Platform:
    """A format that accounts of ours have. at: when it was last compared; by: who did, "" for the makers; ends: until
    when that counts; fresh: it counts today."""

    name: str
    accounts: tuple[str, ...]
    at: datetime
    by: str
    ends: datetime
    fresh: bool
    limit: int | None
    unit: str


def platforms(session: Session) -> list[Platform]:
    """The formats of the accounts that are in use, but for our own pages; what ends first stands first."""
    at = now(session)
    statement = select(Account.format, Account.ref).where(
        Account.organisation_id == ours(), col(Account.disabled_at).is_(None), col(Account.format).not_in(OWN)
    )
    accounts: dict[str, list[str]] = {}
    for form, ref in session.exec(statement.order_by(col(Account.ref))):
        accounts.setdefault(form, []).append(ref)
    last = _last(session, accounts)
    found = [_platform(form, refs, last.get(form), at) for form, refs in accounts.items() if form in FORMATS]
    return sorted(found, key=lambda one: (one.ends, one.name))


def last_compared(session: Session, forms: Iterable[str]) -> dict[str, datetime]:
    """When somebody here last compared each of these formats."""
    return {form: at for form, (at, _) in _last(session, forms).items()}


def _last(session: Session, forms: Iterable[str]) -> dict[str, tuple[datetime, str]]:
    newest = (
        select(func.max(PlatformCheck.id))
        .where(PlatformCheck.organisation_id == ours(), col(PlatformCheck.format).in_(list(forms)))
        .group_by(PlatformCheck.format)
    )
    statement = (
        select(PlatformCheck.format, PlatformCheck.at, Person.ref)
        .join(Person, col(Person.id) == col(PlatformCheck.by))
        .where(col(PlatformCheck.id).in_(newest))
    )
    return {form: (at, ref) for form, at, ref in session.exec(statement)}


def _platform(form: str, refs: list[str], last: tuple[datetime, str] | None, now_: datetime) -> Platform:
    since = counts_from(last[0] if last else None)
    who = last[1] if last and last[0] == since else ""
    ends = since + LASTS
    shape = FORMATS[form]
    return Platform(form, tuple(refs), since, who, ends, now_ <= ends, shape.limit, shape.unit)
