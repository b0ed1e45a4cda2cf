"""Who answers those who reply: the published reply policy, whom a responder calls, and the hours that nobody covers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import literal
from sqlmodel import Session, col, select

from content import shift
from content.checks.facts import moderation_cover
from content.checks.records import ShiftRecord
from content.errors import Refusal
from content.lifecycle import Post
from content.link import host_allowed, parse_link
from content.organisation import Account, Organisation, ours, the_organisation
from content.people import Person, require
from content.record import Step, by, write
from content.shift import Standing
from content.store import now

AHEAD = timedelta(days=14)
LOOKED = 1000  # posts that are looked at for hours without cover
GAPS = 30  # hours that are named
LONG = 200  # signs of whom a responder calls
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """An hour for which posts are planned in a language that nobody covers. accounts: where they would appear."""

    at: datetime
    language: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """How replies are covered in the coming two weeks. more: there are more hours without cover, or more posts than
    were looked at; cut: there are more shifts than are listed."""

    reply_policy: str
    escalation: str
    shifts: tuple[Standing, ...]
    gaps: tuple[Gap, ...]
    more: bool
    cut: bool


def told(session: Session, person: Person, *, reply_policy: str | None = None, escalation: str | None = None) -> None:
    """Says where the reply policy is published, and whom a responder calls; None leaves one as it is, "" takes it back.

    The words stay out of the record: they may name somebody, and go when they are replaced. Raises Refusal
    `moderation.nothing`, `moderation.policy`, `moderation.call`.
    """
    at = now(session)
    require(session, person, at, "moderation.change")
    organisation = the_organisation(session)
    given = {"reply_policy": reply_policy, "escalation": escalation}
    wanted = {name: value.strip() or None for name, value in given.items() if value is not None}
    changed = {name: value for name, value in wanted.items() if value != getattr(organisation, name)}
    if not changed:
        raise Refusal("moderation.nothing", "That says nothing new.", "Give an address, or whom they call.")
    _refuse_odd(organisation, changed.get("reply_policy"), changed.get("escalation"))
    for name, value in changed.items():
        setattr(organisation, name, value)
    session.add(organisation)
    session.flush()
    detail = {name: "said" if value else "taken back" for name, value in changed.items()}
    write(session, Step(by(person.id), "moderation.set", "organisation", organisation.id or 0, detail), at=at)


def cover(session: Session, person: Person) -> Cover:
    """How replies are covered from now on."""
    at = now(session)
    require(session, person, at, "moderation.read")
    organisation = the_organisation(session)
    standing = tuple(shift.coming(session, at, at + AHEAD))
    gaps, more = _gaps(session, at, organisation)
    policy, call = organisation.reply_policy or "", organisation.escalation or ""
    return Cover(policy, call, standing, gaps, more, len(standing) == shift.SHOWN)


def _refuse_odd(organisation: Organisation, policy: str | None, call: str | None) -> None:
    if policy and (parse_link(policy).problems or not _ours(organisation, policy)):
        raise Refusal(
            "moderation.policy", "The reply policy must stand on a page of ours that readers can open.",
            "Give its whole address, on one of the domains that our links may lead to.",
        )  # fmt: skip
    if call and len(call) > LONG:
        raise Refusal("moderation.call", f"That is longer than {LONG} signs.", "Say who it is and how they are called.")


def _ours(organisation: Organisation, address: str) -> bool:
    found = parse_link(address)
    whole = address.lower().startswith("https://") and len(address) <= LONG
    return whole and host_allowed(found.host, organisation.allowed_domains)


def _gaps(session: Session, at: datetime, organisation: Organisation) -> tuple[tuple[Gap, ...], bool]:
    """The first hours at which posts are planned where people can reply and nobody answers in their language."""
    span = {"organisations": [organisation.id], "first": at, "last": at + AHEAD + _DAY}
    read = session.connection().execute(shift.COVER, span)
    shifts = [ShiftRecord(start, end, frozenset(languages)) for _, start, end, languages in read]
    found: dict[tuple[datetime, str], set[str]] = defaultdict(set)
    planned = _planned(session, at)
    for due, language, account in planned:
        if (due, language) in found or not moderation_cover.covered(_near(shifts, due), language, due):
            found[due, language].add(account)
    gaps = [Gap(due, language, tuple(sorted(accounts))) for (due, language), accounts in found.items()]
    return tuple(gaps[:GAPS]), len(gaps) > GAPS or len(planned) == LOOKED


def _near(shifts: Iterable[ShiftRecord], at: datetime) -> list[ShiftRecord]:
    return [one for one in shifts if one.end > at and one.start < at + _DAY]


def _planned(session: Session, at: datetime) -> list[tuple[datetime, str, str]]:
    """(instant, language, account) of the next posts to which people can reply."""
    statement = (
        select(Post.due_at, Post.language, Account.ref)
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(col(Post.state) == literal("scheduled", literal_execute=True), Post.organisation_id == ours())
        .where(col(Post.due_at) >= at, col(Post.due_at) < at + AHEAD)
        .where(col(Account.format).not_in(sorted(moderation_cover.ONE_WAY)))
        .order_by(col(Post.due_at))
        .limit(LOOKED)
    )
    return list(session.exec(statement))
