"""Whom something needs, and whether they were told: what is by hand and its time, and what is not ours.

A post or a take-down by hand is told when it comes up, at half of its time and at its end; to whoever has it in hand,
or stands in for them; where nobody has it, to all who may take it. At its end it goes back to them (returning.py). A
take-down that is late is told to those who protect people too. Words that wait for a verdict are told at half of the
time in which all must have answered for them to go as planned, and at its end; to the reviewers whom they wait for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content import absence, notice, people, watching
from content.evaluation import counts_now
from content.lifecycle import Post
from content.message import Message, Version
from content.needs import needs
from content.notice import Claim, Mark, Notice
from content.organisation import Organisation, of_ours, ours
from content.people import Person
from content.posting import UNANSWERED, UNDER_WAY, Posting
from content.quorum import TIERS
from content.review import Evaluation
from content.store import now
from content.waiting import Waits

MOST = 100  # of each kind that one look goes through, the most urgent first
_REVIEW = "review:"
_ASKED_FOR = timedelta(days=1)  # how long after its end somebody may still be told to say what became of it


@dataclass(frozen=True, slots=True)
class Item:
    """One thing. about: posting:17; marks: how far its time is; who: in whose hands, None in nobody's; verbs: what
    takes somebody who may do one of these, whoever has it."""

    about: str
    marks: tuple[str, ...]
    urgent: bool
    who: int | None
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many things need somebody, 0 where what they would be told of waits for others; more: there are more."""

    number: int
    more: bool


@dataclass(slots=True)
class Look:
    """What there is at one instant, and what was told of it; read once for everybody."""

    at: datetime
    items: Sequence[Item]
    away: dict[int, int]
    told: set[tuple[int, str, str]]
    _held: dict[int, frozenset[str]] = field(default_factory=dict)

    def concerning(self, session: Session, row: Notice) -> list[Item]:
        """What this person is told of; the organisation's room hears of everything."""
        if row.person_id is None:
            return list(self.items)
        return [one for one in self.items if self._concerns(session, one, row.person_id)]

    def _concerns(self, session: Session, item: Item, person: int) -> bool:
        if item.who is not None and absence.instead(item.who, self.away) == person:
            return True
        if person in self.away:
            return False
        if person not in self._held:
            self._held[person] = people.roles(session, person, self.at)
        return any(people.may(self._held[person], verb) for verb in item.verbs)

    def fresh(self, session: Session, row: Notice) -> tuple[list[Mark], bool]:
        """What this person has not been told yet, and whether some of it is urgent."""
        items = self.concerning(session, row)
        found = [(one.about, mark, one.urgent) for one in items for mark in one.marks]
        new = [(about, mark, urgent) for about, mark, urgent in found if (row.id, about, mark) not in self.told]
        return [(about, mark) for about, mark, _ in new], any(urgent for _, _, urgent in new)


def waiting(session: Session, *, people_: bool, room: bool) -> list[int]:
    """Whose notice is to be sent now. people_, room: whether there is a way to them."""
    look = _look(session)
    rows = [one for one in notice.standing(session, room=room) if people_ or one.person_id is None]
    return [row.id or 0 for row in rows if look.items and _due(session, look, row)]


def claim(session: Session, notice_id: int) -> Claim | None:
    """Takes that notice in hand; None where another worker has it, or nothing is to be told any more."""
    row = notice.locked(session, notice_id)
    if row is None or row.how == "none":
        return None
    look = _look(session)
    marks = _due(session, look, row)
    return notice.claim(session, row, marks, look.at) if marks else None


def counted(session: Session, held: Claim) -> Counted:
    """How many things need them, as home shows them; with what they are told of as somebody's deputy."""
    look = _look(session)
    row = session.get_one(Notice, held.notice_id)
    items = look.concerning(session, row)
    if row.person_id is None:
        return Counted(max(1, len(items)), len(items) >= MOST)
    shown = needs(session, session.get_one(Person, row.person_id))
    if all(about.startswith(_REVIEW) for about, _ in held.marks) and not any(o.kind == "review" for o in shown.items):
        return Counted(0, False)
    others = sum(one.who not in (None, row.person_id) and one.about.startswith("posting:") for one in items)
    return Counted(max(1, len(shown.items) + others), bool(shown.more))


