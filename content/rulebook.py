"""What each version of the rules held, kept when it is founded on or proposed: what changes can then be shown.

The program holds the newest only. A row never changes; it says numbers, severities and versions of lists, no word of a
list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Field, Session, SQLModel, col, select

from content.checks import shipped
from content.checks.rules import RULES
from content.organisation import Adoption, Organisation
from content.page import LIMIT, Page, place, sign
from content.staff import names
from content.store import json_field, now

Kind = Literal["check", "limit", "list"]


class Rulebook(SQLModel, table=True):
    """told: checks, limits and lexicons as rules.json has them."""

    rules: str = Field(primary_key=True)
    told: dict[str, Any] = json_field()
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise. name: CHECK.SUB-CODE, a limit's or a list's; before, after: "" where it is not."""

    kind: Kind
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Past:
    """One adoption. confirmed_by, confirmed_at: empty while it waits for a second person."""

    rules: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None


def keep(session: Session) -> None:
    """Writes down what the rules of this program hold, once; the organisation is locked, or new."""
    if session.get(Rulebook, RULES) is not None:
        return
    told = {name: shipped.shipped()[name] for name in ("checks", "limits", "lexicons")}
    session.add(Rulebook(rules=RULES, told=told, at=now(session)))
    session.flush()


def changes(session: Session, organisation: Organisation) -> tuple[Difference, ...] | None:
    """What the program's rules change against those adopted; None where nobody kept what those held."""
    before = session.get(Rulebook, organisation.rules)
    return differences(before.told, shipped.shipped()) if before is not None else None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What is otherwise, by kind and name."""
    was, is_ = _flat(before), _flat(after)
    changed = sorted(key for key in was.keys() | is_.keys() if was.get(key) != is_.get(key))
    return tuple(Difference(kind, name, was.get((kind, name), ""), is_.get((kind, name), "")) for kind, name in changed)


def _flat(told: Mapping[str, Any]) -> dict[tuple[Kind, str], str]:
    found: dict[tuple[Kind, str], str] = {("limit", name): f"{value:g}" for name, value in told["limits"].items()}
    found |= {("list", name): str(value) for name, value in told["lexicons"].items()}
    for check, codes in told["checks"].items():
        found |= {("check", f"{check}.{code}"): str(severity) for code, severity in codes.items()}
    return found


def history_page(session: Session, organisation: Organisation, after: str = "", limit: int = LIMIT) -> Page[Past]:
    """Every adoption and proposal, the latest first."""
    statement = select(Adoption).where(Adoption.organisation_id == organisation.id)
    where = place(after, int)
    if where is not None:
        statement = statement.where(col(Adoption.id) < where[0])
    rows = session.exec(statement.order_by(col(Adoption.id).desc()).limit(limit + 1)).all()
    refs = names(session, [key for row in rows for key in (row.proposed_by, row.confirmed_by) if key])
    shown = tuple(
        Past(one.rules, refs[one.proposed_by], one.proposed_at, refs.get(one.confirmed_by or 0, ""), one.confirmed_at)
        for one in rows[:limit]
    )
    return Page(shown, sign(rows[limit - 1].id or 0) if len(rows) > limit else "")
