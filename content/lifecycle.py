"""Where a post may go next, and the only code that moves one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    bindparam,
    func,
    literal_column,
    text,
    update,
)
from sqlmodel import Field, Session, SQLModel, col
from sqlmodel.sql.sqltypes import UTCDateTime

from content import given
from content.errors import Refusal
from content.store import is_sqlite, json_field


class State(StrEnum):
    """Where a post stands in its delivery life."""

    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    PUBLISHING = "publishing"
    UNCERTAIN = "uncertain"
    PUBLISHED = "published"
    RECALLING = "recalling"
    RECALLED = "recalled"
    RECALL_IMPOSSIBLE = "recall_impossible"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Action(StrEnum):
    """What moves a post."""

    CLAIM = "claim"
    RELEASE_LEASE = "release_lease"
    BEGIN = "begin"
    CONFIRM = "confirm"
    DEFER = "defer"
    GIVE_UP = "give_up"
    LOSE_TRACK = "lose_track"
    RETRY_SAME_KEY = "retry_same_key"
    STAND_DOWN = "stand_down"
    RECALL = "recall"
    CONFIRM_RECALL = "confirm_recall"
    CANNOT = "cannot"
    BLOCK = "block"
    UNBLOCK = "unblock"
    EXPIRE = "expire"
    CANCEL = "cancel"
    FOUND = "found"


S, A = State, Action
MOVES: dict[tuple[State, Action], State] = {
    (S.SCHEDULED, A.CLAIM): S.CLAIMED,
    (S.SCHEDULED, A.BLOCK): S.BLOCKED,
    (S.SCHEDULED, A.EXPIRE): S.EXPIRED,
    (S.SCHEDULED, A.CANCEL): S.CANCELLED,
    (S.CLAIMED, A.BEGIN): S.PUBLISHING,
    (S.CLAIMED, A.RELEASE_LEASE): S.SCHEDULED,
    (S.CLAIMED, A.BLOCK): S.BLOCKED,
    (S.CLAIMED, A.EXPIRE): S.EXPIRED,
    (S.CLAIMED, A.CANCEL): S.CANCELLED,
    (S.PUBLISHING, A.CONFIRM): S.PUBLISHED,
    (S.PUBLISHING, A.DEFER): S.SCHEDULED,
    (S.PUBLISHING, A.GIVE_UP): S.FAILED,
    (S.PUBLISHING, A.LOSE_TRACK): S.UNCERTAIN,
    (S.PUBLISHING, A.STAND_DOWN): S.BLOCKED,
    (S.UNCERTAIN, A.CONFIRM): S.PUBLISHED,
    (S.UNCERTAIN, A.DEFER): S.SCHEDULED,
    (S.UNCERTAIN, A.RETRY_SAME_KEY): S.PUBLISHING,
    (S.UNCERTAIN, A.GIVE_UP): S.FAILED,
    (S.UNCERTAIN, A.RECALL): S.RECALLING,
    (S.PUBLISHED, A.RECALL): S.RECALLING,
    (S.RECALLING, A.CONFIRM_RECALL): S.RECALLED,
    (S.RECALLING, A.CANNOT): S.RECALL_IMPOSSIBLE,
    (S.RECALL_IMPOSSIBLE, A.CONFIRM_RECALL): S.RECALLED,
    (S.BLOCKED, A.UNBLOCK): S.SCHEDULED,
    (S.BLOCKED, A.EXPIRE): S.EXPIRED,
    (S.BLOCKED, A.CANCEL): S.CANCELLED,
    (S.EXPIRED, A.FOUND): S.PUBLISHED,
    (S.FAILED, A.FOUND): S.PUBLISHED,
}
COUNTED = (
    S.SCHEDULED, S.CLAIMED, S.PUBLISHING, S.UNCERTAIN, S.PUBLISHED, S.RECALLING, S.RECALLED, S.RECALL_IMPOSSIBLE,
)  # fmt: skip
PENDING = (S.SCHEDULED, S.CLAIMED, S.BLOCKED)
LIVE = (S.PUBLISHED, S.UNCERTAIN)
# What somebody or some look must come back to, and what lapsed. Spelt out with OR: SQLite uses a partial index for
# `state = 'recalling'` only where that very term stands in its condition.
WATCHED = " OR ".join(f"state = '{state}'" for state in (
    S.UNCERTAIN, S.RECALLING, S.BLOCKED, S.RECALL_IMPOSSIBLE, S.EXPIRED, S.FAILED))  # fmt: skip


# When a scheduled post is looked at: its instant, or later where it was put aside. An expression and no column, so
# that nobody has to keep it; the same words stand in the indices, else no plan would find them.
_LOOK = "(CASE WHEN retry_at > due_at THEN retry_at ELSE due_at END)"
_WAITS = "state = 'scheduled'"

# What needs the day's go and may still get it. Spelt out like WATCHED, for the same reason.
ASKED = "tier >= 3 AND (state = 'scheduled' OR state = 'claimed' OR state = 'blocked')"

# What is out and nobody looks at again yet. Each is taken in once, so the index holds next to nothing.
UNWATCHED = "state = 'published' AND NOT watched"


class LegalMove(SQLModel, table=True):
    """MOVES as rows: the triggers compare every change of state with it."""

    __tablename__ = "legal_move"
    __table_args__ = (PrimaryKeyConstraint("state", "action"),)
    state: str
    action: str
    to_state: str


class Post(SQLModel, table=True):
    """One cleared leaf on one account at one instant. An uncleared one cannot be inserted.

    The clearance's window and validity stand here too, tied by its key, so that a CHECK can hold `due_at` in both.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["clearance_id", "digest", "language", "tier", "valid_from", "valid_until", "not_before", "not_after"],
            [
                "clearance.id",
                "clearance.digest",
                "clearance.language",
                "clearance.tier",
                "clearance.valid_from",
                "clearance.valid_until",
                "clearance.not_before",
                "clearance.not_after",
            ],
            name="fk_post_clearance",
        ),
        CheckConstraint("due_at >= not_before AND due_at <= not_after", name="in_window"),
        CheckConstraint("due_at >= valid_from AND due_at < valid_until", name="in_validity"),
        CheckConstraint("state IN ('" + "', '".join(State) + "')", name="state"),
        CheckConstraint("(lease_until IS NULL) = (fence IS NULL)", name="lease_has_fence"),
        CheckConstraint("state NOT IN ('claimed', 'publishing') OR fence IS NOT NULL", name="worked_under_fence"),
        Index(
            "uq_post_living",
            "leaf_id",
            "account_id",
            "occurrence",
            unique=True,
            sqlite_where=text("NOT surplus AND state NOT IN ('cancelled', 'expired', 'failed')"),
            postgresql_where=text("NOT surplus AND state NOT IN ('cancelled', 'expired', 'failed')"),
        ),
        Index(
            "ix_post_due",
            "due_at",
            sqlite_where=text("state = 'scheduled'"),
            postgresql_where=text("state = 'scheduled'"),
        ),
        Index("ix_post_look", text(_LOOK), sqlite_where=text(_WAITS), postgresql_where=text(_WAITS)),
        Index(
            "ix_post_account_look",
            "account_id",
            text(_LOOK),
            sqlite_where=text(_WAITS),
            postgresql_where=text(_WAITS),
        ),
        Index(
            "ix_post_campaign_look",
            "campaign_id",
            text(_LOOK),
            sqlite_where=text(_WAITS),
            postgresql_where=text(_WAITS),
        ),
        Index(
            "ix_post_leased",
            "lease_until",
            sqlite_where=text("fence IS NOT NULL"),
            postgresql_where=text("fence IS NOT NULL"),
        ),
        Index(
            "ix_post_open",
            "state",
            "changed_at",
            sqlite_where=text(WATCHED),
            postgresql_where=text(WATCHED),
        ),
        Index(
            "ix_post_blocked",
            "due_at",
            "id",
            sqlite_where=text("state = 'blocked'"),
            postgresql_where=text("state = 'blocked'"),
        ),
        Index("ix_post_surplus", "id", sqlite_where=text("surplus"), postgresql_where=text("surplus")),
        Index("ix_post_unwatched", "id", sqlite_where=text(UNWATCHED), postgresql_where=text(UNWATCHED)),
        Index(
            "ix_post_out",
            "campaign_id",
            "due_at",
            "id",
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
        Index("ix_post_narrative_due", "narrative_id", "due_at", "state"),
        Index("ix_post_account_due", "account_id", "due_at"),
        Index("ix_post_asked", "due_at", "id", sqlite_where=text(ASKED), postgresql_where=text(ASKED)),
    )
    id: int | None = Field(default=None, primary_key=True)
    clearance_id: int
    digest: str = Field(index=True)
    language: str
    tier: int
    valid_from: datetime
    valid_until: datetime
    not_before: datetime
    not_after: datetime
    organisation_id: int = Field(foreign_key="organisation.id")
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    narrative_id: int = Field(foreign_key="narrative.id")
    message_id: int = Field(foreign_key="message.id", index=True)
    leaf_id: int = Field(foreign_key="leaf.id")
    account_id: int = Field(foreign_key="account.id")
    occurrence: int = 0
    due_at: datetime
    local: str  # the wall-clock time this instant stands for, ISO 8601 without offset
    zone: str
    tzdata: str
    state: str = State.SCHEDULED
    step: int = 0
    action: str = "insert"
    changed_at: datetime
    retry_at: datetime | None = None  # not looked at before
    lease_until: datetime | None = None
    fence: str | None = None
    lapses: int = 0  # leases that ended without an intent; three quarantine the post
    surplus: bool = False
    watched: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # once out (watch.py)
    note: str = ""  # why it is blocked or failed: a code and a sentence


