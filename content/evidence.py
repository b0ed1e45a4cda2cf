"""What stands beside the words of a sheet: whose testimony it is, who has answered, who is missing, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from content import burden, people, taking
from content.campaign import Campaign
from content.checks.facts.load import told_of
from content.made_of import leaf_ids, used_by
from content.message import Message, Version, newest
from content.narrative import Narrative, Quote, sources_of
from content.people import Person
from content.quorum import TIERS, Seats
from content.rounds import Round
from content.schedule import earliest, window_of
from content.store import now
from content.taking import Held
from content.version_history import Earlier, Event, History
from content.waiting import answering, renewal
from content.window import occurrences


@dataclass(frozen=True, slots=True)
class Quoted:
    """A verbatim fragment. used: it stands in these words."""

    text: str
    language: str
    original: str
    translated: bool
    used: bool


@dataclass(frozen=True, slots=True)
class Sourced:
    """A page on which the testimony was published, with what is quoted of it."""

    publisher: str
    year: int | None
    url: str
    locator: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A role of the quorum. name: who has answered in it, "" while nobody has; mine: the reader's to answer."""

    role: str
    name: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """stand: what the reader may do: answer renew wrote stale closed sent_back cleared given role.

    by: when the last answer must be given for it to go as planned; last: for it to go at all.
    newest: the newest number of these words, newest_digest: its words, "" while they are still made.
    opened: the reader has had these words open before; narrative, campaign_ref: their references; campaign: its name.
    budget, exposed, adds: identifying details allowed, made public so far, and added by these words.
    """

    stand: str
    roles: tuple[str, ...]
    author: str
    campaign: str
    campaign_ref: str
    narrative: str
    theme: str
    individual: bool
    risk: str
    planned: datetime
    zone: str
    by: datetime
    last: datetime
    earliest: datetime | None
    newest: int
    newest_digest: str
    hard: bool
    budget: int
    exposed: tuple[str, ...]
    adds: tuple[str, ...] | None
    sources: tuple[Sourced, ...]
    seats: tuple[Seat, ...]
    history: tuple[Event, ...]
    before: Earlier | None
    opened: bool
    held: Held | None


_STILL = {"answer", "renew", "stale"}  # whoever stands so has still to answer these words, or those that followed them


def evidence(session: Session, person: Person, review: Round) -> Evidence:
    """What a reader of a sheet needs besides it."""
    assert review.evaluation is not None
    at, version = now(session), review.version
    message = session.get_one(Message, version.message_id)
    narrative = session.get_one(Narrative, message.narrative_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    roles = answering(review, people.roles(session, person.id or 0, at), person, at)
    number = newest(session, version)
    stand = _stand(session, person, version, review, roles, number, at)
    wait, planned = TIERS[review.evaluation.tier].wait, _planned(version)
    told = History(session, person, at, blind=stand in _STILL, wrote=stand == "wrote")
    exposed, adds = _details(session, version, at)
    return Evidence(
        stand=stand,
        roles=roles,
        author=session.get_one(Person, version.author_id).name,
        campaign=campaign.name,
        campaign_ref=campaign.ref,
        narrative=narrative.ref,
        theme=narrative.theme,
        individual=narrative.kind != "aggregate",
        risk=narrative.reprisal_risk,
        planned=planned,
        zone=str(version.window["zone"]),
        by=planned - wait,
        last=version.not_after - wait,
        earliest=earliest(session, version, review.last if review.standing else None, wait, at),
        newest=number,
        newest_digest=_digest(session, version, number),
        hard=burden.hard(session, version),
        budget=narrative.mosaic_budget,
        exposed=exposed,
        adds=adds,
        sources=_sources(session, version, narrative),
        seats=_seats(session, person, review, roles, at),
        history=told.events(version),
        before=told.before(version),
        opened=told.opened(version),
        held=told.held(version, at),
    )


def _stand(
    session: Session, person: Person, version: Version, review: Round, roles: Sequence[str], number: int, at: datetime
) -> str:
    side = taking.side(session, version, person)
    mine = any(one.reviewer_id == person.id for one in review.given)
    asked = (
        ("wrote", side == "wrote"),
        ("stale", version.number < number),
        ("closed", at > version.not_after),
        ("sent_back", review.sent_back is not None),
        ("renew", renewal(review, at) and bool(roles)),
        ("given", mine and not roles),
        ("cleared", review.standing and not review.late),
        ("role", not roles),
    )
    return next((stand for stand, applies in asked if applies), "answer")


def _planned(version: Version) -> datetime:
    window = window_of(version)
    found = occurrences(window, window.not_before, window.not_after)
    return found[0].due_at if found else window.not_before


def _digest(session: Session, version: Version, number: int) -> str:
    if number == version.number:
        return version.digest
    statement = select(Version.digest).where(
        Version.message_id == version.message_id, Version.language == version.language, Version.number == number
    )
    return session.exec(statement).first() or ""


def _details(session: Session, version: Version, at: datetime) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """What is public of the person, and what these words would make public for the first time; None for that where a
    passage was tagged by nobody."""
    leaf = leaf_ids(session, version)[0]
    known = told_of(session, version.id or 0, leaf, at)
    public, given = known.exposed(leaf), known.attributes(leaf)
    return tuple(sorted(public)), None if given is None else tuple(sorted(given - public))


def _sources(session: Session, version: Version, narrative: Narrative) -> tuple[Sourced, ...]:
    used = {one.material_id for one in used_by(session, version) if one.kind == "quote"}
    quotes = session.exec(_QUOTES, params={"narrative": narrative.id}).all()
    rows = sources_of(session, narrative)
    return tuple(
        Sourced(
            row.publisher, row.year, row.url, row.locator,
            tuple(
                Quoted(one.text, one.language, one.original_language, one.is_translation, one.id in used)
                for one in quotes if one.source_ref == row.ref
            ),
        )
        for row in rows
    )  # fmt: skip


_QUOTES = select(Quote).where(col(Quote.narrative_id) == bindparam("narrative")).order_by(col(Quote.id))


def _seats(session: Session, person: Person, review: Round, roles: Sequence[str], at: datetime) -> tuple[Seat, ...]:
    """Who has answered in this round, in which role, and which answers are still missing."""
    fresh = review.next() if renewal(review, at) else review
    names = _names(session, {one.reviewer_id for one in fresh.given})
    given = [Seat(one.role, names[one.reviewer_id], one.reviewer_id == person.id) for one in fresh.given]
    found = fresh.late if fresh.standing else fresh.seats()
    missing = () if isinstance(found, Seats) or fresh.sent_back else found
    return (*given, *(Seat(word, mine=word.removeprefix("second ") in roles) for word in missing))


def _names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    wanted = set(ids)
    rows = session.exec(select(Person).where(col(Person.id).in_(wanted))) if wanted else ()
    return {row.id or 0: row.name for row in rows}
