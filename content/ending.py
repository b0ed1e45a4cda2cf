"""What ends soon if nobody acts: windows of words that nobody cleared, clearances, what somebody looked at, consent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content import consent
from content.block import Block, HelplineCheck
from content.checks.facts.cta_helpline import VERIFIED_FOR
from content.consent import ConsentEvent
from content.hashtag_check import ageing
from content.link_check import LASTS, waited_for
from content.message import Message, Version
from content.narrative import Narrative
from content.organisation import of_ours, ours
from content.people import Person
from content.platform_check import platforms
from content.waiting import RENEWAL, Waits

CLOSING = timedelta(hours=48)
AHEAD = timedelta(days=14)
PAST = timedelta(days=30)  # what ended longer ago is nobody's task of today any more
MOST = 200


@dataclass(frozen=True, slots=True)
class Ending:
    """what: its reference; at: when it ends, None where it was never begun; language: of words; campaign: of a tag."""

    what: str
    at: datetime | None
    language: str = ""
    campaign: str = ""


def windows(session: Session, author: Person, at: datetime, limit: int) -> list[Ending]:
    """This author's words whose window closes within two days and that nobody has cleared."""
    given = {"author": author.id, "at": at, "closing": at + CLOSING}
    rows = session.connection().execute(_closing(limit), given)
    return [Ending(ref, until, language) for ref, language, until in rows]


@lru_cache(4)
def _closing(limit: int) -> Any:
    author, (at, closing) = bindparam("author", type_=Integer()), map(_instant, ("at", "closing"))
    return (
        columns(col(Message.ref), col(Version.language), col(Waits.not_after))
        .select_from(Waits)
        .join(Version, col(Version.id) == col(Waits.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(col(Waits.cleared_until).is_(None), col(Waits.not_after).between(at, closing))
        .where(or_(col(Version.author_id) == author, col(Version.translator_id) == author))
        .where(of_ours(Message.organisation_id))
        .order_by(col(Waits.not_after), col(Waits.version_id))
        .limit(limit)
    )


def _instant(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UTCDateTime())


def clearances(session: Session, at: datetime) -> list[datetime]:
    """When clearances end that end before their window does, within a week, the soonest first; MOST of them."""
    statement = (
        select(Waits.cleared_until)
        .join(Version, col(Version.id) == col(Waits.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(col(Waits.cleared_until).is_not(None), col(Waits.cleared_until).between(at, at + RENEWAL))
        .where(of_ours(Message.organisation_id))
    )
    return [one for one in session.exec(statement.order_by(col(Waits.cleared_until)).limit(MOST)) if one is not None]


def helplines(session: Session, at: datetime) -> list[Ending]:
    """Helplines whose last check counts for less than two weeks more, or that nobody ever tried."""
    mine = select(Block).where(Block.organisation_id == ours(), Block.kind == "helpline")
    newest = {block.ref: block.id for block in session.exec(mine.order_by(col(Block.number)))}
    statement = (
        select(HelplineCheck.block_id, func.max(HelplineCheck.at))
        .where(col(HelplineCheck.block_id).in_(newest.values()))
        .group_by(col(HelplineCheck.block_id))
    )
    checked = {key: _aware(last) for key, last in session.exec(statement)} if newest else {}
    ends = {ref: checked[key] + VERIFIED_FOR if key in checked else None for ref, key in newest.items()}
    found = [Ending(ref, end) for ref, end in ends.items() if end is None or end <= at + AHEAD]
    return sorted(found, key=lambda one: (one.at is not None, one.at or at, one.what))


def links(session: Session, at: datetime) -> list[Ending]:
    """Pages that waiting words lead to and whose last look counts for less than two days more, or for nothing."""
    found: list[Ending] = []
    for one in waited_for(session, at, MOST):
        end = one.at + LASTS if one.at and one.answer == "good" else None
        if end is None or end <= at + CLOSING:
            found.append(Ending(one.url, end))
    return sorted(found, key=lambda one: (one.at is not None, one.at or at, one.what))


def hashtags(session: Session, at: datetime) -> list[Ending]:
    """Hashtags of campaigns that something waits of, whose look counts for less than two days more, or for nothing."""
    found = [Ending(tag, end, campaign=ref) for tag, (ref, end) in ageing(session, at, MOST).items()]
    return sorted(found, key=lambda one: (one.at is not None, one.at or at, one.what))


def compared(session: Session, at: datetime) -> list[Ending]:
    """Platforms of our accounts whose rules nobody compared, as of two weeks from now."""
    return [Ending(one.name, one.ends) for one in platforms(session) if one.ends <= at + AHEAD]


def consents(session: Session, at: datetime) -> list[Ending]:
    """Narratives whose consent ends, or is to be asked for again, within two weeks, or did so lately."""
    near = (at - PAST, at + AHEAD)
    ids: set[int] = set()
    for column in (ConsentEvent.valid_until, ConsentEvent.reconfirm_by):
        statement = select(ConsentEvent.narrative_id).where(col(column).is_not(None), col(column).between(*near))
        ids |= set(session.exec(statement.order_by(col(column)).limit(MOST)))
    named = select(Narrative.id, Narrative.ref).where(col(Narrative.id).in_(ids), Narrative.organisation_id == ours())
    refs = {key or 0: ref for key, ref in session.exec(named)} if ids else {}
    found = [Ending(refs[key], end) for key, end in _ends(session, {*refs}, at) if near[0] <= end <= near[1]]
    return sorted(found, key=lambda one: (one.at or at, one.what))


def _ends(session: Session, ids: set[int], at: datetime) -> Iterator[tuple[int, datetime]]:
    for key, scope in consent.scopes(session, ids, at).items() if ids else ():
        ends = [one for one in (scope.until, scope.reconfirm_by) if one is not None]
        if ends and not scope.withdrawn:
            yield key, min(ends)


def _aware(at: datetime) -> datetime:
    """SQLite answers aggregates as it stored them."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
