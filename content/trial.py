"""What a shadow run of proposed rules found, kept for the people who adopt rules: a run is too heavy for a page.

A row never changes. It names messages and checks, and no words; what was tried stands in it by its identity.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, Session, SQLModel, col, select

from content.checks.proposal import Proposal
from content.checks.rules import RULES
from content.checks.shipped import SHORT
from content.organisation import ours, the_organisation
from content.people import Person, require
from content.record import Step, by, write
from content.shadowing import Change, Kind, Shadow
from content.staff import names
from content.store import json_field, now

MOST = 500  # changes that are kept; all are counted


class Trial(SQLModel, table=True):
    """One run. rules: by which the words were judged then; proposed: what was tried; counts: of each kind of change."""

    __table_args__ = (
        CheckConstraint("days >= 1 AND judged >= 0", name="numbers"),
        Index("ix_trial_newest", "organisation_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    rules: str
    proposed: str
    days: int
    judged: int
    counts: dict[str, Any] = json_field()
    changes: list[dict[str, Any]] = json_field()
    tried_by: int = Field(foreign_key="person.id")
    at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """The last run as it is read. changes: the first of them, what would newly stop before what would newly pass."""

    rules: str
    proposed: str
    days: int
    judged: int
    counts: Mapping[Kind, int]
    changes: tuple[Change, ...]
    by: str
    at: datetime


def identity(proposal: Proposal, told: str) -> str:
    """What was tried: whole rules go by version and digest as a program's do, any other file by its own digest."""
    if proposal.version and proposal.digest:
        return f"{proposal.version[:40]}+{proposal.digest[:SHORT]}"
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()[:SHORT]}"


def keep(session: Session, person: Person, proposed: str, days: int, found: Shadow) -> Trial:
    """Keeps what a run found, on the record. Raises Refusal `rights.role` for who may adopt no rules."""
    at = now(session)
    require(session, person, at, "rules.change")
    counts: dict[str, Any] = {kind: sum(one.kind == kind for one in found.changes) for kind in _ORDER}
    kept = [asdict(one) for one in sorted(found.changes, key=lambda one: _ORDER.index(one.kind))[:MOST]]
    made = Trial(
        organisation_id=the_organisation(session).id or 0, rules=RULES, proposed=proposed, days=days,
        judged=found.judged, counts=counts, changes=kept, tried_by=person.id or 0, at=at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    detail = {"rules": RULES, "proposed": proposed, "days": days, "judged": found.judged}
    write(session, Step(by(person.id), "rules.try", "trial", made.id or 0, detail), at=at)
    return made


def last(session: Session, person: Person) -> Tried | None:
    """What the newest run found; None where nobody tried any. Raises Refusal `rights.role`."""
    require(session, person, now(session), "rules.change")
    newest = select(Trial).where(Trial.organisation_id == ours()).order_by(col(Trial.id).desc())
    row = session.exec(newest.limit(1)).first()
    if row is None:
        return None
    counts: Mapping[Kind, int] = {kind: int(row.counts.get(kind, 0)) for kind in _ORDER}
    changes = tuple(Change(**one | {"checks": tuple(one["checks"])}) for one in row.changes)
    who = names(session, [row.tried_by])[row.tried_by]
    return Tried(row.rules, row.proposed, row.days, row.judged, counts, changes, who, row.at)


_ORDER: tuple[Kind, ...] = ("blocked", "needs", "free", "watched")
