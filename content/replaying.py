"""Stops that the journal tells and this database has lost, put back in force: nothing they cover may go out.

Repeating it changes nothing: a stop is known by what it says. One whose narrative, message or person this database
does not know stops nothing here; it is counted, and takes hold when the thing is there again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from content import noted
from content.campaign import SensitiveDay
from content.consent import ConsentEvent
from content.covering import covered, held, standing
from content.crisis import Crisis
from content.deputy import Deputy
from content.lifecycle import LIVE, PENDING, Action, At, move
from content.medium import Medium
from content.narrative import Narrative
from content.noted import LIFTED, NAMED, STANDS, Row
from content.organisation import Account, Instance, raise_epoch, the_organisation
from content.people import Person, PersonKey, RoleGrant
from content.record import Step, write, write_all
from content.retired import MediumRetirement, retirements
from content.review import Clearance, Revocation
from content.stop import Hold, Pause, Recall, told_cause

ACTOR = "restore:"
NAMELESS = "set before the database was put back"  # what a crisis is called then


@dataclass(slots=True)
class Replayed:
    """What was put back. made: stops now in force again; unknown: names of those whose object is not here."""

    made: int = 0
    unknown: list[str] = field(default_factory=list)
    cancelled: int = 0
    recalled: int = 0
    shrinking: list[ConsentEvent | Hold] = field(default_factory=list)


def replay(session: Session, written: Sequence[Row], at: datetime) -> Replayed:
    """Inserts every stop of these lines that this database lacks, each on the record; consequences are `enforce`'s."""
    here = {line["stop"] for line, _ in noted.stops(session)}
    lifted = _lifted(written)
    done = Replayed()
    lost = {str(row["stop"]): row for row in written if row.get("kind") not in (LIFTED, STANDS)}
    for name, row in lost.items():
        if name in here or lifted.get(name):
            continue
        if _PUT_BACK[_kind(row)](session, row, at, done):
            done.made += 1
        else:
            done.unknown.append(name)
    if done.made:
        session.execute(update(Instance).values(stops=col(Instance.stops) + 1))
    session.flush()
    return done


def enforce(session: Session, done: Replayed, at: datetime) -> None:
    """Cancels and recalls what the replayed stops cover, whenever it may have been begun: taking down is safe."""
    for what in done.shrinking:
        found = standing(session, [what.narrative_id], (*PENDING, *LIVE), keep=True)
        reached = held(what, found, at) if isinstance(what, Hold) else covered(what, found)
        live = [one for one in reached if one.state in LIVE]
        done.recalled += len(take_back(session, live, "hold" if isinstance(what, Hold) else "withdrawal", at))
        if not isinstance(what, Hold):
            done.cancelled += len(call_off(session, [one for one in reached if one.state in PENDING], at))


def take_back(session: Session, posts: Sequence[At], cause: str, at: datetime) -> list[int]:
    """Moves live posts to recalling, each with its recall and its step on the record."""
    moved = _moved(session, posts, Action.RECALL, at, lease_until=None, fence=None, retry_at=None)
    session.add_all([Recall(post_id=post, cause=cause, reason="", by=None, at=at, evidence={}) for post in moved])
    told = {"cause": told_cause(cause)}
    write_all(session, [Step(ACTOR, "post.recall", "post", post, told) for post in moved], at)
    return moved


def call_off(session: Session, posts: Sequence[At], at: datetime, code: str = "consent.withdrawn") -> list[int]:
    """Cancels posts that are still to go."""
    note = f"{code}: It was stopped before the database was put back."
    moved = _moved(session, posts, Action.CANCEL, at, lease_until=None, fence=None, note=note)
    write_all(session, [Step(ACTOR, "post.cancel", "post", post, {"code": code}) for post in moved], at)
    return moved


def _moved(session: Session, posts: Sequence[At], action: Action, at: datetime, **changes: Any) -> list[int]:
    states = sorted({one.state for one in posts})
    groups = [[one for one in posts if one.state == state] for state in states]
    return [key for group in groups for key in move(session, group, action, at=at, **changes)]


def _lifted(written: Sequence[Row]) -> dict[str, bool]:
    """Whether each stop was lifted, by the last line on it."""
    return {str(row["of"]): row["kind"] == LIFTED for row in written if row.get("kind") in (LIFTED, STANDS)}


def _kind(row: Row) -> str:
    return str(row["stop"]).partition(":")[0]


# --- each kind ----------------------------------------------------------------------------------------------


