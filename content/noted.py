"""What the journal says of stops and posts: enough to hold and to find them again, without a name or a free word.

A stop's name is made from what it says, never from a row's number: the same stop has the same name after a restore.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content.campaign import Campaign, SensitiveDay
from content.consent import ConsentEvent
from content.crisis import Crisis
from content.deputy import Deputy
from content.lifecycle import Attempt, Part, Post
from content.medium import Medium
from content.message import Leaf, Message
from content.narrative import Narrative
from content.organisation import Account
from content.people import Person, PersonKey, RoleGrant
from content.record import Record, canonical
from content.retired import MediumRetirement
from content.review import Clearance, Revocation
from content.stop import Hold, Pause

Row = dict[str, Any]
NAMED: dict[str, Any] = {"message": Message, "campaign": Campaign, "narrative": Narrative, "account": Account}
LIFTED, STANDS = "lifted", "stands"
SCOPE = ("basis", "elements", "channels", "reach", "languages", "territories", "purposes", "uses")
DATES = ("valid_from", "valid_until", "reconfirm_by", "embargo_until")
_STOPPING = (
    "consent.withdraw", "consent.narrow", "hold.set", "hold.lift", "pause.set", "pause.lift", "person.erase",
    "person.disable", "account.pose", "account.open", "clearance.revoke", "role.revoke", "crisis.set", "crisis.lift",
    "medium.retire", "deputy.end",
)  # fmt: skip
_UNSAID = frozenset({"by", "stop"})
# What happens to a post before it was ever begun is not written down; that it was cancelled is.
_TOLD = (
    "begin", "retry_same_key", "confirm", "found", "lose_track", "defer", "give_up", "stand_down", "recall",
    "confirm_recall", "cannot", "cancel",
)  # fmt: skip


def stops_among(session: Session, above: int, upto: int) -> bool:
    """Whether any of these steps of the record stops something, or lifts a stop."""
    statement = select(Record.id).where(col(Record.seq) > above, col(Record.seq) <= upto)
    return session.exec(statement.where(col(Record.action).in_(_STOPPING)).limit(1)).first() is not None


def missing_stops(session: Session, written: Iterable[Row]) -> list[Row]:
    """Every committed stop, lifting and erasure that these lines do not tell."""
    known, lifted = set[str](), dict[str, bool]()
    for row in written:
        known.add(str(row.get("stop")))
        if row.get("kind") in (LIFTED, STANDS):
            lifted[str(row["of"])] = row["kind"] == LIFTED
    found: list[Row] = []
    for line, is_lifted in stops(session):
        if line["stop"] not in known:
            found.append(line)
        if is_lifted != lifted.get(line["stop"], False):
            found.append(_named("lift", {"kind": LIFTED if is_lifted else STANDS, "of": line["stop"]}))
    return found


def stops(session: Session) -> Iterator[tuple[Row, bool]]:
    """Every stop as a line, and whether it was lifted since."""
    narratives = dict(session.exec(select(Narrative.id, Narrative.ref)).all())
    events = select(ConsentEvent).where(col(ConsentEvent.kind).in_(["withdraw", "narrow"]))
    for event in session.exec(events.order_by(col(ConsentEvent.id))):
        yield _consent(event, narratives), False
    for hold in session.exec(select(Hold).order_by(col(Hold.id))):
        yield _hold(hold, narratives), hold.lifted_at is not None
    for pause in session.exec(select(Pause).order_by(col(Pause.id))):
        yield _pause(session, pause), pause.lifted_at is not None
    for day, crisis in session.exec(_CRISES):
        yield _crisis(day, crisis), day.lifted_at is not None
    yield from _posing(session)
    for look in (_erased, _off, _revoked, _roles, _deputies, _retired):
        yield from ((line, False) for line in look(session))


def mark_of(person: Person) -> str:
    """Tells a person from another who got the same number after a restore."""
    return _hash({"ref": person.ref, "created_at": _instant(person.created_at)})


def _consent(event: ConsentEvent, narratives: dict[int | None, str]) -> Row:
    stated = {name: value for name in SCOPE if (value := getattr(event, name)) is not None}
    dates = {name: _instant(value) for name in DATES if (value := getattr(event, name))}
    return _named("consent", {
        "kind": event.kind, "narrative": narratives[event.narrative_id], "at": _instant(event.at), "by": event.by,
        **stated, **dates,
    })  # fmt: skip


def _hold(hold: Hold, narratives: dict[int | None, str]) -> Row:
    return _named("hold", {
        "kind": "hold", "narrative": narratives[hold.narrative_id], "at": _instant(hold.at), "by": hold.by,
        "starts_at": _instant(hold.starts_at), "ends_at": hold.ends_at and _instant(hold.ends_at),
        "territories": hold.territories, "take_down": hold.take_down,
    })  # fmt: skip


def _pause(session: Session, pause: Pause) -> Row:
    table = NAMED.get(pause.scope)
    value = session.get_one(table, int(pause.value)).ref if table else pause.value
    return _named("pause", {
        "kind": "pause", "scope": pause.scope, "value": value, "languages": pause.languages,
        "at": _instant(pause.at), "by": pause.by,
    })  # fmt: skip


# those that people set; days of a calendar come with it again
_CRISES = (
    select(SensitiveDay, Crisis)
    .join(Crisis, col(Crisis.day_id) == col(SensitiveDay.id))
    .where(col(Crisis.by).is_not(None))
    .order_by(col(Crisis.id))
)


def _crisis(day: SensitiveDay, crisis: Crisis) -> Row:
    return _named("crisis", {
        "kind": "crisis", "territory": day.territory, "starts_at": _instant(day.starts_at),
        "ends_at": _instant(day.ends_at), "at": _instant(crisis.at), "by": crisis.by,
    })  # fmt: skip


def _posing(session: Session) -> Iterator[tuple[Row, bool]]:
    """Each time that somebody said of a profile that it pretends to be somebody; lifted once two said otherwise."""
    said = rows(col(Record.subject_id), func.count()).where(col(Record.action) == "account.pose")
    times = {int(key): number for key, number in session.execute(said.group_by(col(Record.subject_id)))}
    for row in session.exec(select(Account).where(col(Account.id).in_(times)).order_by(col(Account.id))):
        for number in range(1, times[row.id or 0] + 1):
            line = _named("posing", {"kind": "posing", "account": row.ref, "time": number})
            yield line, number < times[row.id or 0] or not row.persona


def _erased(session: Session) -> Iterator[Row]:
    gone = select(Person).where(col(Person.id).not_in(select(PersonKey.person_id))).order_by(col(Person.id))
    for person in session.exec(gone):
        yield _named("erased", {"kind": "erased", "person": person.id, "mark": mark_of(person)})


def _off(session: Session) -> Iterator[Row]:
    """Who was switched off; whoever is erased is, too, and says so themselves."""
    gone = select(Person).where(col(Person.disabled_at).is_not(None), col(Person.id).in_(select(PersonKey.person_id)))
    for person in session.exec(gone.order_by(col(Person.id))):
        yield _named("off", {"kind": "off", "person": person.id, "mark": mark_of(person)})


def _revoked(session: Session) -> Iterator[Row]:
    statement = (
        rows(col(Clearance.digest), col(Clearance.round), col(Revocation.by), col(Revocation.at))
        .join(Clearance, col(Clearance.id) == col(Revocation.clearance_id))
        .order_by(col(Revocation.id))
    )
    for digest, round_, by, at in session.execute(statement):
        yield _named("revoked", {
            "kind": "revoked", "digest": digest, "round": round_, "at": _instant(at), "by": by,
        })  # fmt: skip


def _roles(session: Session) -> Iterator[Row]:
    statement = (
        select(RoleGrant, Person)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(col(RoleGrant.revoked_at).is_not(None))
        .order_by(col(RoleGrant.id))
    )
    for grant, person in session.exec(statement):
        yield _named("role", role_line(grant, person))


def _deputies(session: Session) -> Iterator[Row]:
    """Who stood in for safeguarding until somebody ended it."""
    statement = select(Deputy, Person).join(Person, col(Person.id) == col(Deputy.person_id))
    for row, person in session.exec(statement.where(col(Deputy.ended_at).is_not(None)).order_by(col(Deputy.id))):
        yield _named("deputy", {
            "kind": "deputy", "person": person.id, "mark": mark_of(person), "named_at": _instant(row.named_at),
            "at": _instant(row.ended_at or row.named_at), "by": row.ended_by,
        })  # fmt: skip


def _retired(session: Session) -> Iterator[Row]:
    statement = select(MediumRetirement, Medium.ref).join(Medium, col(Medium.id) == col(MediumRetirement.medium_id))
    for row, ref in session.exec(statement.order_by(col(MediumRetirement.medium_id))):
        yield _named("medium", {"kind": "retired", "medium": ref, "why": row.why, "at": _instant(row.at), "by": row.by})


def role_line(grant: RoleGrant, person: Person) -> Row:
    """Which grant it is, whatever its number."""
    return {
        "kind": "role", "person": person.id, "mark": mark_of(person), "role": grant.role, "language": grant.language,
        "granted_at": _instant(grant.granted_at),
    }  # fmt: skip


def posts(session: Session, above: int, upto: int) -> list[Row]:
    """How every post stands now that was begun, ended or cancelled in these steps of the record."""
    actions = [f"post.{action}" for action in _TOLD]
    touched = (
        select(Record.subject_id)
        .where(col(Record.seq) > above, col(Record.seq) <= upto, Record.subject == "post")
        .where(col(Record.action).in_(actions))
        .distinct()
    )
    ids = sorted({int(one) for one in session.exec(touched)})
    return [line for start in range(0, len(ids), 500) for line in _told(session, ids[start : start + 500])]


def _told(session: Session, ids: Sequence[int]) -> Iterator[Row]:
    began = rows(func.min(Attempt.began_at)).where(col(Attempt.post_id) == col(Post.id)).scalar_subquery()
    statement = (
        rows(col(Post.id), col(Post.digest), col(Leaf.digest), col(Post.occurrence), col(Post.state), began)
        .join(Leaf, col(Leaf.id) == col(Post.leaf_id))
        .where(col(Post.id).in_(ids))
        .order_by(col(Post.id))
    )
    parts: dict[int, list[list[Any]]] = defaultdict(list)
    for part in session.exec(select(Part).where(col(Part.post_id).in_(ids)).order_by(col(Part.index))):
        confirmed, recalled = (at and _instant(at) for at in (part.confirmed_at, part.recalled_at))
        parts[part.post_id].append([part.index, part.key, part.remote_id, part.url, confirmed, recalled])
    for key, digest, leaf, occurrence, state, began_at in session.execute(statement):
        yield {
            "post": digest, "leaf": leaf, "of": occurrence, "state": str(state),
            "began": began_at and _instant(began_at), "parts": parts[key],
        }  # fmt: skip


def _named(prefix: str, line: Row) -> Row:
    said = {name: value for name, value in line.items() if name not in _UNSAID}
    return {"stop": f"{prefix}:{_hash(said)}", **line}


def _hash(value: Row) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:24]


def _instant(at: datetime) -> str:
    if at.tzinfo is None:  # SQLite answers aggregates as it stored them
        at = at.replace(tzinfo=UTC)
    return at.astimezone(UTC).isoformat()
