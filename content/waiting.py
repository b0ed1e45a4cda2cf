"""What waits for one reviewer: the words they may judge, and what is missing of each quorum."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from content import people
from content.message import Involvement, Message, Version
from content.people import REVIEWERS, Person
from content.quorum import Seats
from content.rounds import Round, rounds
from content.store import now

MOST = 500
RENEWAL = timedelta(days=7)  # how long before its end a clearance is offered for renewal


@dataclass(frozen=True, slots=True)
class Waiting:
    """One version that this person may judge. roles: in which they would answer; missing: of the whole quorum.

    evaluation: the id a verdict names; blocks: findings that stop it, so that it can only be sent back;
    renewal: it is cleared, and that ends before its window does.
    """

    digest: str
    message: str
    language: str
    number: int
    round: int
    tier: int
    roles: tuple[str, ...]
    missing: tuple[str, ...]
    evaluation: int
    blocks: int
    not_before: datetime
    not_after: datetime
    renewal: bool = False


def waiting(session: Session, person: Person) -> list[Waiting]:
    """What this person may judge now, the soonest first."""
    at = now(session)
    people.require(session, person, at, *REVIEWERS)
    rows = _open(session, person, at)
    states = rounds(session, [version for version, _ in rows], at)
    held = people.roles(session, person.id or 0, at)
    lines = (_line(states[version.digest], message, person, held, at) for version, message in rows)
    return sorted((line for line in lines if line is not None), key=lambda line: (line.not_before, line.digest))


def _open(session: Session, person: Person, at: datetime) -> list[tuple[Version, str]]:
    """The newest versions with an open window whose message this person did not write."""
    newer = aliased(Version)
    wrote = exists().where(
        col(Involvement.message_id) == col(Version.message_id),
        col(Involvement.person_id) == person.id,
        col(Involvement.side) == "wrote",
    )
    overtaken = exists().where(
        col(newer.message_id) == col(Version.message_id),
        col(newer.language) == col(Version.language),
        col(newer.number) > col(Version.number),
    )
    statement = (
        select(Version, Message.ref)
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(col(Version.not_after) >= at, ~wrote, ~overtaken)
        .order_by(col(Version.not_before))
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.exec(statement)]


def _line(review: Round, message: str, person: Person, held: frozenset[str], at: datetime) -> Waiting | None:
    if review.evaluation is None or review.sent_back is not None:
        return None
    renewal = review.over or (review.standing and not review.late and _ending(review, at))
    fresh = review.next() if renewal else review
    missing = _missing(fresh)
    roles = _able(fresh, held, missing, {one.role for one in fresh.given if one.reviewer_id == person.id})
    if not missing or not roles:
        return None
    version = review.version
    return Waiting(
        digest=version.digest,
        message=message,
        language=version.language,
        number=version.number,
        round=fresh.number,
        tier=review.evaluation.tier,
        roles=roles,
        missing=missing,
        evaluation=review.evaluation.id or 0,
        blocks=review.evaluation.blocks,
        not_before=version.not_before,
        not_after=version.not_after,
        renewal=renewal,
    )


def _ending(review: Round, at: datetime) -> bool:
    return review.last is not None and review.last.valid_until < min(review.version.not_after, at + RENEWAL)


def _missing(review: Round) -> tuple[str, ...]:
    if review.standing:
        return review.late
    found = review.seats()
    return () if isinstance(found, Seats) else found


def _able(review: Round, held: frozenset[str], missing: Iterable[str], given: set[str]) -> tuple[str, ...]:
    """The roles this person holds, has not answered in, and that something missing asks for."""
    language = f"language:{review.version.language}"
    able = [role for role in REVIEWERS if (language if role == "language" else role) in held and role not in given]
    words = {word.removeprefix("second ") for word in missing}
    asked = set(review.wanted().roles) if "another person" in words and not given else words
    return tuple(role for role in able if role in asked)
