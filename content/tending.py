"""Posts that somebody must come to, page by page, and one post with its words, its story and what may be done with it.

Words, addresses and states only: reasons that people wrote stay sealed, and of a hold nobody is told more than that
something stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import literal_column, text, tuple_, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content import people, posting
from content.campaign import Campaign
from content.deciding import Decision
from content.errors import Refusal
from content.lifecycle import LIVE, PENDING, Attempt, Part, Post, PostHistory, State
from content.message import Leaf, LeafPart, Message, Version
from content.organisation import Account, ours
from content.page import LIMIT, Page, place, sign
from content.people import Person
from content.rescheduling import LAPSED
from content.stop import Recall, told_cause
from content.store import now
from content.watched import BY_HAND
from content.watching import Looked, looked

# What is listed, and whether the newest comes first: what is over is looked for by its end, what waits by its age.
LISTED = {
    "uncertain": False, "blocked": False, "recalling": False, "recall_impossible": False, "failed": True,
    "expired": True,
}  # fmt: skip
SURPLUS = "surplus"
_SURPLUS = text("post.surplus AND post.state NOT IN ('recalled', 'cancelled')")
LATELY = timedelta(days=7)
STORY = 200  # moves that a page shows


@dataclass(frozen=True, slots=True)
class Tended:
    """One post in a list. since: when it came to stand there; code, why: what its note says; asked: how many have said
    that it is not there."""

    id: int
    state: str
    account: str
    channel: str
    message: str
    language: str
    tier: int
    due_at: datetime
    zone: str
    since: datetime
    code: str
    why: str
    surplus: bool
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a post's life."""

    at: datetime
    action: str
    state: str


@dataclass(frozen=True, slots=True)
class PostSheet:
    """Everything of one post. parts: what was sent of it; asked: who said that it is not there, where it stands now;
    causes: why it was taken down; acts: what its state allows, by the verb's own name; task: what is under way by hand,
    0 = nothing, and its kind; looked: what became of it since it is out."""

    line: Tended
    campaign: str
    number: int
    digest: str
    words: tuple[tuple[str, Sequence[Sequence[Any]]], ...]
    length: int
    limit: int | None
    unit: str
    links: tuple[str, ...]
    parts: tuple[Part, ...]
    story: tuple[Move, ...]
    asked: tuple[str, ...]
    causes: tuple[tuple[datetime, str], ...]
    acts: tuple[str, ...]
    task: int = 0
    kind: str = ""
    looked: Looked | None = None


def tended_page(session: Session, person: Person, which: str, after: str = "", limit: int = LIMIT) -> Page[Tended]:
    """The posts of one list (LISTED, SURPLUS). Raises Refusal `list.none`."""
    people.require(session, person, now(session), "message.read")
    statement, where = _listed(which, limit + 1), place(after, datetime.fromisoformat, int)
    if where is not None:
        here = tuple_(*_ORDER)
        statement = statement.where(here < where if LISTED.get(which, False) else here > where)
    rows = session.execute(statement).all()
    return _page(rows, _asked(session, rows), limit)


def first_of(session: Session, lists: Sequence[str], limit: int) -> dict[str, Page[Tended]]:
    """The first page of each of these lists, in one statement, for somebody who was found to have a right to them."""
    rows = session.execute(_several(tuple(lists), limit + 1)).all() if lists else ()
    asked = _asked(session, rows)
    parted = {which: sorted((row for row in rows if row.which == which), key=_place) for which in lists}
    return {
        which: _page(some[::-1] if LISTED.get(which, False) else some, asked, limit) for which, some in parted.items()
    }


def _place(row: Any) -> tuple[datetime, int]:
    return row.changed_at, row.id


def _page(rows: Sequence[Any], asked: Mapping[int, Sequence[str]], limit: int) -> Page[Tended]:
    lines = tuple(_line(row, asked=len(asked.get(row.id, ()))) for row in rows[:limit])
    return Page(lines, sign(lines[-1].since, lines[-1].id) if len(rows) > limit else "")


def passed_lately(session: Session) -> int:
    """How many posts passed in the last seven days; a page of them is as many as is counted."""
    since = now(session) - LATELY
    mine = select(Post.id).where(Post.organisation_id == ours(), col(Post.changed_at) >= since)
    return len(session.exec(mine.where(col(Post.state) == literal_column("'expired'")).limit(LIMIT)).all())


def post_sheet(session: Session, person: Person, number: int) -> PostSheet:
    """One post. Raises Refusal `post.unknown`."""
    people.require(session, person, now(session), "message.read")
    row = session.execute(_rows().add_columns(Post).where(col(Post.id) == number)).first()
    if row is None:
        raise Refusal("post.unknown", f"There is no post {number}.", "The calendar shows those there are.")
    post: Post = row.Post
    leaf = session.get_one(Leaf, post.leaf_id)
    said = _asked(session, [post]).get(number, [])
    version = session.exec(select(Version.number).where(Version.digest == post.digest)).one()
    campaign = session.get_one(Campaign, post.campaign_id)
    by_hand = posting.under_way(session, [number]).get(number)
    return PostSheet(
        _line(row, asked=len(said)), campaign.ref, version, post.digest, _words(session, leaf), leaf.length,
        leaf.limit, leaf.unit, tuple(leaf.links), _parts(session, number), _story(session, number), tuple(said),
        _causes(session, number), _acts(session, post, by_hand is not None), by_hand.id or 0 if by_hand else 0,
        by_hand.kind if by_hand else "", looked(session, number),
    )  # fmt: skip


