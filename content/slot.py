"""The posting plan: slots of a campaign in a language on an account, in the audience's zone, and which are free.

A slot is a standing offer, "Thursdays 18:00": it sends nothing and reserves nothing. It is free on a day where the
account has room for one more message under its caps, its gap, and the campaign's silent days.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import CheckConstraint, Index, exists, text
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, select

from content.campaign import Campaign, campaign_of
from content.checks.facts import frequency_cap
from content.checks.facts.load import caps
from content.checks.records import UNCAPPED, Caps
from content.each import each
from content.errors import Refusal
from content.given import among
from content.lifecycle import COUNTED, Post
from content.once import once
from content.organisation import Account, ours
from content.people import Person, require
from content.record import Step, by, write
from content.schedule import blackouts
from content.season import Seasons, Which, seasons
from content.store import now
from content.unposted import Span, of_accounts
from content.zone import exact, in_gap, known_zone, local_at

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST = 300  # slots of one campaign: a plan of more is read by nobody
AHEAD = 21  # days that are looked at for free ones
EACH = 200  # posts of an account that are looked at for that
_ZONES = timedelta(days=1)  # wherever in the world a day is counted
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Slot(SQLModel, table=True):
    """A time of the week in the posting plan. day: 0 is Monday; local: 18:00, in the zone; ended_at: out of it."""

    __table_args__ = (
        CheckConstraint("day BETWEEN 0 AND 6", name="day"),
        CheckConstraint("length(local) = 5", name="local"),
        Index(
            "ix_slot_standing", "campaign_id", "language", "account_id", "day", "local", "zone",
            unique=True, sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_slot_account", "account_id",
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    language: str
    account_id: int = Field(foreign_key="account.id")
    day: int
    local: str
    zone: str
    name: str = ""
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A slot of the plan, with the reference of its account."""

    slot: Slot
    account: str


