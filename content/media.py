"""The list of media: each with what is known of it and how many versions show it."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from content.medium import Medium, Whole, wholes
from content.message import Used
from content.organisation import ours
from content.page import LIMIT, Page, place, sign
from content.people import Person, require
from content.store import now


@dataclass(frozen=True, slots=True)
class Listed:
    """One medium in the list. shown: how many versions show it."""

    whole: Whole
    shown: int


def listed(session: Session, person: Person, after: str = "", limit: int = LIMIT) -> Page[Listed]:
    """The organisation's media, the newest first. Raises Refusal `rights.role`."""
    require(session, person, now(session), "medium.read")
    statement = select(Medium).where(Medium.organisation_id == ours()).order_by(col(Medium.id).desc())
    where = place(after, int)
    if where is not None:
        statement = statement.where(col(Medium.id) < where[0])
    rows = session.exec(statement.limit(limit + 1)).all()
    shown = rows[:limit]
    counts = _counts(session, [row.ref for row in shown])
    items = tuple(Listed(whole, counts.get(whole.row.ref, 0)) for whole in wholes(session, shown))
    return Page(items, sign(shown[-1].id or 0) if len(rows) > limit else "")


def _counts(session: Session, refs: list[str]) -> dict[str, int]:
    statement = (
        select(Used.ref, func.count()).where(Used.kind == "medium", col(Used.ref).in_(refs)).group_by(col(Used.ref))
    )
    return dict(session.exec(statement).all())
