"""Who works here, as people read it: each with what they may do, since when, and what waits for a second person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import text
from sqlmodel import Session, col, select

from content import deputy
from content.absence import Away, absences
from content.deputy import Named
from content.errors import Refusal
from content.invitation import Invitation
from content.page import LIMIT, MOST, Page, place, sign
from content.password import Password
from content.people import Person, RoleGrant, by_ref
from content.store import now, wall


@dataclass(frozen=True, slots=True)
class Held:
    """One grant. state: second (wants a second person) | soon (its day is not over) | holds; role: `language:ar`."""

    id: int
    person: str
    role: str
    state: Literal["second", "soon", "holds"]
    since: datetime
    founding: bool
    given_by: str
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Member:
    """One person. signs_in: they have set up how; invited_by: who wants a second person to invite them; away: the
    days on which they are or will be, and who stands in; deputy: for whom of safeguarding they are to lift pauses."""

    ref: str
    name: str
    since: datetime
    off: datetime | None
    signs_in: bool
    invited_by: str
    grants: tuple[Held, ...]
    away: Away | None = None
    deputy: tuple[Named, ...] = ()


def members_page(session: Session, after: str = "", limit: int = LIMIT) -> Page[Member]:
    """Everybody, in the order in which they came, a page at a time."""
    statement = select(Person).order_by(col(Person.id)).limit(limit + 1)
    where = place(after, int)
    if where is not None:
        statement = statement.where(col(Person.id) > where[0])
    rows = session.exec(statement).all()
    more = sign(rows[limit - 1].id or 0) if len(rows) > limit else ""
    return Page(_members(session, rows[:limit]), more)


def others(session: Session, ref: str) -> Sequence[str]:
    """The short names of those who work here beside this person, in order."""
    rest = select(Person.ref).where(Person.ref != ref, col(Person.disabled_at).is_(None))
    return session.exec(rest.order_by(Person.ref).limit(MOST)).all()


def member(session: Session, ref: str) -> Member:
    """One of them. Refuses an unknown short name (`people.none`)."""
    row = by_ref(session, ref)
    return replace(_members(session, [row])[0], deputy=deputy.standing(session, row.id))


def open_grants(session: Session, limit: int = LIMIT) -> tuple[Held, ...]:
    """What one person gave and a second must confirm, the oldest first."""
    waits = text("confirmed_at IS NULL AND revoked_at IS NULL AND NOT founding")  # as the index says it
    return _held(session, session.exec(select(RoleGrant).where(waits).order_by(col(RoleGrant.id)).limit(limit)).all())


def grant(session: Session, number: int) -> Held:
    """One grant that was not taken back. Refuses an unknown one (`role.none`)."""
    found = session.get(RoleGrant, number) if 0 < number < 2**31 else None
    if found is None or found.revoked_at is not None:
        raise Refusal("role.none", f"There is no grant {number}.", "`counterpoint user list` shows them.")
    return _held(session, [found])[0]


def _members(session: Session, rows: Sequence[Person]) -> tuple[Member, ...]:
    ids = [row.id or 0 for row in rows]
    given = select(RoleGrant).where(col(RoleGrant.person_id).in_(ids), col(RoleGrant.revoked_at).is_(None))
    grants = _held(session, session.exec(given.order_by(col(RoleGrant.id)).limit(MOST * 10)).all())
    known = set(session.exec(select(Password.person_id).where(col(Password.person_id).in_(ids))))
    asked, away = _asked(session, ids), absences(session, ids, now(session))
    return tuple(
        Member(
            row.ref, row.name, row.created_at, row.disabled_at, row.id in known, asked.get(row.id or 0, ""),
            tuple(one for one in grants if one.person == row.ref), away.get(row.id or 0),
        )
        for row in rows
    )  # fmt: skip


def _held(session: Session, rows: Sequence[RoleGrant]) -> tuple[Held, ...]:
    at = now(session)
    refs = names(session, [key for row in rows for key in (row.person_id, row.granted_by, row.confirmed_by) if key])
    return tuple(_one(row, refs, at) for row in rows)


def _one(row: RoleGrant, refs: dict[int, str], at: datetime) -> Held:
    state: Literal["second", "soon", "holds"] = "holds"
    if row.valid_from is None or row.valid_from > at:
        state = "second" if row.valid_from is None else "soon"
    return Held(
        id=row.id or 0,
        person=refs[row.person_id],
        role=f"{row.role}:{row.language}" if row.language else row.role,
        state=state,
        since=row.valid_from or row.granted_at,
        founding=row.founding,
        given_by=refs.get(row.granted_by or 0, ""),
        confirmed_by=refs.get(row.confirmed_by or 0, ""),
    )


def names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The short names of these people."""
    rows = session.exec(select(Person.id, Person.ref).where(col(Person.id).in_(set(ids))))
    return {key or 0: ref for key, ref in rows}


def _asked(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Who has asked to invite each of them, where a second person must ask too."""
    statement = (
        select(Invitation)
        .where(col(Invitation.person_id).in_(ids), col(Invitation.token_hash).is_(None))
        .where(Invitation.until > wall(session))
    )
    rows = session.exec(statement.order_by(col(Invitation.id))).all()
    refs = names(session, [row.asked_by for row in rows])
    return {row.person_id: refs[row.asked_by] for row in rows}