@dataclass(frozen=True, slots=True)
class Free:
    """One time that is free. local: as the zone's clocks show it; accounts: on which it is; name: of its slot."""

    at: datetime
    local: datetime
    zone: str
    language: str
    accounts: tuple[str, ...]
    name: str = ""

    @property
    def sign(self) -> str:
        """The time with its zone, as a form carries it: 2026-12-03T18:00 Europe/London."""
        return f"{local_at(self.at, self.zone).isoformat(timespec='minutes')[:16]} {self.zone}"

    @property
    def day(self) -> date:
        return self.local.date()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new slot is to be, as it was typed. day: its English name, or a number from 0 for Monday."""

    campaign: str
    language: str
    account: str
    day: str
    local: str
    zone: str = ""
    name: str = ""


def plan(session: Session, person: Person, campaign: str) -> list[Standing]:
    """The slots of a campaign, by language, day and time. Raises Refusal `campaign.none`."""
    require(session, person, now(session), "plan.read")
    return standing(session, [campaign_of(session, campaign)])


def add(session: Session, person: Person, wanted: Wanted) -> Slot:
    """Puts a slot into the plan. Raises Refusal: `slot.day`, `slot.time`, `slot.language`, `slot.account` …"""
    at = now(session)
    require(session, person, at, "plan.change")
    campaign = campaign_of(session, wanted.campaign)
    slot = Slot(
        campaign_id=campaign.id or 0, language=_language(campaign, wanted.language),
        account_id=_account(session, campaign, wanted).id or 0, day=day_number(wanted.day),
        local=local_time(wanted.local), zone=known_zone(wanted.zone or campaign.zone),
        name=wanted.name.strip()[:60], entered_by=person.id or 0, created_at=at,
    )  # fmt: skip
    others = [one.slot for one in standing(session, [campaign])]
    if any(_same(one) == _same(slot) for one in others):
        raise Refusal("slot.twice", "That slot stands in the plan already.", "Choose another day or time.")
    if len(others) >= MOST:
        raise Refusal("slot.many", f"This plan has {MOST} slots already.", "End some of them first.")
    session.add(slot)
    session.flush()
    detail = {"campaign": campaign.ref, "language": slot.language, "account": wanted.account}
    detail |= {"day": DAYS[slot.day], "local": slot.local, "zone": slot.zone}
    write(session, Step(by(person.id), "slot.add", "slot", slot.id or 0, detail), at=at)
    return slot


def end(session: Session, person: Person, number: int) -> Slot:
    """Takes a slot out of the plan; what was planned at its times stays where it is. Raises Refusal `slot.none`."""
    at = now(session)
    require(session, person, at, "plan.change")
    mine = select(Campaign.id).where(Campaign.organisation_id == ours())
    wanted = select(Slot).where(Slot.id == number, col(Slot.campaign_id).in_(mine), col(Slot.ended_at).is_(None))
    slot = session.exec(wanted.with_for_update()).first()
    if slot is None:
        raise Refusal("slot.none", f"No slot {number} stands in a plan.", "Look at the campaign's plan.")
    slot.ended_at = at
    session.add(slot)
    write(session, Step(by(person.id), "slot.end", "slot", number, {}), at=at)
    return slot


def wanted_again(session: Session, slot: Slot) -> Wanted:
    """What would put this slot into the plan again."""
    campaign, account = session.get_one(Campaign, slot.campaign_id), session.get_one(Account, slot.account_id)
    return Wanted(campaign.ref, slot.language, account.ref, DAYS[slot.day], slot.local, slot.zone, slot.name)


def next_free(
    session: Session, campaign: str, language: str, accounts: Sequence[str] = (), limit: int = 6
) -> list[Free]:
    """The next free times of this campaign and language, on these accounts; without any named, on all of them."""
    today = local_at(now(session), campaign_of(session, campaign).zone).date()
    found = free(session, today, today + timedelta(days=AHEAD), campaign, language)
    if not accounts:
        return found[:limit]
    here = [(one, tuple(ref for ref in one.accounts if ref in accounts)) for one in found]
    return [Free(one.at, one.local, one.zone, one.language, some, one.name) for one, some in here if some][:limit]


def free(session: Session, first: date, last: date, campaign: str = "", language: str = "") -> list[Free]:
    """The times between these days, both included, at which slots are free; none of the past."""
    planned = exists().where(col(Slot.campaign_id) == col(Campaign.id), col(Slot.ended_at).is_(None))
    mine = select(Campaign).where(Campaign.organisation_id == ours(), planned).order_by(col(Campaign.ref))
    chosen = session.exec(mine.where(Campaign.ref == campaign) if campaign else mine.limit(MOST)).all()
    slots = [one for one in standing(session, chosen) if language in ("", one.slot.language)]
    if not slots:
        return []
    taken = _taken(session, slots, first, last)
    formats = _formats(session, slots)
    known, other = {one.id: one for one in chosen}, seasons(session, [one.id or 0 for one in chosen], first)
    found: dict[tuple[datetime, str, str, str], set[str]] = defaultdict(set)
    for one in slots:
        campaign_ = known[one.slot.campaign_id]
        for at in _times(one.slot, campaign_, (first, last), now(session), other):
            if _room(taken[one.account], at, caps(campaign_.caps), formats[one.slot.account_id]):
                found[at, one.slot.zone, one.slot.language, one.slot.name].add(one.account)
    return [
        Free(at, local_at(at, zone), zone, spoken, tuple(sorted(accounts)), name)
        for (at, zone, spoken, name), accounts in sorted(found.items(), key=lambda item: item[0])
    ]


def campaign_times(
    session: Session, campaign: Campaign, language: str, after: datetime, before: datetime
) -> dict[str, dict[datetime, str]]:
    """The instants of a campaign's slots in a language by account, each with its zone, whether they are free or not."""
    found: dict[str, dict[datetime, str]] = defaultdict(dict)
    first, last = (local_at(one, campaign.zone).date() for one in (after - _ZONES, before + _ZONES))
    other = seasons(session, [campaign.id or 0], first)
    for one in standing(session, [campaign]):
        if one.slot.language == language:
            times = _times(one.slot, campaign, (first, last), after, other)
            found[one.account] |= {at: one.slot.zone for at in times if at < before}
    return found


def standing(session: Session, campaigns: Iterable[Campaign]) -> list[Standing]:
    """The slots of these campaigns, by language, day and time."""
    ids = sorted({one.id or 0 for one in campaigns})
    return once(session, ("slots", *ids), lambda: _standing(session, ids))


def _standing(session: Session, campaigns: Sequence[int]) -> list[Standing]:
    statement = (
        select(Slot, Account.ref)
        .join(Account, col(Account.id) == col(Slot.account_id))
        .where(among(Slot.campaign_id, "campaigns"), col(Slot.ended_at).is_(None))
        .order_by(col(Slot.language), col(Slot.day), col(Slot.local), col(Account.ref), col(Slot.id))
    )
    return [Standing(slot, ref) for slot, ref in session.exec(statement, params={"campaigns": campaigns})]


