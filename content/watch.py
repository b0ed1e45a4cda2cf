"""Looking again at what is out: when each post's turn comes, what was seen of it, and what its channel counted.

A post is looked at 1 h, 24 h and 7 d after it was confirmed, then weekly. That it vanished, or says something else,
counts once it was seen twice, ten minutes apart: a platform hiccups. Then an appeal is opened, once a post.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, Index, UniqueConstraint, exists, func, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from content.given import among
from content.lifecycle import Part, Post, State
from content.organisation import Account
from content.record import Step, write
from content.store import insert_new

FIRST = (timedelta(hours=1), timedelta(hours=24))
WEEK = timedelta(days=7)
APART = timedelta(minutes=10)  # between two looks that say the same, before it counts
CLAIM = timedelta(minutes=5)  # what a worker took up and did not end is looked at again after so long
BATCH = 500  # posts that are taken in at once
LARGEST = 10**15  # a count beyond it is none
NAMES = 20  # counts of one piece that are kept
RESULTS = ("stands", "changed", "vanished", "unclear")
_GRAVE = ("vanished", "changed")  # the graver first
_NEW = text("post.state = 'published' AND NOT post.watched")  # the words of the index
_CALLED = text("next_at IS NOT NULL")


class Watch(SQLModel, table=True):
    """One post that is looked at. since: it was confirmed; next_at: its turn, None once it is over; looks: that were
    made; failed: tries since then that came to nothing; doubt: what the last look feared, and since when."""

    __table_args__ = (
        CheckConstraint("(doubt IS NULL) = (doubt_at IS NULL)", name="doubt_since"),
        CheckConstraint("doubt IN ('changed', 'vanished')", name="doubt"),
        Index("ix_watch_next", "account_id", "next_at", sqlite_where=_CALLED, postgresql_where=_CALLED),
    )
    post_id: int = Field(primary_key=True, foreign_key="post.id")
    account_id: int = Field(foreign_key="account.id")
    since: datetime
    next_at: datetime | None = None
    looks: int = 0
    failed: int = 0
    doubt: str | None = None
    doubt_at: datetime | None = None


class WatchedAccount(SQLModel, table=True):
    """An account whose posts are looked at. since: we began to; looked_at: its last turn; list_at: when what stands on
    it is listed next; rest_until: the platform asked for patience."""

    __tablename__ = "watched_account"
    account_id: int = Field(primary_key=True, foreign_key="account.id")
    since: datetime
    looked_at: datetime
    list_at: datetime
    rest_until: datetime | None = None


class Sighting(SQLModel, table=True):
    """What one look saw of one piece. result: one of RESULTS; detail: what the platform says of it, or a code."""

    __table_args__ = (
        CheckConstraint("result IN ('" + "', '".join(RESULTS) + "')", name="result"),
        Index("ix_sighting_post", "post_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    part: int
    at: datetime
    result: str
    detail: str = ""


class Tally(SQLModel, table=True):
    """One count of one piece, as a platform told it. source: the channel that was asked."""

    __table_args__ = (CheckConstraint('"value" >= 0', name="counted"), Index("ix_tally_post", "post_id", "id"))
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    part: int
    name: str
    value: int = Field(sa_type=BigInteger)
    at: datetime
    source: str


class Appeal(SQLModel, table=True):
    """A post of ours that somebody else took down or changed: a person takes it up with the platform, once.

    note: what the platform answered, sealed under the key of who closed it.
    """

    __table_args__ = (
        UniqueConstraint("post_id"),
        CheckConstraint("kind IN ('changed', 'vanished')", name="kind"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        Index(
            "ix_appeal_open", "opened_at", sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    kind: str
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What was seen of one piece. counts: by name, none where the platform tells none."""

    part: int
    result: str
    detail: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def next_look(since: datetime, at: datetime) -> datetime:
    """The first turn after `at` of a post that was confirmed at `since`."""
    early = [since + after for after in FIRST if since + after > at]
    weeks = max(1, (at - since) // WEEK + 1)
    return early[0] if early else since + weeks * WEEK


# --- what is looked at --------------------------------------------------------------------------------------


def take_in(session: Session, at: datetime, most: int = BATCH) -> int:
    """Begins to watch posts that were confirmed, the ones of long ago too; returns how many there were.

    That a post is watched stands on its row, in an index that holds those alone which are not: none can be missed.
    """
    statement = select(Post).where(_NEW).order_by(col(Post.id)).limit(most).with_for_update(skip_locked=True)
    posts = session.exec(statement).all()
    if not posts:
        return 0
    ids = [post.id or 0 for post in posts]
    since = _confirmed(session, ids)
    rows = [_watch(post, since.get(post.id or 0) or post.changed_at, at) for post in posts]
    session.connection().execute(insert_new(session, Watch), rows)
    marked = update(Post).where(among(col(Post.id), "posts")).values(watched=True)
    session.connection().execute(marked, {"posts": ids})
    return len(posts)


def waits(session: Session) -> bool:
    """Whether a post or an account is to be taken in: asked before anything is written."""
    post = session.exec(select(Post.id).where(_NEW).limit(1)).first()
    return post is not None or bool(_new_accounts(session))


def _confirmed(session: Session, posts: Collection[int]) -> dict[int, datetime]:
    """When the last piece of each was."""
    statement = (
        select(Part.post_id, func.max(Part.confirmed_at)).where(among(col(Part.post_id), "posts"))
        .group_by(col(Part.post_id))
    )  # fmt: skip
    return {post: at for post, at in session.execute(statement, {"posts": list(posts)}) if at is not None}


def _watch(post: Post, since: datetime, at: datetime) -> dict[str, Any]:
    return {
        "post_id": post.id, "account_id": post.account_id, "since": since, "next_at": next_look(since, at), "looks": 0,
        "failed": 0,
    }  # fmt: skip


def take_in_accounts(session: Session, at: datetime) -> int:
    """Begins to watch the accounts in use that are not watched yet; returns how many."""
    rows = [{"account_id": one, "since": at, "looked_at": at, "list_at": at} for one in _new_accounts(session)]
    if rows:
        session.connection().execute(insert_new(session, WatchedAccount), rows)
    return len(rows)


def _new_accounts(session: Session) -> Sequence[int | None]:
    known = exists().where(col(WatchedAccount.account_id) == col(Account.id))
    return session.exec(select(Account.id).where(col(Account.disabled_at).is_(None), ~known)).all()


def accounts_due(session: Session, at: datetime, own: Collection[str] | None) -> Sequence[Account]:
    """The accounts with something to look at, whose turn was longest ago first. own: only on these channels."""
    turn = exists().where(col(Watch.account_id) == col(Account.id), col(Watch.next_at) <= at)
    statement = (
        select(Account).join(WatchedAccount, col(WatchedAccount.account_id) == col(Account.id))
        .where(col(Account.disabled_at).is_(None), _awake(at), turn | (col(WatchedAccount.list_at) <= at))
        .order_by(col(WatchedAccount.looked_at), col(Account.id))
    )  # fmt: skip
    return session.exec(statement if own is None else statement.where(col(Account.channel).in_(own))).all()


def _awake(at: datetime) -> ColumnElement[bool]:
    return col(WatchedAccount.rest_until).is_(None) | (col(WatchedAccount.rest_until) <= at)


def claim(session: Session, account: int, at: datetime, most: int) -> list[Watch]:
    """An account's posts whose turn it is, put off for a while: whoever took them may be gone before their end.

    A post that is not out any more (we took it down, or are about to) is watched no longer.
    """
    statement = (
        select(Watch, Post.state).join(Post, col(Post.id) == col(Watch.post_id))
        .where(col(Watch.account_id) == account, col(Watch.next_at) <= at)
        .order_by(col(Watch.next_at)).limit(most).with_for_update(skip_locked=True, of=Watch)
    )  # fmt: skip
    taken = []
    for watch, state in session.exec(statement).all():
        watch.next_at = at + CLAIM if state == State.PUBLISHED else None
        taken += [watch] if state == State.PUBLISHED else []
        session.add(watch)
    session.execute(update(WatchedAccount).where(col(WatchedAccount.account_id) == account).values(looked_at=at))
    session.flush()
    return taken


def rest(session: Session, account: int, until: datetime) -> None:
    """The platform asked for patience: nothing of this account is looked at before."""
    session.execute(update(WatchedAccount).where(col(WatchedAccount.account_id) == account).values(rest_until=until))


# --- what was seen ------------------------------------------------------------------------------------------


def saw(session: Session, post_id: int, seen: Sequence[Piece], actor: str, source: str, at: datetime) -> str:
    """Writes down one look; returns the worst that was seen, "" where the post is not watched any more.

    It is asked again whether the post is still out: what was being taken down meanwhile did not vanish. actor: as in
    the record (worker:name).
    """
    watch = session.exec(select(Watch).where(Watch.post_id == post_id).with_for_update()).one()
    if session.exec(select(Post.state).where(Post.id == post_id)).one() != State.PUBLISHED:
        watch.next_at = None
        session.add(watch)
        return ""
    for piece in seen:
        session.add(Sighting(post_id=post_id, part=piece.part, at=at, result=piece.result, detail=piece.detail[:300]))
        session.add_all(_tallies(post_id, piece, source, at))
    worst = _worst(seen)
    watch.looks, watch.failed = watch.looks + 1, 0
    watch.next_at = next_look(watch.since, at)
    _weigh(session, watch, worst, actor, at)
    session.add(watch)
    session.flush()
    return worst


def _worst(seen: Sequence[Piece]) -> str:
    """Of all pieces; a look that saw none tells nothing."""
    results = {piece.result for piece in seen} or {"unclear"}
    return next((one for one in (*_GRAVE, "unclear") if one in results), "stands")


def failed(session: Session, post_id: int, at: datetime) -> None:
    """A look came to nothing: it is made again, each time after twice as long, a day at most."""
    watch = session.exec(select(Watch).where(Watch.post_id == post_id).with_for_update()).one()
    watch.next_at = at + min(APART * 2 ** min(watch.failed, 10), timedelta(days=1))
    watch.failed += 1
    session.add(watch)


def _weigh(session: Session, watch: Watch, worst: str, actor: str, at: datetime) -> None:
    """What one look fears is looked at again soon; what a second one says too is an appeal."""
    if worst not in _GRAVE:
        if worst == "stands":
            watch.doubt = watch.doubt_at = None
        return
    if watch.doubt != worst or watch.doubt_at is None:
        watch.doubt, watch.doubt_at = worst, at
    if at - watch.doubt_at >= APART:
        _appeal(session, watch.post_id, worst, actor, at)
    elif not _appealed(session, watch.post_id):
        watch.next_at = watch.doubt_at + APART


def _appealed(session: Session, post_id: int) -> bool:
    return session.exec(select(Appeal.id).where(Appeal.post_id == post_id)).first() is not None


def _appeal(session: Session, post_id: int, kind: str, actor: str, at: datetime) -> None:
    if not _appealed(session, post_id):
        session.add(Appeal(post_id=post_id, kind=kind, opened_at=at))
        write(session, Step(actor, "appeal.open", "post", post_id, {"kind": kind}), at=at)


def _tallies(post_id: int, piece: Piece, source: str, at: datetime) -> list[Tally]:
    return [
        Tally(post_id=post_id, part=piece.part, name=name, value=value, at=at, source=source)
        for name, value in sorted(_counts(piece.counts).items())[:NAMES]
    ]


def _counts(told: Mapping[str, int]) -> dict[str, int]:
    """What a platform told, as far as it is counts."""
    return {
        name: value for name, value in told.items()
        if name.isprintable() and 0 < len(name) <= 40 and type(value) is int and 0 <= value <= LARGEST
    }  # fmt: skip
