"""What people post and delete by hand: the open tasks, and at which addresses the pieces stand. Platforms that let no
program in are served so: no API of theirs is pretended.

Tables and what reads them; content/handing.py is the worker's half, content/by_hand.py the people's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, PrimaryKeyConstraint, exists, literal_column, text
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col, select

from content.lifecycle import Post
from content.people import Person

MANUAL = "manual"  # the channel
KINDS = ("post", "recall")
STATES = ("open", "done", "confirmed", "missed", "stopped", "given_up")
OPEN = "state = 'open' OR state = 'done'"  # spelt out, so that the partial indices are found
UNDER_WAY = text("(posting.state = 'open' OR posting.state = 'done')")  # the same, of a row in a statement
# What a look of a program at an address told: the words, others, that nothing is there, nothing.
SEEN = ("", "words", "other", "gone", "silent")


class Posting(SQLModel, table=True):
    """One task of a person: to post a post by hand, or to take it down.

    state: open | done (somebody says that it is done) | confirmed | missed (its time passed) | stopped (a stop covers
    it) | given_up (nobody will). shown_at: when its words were first shown to be posted; before that nothing of it can
    be out. unposted_by: who had the words and says that they never posted them. had_by, returned: in whose hands it was
    when it last went back to everybody, and how often it did (content/returning.py); again_at: it does so no earlier.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(KINDS) + "')", name="kind"),
        CheckConstraint("state IN ('" + "', '".join(STATES) + "')", name="state"),
        CheckConstraint("(done_by IS NULL) = (done_at IS NULL)", name="done_by_somebody"),
        CheckConstraint("state <> 'done' OR done_by IS NOT NULL", name="done_is_said"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> done_by", name="confirmed_by_another"),
        CheckConstraint("(unposted_by IS NULL) = (unposted_at IS NULL)", name="unposted_by_somebody"),
        Index("uq_posting_open", "post_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_posting_due", "deadline", "id"),
        Index("ix_posting_of", "post_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    kind: str
    state: str = "open"
    opened_at: datetime
    deadline: datetime
    assignee_id: int | None = Field(default=None, foreign_key="person.id")
    shown_at: datetime | None = None
    done_by: int | None = Field(default=None, foreign_key="person.id")
    done_at: datetime | None = None
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")  # NULL: a program saw it
    confirmed_at: datetime | None = None
    unposted_by: int | None = Field(default=None, foreign_key="person.id")
    unposted_at: datetime | None = None
    had_by: int | None = Field(default=None, foreign_key="person.id")
    returned: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    again_at: datetime | None = None
    look_at: datetime | None = None  # no address of it is opened before
    why: str = ""  # what stopped it: a code and a sentence


class PostedPart(SQLModel, table=True):
    """Where somebody says that one piece of a post stands, and what was seen there. An address is used once.

    confirmed_at: when a program saw its words there; gone_at: when it saw that they are there no more. What a second
    person saw stands on the task.
    """

    __tablename__ = "posted_part"
    __table_args__ = (
        PrimaryKeyConstraint("post_id", "index"),
        CheckConstraint("seen IN ('" + "', '".join(SEEN) + "')", name="seen"),
    )
    post_id: int = Field(foreign_key="post.id")
    index: int
    address: str = Field(unique=True)
    given_by: int = Field(foreign_key="person.id")
    given_at: datetime
    seen: str = ""
    seen_at: datetime | None = None
    looks: int = 0
    confirmed_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a platform's posts stand, and where one writes there. compose: never with the words in the address."""

    hosts: tuple[str, ...]
    compose: str


# by format of the account; its settings `hosts` and `compose` come first
PLACES = {
    "x": Place(("x.com", "twitter.com"), "https://x.com/compose/post"),
    "facebook": Place(("facebook.com", "fb.com"), "https://www.facebook.com/"),
    "instagram": Place(("instagram.com",), "https://www.instagram.com/"),
    "telegram": Place(("t.me",), "https://web.telegram.org/"),
    "mastodon": Place((), ""),
    "bluesky": Place(("bsky.app",), "https://bsky.app/"),
    "tiktok": Place(("tiktok.com",), "https://www.tiktok.com/tiktokstudio/upload"),
    "youtube": Place(("youtube.com", "youtu.be"), "https://studio.youtube.com/"),
    "whatsapp": Place(("whatsapp.com",), "https://web.whatsapp.com/"),
}


def place_of(form: str, settings: Any) -> Place:
    """The hosts at which an account's posts stand, subdomains included, and where one writes.

    hosts in the account's settings: names with spaces or commas between. No host: no address can be given.
    """
    known = PLACES.get(form, Place((), ""))
    hosts = tuple(str(settings.get("hosts", "")).lower().replace(",", " ").split())
    return Place(hosts or known.hosts, str(settings.get("compose", "")) or known.compose)


# It ended after its words had been shown, and nobody has said whether it was posted.
UNANSWERED = (
    col(Posting.state).in_(("missed", "stopped"))
    & (col(Posting.kind) == "post")
    & col(Posting.shown_at).is_not(None)
    & col(Posting.unposted_at).is_(None)
    & (col(Post.state) == literal_column("'uncertain'"))
)


def may_say(task: Posting, person: Person) -> bool:
    """Whether this person may say where it was posted: who has it in hand, who had it, and where it went back to
    everybody, whoever finds it there."""
    return person.id in (task.assignee_id, task.had_by) or (task.returned > 0 and task.assignee_id is None)


def had_words(task: Posting) -> int | None:
    """Who was shown the words of a post and had it in hand when it went back: they alone know that nothing is out."""
    return task.had_by if task.kind == "post" and task.shown_at is not None else None


def standing(kind: str) -> ColumnElement[bool]:
    """Whether a task of that kind is under way for the post of a statement: open, or done and not confirmed yet."""
    return exists().where(col(Posting.post_id) == col(Post.id), *_under_way(kind))


def in_hands(kind: str) -> Any:
    """The posts for which one is, by id: for whoever looks at many posts, and would look for a task for each."""
    return rows(col(Posting.post_id)).where(*_under_way(kind))


def _under_way(kind: str) -> tuple[ColumnElement[bool], ...]:
    under_way = (col(Posting.state) == literal_column("'open'")) | (col(Posting.state) == literal_column("'done'"))
    return (col(Posting.kind) == literal_column(f"'{kind}'"), under_way)


def newest_of(session: Session, post_id: int, kind: str, *, lock: bool = False) -> Posting | None:
    """The newest task of that kind for the post; lock: its row is kept until the commit."""
    statement = select(Posting).where(Posting.post_id == post_id, Posting.kind == kind)
    statement = statement.order_by(col(Posting.id).desc()).limit(1).execution_options(populate_existing=True)
    return session.exec(statement.with_for_update() if lock else statement).first()


def posted_parts(session: Session, post_id: int) -> Sequence[PostedPart]:
    """The addresses given for the pieces of a post, in their order."""
    statement = select(PostedPart).where(PostedPart.post_id == post_id).order_by(col(PostedPart.index))
    return session.exec(statement.execution_options(populate_existing=True)).all()


def under_way(session: Session, post_ids: Iterable[int]) -> dict[int, Posting]:
    """The task under way of each of these posts, by post."""
    wanted = list(post_ids)
    statement = select(Posting).where(col(Posting.post_id).in_(wanted), UNDER_WAY)
    return {one.post_id: one for one in session.exec(statement)} if wanted else {}
