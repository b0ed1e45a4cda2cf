"""A circuit for each account: who fails again and again is left alone for a while, then tried with one post.

Closed, it counts troubles in a row. Open, the account is shut (its pace row says until when) and nothing of it is
claimed. Then half open: the slot lets one post through, whose end closes it or opens it for twice as long.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import Select, bindparam, select, text, update
from sqlmodel import Field, Session, SQLModel, col

from content import pace
from content.given import among
from content.outcome import Outcome, Refused, Retry, Sent, Unknown
from content.record import Step, write_all

TROUBLES = 5  # in a row
FIRST = timedelta(seconds=30)
LONGEST = timedelta(minutes=4)  # a post of tier 3 may be 15 minutes late: it meets three trials at least
REVOKED = ("401", "403", "auth", "identity", "revoked")  # how a refusal's code ends that no other post would escape


class Circuit(SQLModel, table=True):
    """One account that has been in trouble. Open while `until` is set; half open once that has passed."""

    account_id: int = Field(primary_key=True, foreign_key="account.id", sa_column_kwargs={"autoincrement": False})
    failures: int = 0  # in a row
    trips: int = 0  # openings in a row
    until: datetime | None = None
    opened_at: datetime | None = None
    code: str = ""  # what opened it


class Kind(StrEnum):
    """What the end of a call says about its account."""

    WENT = "went"  # it answers and knows us; a refusal of these words counts
    TROUBLE = "trouble"  # no answer, half an answer, a server's error
    REVOKED = "revoked"  # it does not know us any more
    PATIENCE = "patience"  # it asked us to wait
    NOTHING = "nothing"  # no call, or one that we ended ourselves


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account's circuit stands. until: None = closed."""

    failures: int = 0
    trips: int = 0
    until: datetime | None = None

    def after(self, kind: Kind, at: datetime) -> "Standing":
        """How it stands once a call ended so. What was under way when it opened changes nothing."""
        match kind:
            case Kind.WENT:
                return Standing()
            case Kind.NOTHING | Kind.PATIENCE:
                return self
            case Kind.TROUBLE | Kind.REVOKED if self.until is not None and at < self.until:
                return self
            case Kind.REVOKED:
                return self._open(at, LONGEST)
            case Kind.TROUBLE if self.until is not None or self.failures + 1 >= TROUBLES:
                return self._open(at, min(LONGEST, FIRST * 2**self.trips))
            case Kind.TROUBLE:
                return replace(self, failures=self.failures + 1)
            case other:
                assert_never(other)

    def _open(self, at: datetime, for_: timedelta) -> "Standing":
        return Standing(self.failures + 1, min(self.trips + 1, 30), at + for_)


@dataclass(frozen=True, slots=True)
class Heard:
    """The end of one call. fence: of the claim; after: for how long the platform asked us to wait, if it did."""

    account_id: int
    kind: Kind
    after: timedelta = timedelta()
    fence: str | None = None
    code: str = ""


def end_of(account_id: int, outcome: Outcome, fence: str | None = None) -> Heard:
    """What this outcome says about its account."""
    match outcome:
        case Sent():
            return Heard(account_id, Kind.WENT, fence=fence)
        case Refused(code, _):
            kind = Kind.REVOKED if code.rpartition(".")[2] in REVOKED else Kind.WENT
            return Heard(account_id, kind, fence=fence, code=code)
        case Retry(after, code):
            return _told(account_id, code, after, fence)
        case Unknown(detail, _, after):
            return _told(account_id, detail.removeprefix("call.part: "), after, fence)
        case other:
            assert_never(other)


def _told(account_id: int, code: str, after: timedelta, fence: str | None) -> Heard:
    if code.startswith(("worker.", "stop.", "posting.")):  # a person at work says nothing of the account
        return Heard(account_id, Kind.NOTHING, fence=fence)
    if code == "rate.limited" or code.endswith(".429"):
        return Heard(account_id, Kind.PATIENCE, after, fence, code)
    return Heard(account_id, Kind.TROUBLE, fence=fence, code=code.partition(":")[0])


def heard(session: Session, ends: Sequence[Heard], at: datetime) -> None:
    """Takes note of how calls ended, in the transaction that writes it down: circuits, and when each may go on.

    Opening and closing stand in the record.
    """
    before = _standings(session, {one.account_id for one in ends}, {o.account_id for o in ends if _troubled(o.kind)})
    after = dict(before)
    for one in ends:
        after[one.account_id] = after.get(one.account_id, Standing()).after(one.kind, at)
    codes = {one.account_id: one.code for one in ends}
    changed = {key: one for key, one in after.items() if key in before and one != before[key]}
    _write(session, changed, codes, at)
    _record(session, before, changed, codes, at)
    pace.ended(session, [_pace(one, after[one.account_id], at) for one in ends], at)


def _troubled(kind: Kind) -> bool:
    return kind in (Kind.TROUBLE, Kind.REVOKED)


def _pace(one: Heard, standing: Standing, at: datetime) -> pace.Ended:
    asked = at + one.after if one.after else None
    if standing.until is not None:  # half open it stays one at a time, whatever came of the trial
        asked = max(standing.until, asked or at)
    return pace.Ended(one.account_id, one.fence, asked)


def _standings(session: Session, accounts: Iterable[int], needed: set[int]) -> dict[int, Standing]:
    """The accounts' rows, locked in order; those that are needed are made."""
    if needed:
        line = "INSERT INTO circuit (account_id, failures, trips, code) VALUES (:key, 0, 0, '') ON CONFLICT DO NOTHING"
        session.connection().execute(text(line), [{"key": key} for key in sorted(needed)])
    found = session.connection().execute(_STANDINGS, {"accounts": set(accounts)})
    return {row[0]: Standing(*row[1:]) for row in found}


_STANDINGS: Select[*tuple[Any, ...]] = (
    select(col(Circuit.account_id), col(Circuit.failures), col(Circuit.trips), col(Circuit.until))
    .where(among(col(Circuit.account_id), "accounts"))
    .order_by(col(Circuit.account_id))
    .with_for_update()
)


def _write(session: Session, changed: dict[int, Standing], codes: dict[int, str], at: datetime) -> None:
    rows = [
        {
            "key": key, "failures": one.failures, "trips": one.trips, "until": one.until,
            "opened_at": at if one.until else None, "code": codes[key],
        }
        for key, one in changed.items()
    ]  # fmt: skip
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
        table = Circuit.__table__  # type: ignore[attr-defined]  # sqlmodel keeps the table untyped
        session.connection().execute(
            update(table).where(col(Circuit.account_id) == bindparam("key")).values(values), rows
        )


def _record(
    session: Session, before: dict[int, Standing], changed: dict[int, Standing], codes: dict[int, str], at: datetime
) -> None:
    steps = [
        _step(key, "circuit.open" if one.until else "circuit.close", one, codes[key])
        for key, one in changed.items()
        if one.until != before[key].until
    ]
    if steps:
        write_all(session, steps, at)


def _step(account: int, action: str, one: Standing, code: str) -> Step:
    detail = {"until": one.until.isoformat(), "code": code} if one.until else {}
    return Step("worker:", action, "account", account, detail)
