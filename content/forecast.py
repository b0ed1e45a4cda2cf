"""What the next days will do, and what will be stopped and why: every condition of the gate at each post's instant."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Integer, bindparam, literal_column, true, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, or_
from sqlmodel.sql.sqltypes import UTCDateTime

from content import unposted
from content.calendar_feed import FeedEntry, feed
from content.gate import Stood, foresee
from content.lifecycle import Post
from content.message import Message
from content.organisation import Account, ours, the_instance
from content.page import LIMIT, MOST, Page, place, sign
from content.store import now
from content.unposted import SHOWN, Line

__all__ = ["Line", "forecast", "forecast_page", "planned_feed"]
Coming = Any  # a row of a post as a line tells of it, with the references of its account and its message
# What is planned, each state with the condition of the index that holds its posts.
PLANNED = {"scheduled": true(), "claimed": col(Post.fence).is_not(None), "blocked": true()}


def forecast(session: Session, days: int, at: datetime | None = None) -> list[Line]:
    """Every expected appearance of the next days in order, with what would stop it as things stand."""
    found, after = list[Line](), ""
    while True:
        page = forecast_page(session, days, after, MOST, at)
        found += page.items
        after = page.after
        if not after:
            return found


def forecast_page(
    session: Session, days: int, after: str = "", limit: int = LIMIT, at: datetime | None = None, look: int = SHOWN
) -> Page[Line]:
    """The same page by page: `limit` posts, and the times without a post that lie between them.

    look: words that wait which are looked at for those; less than SHOWN for whoever shows a few lines only.
    """
    start = at or now(session)
    end = start + timedelta(days=days)
    where = place(after, datetime.fromisoformat, int, datetime.fromisoformat) or (start, 0, end)
    first, last = where[0], where[2]  # the first page says when the last one ends
    posts = _next_posts(session, where[0], where[1], last, limit + 1)
    more = len(posts) > limit
    shown = posts[:limit]
    until = shown[-1].due_at if more else last
    lines = [*_planned(session, shown), *_unposted(session, first, until, look, closed=not more)]
    lines.sort(key=lambda line: (line.at, line.account, line.message))
    return Page(tuple(lines), sign(until, shown[-1].id, last) if more else "")


def _next_posts(session: Session, first: datetime, number: int, last: datetime, limit: int) -> list[Coming]:
    """The next planned posts after this place, in order."""
    given = {"first": first, "number": number, "last": last}
    return list(session.connection().execute(_next(limit), given).all())


_TOLD = tuple(col(getattr(Post, name)) for name in ("id", "due_at", "state", "note", "local", "zone", "language"))


@lru_cache(16)
def _next(limit: int) -> Any:
    """So many of each state by its own index, then put in one order, each with its account and message. The number is
    spelt out: to a plan that does not know it, it might be all posts."""
    most = literal_column(str(limit), Integer())
    few = [_few(state).limit(most).subquery() for state in PLANNED]
    some = union_all(*(columns(one.c.id) for one in few)).subquery()
    return (
        columns(*_TOLD, col(Account.ref).label("account"), col(Message.ref).label("message"))
        .select_from(Post)
        .join(some, some.c.id == col(Post.id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .order_by(col(Post.due_at), col(Post.id))
        .limit(most)
    )


def _few(state: str) -> Any:
    first = bindparam("first", type_=UTCDateTime())
    return (
        columns(col(Post.id), col(Post.due_at))
        .where(col(Post.state) == literal_column(f"'{state}'"), PLANNED[state])
        .where(col(Post.organisation_id) == ours())
        .where(col(Post.due_at) >= first, col(Post.due_at) <= bindparam("last", type_=UTCDateTime()))
        .where(or_(col(Post.due_at) > first, col(Post.id) > bindparam("number", type_=Integer())))
        .order_by(col(Post.due_at), col(Post.id))
    )


def planned_feed(session: Session, days: int, most: int = 0) -> bytes:
    """The planned posts as an iCalendar file: neutral titles, lasting names that outsiders cannot guess.

    most: how many of them, the soonest, each as it stands now: calendar programs ask for those by themselves, day and
    night. 0 for all, each with what is foreseen of it.
    """
    epoch = the_instance(session).epoch
    coming = _soonest(session, days, most) if most else forecast(session, days)
    return feed(
        FeedEntry(_uid(epoch, line.post), line.at, _WORDS[line.verdict], line.account, line.language)
        for line in coming
        if line.post is not None
    )


def _soonest(session: Session, days: int, most: int) -> list[Line]:
    start = now(session)
    posts = _next_posts(session, start, 0, start + timedelta(days=days), most)
    return [_line(one, []) for one in posts]


def _uid(epoch: str, post: int) -> str:
    return hashlib.sha256(f"counterpoint/calendar|{epoch}|{post}".encode()).hexdigest()[:32]


_WORDS = {"goes": "scheduled", "waits": "waiting", "stops": "blocked"}


def _planned(session: Session, posts: Sequence[Coming]) -> list[Line]:
    stood = foresee(session, [post.id for post in posts])
    return [_line(post, stood[post.id]) for post in posts]


def _line(post: Coming, stood: list[Stood]) -> Line:
    reasons = [f"{one.code}: {one.reason}" for one in stood]
    if post.state == "blocked":
        reasons.insert(0, post.note)
    blocked = post.state == "blocked" or any(one.how != "wait" for one in stood)
    verdict: Literal["goes", "waits", "stops"] = "stops" if blocked else "waits" if stood else "goes"
    return Line(
        post.due_at, post.local, post.zone, post.account, post.message, post.language, verdict, tuple(reasons), post.id
    )  # fmt: skip


def _unposted(session: Session, first: datetime, last: datetime, look: int, *, closed: bool) -> list[Line]:
    """Times of open windows that have no post. closed: the last instant counts too; else it is the next page's."""
    lines = unposted.anywhere(session, unposted.Span(first, last), look)
    return [line for line in lines if closed or line.at < last]
