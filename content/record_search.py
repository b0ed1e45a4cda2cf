"""The record, searched: who did what to what and when, newest first, each page by an index.

Rows hold ids, codes and digests; names are looked up for people who were not erased, and words that people wrote are
not read here at all.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from content import people
from content.campaign import Campaign
from content.errors import Refusal
from content.given import among
from content.lifecycle import Post
from content.message import Message
from content.narrative import Narrative
from content.organisation import Account, ours
from content.page import LIMIT, Page, place, sign
from content.people import Person
from content.record import Record, by
from content.record_subject import rows_of
from content.store import now

# Every kind of step, in the order in which a campaign meets them.
STEPS = (
    "material.propose", "material.clear", "helpline.verify", "link.check", "hashtag.check", "platform.check",
    "moderation.set", "shift.add", "shift.end",
    "version.make", "evaluation.make", "verdict.approve",
    "verdict.send_back", "review.take", "review.hand", "review.leave", "review.return", "clearance.give",
    "clearance.reevaluate", "clearance.revoke", "slot.add", "slot.end", "season.add", "season.end",
    "post.schedule", "post.reschedule", "post.go", "post.begin", "post.confirm", "post.defer",
    "post.lose_track", "post.retry_same_key", "post.stand_down", "post.block", "post.unblock", "post.expire",
    "post.cancel", "post.found", "post.surplus", "post.give_up_asked", "post.give_up", "post.recall",
    "post.confirm_recall", "post.cannot", "narrative.expose", "consent.grant", "consent.assess", "consent.reconfirm",
    "consent.narrow", "consent.withdraw", "narrative.risk", "hold.set", "hold.lift", "pause.set", "pause.lift",
    "crisis.set", "crisis.lift_asked", "crisis.lift", "day.acknowledge",
    "term.protect", "term.alarm", "term.reindex", "denied.add", "denied.lift", "account.verify", "account.pose",
    "account.open_asked", "account.credential", "account.poster", "account.open", "rules.propose", "rules.try",
    "rules.adopt", "person.add", "person.invite", "person.invite_second", "person.enrol", "person.disable",
    "person.erase", "absence.set", "absence.end", "deputy.name", "deputy.confirm", "deputy.end", "notice.choose",
    "role.grant", "role.confirm", "role.revoke", "evidence.take", "appeal.open", "appeal.close",
    "stranger.see", "stranger.answer",
    "posting.open", "posting.take", "posting.hand", "posting.posted", "posting.unposted", "posting.deleted",
    "posting.confirm", "posting.refute", "posting.missed", "posting.stopped", "posting.return",
    "medium.add", "medium.say", "medium.look", "medium.retire",
    "sign_in.enter", "sign_in.leave", "sign_in.end",
    "sign_in.end_others", "password.change", "second_factor.change", "recovery_codes.change", "feed.open", "feed.close",
    "refused", "instance.init", "instance.arm", "instance.disarm", "instance.rehearse", "instance.restore",
    "backup.make", "backup.try", "backup.restore",
)  # fmt: skip
CHOICES = 100  # people that a form lists to choose from
_PEOPLE = text("substr(record.actor, 1, 7) = 'person:'")  # the words of the index: other steps are not in it
_SLACK = timedelta(hours=1)  # by which a row of a lower number may be the younger one: transactions overlap


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty fields ask for nothing. who: a person's reference; subject: post, version,
    message …; number: its name or number (M-14, 12, 8d1f…); first, last: days of UTC, both included."""

    who: str = ""
    step: str = ""
    subject: str = ""
    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row. who: the person's name, "" where it was no person or they were erased; actor: as the record has it;
    named: what the subject is called; link: its page's address; sealed: whether the chain holds it already."""

    id: int
    at: datetime
    rehearsal: bool
    actor: str
    who: str
    action: str
    subject: str
    number: str
    named: str
    link: str
    detail: tuple[tuple[str, str], ...]
    sealed: bool


def trail_page(session: Session, person: Person, wanted: Wanted, after: str = "", limit: int = LIMIT) -> Page[Line]:
    """The newest rows that fit. Raises Refusal `record.subject`, `record.step`, `rights.role`, and those of names
    that nothing has."""
    people.require(session, person, now(session), "record.read")
    where = place(after, int)
    statement = select(Record).order_by(col(Record.id).desc()).limit(limit + 1)
    for condition in _conditions(session, wanted):
        statement = statement.where(condition)
    if where is not None:
        statement = statement.where(col(Record.id) < where[0])
    rows = session.exec(statement).all()
    shown = rows[:limit]
    lines = tuple(_lines(session, shown))
    return Page(lines, sign(shown[-1].id or 0) if len(rows) > limit else "")