LOOK_AT: ColumnElement[datetime] = literal_column(
    "(CASE WHEN post.retry_at > post.due_at THEN post.retry_at ELSE post.due_at END)", UTCDateTime()
)
# The word spelt out, so that indices match it; as a comparison: of a plain Boolean SQLite is asked whether it `= 1`,
# and then it uses none of them.
WAITS: ColumnElement[bool] = col(Post.state) == literal_column("'scheduled'")
NEEDS_GO = text("post.tier >= 3 AND (post.state = 'scheduled' OR post.state = 'claimed' OR post.state = 'blocked')")


class PostHistory(SQLModel, table=True):
    """Every move, written by the database itself."""

    __tablename__ = "post_history"
    __table_args__ = (PrimaryKeyConstraint("post_id", "step"),)
    post_id: int = Field(foreign_key="post.id")
    step: int
    action: str
    from_state: str | None = None
    to_state: str
    at: datetime


class Part(SQLModel, table=True):
    """What was sent of one piece of a post: its idempotency key, its remote id, when it was confirmed."""

    __table_args__ = (PrimaryKeyConstraint("post_id", "index"),)
    post_id: int = Field(foreign_key="post.id")
    index: int
    key: str = Field(index=True)
    remote_id: str | None = None
    url: str | None = None
    confirmed_at: datetime | None = None
    recalled_at: datetime | None = None


