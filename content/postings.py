"""What is to be done by hand, as lists, and one task as the person sees it who does it.

Words and files are read only for the person who has the task, or who is to compare them, and only while no stop covers
them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, and_, bindparam, or_, tuple_
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content import people
from content.copies import Copy, copies
from content.errors import Refusal
from content.formats import find_format
from content.gate import Stood, judge
from content.lifecycle import WAITS, Part, Post, State
from content.message import Involvement, Message
from content.organisation import Account, ours
from content.outcome import Attachment, KeyedPart
from content.page import LIMIT, Page, place, sign
from content.people import Person, RoleGrant
from content.permission import permission
from content.posting import (
    MANUAL,
    UNANSWERED,
    UNDER_WAY,
    PostedPart,
    Posting,
    had_words,
    may_say,
    place_of,
    posted_parts,
)
from content.store import now

LISTS = ("mine", "all", "done")
SOON = timedelta(hours=2)  # how long before its time somebody is told that a post is to be posted by hand
_ENDED = ("confirmed", "missed", "stopped", "given_up")


@dataclass(frozen=True, slots=True)
class Task:
    """One task in a list. kind: post | recall; state: as content.posting says, or `unanswered`: it ended, but nobody
    has said whether it was posted. assignee, done_by: refs, "" where nobody; had_by: in whose hands it was when it went
    back to everybody."""

    number: int
    post: int
    kind: str
    state: str
    account: str
    platform: str
    message: str
    language: str
    deadline: datetime
    due_at: datetime
    zone: str
    assignee: str
    done_by: str
    why: str
    mine: bool
    free: bool
    had_by: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """One file that goes with a piece, as whoever posts is given it. name: random, as it lies in the folder of media;
    alt, label, note: to be copied where the platform has a place for them; captions: whether there are some."""

    sha256: str
    type: str
    name: str
    alt: str
    label: str
    note: str
    captions: bool

    @property
    def kind(self) -> str:
        """image | video | audio."""
        return self.type.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: its words and files ("" and none where they must not be shown), and where it is said to stand."""

    index: int
    text: str
    address: str = ""
    seen: str = ""
    confirmed: bool = False
    files: tuple[Handed, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskSheet:
    """One task whole. stopped: why nothing of it may be posted now; acts: take hand posted unposted deleted confirm.

    title: where the platform asks for one besides the words.
    """

    task: Task
    pieces: tuple[Piece, ...]
    compose: str
    hosts: tuple[str, ...]
    direction: str
    stopped: str
    acts: tuple[str, ...]
    title: str = ""


def postings_page(session: Session, person: Person, which: str, after: str = "", limit: int = LIMIT) -> Page[Task]:
    """mine: what this person has in hand or anybody may take; all: under way; done: ended, the newest first.

    Raises Refusal `list.none`, `rights.role`.
    """
    people.require(session, person, now(session), "posting.read")
    if which not in LISTS:
        raise Refusal("list.none", f"There is no list of posts called {which[:40]}.", f"Use {', '.join(LISTS)}.")
    statement, where = _listed(which, limit + 1), place(after, datetime.fromisoformat, int)
    if where is not None:
        here = tuple_(*_ORDER)
        statement = statement.where(here < where if which == "done" else here > where)
    found = session.connection().execute(statement, {"person": person.id}).all()
    tasks = tuple(_task(row, person) for row in found[:limit])
    return Page(tasks, sign(tasks[-1].deadline, tasks[-1].number) if len(found) > limit else "")


def to_confirm(session: Session, person: Person, limit: int) -> list[Task]:
    """What others said is done and this person may confirm, the most urgent first."""
    wrote = select(Involvement.message_id).where(
        Involvement.message_id == Post.message_id, Involvement.person_id == person.id, Involvement.side == "wrote"
    )
    others = or_(col(Posting.assignee_id).is_(None), col(Posting.assignee_id) != person.id)
    mine = _lines().where(UNDER_WAY, col(Posting.state) == "done", col(Posting.done_by) != person.id, others)
    mine = mine.where(~wrote.exists()).order_by(*_ORDER).limit(limit)
    return [_task(row, person) for row in session.execute(mine)]


def overdue(session: Session, person: Person, limit: int) -> list[Task]:
    """What should have been taken down by now, in whoever's hands it is."""
    late = _lines().where(UNDER_WAY, col(Posting.kind) == "recall", col(Posting.deadline) < now(session))
    return [_task(row, person) for row in session.execute(late.order_by(col(Posting.deadline)).limit(limit))]


def coming(session: Session, at: datetime) -> tuple[int, datetime | None]:
    """How many posts are to be posted by hand soon, and when the first."""
    number, soonest = session.connection().execute(_COMING, {"soon": at + SOON}).one()
    return number, datetime.fromisoformat(soonest) if isinstance(soonest, str) else soonest


_FIRST = (
    select(Post.due_at)
    .join(Account, col(Account.id) == col(Post.account_id))
    .where(WAITS, col(Post.due_at) <= bindparam("soon", type_=UTCDateTime()), Account.channel == MANUAL)
    .where(Post.organisation_id == ours())
    .order_by(col(Post.due_at))
    .limit(LIMIT)
    .subquery()
)
_COMING = rows(func.count(), func.min(_FIRST.c.due_at))


def task_sheet(session: Session, person: Person, number: int) -> TaskSheet:
    """One task. Raises Refusal `posting.none`, `rights.role`."""
    looked = _look(session, person, number)
    task, post, account = looked.row.Posting, looked.row.Post, looked.row.Account
    place_ = place_of(account.format, account.settings)
    asks = looked.shown and find_format(account.format).title is not None
    return TaskSheet(
        _task(looked.row, person), _pieces(session, looked.copy, looked.shown), place_.compose, place_.hosts,
        looked.copy.direction, looked.stopped, _acts(session, task, post, person, looked.at),
        looked.copy.title if asks else "",
    )  # fmt: skip


def handed_file(session: Session, person: Person, number: int, sha256: str) -> tuple[Handed, Attachment]:
    """One file of a task, for whom its words are shown to and while they are; its bytes are the cleared ones.

    Raises Refusal `posting.file`, as `task_sheet`.
    """
    looked = _look(session, person, number)
    pieces = looked.copy.parts if looked.shown else ()
    for one in (one for piece in pieces for one in piece.attachments):
        if one.sha256 == sha256 and _is_cleared(one):
            return _handed(one), one
    raise Refusal("posting.file", "There is no such file to be posted now.", "Open the task again.")


def _is_cleared(one: Attachment) -> bool:
    """Whether the file is there, with the very bytes; read piece by piece, for a film may be long."""
    try:
        with one.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == one.sha256
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class _Looked:
    """A task as it stands for one person, now. shown: whether they may see what is to be posted."""

    row: Any
    copy: Copy
    stopped: str
    shown: bool
    at: datetime


def _look(session: Session, person: Person, number: int) -> _Looked:
    at = now(session)
    people.require(session, person, at, "posting.read")
    whole = _lines().add_columns(Posting, Post, Account)
    row = session.execute(whole.where(col(Posting.id) == number)).first()
    if row is None:
        raise Refusal("posting.none", f"There is no task {number} by hand.", "`counterpoint postings` lists them.")
    task, post = row.Posting, row.Post
    stopped = _stopped(session, task, post, at)
    return _Looked(row, copies(session, [post])[post.id or 0], stopped, not stopped and _sees(task, person), at)


def next_of(session: Session, person: Person) -> int | None:
    """The next task that this person has in hand or may take; None where nothing is left to do."""
    first = _listed("mine", 1).where(col(Posting.state) == "open")
    found = session.execute(first, {"person": person.id}).first()
    return found.number if found else None


def colleagues(session: Session, person: Person) -> Sequence[Person]:
    """Who else may post by hand, by name."""
    at = now(session)
    holds = select(RoleGrant.person_id).where(
        col(RoleGrant.role).in_(permission("posting.take").roles), col(RoleGrant.valid_from) <= at,
        col(RoleGrant.revoked_at).is_(None),
    )  # fmt: skip
    others = select(Person).where(col(Person.id).in_(holds), Person.id != person.id, col(Person.disabled_at).is_(None))
    return session.exec(others.order_by(Person.name, col(Person.id)).limit(LIMIT)).all()


_ORDER = (col(Posting.deadline), col(Posting.id))
# What a list tells of each task, of which a page reads many columns less than there are.
_TOLD: tuple[Any, ...] = (
    col(Posting.id).label("number"), col(Posting.kind), col(Posting.state), col(Posting.deadline),
    col(Posting.assignee_id), col(Posting.shown_at), col(Posting.unposted_at), col(Posting.why),
    col(Post.id).label("post"), col(Post.state).label("stands"), col(Post.language), col(Post.due_at), col(Post.zone),
    col(Account.ref).label("account"), col(Account.format), col(Message.ref).label("message"),
)  # fmt: skip


def _lines() -> Any:
    assignee, teller, had = aliased(Person), aliased(Person), aliased(Person)
    named = {"assignee": assignee, "teller": teller, "had": had}
    return (
        rows(*_TOLD, *(col(one.ref).label(name) for name, one in named.items()))
        .select_from(Posting)
        .join(Post, col(Post.id) == col(Posting.post_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .outerjoin(assignee, col(assignee.id) == col(Posting.assignee_id))
        .outerjoin(teller, col(teller.id) == col(Posting.done_by))
        .outerjoin(had, col(had.id) == col(Posting.had_by))
        .where(col(Post.organisation_id) == ours())
    )


@lru_cache(16)
def _listed(which: str, most: int) -> Any:
    """person: whose own, for `mine`."""
    own = col(Posting.assignee_id) == bindparam("person", type_=Integer())
    free = or_(col(Posting.assignee_id).is_(None), own)
    chosen = {
        "done": col(Posting.state).in_(_ENDED), "all": UNDER_WAY,
        "mine": or_(and_(UNDER_WAY, free), UNANSWERED & free),
    }  # fmt: skip
    order = (one.desc() if which == "done" else one for one in _ORDER)
    return _lines().where(chosen[which]).order_by(*order).limit(most)


def _task(row: Any, person: Person) -> Task:
    asked = row.state in ("missed", "stopped") and row.kind == "post" and row.shown_at and not row.unposted_at
    state = "unanswered" if asked and row.stands == State.UNCERTAIN else row.state
    return Task(
        row.number, row.post, row.kind, state, row.account, row.format, row.message, row.language, row.deadline,
        row.due_at, row.zone, row.assignee or "", row.teller or "", row.why.partition(": ")[2],
        row.assignee_id == person.id, row.assignee_id is None, row.had or "",
    )  # fmt: skip


_BACK = (State.RECALLING, State.RECALLED, State.RECALL_IMPOSSIBLE)


def _stopped(session: Session, task: Posting, post: Post, at: datetime) -> str:
    """Why its words must not be shown now, "" where they may. Being late hides them from whoever would post them."""
    if task.kind == "recall":
        return ""
    if task.state in ("missed", "stopped", "given_up") or post.state in _BACK:
        return task.why.partition(": ")[2] or "It is being taken down."
    answer = judge(session, [post], at).get(post.id or 0)
    if not isinstance(answer, Stood) or (answer.how == "expire" and task.state in ("done", "confirmed")):
        return ""
    return answer.reason


def _sees(task: Posting, person: Person) -> bool:
    if task.kind == "recall":
        return False
    return task.state in ("done", "confirmed") or (task.assignee_id == person.id and task.shown_at is not None)


def _pieces(session: Session, copy: Copy, shown: bool) -> tuple[Piece, ...]:
    given: dict[int, PostedPart] = {part.index: part for part in posted_parts(session, copy.post_id)}
    urls: dict[int, str] = {part.index: part.url or "" for part in _parts(session, copy.post_id)}
    return tuple(_piece(part, given.get(part.index), urls.get(part.index, ""), shown) for part in copy.parts)


def _piece(part: KeyedPart, given: PostedPart | None, url: str, shown: bool) -> Piece:
    words, files = (part.text, tuple(map(_handed, part.attachments))) if shown else ("", ())
    if given is None:
        return Piece(part.index, words, url, files=files)
    return Piece(part.index, words, given.address, given.seen, given.confirmed_at is not None, files)


def _handed(one: Attachment) -> Handed:
    return Handed(one.sha256, one.type, one.path.name, one.alt, one.label, one.note, bool(one.captions))


def _parts(session: Session, post: int) -> Sequence[Part]:
    return session.exec(select(Part).where(Part.post_id == post)).all()


def _acts(session: Session, task: Posting, post: Post, person: Person, at: datetime) -> tuple[str, ...]:
    """What this person may do with it as it stands."""
    held = people.roles(session, person.id or 0, at)
    mine, free = task.assignee_id == person.id, task.assignee_id is None
    said = task.state in ("missed", "stopped") and task.unposted_at is None and post.state in _ASKED
    handed = task.kind == "post" and task.shown_at is not None and may_say(task, person)
    bare = not posted_parts(session, post.id or 0)
    can = {
        "take": task.state == "open" and not (mine and (task.shown_at is not None or task.kind == "recall")),
        "hand": task.state == "open" and (mine or free),
        "posted": handed and (task.state in ("open", "done") or said),
        "unposted": bare and task.kind == "post" and (mine or free)
        and had_words(task) in (None, person.id) and (task.state == "open" or (handed and said)),
        "deleted": task.kind == "recall" and task.state == "open",
        "confirm": task.state == "done" and person.id not in (task.done_by, task.assignee_id, had_words(task))
        and not _wrote(session, post, person),
    }  # fmt: skip
    return tuple(act for act, stands in can.items() if stands and people.may(held, VERBS[act]))


_ASKED = (State.UNCERTAIN, State.RECALLING)
# act -> the verb it is under
VERBS = {
    "take": "posting.take", "hand": "posting.take", "posted": "posting.done", "unposted": "posting.done",
    "deleted": "posting.deleted", "confirm": "posting.confirm",
}  # fmt: skip


def _wrote(session: Session, post: Post, person: Person) -> bool:
    found = session.get(Involvement, (post.message_id, person.id))
    return found is not None and found.side == "wrote"
