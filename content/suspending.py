"""A reviewer is suspended: the role goes at once, and with it every clearance that rests on it and may still be used.

Posts of those that were not begun are blocked, and may be cleared anew by others (`counterpoint renew`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from content import people
from content.message import Message
from content.people import Person, RoleGrant
from content.review import Clearance, Revocation
from content.store import Level, Scope, lock, now
from content.verdict import take_back

REASON = "The reviewer's role was taken back."
_COUNTED: dict[str, tuple[Any, ...]] = {
    "content": (Clearance.content_by,),
    "safeguarding": (Clearance.safeguarding_by,),
    "language": (Clearance.language_by,),
    "legal": (Clearance.legal_by,),
    "religious": (Clearance.religious_by,),
    "board": (Clearance.board1_by, Clearance.board2_by, Clearance.board3_by),
}


def suspend(session: Session, person: Person, grant_id: int) -> list[Revocation]:
    """Takes a role back and every clearance in force that counts it; one of safeguarding or the keeper is enough.

    Raises Refusal as people.revoke does.
    """
    given = session.get(RoleGrant, grant_id)
    if given is not None:
        _lock(session, _resting(session, given, now(session)))
    given = people.revoke(session, person, grant_id)
    at = now(session)
    return [take_back(session, person, one, REASON, at) for one in _resting(session, given, at)]


def resting(session: Session, grant_id: int) -> int:
    """How many clearances in force would go with this role."""
    given = session.get(RoleGrant, grant_id)
    return len(_resting(session, given, now(session))) if given is not None else 0


def _lock(session: Session, clearances: Sequence[Clearance]) -> None:
    """No intent under these clearances is under way while the role goes."""
    messages = {one.message_id for one in clearances}
    campaigns = session.exec(select(Message.campaign_id).where(col(Message.id).in_(messages))).all()
    lock(session, [Scope(Level.CAMPAIGN, one) for one in set(campaigns)], exclusive=True)


def _resting(session: Session, given: RoleGrant, at: datetime) -> Sequence[Clearance]:
    """The clearances in force, not taken back, in which this person counts for this role."""
    statement = (
        select(Clearance)
        .outerjoin(Revocation, col(Revocation.clearance_id) == col(Clearance.id))
        .where(_counts(given), col(Clearance.valid_until) > at, col(Revocation.id).is_(None))
        .order_by(col(Clearance.id))
    )
    found = session.exec(statement).all()
    return [one for one in found if given.role != "language" or given.language in (None, one.language)]


def _counts(given: RoleGrant) -> ColumnElement[bool]:
    own = [col(column) == given.person_id for column in _COUNTED.get(given.role, ())]
    third = (col(Clearance.third_by) == given.person_id) & (col(Clearance.third_role) == given.role)
    return or_(third, *own)