class Attempt(SQLModel, table=True):
    """The intent to send one post once. Unique per post and step: that makes the Release single-use."""

    __table_args__ = (
        UniqueConstraint("post_id", "step"),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('sent', 'retry', 'refused', 'unknown', 'stood_down')",
            name="outcome",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    step: int  # of the post, as publishing
    digest: str
    fence: str
    node: str
    began_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    evidence: dict[str, Any] = json_field()


class At(NamedTuple):
    """A post as somebody read it: the move is made only if it still stands there."""

    id: int
    state: str
    step: int


def where(posts: Iterable[Any]) -> list[At]:
    """The posts (or rows of them) as read, ready to be moved."""
    return [At(post.id or 0, post.state, post.step) for post in posts]


def move(
    session: Session,
    posts: Sequence[At],
    action: Action,
    *,
    at: datetime,
    held_by: str | None = None,
    **changes: Any,
) -> list[int]:
    """Moves posts that all stand in one state; returns the ids that moved, in one statement for all.

    A post that has moved since it was read, or whose fence is no longer `held_by`, is left alone. `changes`
    are further columns of Post. The history row is the database's; the record row is the caller's, in the same
    transaction. Raises Refusal where MOVES knows no such move.
    """
    if not posts:
        return []
    state = one_state(posts)
    connection = session.connection()
    values: dict[str, Any] = {"to_state": str(target(state, action)), "action": str(action), "at": at}
    values |= {"was": state, "held_by": held_by}
    pairs = given.rows(connection, ("id", "step"), [(post.id, post.step) for post in posts])
    statement = _moving(is_sqlite(session), tuple(sorted(changes)), held_by is not None)
    new = {f"new_{name}": value for name, value in changes.items()}
    return [row.id for row in connection.execute(statement, values | pairs | new)]


@cache
def _moving(sqlite: bool, changed: tuple[str, ...], fenced: bool) -> Any:
    """One text for every batch: it goes by the primary key, and never by whom the lease belongs to."""
    found = given.table(sqlite, id=int, step=int)
    columns = SQLModel.metadata.tables["post"].c
    statement = (
        update(Post)
        .where(col(Post.id) == found.c.id, col(Post.step) == found.c.step)
        .where(col(Post.state) == bindparam("was"))
        .values(state=bindparam("to_state"), step=Post.step + 1, action=bindparam("action"))
        .values(changed_at=bindparam("at", type_=columns["changed_at"].type))
        .values({name: bindparam(f"new_{name}", type_=columns[name].type) for name in changed})
        .returning(col(Post.id))
    )
    # In this form no plan can take the index of the leased for the primary key.
    return statement.where(func.coalesce(col(Post.fence), "") == bindparam("held_by")) if fenced else statement


def target(state: str, action: Action) -> State:
    """Where the action leads from this state. Raises Refusal `post.no_such_move`."""
    to = MOVES.get((State(state), action))
    if to is None:
        raise Refusal(
            "post.no_such_move",
            f"A post that is {state} cannot take the step '{action}'.",
            "Look at it with `counterpoint show`; docs/states.md draws every move.",
        )
    return to


def one_state(posts: Sequence[At]) -> str:
    """The state all these posts share: a batch moves from one state only."""
    states = {post.state for post in posts}
    if len(states) != 1:
        raise ValueError(f"a batch moves from one state, not from {sorted(states)}")
    return states.pop()