def _conditions(session: Session, wanted: Wanted) -> Iterator[Any]:
    if wanted.who:
        yield _PEOPLE
        yield col(Record.actor) == by(people.by_ref(session, wanted.who).id)
    if wanted.step:
        if wanted.step not in STEPS:
            raise Refusal("record.step", f"There is no step {wanted.step[:40]}.", "Choose one of the list.")
        yield col(Record.action) == wanted.step
    if wanted.subject or wanted.number:
        yield rows_of(session, wanted.subject, wanted.number)
    if wanted.first:
        since = datetime.combine(wanted.first, time(), UTC)
        yield from (col(Record.at) >= since, col(Record.id) >= first_since(session, since - _SLACK))
    if wanted.last:
        until = datetime.combine(wanted.last + timedelta(days=1), time(), UTC)
        yield from (col(Record.at) < until, col(Record.id) <= first_since(session, until + _SLACK))


def first_since(session: Session, at: datetime) -> int:
    """The number of the first row at or after this instant, some overlapping ones aside; one beyond the last if none.

    Halved by the key: rows are numbered in the order of time, so that no index of time is needed.
    """
    low = session.exec(select(Record.id).order_by(col(Record.id)).limit(1)).first() or 1
    high = (session.exec(select(Record.id).order_by(col(Record.id).desc()).limit(1)).first() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = session.exec(
            select(Record.id, Record.at).where(col(Record.id) >= middle).order_by(col(Record.id)).limit(1)
        ).first()
        if row is not None and row[1] < at:
            low = (row[0] or 0) + 1
        else:
            high = middle
    return low


def known(session: Session) -> list[tuple[str, str]]:
    """Everybody whose steps can be looked for, by reference and name; nobody where they are more than a form lists."""
    statement = select(Person.ref, Person.name).order_by(col(Person.ref)).limit(CHOICES + 1)
    found = [(ref, name) for ref, name in session.exec(statement)]
    return found if len(found) <= CHOICES else []


# --- in words -----------------------------------------------------------------------------------------------


def _lines(session: Session, rows: Sequence[Record]) -> Iterator[Line]:
    actors = {row.actor.partition(":")[2] for row in rows if row.actor.startswith("person:")}
    names = _names(session, actors | _numbers(rows, "person"))
    called = {
        "person": {key: (name, "") for key, name in names.items()},
        "post": _posts(session, _numbers(rows, "post")),
        **{kind: _referred(session, table, _numbers(rows, kind), where) for kind, (table, where) in _TABLES.items()},
    }
    for row in rows:
        named, link = called.get(row.subject, {}).get(row.subject_id, ("", ""))
        if row.subject == "version":
            named, link = row.subject_id[:8], f"/review/{row.subject_id[:16]}"
        kind, _, key = row.actor.partition(":")
        yield Line(
            row.id or 0, row.at, row.rehearsal, row.actor, names.get(key, "") if kind == "person" else "", row.action,
            row.subject, row.subject_id, named, link, tuple(_told(row)), row.seq is not None,
        )  # fmt: skip


_TABLES: dict[str, tuple[Any, str]] = {
    "narrative": (Narrative, "/narratives/{}"), "account": (Account, ""), "campaign": (Campaign, "/campaigns/{}"),
}  # fmt: skip


def _numbers(rows: Iterable[Record], subject: str) -> set[str]:
    return {row.subject_id for row in rows if row.subject == subject and row.subject_id.isdigit()}


def _names(session: Session, keys: set[str]) -> dict[str, str]:
    """The names of these people; whoever was erased has none."""
    statement = select(Person.id, Person.name).where(among(Person.id, "ids"))
    found = session.exec(statement, params={"ids": sorted(map(int, keys))}) if keys else ()
    return {str(key): name for key, name in found}


def _posts(session: Session, keys: set[str]) -> dict[str, tuple[str, str]]:
    statement = (
        select(Post.id, Message.ref, Account.ref)
        .join(Message, col(Message.id) == col(Post.message_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(among(Post.id, "ids"), Post.organisation_id == ours())
    )
    found = session.exec(statement, params={"ids": sorted(map(int, keys))}) if keys else ()
    return {str(key): (f"{message} · {account}", f"/posts/{key}") for key, message, account in found}


def _referred(session: Session, table: Any, keys: set[str], where: str) -> dict[str, tuple[str, str]]:
    statement = select(table.id, table.ref).where(among(table.id, "ids"), table.organisation_id == ours())
    found = session.exec(statement, params={"ids": sorted(map(int, keys))}) if keys else ()
    return {str(key): (ref, where.format(ref)) for key, ref in found}


def _told(row: Record) -> Iterator[tuple[str, str]]:
    for name, value in json.loads(row.detail).items():
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