def _times(
    slot: Slot, campaign: Campaign, span: tuple[date, date], after: datetime, other: Seasons
) -> Iterator[datetime]:
    """The instants of a slot on open days, by the season's time in a season; a time that the clocks skip is none."""
    first, last = span
    which = Which(slot.campaign_id, slot.language, slot.account_id, slot.day, slot.local)
    silent = [one for one in blackouts(campaign) if one.policy != "keep"]
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() != slot.day or any(one.start <= day <= one.end for one in silent):
            continue
        if (clock := other.local(which, day)) is None:
            continue
        local = datetime.combine(day, time.fromisoformat(clock))
        if not in_gap(local, slot.zone) and (at := exact(local, slot.zone)) > after:
            yield at


def _room(taken: Sequence[tuple[datetime, str]], at: datetime, limits: Caps, format_: str) -> bool:
    """Whether the account may speak once more then."""
    if format_ == UNCAPPED:
        return all(one != at for one, _ in taken)
    if any(abs(one - at) < timedelta(hours=limits.account_gap_hours) for one, _ in taken):
        return False
    firsts: dict[str, datetime] = {}
    for one, message in sorted(taken):
        firsts.setdefault(f"{message} {one:%Y-%m-%d}", one)
    times = sorted([*firsts.values(), at])
    return not frequency_cap.crowded(times, at, limits.per_account_24h, timedelta(days=1))


def _taken(
    session: Session, standing: Sequence[Standing], first: date, last: date
) -> Mapping[str, list[tuple[datetime, str]]]:
    """When each account speaks around these days, and which message: what is planned, and what waits to be cleared."""
    opens, closes = exact(datetime.combine(first, time.min), "UTC"), exact(datetime.combine(last, time.max), "UTC")
    opens, closes = opens - timedelta(days=2), closes + timedelta(days=2)
    found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    accounts = {one.slot.account_id: one.account for one in standing}
    mine = columns(col(Post.id)).where(col(Post.state).in_(_COUNTED))
    near = mine.where(col(Post.due_at) >= opens, col(Post.due_at) <= closes).order_by(col(Post.due_at)).limit(EACH)
    wanted = (Post.account_id, Post.due_at, Post.message_id)
    for key, at, message in each(session, Post.account_id, near, Post.id, wanted, accounts) if accounts else ():
        found[accounts[key]].append((at, str(message)))
    begins = max(opens, now(session))
    if accounts and begins < closes:
        for line in of_accounts(session, Span(begins, closes), accounts)[0]:
            found[line.account].append((line.at, line.message))
    return found


def _formats(session: Session, standing: Sequence[Standing]) -> Mapping[int, str]:
    wanted = col(Account.id).in_({one.slot.account_id for one in standing})
    return {key or 0: format_ for key, format_ in session.exec(select(Account.id, Account.format).where(wanted))}


def _account(session: Session, campaign: Campaign, wanted: Wanted) -> Account:
    mine = select(Account).where(Account.organisation_id == ours(), Account.ref == wanted.account)
    found = session.exec(mine).first()
    if found is None or found.ref not in campaign.accounts or found.disabled_at is not None:
        raise Refusal(
            "slot.account", f"{wanted.account[:64]} is no account of {campaign.ref} in use.", "Choose another account."
        )
    if found.languages and wanted.language not in found.languages:
        raise Refusal(
            "slot.account", f"The account {found.ref} does not speak “{wanted.language}”.", "Choose another account."
        )
    return found


def _language(campaign: Campaign, language: str) -> str:
    if language not in campaign.languages:
        known = ", ".join(campaign.languages)
        why = f"{campaign.ref} does not speak “{language[:20]}” (only {known})."
        raise Refusal("slot.language", why, "Choose one of them.")
    return language


def day_number(day: str) -> int:
    """A weekday as it was typed, from 0 for Monday. Raises Refusal `slot.day`."""
    wanted = day.strip().lower()
    if wanted in DAYS:
        return DAYS.index(wanted)
    if wanted in map(str, range(7)):
        return int(wanted)
    raise Refusal("slot.day", f"“{day[:20]}” is no day of the week.", f"Use {', '.join(DAYS)}.")


def local_time(typed: str) -> str:
    """A time of the day as it was typed. Raises Refusal `slot.time`."""
    if not _TIME.fullmatch(typed.strip()):
        raise Refusal("slot.time", f"“{typed[:20]}” is no time of a day.", "Write it like 18:00.")
    return typed.strip()


def _same(slot: Slot) -> tuple[str, int, int, str, str]:
    return slot.language, slot.account_id, slot.day, slot.local, slot.zone


_COUNTED = [str(state) for state in COUNTED]
