"""What must not be pointed at, as rows: keyed hashes of references, entered by somebody, lifted by somebody else.

Rows are only added; of a hash the newest one counts. The references themselves stand nowhere.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.errors import Refusal
from content.keys import Keys
from content.organisation import Account, Organisation, raise_epoch
from content.people import Person, require
from content.protect import DenyIndex, deny
from content.record import Step, by, write_all
from content.store import Level, Scope, lock, now


class Denied(SQLModel, table=True):
    """One name of a reference. hash: HMAC under the key of protected terms, in hex; kind: deny | lift."""

    __table_args__ = (CheckConstraint("kind IN ('deny', 'lift')", name="kind"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    hash: str
    kind: str
    by: int = Field(foreign_key="person.id")
    at: datetime


def standing(session: Session, organisation_id: int) -> dict[str, Denied]:
    """What is denied now: the row that says so, by its hash."""
    newest = select(func.max(Denied.id)).where(Denied.organisation_id == organisation_id).group_by(col(Denied.hash))
    rows = session.exec(select(Denied).where(col(Denied.id).in_(newest), Denied.kind == "deny"))
    return {row.hash: row for row in rows}


def add(session: Session, person: Person, organisation_id: int, references: Sequence[str]) -> int:
    """Denies references; how many were new. Keeper or safeguarding; every live clearance is evaluated again.

    Raises Refusal with `where` = the number of the reference: `deny.unread`, `deny.wide`, `deny.own`.
    """
    known = _entered(session, person, organisation_id)
    own = _own(session, organisation_id)
    fresh: list[tuple[str, ...]] = []
    for number, reference in enumerate(references, start=1):
        hashes = _hashes(session, reference, number)
        if DenyIndex(map(bytes.fromhex, hashes), _key(session)).find(own):
            raise Refusal(
                "deny.own", "That would deny an address of the organisation itself.", "Leave it out.", f"line {number}"
            )
        if not known.keys() >= set(hashes):
            fresh.append(hashes)
            known |= dict.fromkeys(hashes)
    _write(session, person, organisation_id, "deny", fresh)
    return len(fresh)


def lift(session: Session, person: Person, organisation_id: int, references: Sequence[str]) -> int:
    """Takes references off the list, by somebody else than entered them; how many stood on it. Refuses `deny.alone`."""
    known = _entered(session, person, organisation_id)
    found: list[tuple[str, ...]] = []
    for number, reference in enumerate(references, start=1):
        hashes = tuple(one for one in _hashes(session, reference, number) if one in known)
        if any(row is not None and row.by == person.id for row in map(known.get, hashes)):
            raise Refusal(
                "deny.alone", "You entered this yourself.", "Ask somebody else of the keepers.", f"line {number}"
            )
        found += [hashes] if hashes else []
    _write(session, person, organisation_id, "lift", found)
    return len(found)


def _entered(session: Session, person: Person, organisation_id: int) -> dict[str, Denied | None]:
    """Who may, with the organisation held, and what stands."""
    lock(session, [Scope(Level.ORGANISATION, organisation_id)], exclusive=True)
    require(session, person, now(session), "denied.change")
    return {**standing(session, organisation_id)}


def _key(session: Session) -> bytes:
    keys: Keys = session.info["keys"]
    return keys.terms


def _hashes(session: Session, reference: str, number: int) -> tuple[str, ...]:
    try:
        return tuple(one.hex() for one in deny(reference, _key(session)))
    except Refusal as refusal:
        refusal.where = f"line {number}"
        raise


def _own(session: Session, organisation_id: int) -> str:
    """Where the organisation itself speaks, as a text would point there."""
    told = session.get_one(Organisation, organisation_id)
    accounts = session.exec(select(Account.handle).where(Account.organisation_id == organisation_id))
    handles = [one if "." in one else f"@{one}" for one in accounts if one]
    hosts = [f"https://{one}/" for one in told.allowed_domains]
    return "\n".join([*hosts, *told.allowed_tags, *told.about.values(), *handles])


def _write(session: Session, person: Person, organisation_id: int, kind: str, entries: Sequence[Sequence[str]]) -> None:
    if entries:
        raise_epoch(session, organisation_id)
    at, who = now(session), person.id or 0
    rows = [
        [Denied(organisation_id=organisation_id, hash=one, kind=kind, by=who, at=at) for one in hashes]
        for hashes in entries
    ]
    session.add_all([row for some in rows for row in some])
    session.flush()
    write_all(session, (Step(by(who), f"denied.{kind}", "denied", some[0].id or 0) for some in rows), at=at)