def _consent(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    narrative = _narrative(session, row)
    if narrative is None:
        return False
    stated: Row = {name: row[name] for name in noted.SCOPE if name in row}
    stated |= {name: datetime.fromisoformat(row[name]) for name in noted.DATES if name in row}
    by = _who(session, row)
    event = ConsentEvent(narrative_id=narrative.id or 0, kind=row["kind"], by=by, at=_at(row), **stated)
    _kept(session, event, f"consent.{event.kind}", "consent", at, {"narrative": narrative.id})
    done.shrinking.append(event)
    return True


def _hold(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    narrative = _narrative(session, row)
    if narrative is None:
        return False
    ends = row["ends_at"] and datetime.fromisoformat(row["ends_at"])
    made = Hold(
        narrative_id=narrative.id or 0, kind="other", starts_at=datetime.fromisoformat(row["starts_at"]), ends_at=ends,
        territories=row["territories"], take_down=row["take_down"], by=_who(session, row), at=_at(row),
    )  # fmt: skip
    _kept(session, made, "hold.set", "hold", at, {"narrative": narrative.id, "take_down": made.take_down})
    done.shrinking.append(made)
    return True


def _pause(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    value = row["value"]
    if row["scope"] in NAMED:
        table = NAMED[row["scope"]]
        found = session.exec(select(table).where(table.ref == value)).first()
        if found is None:
            return False
        value = str(found.id)
    made = Pause(
        organisation_id=the_organisation(session).id or 0, scope=row["scope"], value=value, languages=row["languages"],
        by=_who(session, row), at=_at(row),
    )  # fmt: skip
    _kept(session, made, "pause.set", "pause", at, {"scope": made.scope, "value": value})
    return True


def _crisis(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    """What it was called is not told outside."""
    starts, ends = (datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at"))
    day = SensitiveDay(
        organisation_id=the_organisation(session).id or 0, territory=row["territory"], starts_at=starts, ends_at=ends,
        name=NAMELESS, kind="crisis",
    )  # fmt: skip
    session.add(day)
    session.flush()
    session.add(Crisis(day_id=day.id or 0, by=_who(session, row), at=_at(row)))
    session.flush()
    write(session, Step(ACTOR, "crisis.set", "crisis", day.id or 0, {"territory": day.territory, **_AGAIN}), at=at)
    return True


def _erased(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    person = _person(session, row)
    if person is None:
        return False
    key = session.get(PersonKey, person.id)
    if key is not None:
        session.delete(key)
    person.name, person.token_hash, person.disabled_at = "", "0" * 64, person.disabled_at or at
    session.add(person)
    session.flush()
    write(session, Step(ACTOR, "person.erase", "person", person.id or 0, _AGAIN), at=at)
    return True


def _off(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    person = _person(session, row)
    if person is None:
        return False
    if person.disabled_at is None:
        person.disabled_at = at
        session.add(person)
        session.flush()
        write(session, Step(ACTOR, "person.disable", "person", person.id or 0, _AGAIN), at=at)
    return True


def _revoked(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    statement = select(Clearance).where(Clearance.digest == row["digest"], Clearance.round == row["round"])
    clearance = session.exec(statement).first()
    if clearance is None:
        return False
    made = Revocation(clearance_id=clearance.id or 0, by=_who(session, row), reason="", at=_at(row))
    session.add(made)
    session.flush()
    write(session, Step(ACTOR, "clearance.revoke", "clearance", clearance.id or 0, _AGAIN), at=at)
    return True


def _role(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    person = _person(session, row)
    grants = session.exec(select(RoleGrant).where(RoleGrant.person_id == person.id)).all() if person else ()
    for grant in grants:
        if grant.revoked_at is None and person and noted.role_line(grant, person).items() <= row.items():
            grant.revoked_at = at
            session.add(grant)
            session.flush()
            write(session, Step(ACTOR, "role.revoke", "role", grant.id or 0, {"to": person.id, **_AGAIN}), at=at)
            return True
    return False


def _retired(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    """What shows it is judged again; the words that said why are lost."""
    medium = session.exec(select(Medium).where(Medium.ref == row["medium"])).first()
    if medium is None:
        return False
    if not retirements(session, [medium.id]):
        raise_epoch(session, medium.organisation_id)
        session.add(MediumRetirement(medium_id=medium.id or 0, why=row["why"], by=_who(session, row), at=_at(row)))
        session.flush()
        write(session, Step(ACTOR, "medium.retire", "medium", medium.id or 0, {"why": row["why"], **_AGAIN}), at=at)
    return True


def _deputy(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    person = _person(session, row)
    named = select(Deputy).where(Deputy.named_at == datetime.fromisoformat(row["named_at"]))
    found = session.exec(named.where(Deputy.person_id == person.id)).first() if person else None
    if found is None:
        return False
    if found.ended_at is None:
        found.ended_by, found.ended_at = _who(session, row), _at(row)
        session.add(found)
        session.flush()
        told = {"deputy": found.id, **_AGAIN}
        write(session, Step(ACTOR, "deputy.end", "person", found.person_id, told), at=at)
    return True


def _posing(session: Session, row: Row, at: datetime, done: Replayed) -> bool:
    account = session.exec(select(Account).where(Account.ref == row["account"])).first()
    if account is None:
        return False
    if not account.persona:
        account.persona, account.open_asked = True, None
        session.add(account)
        session.flush()
        told = {"ref": account.ref, **_AGAIN}
        write(session, Step(ACTOR, "account.pose", "account", account.id or 0, told), at=at)
    return True


_PUT_BACK: Mapping[str, Callable[[Session, Row, datetime, Replayed], bool]] = {
    "consent": _consent, "hold": _hold, "crisis": _crisis, "pause": _pause, "erased": _erased, "off": _off,
    "revoked": _revoked, "role": _role, "deputy": _deputy, "medium": _retired, "posing": _posing,
}  # fmt: skip
_AGAIN = {"restored": True}


def _kept(session: Session, row: Any, action: str, subject: str, at: datetime, detail: Row) -> None:
    session.add(row)
    session.flush()
    write(session, Step(ACTOR, action, subject, row.id, detail | _AGAIN), at=at)


def _narrative(session: Session, row: Row) -> Narrative | None:
    return session.exec(select(Narrative).where(Narrative.ref == row["narrative"])).first()


def _person(session: Session, row: Row) -> Person | None:
    found = session.get(Person, row["person"])
    return found if found is not None and noted.mark_of(found) == row["mark"] else None


def _who(session: Session, row: Row) -> int:
    """Who stopped it; where that person came after the backup, the first of the founders: somebody must answer."""
    found = session.get(Person, row["by"])
    if found is not None and found.created_at <= _at(row):
        return found.id or 0
    return session.exec(select(Person.id).where(col(Person.founding)).order_by(col(Person.id))).first() or 0


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row["at"])