# What a list tells of each.
_TOLD: tuple[Any, ...] = (
    *(col(getattr(Post, name)) for name in (
        "id", "state", "step", "language", "tier", "due_at", "zone", "changed_at", "note", "surplus",
    )),
    col(Account.ref).label("account"), col(Account.channel), col(Message.ref).label("message"),
)  # fmt: skip


def _rows() -> Any:
    return (
        columns(*_TOLD)
        .select_from(Post)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .where(col(Post.organisation_id) == ours())
    )


@lru_cache(64)
def _several(lists: tuple[str, ...], most: int) -> Any:
    few = {which: _listed(which, most).subquery() for which in lists}
    return union_all(*(columns(literal_column(f"'{which}'").label("which"), *one.c) for which, one in few.items()))


_ORDER = (col(Post.changed_at), col(Post.id))


@lru_cache(64)
def _listed(which: str, most: int) -> Any:
    if which == SURPLUS:
        return _rows().where(_SURPLUS).order_by(*_ORDER).limit(most)
    if which not in LISTED:
        raise Refusal("list.none", f"There is no list of posts called {which[:40]}.", f"Use {', '.join(LISTED)}.")
    mine = _rows().where(col(Post.state) == literal_column(f"'{State(which)}'"))  # the index is of these very words
    if which in BY_HAND:  # nothing is wrong with those: their list is that of tasks
        mine = mine.where(~posting.standing(BY_HAND[State(which)]))
    return mine.order_by(*(one.desc() if LISTED[which] else one for one in _ORDER)).limit(most)


def _line(row: Any, *, asked: int = 0) -> Tended:
    code, _, why = row.note.partition(": ")
    return Tended(
        row.id, row.state, row.account, row.channel, row.message, row.language, row.tier, row.due_at, row.zone,
        row.changed_at, code, why, row.surplus, asked,
    )  # fmt: skip


def _asked(session: Session, posts: Sequence[Any]) -> dict[int, list[str]]:
    """Who has said that an uncertain post is not there, at the step where it stands."""
    steps = {post.id or 0: post.step for post in posts if post.state == State.UNCERTAIN}
    statement = (
        select(Decision.post_id, Decision.step, Person.ref)
        .join(Person, col(Person.id) == col(Decision.person_id))
        .where(col(Decision.post_id).in_(steps))
    )
    found: dict[int, list[str]] = {}
    for key, step, ref in session.exec(statement) if steps else ():
        if steps[key] == step:
            found.setdefault(key, []).append(ref)
    return found


def _words(session: Session, leaf: Leaf) -> tuple[tuple[str, Sequence[Sequence[Any]]], ...]:
    statement = select(LeafPart).where(LeafPart.leaf_id == leaf.id).order_by(col(LeafPart.index))
    return tuple((part.text, part.spans) for part in session.exec(statement))


def _parts(session: Session, number: int) -> tuple[Part, ...]:
    return tuple(session.exec(select(Part).where(Part.post_id == number).order_by(col(Part.index))))


def _story(session: Session, number: int) -> tuple[Move, ...]:
    statement = select(PostHistory).where(PostHistory.post_id == number).order_by(col(PostHistory.step).desc())
    return tuple(Move(row.at, row.action, row.to_state) for row in session.exec(statement.limit(STORY)))


def _causes(session: Session, number: int) -> tuple[tuple[datetime, str], ...]:
    """Why it was taken down."""
    statement = select(Recall).where(Recall.post_id == number).order_by(col(Recall.id).desc()).limit(STORY)
    return tuple((row.at, told_cause(row.cause)) for row in session.exec(statement))


def _acts(session: Session, post: Post, by_hand: bool) -> tuple[str, ...]:
    """found | give_up | taken_down | recall | unblock | cancel | requeue."""
    tried = session.exec(select(Attempt.id).where(Attempt.post_id == post.id).limit(1)).first() is not None
    state = State(post.state)
    can = {
        "found": not by_hand and tried and state in (State.UNCERTAIN, State.EXPIRED, State.FAILED),
        "give_up": not by_hand and state == State.UNCERTAIN,
        "taken_down": state == State.RECALL_IMPOSSIBLE,
        "recall": state in LIVE,
        "unblock": state == State.BLOCKED,
        "cancel": state in PENDING and state != State.CLAIMED,
        "requeue": post.state in LAPSED,
    }
    return tuple(act for act, allowed in can.items() if allowed)
