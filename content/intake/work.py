"""One import at work: who proposes it, what it changes, and what it must refuse."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, select

from content.errors import Refusal, Refusals
from content.intake.proposal import Notice
from content.people import Person
from content.record import Step, by, write_all

Row = TypeVar("Row", bound=SQLModel)
_CHUNK = 500  # values in one IN list


@dataclass(slots=True)
class Work:
    """What stands while the material of one import is stored, in one transaction.

    counts: (kind, new | changed | unchanged | stopped) -> how many; raised together: problems.
    """

    session: Session
    person: Person
    roles: frozenset[str]
    at: datetime
    organisation_id: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: list[Step] = field(default_factory=list)
    problems: list[Refusal] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def person_id(self) -> int:
        return self.person.id or 0

    @property
    def keeps(self) -> bool:
        """Whether who imports may make a narrative less protected."""
        return bool({"keeper", "safeguarding"} & self.roles)

    @property
    def changed(self) -> bool:
        return any(how != "unchanged" for _, how in self.counts)

    def refuse(self, code: str, message: str, todo: str, where: str) -> None:
        self.problems.append(Refusal(code, message, todo, where))

    def notice(self, message: str, where: str) -> None:
        self.notices.append(Notice("intake.proposal_only", message, where))

    def raise_problems(self) -> None:
        if self.problems:
            raise Refusals(self.problems)

    def count(self, kind: str, how: str) -> None:
        self.counts[kind, how] += 1

    def proposed(self, kind: str, row: Any, how: str, ref: str, **detail: str | int) -> None:
        """Counts a new or changed row and puts it on the record; the row must have its id."""
        self.count(kind, how)
        step = Step(by(self.person_id), "material.propose", kind, row.id or 0, {"how": how, "ref": ref, **detail})
        self.steps.append(step)

    def keep(self, kind: str, row: Any, how: str, ref: str = "", **detail: str | int) -> None:
        """Adds a new row (a first one, or a changed one's next version)."""
        self.session.add(row)
        self.session.flush()
        self.proposed(kind, row, how, ref or row.ref, **detail)

    def change(self, kind: str, row: Any, values: Mapping[str, Any]) -> None:
        """Writes what differs into a row that may change."""
        found = differing(row, values)
        if not found:
            self.count(kind, "unchanged")
            return
        for name, value in found.items():
            setattr(row, name, value)
        self.session.add(row)
        self.proposed(kind, row, "changed", row.ref)

    def record(self) -> None:
        """Writes everything proposed to the record in one statement."""
        write_all(self.session, self.steps, at=self.at)


def by_ref(work: Work, table: type[Row], refs: Iterable[str]) -> dict[str, Row]:
    """The organisation's rows with these refs; of versioned rows the newest."""
    columns: Any = table
    found: dict[str, Row] = {}
    for some in chunks(refs):
        statement = select(table).where(columns.organisation_id == work.organisation_id, columns.ref.in_(some))
        for row in work.session.exec(statement.order_by(col(columns.id))):
            found[getattr(row, "ref")] = row  # noqa: B009  # the type of a row's class says nothing of its columns
    return found


def below(session: Session, table: type[Row], narrative_ids: Iterable[int]) -> dict[tuple[int, str], Row]:
    """What hangs on these narratives, by (narrative, ref); of versioned rows the newest."""
    columns: Any = table
    found: dict[tuple[int, str], Row] = {}
    for some in chunks(narrative_ids):
        for row in session.exec(select(table).where(columns.narrative_id.in_(some)).order_by(col(columns.id))):
            one: Any = row
            found[one.narrative_id, one.ref] = row
    return found


def chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    """The values in lists that a database takes in one statement."""
    known = list(dict.fromkeys(values))
    return (known[start : start + _CHUNK] for start in range(0, len(known), _CHUNK))


def differing(row: SQLModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the row does not hold."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}
