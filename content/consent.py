"""Consent as events over a scope; what it allows at an instant is folded from them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from content.agreement import ConsentRecord
from content.errors import Refusal
from content.narrative import Narrative
from content.organisation import raise_epoch
from content.people import Person, require, seal_words
from content.record import Step, by, write
from content.store import Level, Scope, json_field, lock, now

WORLDWIDE = "*"
BASES = ("direct", "published", "aggregate")
REACHES = ("list", "fenced", "worldwide")  # from narrow to wide
_NOTHING: frozenset[str] = frozenset()
_LISTS = ("channels", "languages", "territories", "purposes", "uses")

KINDS = ("grant", "narrow", "reconfirm", "assess", "withdraw")


class ConsentEvent(SQLModel, table=True):
    """One event; append-only. None in a scope column: this event says nothing about that dimension.

    A file only proposes: a proposed grant widens nothing until safeguarding's `assess` names it.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        CheckConstraint("kind IN ('grant', 'narrow', 'reconfirm', 'assess', 'withdraw')", name="kind"),
        CheckConstraint("basis IS NULL OR basis IN ('direct', 'published', 'aggregate')", name="basis"),
        Index("ix_consent_event_kind", "kind", "narrative_id"),
        *(
            Index(name, column, sqlite_where=text(told), postgresql_where=text(told))
            for name, column, told in (
                ("ix_consent_event_ends", "valid_until", "valid_until IS NOT NULL"),
                ("ix_consent_event_again", "reconfirm_by", "reconfirm_by IS NOT NULL"),
            )
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    kind: str
    proposed: bool = False
    basis: str | None = None
    elements: dict[str, bool] | None = json_field(nullable=True)
    channels: list[str] | None = json_field(nullable=True)
    reach: str | None = None
    languages: list[str] | None = json_field(nullable=True)
    territories: list[str] | None = json_field(nullable=True)
    purposes: list[str] | None = json_field(nullable=True)
    uses: list[str] | None = json_field(nullable=True)
    valid_from: datetime | None = None
    valid_until: datetime | None = None  # the first instant no longer allowed
    reconfirm_by: datetime | None = None
    embargo_until: datetime | None = None
    decision: str | None = None  # of an assess: ok | refused
    reason: str = ""  # free text, erasable
    by: int = Field(foreign_key="person.id")
    at: datetime


def scope(events: Sequence[Any], at: datetime) -> ConsentRecord:
    """What the events (or rows of them) allow at that instant; their order is that of their ids, however given.

    What widens counts from its instant on, what narrows counts always. A grant counts at once only where a person
    entered it and nothing was withdrawn before; else once a later assessment says ok. Only a grant opens again.
    """
    ordered = sorted(events, key=_order)
    found = ConsentRecord(withdrawn=False)
    for index, event in enumerate(ordered):
        if event.kind in ("withdraw", "narrow") or event.at <= at:
            found = _FOLD[event.kind](found, event, _settled(ordered, index, at))
    return found


def scopes(session: Session, narrative_ids: Collection[int], at: datetime) -> dict[int, ConsentRecord]:
    """The scope in force of each narrative that has any event, in one query."""
    grouped: dict[int, list[ConsentEvent]] = {}
    statement = select(ConsentEvent).where(col(ConsentEvent.narrative_id).in_(narrative_ids))
    for event in session.exec(statement.order_by(col(ConsentEvent.id)).execution_options(populate_existing=True)):
        grouped.setdefault(event.narrative_id, []).append(event)
    return {key: scope(events, at) for key, events in grouped.items()}


def add(session: Session, person: Person, narrative: Narrative, kind: str, **stated: Any) -> ConsentEvent:
    """Records a grant or reconfirmation (keeper or safeguarding) or an assessment (safeguarding, of others' grants).

    stated: columns of ConsentEvent. A withdrawal and a narrowing have consequences: those are in stopping.py.
    """
    if kind not in ("grant", "reconfirm", "assess"):
        raise Refusal("consent.kind", f"A {kind} is not entered here.", "Use `counterpoint consent`.")
    if stated.get("basis") not in (None, *BASES):
        raise Refusal("consent.basis", f"There is no basis “{stated['basis']}”.", f"Use {', '.join(BASES)}.")
    if stated.get("basis") == "direct":  # it raises the tier, so every stored result is made again
        raise_epoch(session, narrative.organisation_id)
    lock(session, [Scope(Level.NARRATIVE, narrative.id or 0)], exclusive=True)
    at = now(session)
    if kind == "assess":
        require(session, person, at, "consent.assess")
        _refuse_own(session, person, narrative, str(stated.get("decision")))
    else:
        require(session, person, at, "consent.add")
    return append(session, person, narrative, kind, at, **stated)


def append(
    session: Session, person: Person, narrative: Narrative, kind: str, at: datetime, reason: str = "", **stated: Any
) -> ConsentEvent:
    """Writes one event and its record row; the caller has checked the rights and holds the narrative's lock."""
    sealed = seal_words(session, person.id or 0, reason, "consent_event", at)
    event = ConsentEvent(narrative_id=narrative.id or 0, kind=kind, by=person.id or 0, at=at, reason=sealed, **stated)
    session.add(event)
    session.flush()
    detail = {"narrative": narrative.id, "proposed": event.proposed}
    write(session, Step(by(person.id), f"consent.{kind}", "consent", event.id or 0, detail), at=at)
    return event


def _refuse_own(session: Session, person: Person, narrative: Narrative, decision: str) -> None:
    if decision not in ("ok", "refused"):
        raise Refusal("consent.decision", "An assessment says ok or refused.", "Give --ok or --refused.")
    statement = select(ConsentEvent).where(ConsentEvent.narrative_id == narrative.id)
    events = session.exec(statement.order_by(col(ConsentEvent.id))).all()
    if all(event.kind != "grant" for event in events):
        raise Refusal("consent.nothing", f"{narrative.ref} has no grant to assess.", "Enter or import one first.")
    if decision == "ok" and person.id in _granters(events):
        raise Refusal("rights.own", "Whoever entered a grant cannot assess it.", "Ask another of safeguarding.")


def _granters(events: Sequence[ConsentEvent]) -> set[int]:
    """Who entered what an assessment now would agree to: all grants since the last one, if that said ok."""
    assessed = [number for number, event in enumerate(events) if event.kind == "assess"]
    since = assessed[-1] if assessed and events[assessed[-1]].decision == "ok" else 0
    grants = [event for event in events if event.kind == "grant"]
    return {event.by for event in events[since:] if event.kind == "grant"} | {grants[-1].by}


def _order(event: ConsentEvent) -> tuple[bool, int]:
    return event.id is None, event.id or 0


def _settled(events: Sequence[ConsentEvent], index: int, at: datetime) -> bool:
    """Whether this grant counts at that instant."""
    if events[index].kind != "grant":
        return True
    later = [e for e in events[index + 1 :] if e.kind == "assess" and e.at <= at]
    if later:
        return later[-1].decision == "ok"
    return not events[index].proposed and all(e.kind != "withdraw" for e in events[:index])


def _grant(found: ConsentRecord, event: ConsentEvent, settled: bool) -> ConsentRecord:
    """Each dimension the grant speaks of is as it says; after a full withdrawal nothing older is left."""
    if not settled:
        return found
    base = ConsentRecord() if found.withdrawn else found
    lists: dict[str, Any] = {name: _set(getattr(event, name), getattr(base, name)) for name in _LISTS}
    closed = base.withdrawn_channels - frozenset(event.channels or ())
    return replace(
        base,
        **lists,
        basis=event.basis or base.basis,
        elements=event.elements if event.elements is not None else base.elements,
        reach=event.reach or base.reach,
        from_=event.valid_from or base.from_,
        until=event.valid_until or base.until,
        reconfirm_by=event.reconfirm_by or base.reconfirm_by,
        embargo_until=event.embargo_until or base.embargo_until,
        reuse_assessed_at=None,
        reuse_decision=None,
        withdrawn=False,
        withdrawn_channels=closed,
    )


def _narrow(found: ConsentRecord, event: ConsentEvent, _: bool) -> ConsentRecord:
    """Only less: lists meet, the narrower reach, the later beginning, the earlier end."""
    open_ = found.basis == "aggregate"  # only there does an unstated dimension allow anything
    lists: dict[str, Any] = {name: _less(name, getattr(found, name), getattr(event, name), open_) for name in _LISTS}
    return replace(
        found,
        **lists,
        elements=_both(found.elements, event.elements),
        reach=_narrower(found.reach, event.reach, open_),
        from_=_pick(max, found.from_, event.valid_from),
        embargo_until=_pick(max, found.embargo_until, event.embargo_until),
        until=_earlier(found.until, event.valid_until, open_),
        reconfirm_by=_earlier(found.reconfirm_by, event.reconfirm_by, open_),
    )


def _reconfirm(found: ConsentRecord, event: ConsentEvent, _: bool) -> ConsentRecord:
    if found.withdrawn:
        return found
    return replace(found, reconfirm_by=event.reconfirm_by or found.reconfirm_by)


def _assess(found: ConsentRecord, event: ConsentEvent, _: bool) -> ConsentRecord:
    agreed = event.decision == "ok"
    return replace(found, reuse_assessed_at=event.at if agreed else None, reuse_decision=event.decision)


def _withdraw(found: ConsentRecord, event: ConsentEvent, _: bool) -> ConsentRecord:
    """All of it, or each channel, language and territory that is named."""
    if not (event.channels or event.languages or event.territories):
        nothing: dict[str, Any] = dict.fromkeys(_LISTS, _NOTHING)
        return replace(found, **nothing, withdrawn=True, withdrawn_channels=_NOTHING)
    if found.withdrawn:
        return found
    return replace(
        found,
        channels=None if found.channels is None else found.channels - set(event.channels or ()),
        withdrawn_channels=found.withdrawn_channels | set(event.channels or ()),
        languages=_without(found.languages, event.languages),
        territories=_without(found.territories, [*event.territories, WORLDWIDE] if event.territories else None),
    )


_FOLD: dict[str, Callable[[ConsentRecord, ConsentEvent, bool], ConsentRecord]] = {
    "grant": _grant,
    "narrow": _narrow,
    "reconfirm": _reconfirm,
    "assess": _assess,
    "withdraw": _withdraw,
}


def _set(given: Iterable[str] | None, before: frozenset[str] | None) -> frozenset[str] | None:
    return before if given is None else frozenset(given)


def _less(name: str, now_: frozenset[str] | None, given: list[str] | None, open_: bool) -> frozenset[str] | None:
    if given is None:
        return now_
    wanted = frozenset(given)
    if now_ is None:
        return wanted if open_ else _NOTHING
    if name == "territories" and WORLDWIDE in wanted:
        return now_
    if name == "territories" and WORLDWIDE in now_:
        return wanted
    return now_ & wanted


def _without(now_: frozenset[str] | None, taken: list[str] | None) -> frozenset[str] | None:
    if not taken:
        return now_
    return _NOTHING if now_ is None else now_ - set(taken)


def _both(now_: Any, given: dict[str, bool] | None) -> Any:
    if given is None or now_ is None:
        return now_
    return {name: value and given.get(name, True) for name, value in now_.items()}


def _narrower(now_: str | None, given: str | None, open_: bool) -> str | None:
    if given is None or (now_ is None and not open_):
        return now_
    return min((reach for reach in (now_, given) if reach in REACHES), key=REACHES.index, default=now_)


def _earlier(now_: datetime | None, given: datetime | None, open_: bool) -> datetime | None:
    """No end means missing, which stops; so an end is set only where there was one, or none was needed."""
    return now_ if now_ is None and not open_ else _pick(min, now_, given)


def _pick(choose: Any, now_: datetime | None, given: datetime | None) -> datetime | None:
    known = [one for one in (now_, given) if one is not None]
    return choose(known) if known else None
