"""Who puts a season into a posting plan and takes it out, and how it reads."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlmodel import Session, col, select

from content.campaign import Campaign, campaign_of
from content.errors import Refusal
from content.organisation import Account, ours
from content.people import Person, require
from content.record import Step, by, write
from content.season import Season, SeasonTime, times
from content.slot import Slot, Standing, day_number, local_time, standing
from content.store import now
from content.zone import local_at

LONGEST = timedelta(days=366)
MOST = 50  # seasons of one campaign that stand


@dataclass(frozen=True, slots=True)
class Instead:
    """What a new season is to be, as it was typed. local: "" where the slots rest; the last four: of which slots, ""
    for all; day: by its English name; was: their usual time."""

    campaign: str
    name: str
    begins: str
    ends: str
    local: str = ""
    language: str = ""
    account: str = ""
    day: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One usual time within a season and what stands instead: "" where these slots rest."""

    was: str
    local: str
    days: tuple[int, ...]
    languages: tuple[str, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A season as it is read."""

    number: int
    name: str
    begins: date
    ends: date
    changes: tuple[Change, ...]


def shown(session: Session, person: Person, campaign: str) -> list[Shown]:
    """The seasons of a campaign that stand and are not over, the soonest first. Raises Refusal `campaign.none`."""
    at = now(session)
    require(session, person, at, "plan.read")
    found = campaign_of(session, campaign)
    rows = times(session, [found.id or 0], local_at(at, found.zone).date())
    keys = {one.account_id for _, one in rows}
    refs = dict(session.exec(select(Account.id, Account.ref).where(col(Account.id).in_(keys))).all())
    return [
        Shown(season.id or 0, season.name, season.begins, season.ends, tuple(_changes([one for _, one in some], refs)))
        for season, some in ((season, [*some]) for season, some in groupby(rows, key=lambda row: row[0]))
    ]


def instead(session: Session, person: Person, wanted: Instead) -> Season:
    """Gives slots another time between two days, or none. Raises Refusal: `season.name`, `.days`, `.over`, `.nothing`,
    `.twice`, `.many`, `slot.time`, `slot.day`, `campaign.none`."""
    at = now(session)
    require(session, person, at, "plan.change")
    campaign = _locked(session, wanted.campaign)
    begins, ends = _days(wanted, local_at(at, campaign.zone).date())
    local = local_time(wanted.local) if wanted.local.strip() else None
    mine = dict.fromkeys((_key(one.slot) for one in _chosen(standing(session, [campaign]), wanted)), local)
    _judge(session, campaign, mine, begins, ends)
    season = Season(
        campaign_id=campaign.id or 0, name=_name(wanted.name), begins=begins, ends=ends, entered_by=person.id or 0,
        created_at=at,
    )  # fmt: skip
    _keep(session, season, mine)
    detail = {"campaign": campaign.ref, "from": str(begins), "until": str(ends), "slots": len(mine)}
    write(session, Step(by(person.id), "season.add", "season", season.id or 0, detail | {"time": local or ""}), at=at)
    return season


def end(session: Session, person: Person, number: int) -> tuple[str, Season]:
    """Takes a season out: its slots have their usual times again. With its campaign. Raises Refusal `season.none`."""
    at = now(session)
    require(session, person, at, "plan.change")
    ref, season = _one(session, number)
    if season.ended_at is not None:
        raise _none(number)
    season.ended_at = at
    session.add(season)
    write(session, Step(by(person.id), "season.end", "season", number, {}), at=at)
    return ref, season


def again(session: Session, person: Person, number: int) -> Season:
    """Puts a season that was taken out in again, as it was. Refuses as `instead`."""
    at = now(session)
    require(session, person, at, "plan.change")
    ref, old = _one(session, number)
    campaign = _locked(session, ref)
    rows = session.exec(select(SeasonTime).where(SeasonTime.season_id == number)).all()
    mine = {(one.language, one.account_id, one.day, one.was): one.local for one in rows}
    _judge(session, campaign, mine, old.begins, old.ends)
    season = Season(**old.model_dump(exclude={"id", "ended_at", "created_at", "entered_by"}), entered_by=person.id or 0,
                    created_at=at)  # fmt: skip
    _keep(session, season, mine)
    write(session, Step(by(person.id), "season.add", "season", season.id or 0, {"as": number}), at=at)
    return season


Key = tuple[str, int, int, str]


def _key(slot: Slot) -> Key:
    return slot.language, slot.account_id, slot.day, slot.local


def _keep(session: Session, season: Season, mine: Mapping[Key, str | None]) -> None:
    session.add(season)
    session.flush()
    session.add_all(
        SeasonTime(season_id=season.id or 0, language=language, account_id=account, day=day, was=was, local=local)
        for (language, account, day, was), local in mine.items()
    )
    session.flush()


def _judge(session: Session, campaign: Campaign, mine: Collection[Key], begins: date, ends: date) -> None:
    """Refuses what would give a slot two times on one day, and a plan of more seasons than anybody reads."""
    others = times(session, [campaign.id or 0], begins)
    for season, one in others:
        if season.begins <= ends and (one.language, one.account_id, one.day, one.was) in mine:
            raise Refusal(
                "season.twice",
                f"Some of these slots have other times already between {season.begins} and {season.ends}.",
                "Take that season out first, or choose other days.",
            )
    if len({season.id for season, _ in others}) >= MOST:
        raise Refusal("season.many", f"This plan has {MOST} seasons already.", "Take some out first.")


def _chosen(slots: Iterable[Standing], wanted: Instead) -> list[Standing]:
    day = day_number(wanted.day) if wanted.day else None
    found = [
        one
        for one in slots
        if wanted.language in ("", one.slot.language)
        and wanted.account in ("", one.account)
        and day in (None, one.slot.day)
        and wanted.was in ("", one.slot.local)
    ]
    if not found:
        raise Refusal("season.nothing", "No slot of the plan is meant by this.", "Look at the campaign's plan.")
    return found


def _days(wanted: Instead, today: date) -> tuple[date, date]:
    try:
        begins, ends = date.fromisoformat(wanted.begins.strip()), date.fromisoformat(wanted.ends.strip())
    except ValueError:
        raise Refusal("season.days", "A season has a first and a last day.", "Write them like 2027-02-08.") from None
    if not begins <= ends < begins + LONGEST:
        raise Refusal("season.days", "It ends before it begins, or lasts longer than a year.", "Check both days.")
    if ends < today:
        raise Refusal("season.over", f"{ends} has passed.", "Choose days to come.")
    return begins, ends


def _name(typed: str) -> str:
    if not typed.strip():
        raise Refusal("season.name", "The season has no name.", "Call it Ramadan, for instance.")
    return typed.strip()[:60]


def _locked(session: Session, ref: str) -> Campaign:
    """The campaign; who else changes its seasons waits until the commit."""
    found = campaign_of(session, ref)
    session.exec(select(Campaign.id).where(Campaign.id == found.id).with_for_update(key_share=True)).one()
    return found


def _one(session: Session, number: int) -> tuple[str, Season]:
    statement = select(Campaign.ref, Season).join(Season, col(Season.campaign_id) == col(Campaign.id))
    wanted = statement.where(Season.id == number, Campaign.organisation_id == ours())
    found = session.exec(wanted.with_for_update(of=Season)).first()
    if found is None:
        raise _none(number)
    return found[0], found[1]


def _none(number: int) -> Refusal:
    return Refusal("season.none", f"No season {number} stands in a plan.", "Look at the campaign's plan.")


def _changes(rows: list[SeasonTime], refs: dict[int | None, str]) -> Iterable[Change]:
    """Its rows, put together by usual and other time."""
    for (was, local), some in groupby(sorted(rows, key=_by_time), key=_by_time):
        here = [*some]
        yield Change(
            was, local, tuple(sorted({one.day for one in here})), tuple(sorted({one.language for one in here})),
            tuple(sorted({refs[one.account_id] for one in here})),
        )  # fmt: skip


def _by_time(one: SeasonTime) -> tuple[str, str]:
    return one.was, one.local or ""