def _due(session: Session, look: Look, row: Notice) -> list[Mark]:
    marks, urgent = look.fresh(session, row)
    return marks if marks and notice.may_go(row, look.at, urgent=urgent) else []


def _look(session: Session) -> Look:
    at = now(session)
    away = absence.deputies(session, at)
    items = [*_strangers(session), *_by_hand(session, at, away), *_reviews(session, at)]
    return Look(at, items, away, notice.told(session, [one.about for one in items]))


def _strangers(session: Session) -> Iterable[Item]:
    """Posts on our accounts that were not sent from here."""
    some = watching.strangers(session, most=MOST)
    return [Item(f"stranger:{one.id}", ("new",), True, None, ("stranger.answer",)) for one in some]


def _by_hand(session: Session, at: datetime, away: Mapping[int, int]) -> Iterable[Item]:
    """Tasks that somebody has yet to do, and those that ended while nobody has said whether they were posted."""
    ours_ = select(Posting).join(Post, col(Post.id) == col(Posting.post_id)).where(Post.organisation_id == ours())
    open_ = ours_.where(UNDER_WAY, Posting.state == "open").order_by(col(Posting.deadline), col(Posting.id))
    asked = ours_.where(UNANSWERED, col(Posting.deadline) > at - _ASKED_FOR).order_by(col(Posting.deadline))
    tasks = [one for statement in (open_, asked) for one in session.exec(statement.limit(MOST))]
    here = _here(session, {one.assignee_id for one in tasks if one.assignee_id is not None}, away)
    return [_task(one, one.assignee_id if one.assignee_id in here else None, at) for one in tasks]


def _here(session: Session, ids: Collection[int], away: Mapping[int, int]) -> set[int]:
    """Those of these people who work here, or for whom somebody stands in who does: in other hands nobody has it."""
    takers = {one: absence.instead(one, away) for one in ids}
    works = select(Person.id).where(col(Person.id).in_(set(takers.values())), col(Person.disabled_at).is_(None))
    there = set(session.exec(works)) if takers else set()
    return {one for one, taker in takers.items() if taker in there}


def _reviews(session: Session, at: datetime) -> Iterable[Item]:
    """Words of which half of the time is over. Which reviewers they wait for is looked at when one is told."""
    statement = (
        rows(col(Waits.version_id), col(Version.rendered_at), col(Waits.not_before), col(Evaluation.tier))
        .join(Version, col(Version.id) == col(Waits.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .join(Evaluation, (col(Evaluation.digest) == col(Version.digest)) & counts_now())
        .where(col(Waits.cleared_until).is_(None), col(Waits.not_after) >= at, of_ours(Message.organisation_id))
        .order_by(col(Waits.not_before), col(Waits.version_id))
        .limit(MOST)
    )
    for number, since, not_before, tier in session.execute(statement):
        marks = _marks(since, not_before - TIERS[tier].wait, at)[1:]
        if marks:
            yield Item(f"{_REVIEW}{number}", marks, False, None, ("waiting.read",))


def _marks(since: datetime, by_: datetime, at: datetime) -> tuple[str, ...]:
    return ("new", *(["half"] if at >= since + (by_ - since) / 2 else []), *(["full"] if at >= by_ else []))


def _task(one: Posting, who: int | None, at: datetime) -> Item:
    """who: in whose hands it is, None in nobody's who could be told."""
    marks = _marks(one.opened_at, one.deadline, at)
    recall = one.kind == "recall"
    verbs = [] if who is not None else ["posting.deleted" if recall else "posting.take"]
    late = ["hold.read"] if recall and at >= one.deadline else []  # those who protect people
    again = f":{one.returned}" if one.returned > 1 else ""  # told once more: whoever took it late has not done it
    return Item(f"posting:{one.id}{again}", marks, recall, who, (*verbs, *late))
