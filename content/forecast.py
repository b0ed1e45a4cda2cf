"""What the next days will do, and what will be stopped and why: every condition of the gate at each post's instant."""

import hashlib
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, literal_column, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from content.calendar_feed import FeedEntry, feed
from content.campaign import Campaign
from content.gate import Stood, foresee
from content.given import among
from content.lifecycle import Post
from content.message import Leaf, Message, Version
from content.organisation import Account, of_ours, ours, the_instance
from content.page import LIMIT, MOST, Page, place, sign
from content.review import Clearance
from content.schedule import blackouts, skipped, window_of
from content.store import now
from content.waiting import Waits
from content.window import occurrences

# What is planned, each state with the condition of the index that holds its posts.
PLANNED = {"scheduled": true(), "claimed": col(Post.fence).is_not(None), "blocked": true()}
SHOWN = 2000  # versions without posts that one page looks at


@dataclass(frozen=True, slots=True)
class Line:
    """One expected appearance. `post` is None where no post exists yet (uncleared, or beyond the clearance)."""

    at: datetime
    local: str
    zone: str
    account: str
    message: str
    language: str
    verdict: Literal["goes", "waits", "stops"]
    reasons: tuple[str, ...]
    post: int | None = None


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
    session: Session, days: int, after: str = "", limit: int = LIMIT, at: datetime | None = None
) -> Page[Line]:
    """The same page by page: `limit` posts, and the times without a post that lie between them."""
    start = at or now(session)
    end = start + timedelta(days=days)
    where = place(after, datetime.fromisoformat, int, datetime.fromisoformat) or (start, 0, end)
    first, last = where[0], where[2]  # the first page says when the last one ends
    posts = _next_posts(session, where[0], where[1], last, limit + 1)
    more = len(posts) > limit
    shown = posts[:limit]
    until = shown[-1].due_at if more else last
    lines = [*_planned(session, shown), *_unposted(session, first, until, closed=not more)]
    lines.sort(key=lambda line: (line.at, line.account, line.message))
    return Page(tuple(lines), sign(until, shown[-1].id or 0, last) if more else "")


def _next_posts(session: Session, first: datetime, number: int, last: datetime, limit: int) -> list[Post]:
    """The next planned posts after this place; each state by its own index, then put in one order."""
    found: list[Post] = []
    for state, few in PLANNED.items():
        statement = (
            select(Post)
            .where(col(Post.state) == literal_column(f"'{state}'"), few, Post.organisation_id == ours())
            .where(col(Post.due_at) >= first, col(Post.due_at) <= last)
            .where(or_(col(Post.due_at) > first, col(Post.id) > number))
            .order_by(col(Post.due_at), col(Post.id))
        )
        found += session.exec(statement.limit(limit))
    return sorted(found, key=lambda post: (post.due_at, post.id or 0))[:limit]


def planned_feed(session: Session, days: int, most: int = 0) -> bytes:
    """The planned posts as an iCalendar file: neutral titles, lasting names that outsiders cannot guess.

    most: how many of them, the soonest; 0 for all.
    """
    epoch = the_instance(session).epoch
    coming = forecast_page(session, days, limit=most).items if most else forecast(session, days)
    return feed(
        FeedEntry(_uid(epoch, line.post), line.at, _WORDS[line.verdict], line.account, line.language)
        for line in coming
        if line.post is not None
    )


def _uid(epoch: str, post: int) -> str:
    return hashlib.sha256(f"counterpoint/calendar|{epoch}|{post}".encode()).hexdigest()[:32]


_WORDS = {"goes": "scheduled", "waits": "waiting", "stops": "blocked"}


def _planned(session: Session, posts: Sequence[Post]) -> list[Line]:
    stood = foresee(session, posts)
    names = _names(session, posts)
    return [_line(post, *names[post.id or 0], stood[post.id or 0]) for post in posts]


def _line(post: Post, account: str, message: str, stood: list[Stood]) -> Line:
    reasons = [f"{one.code}: {one.reason}" for one in stood]
    if post.state == "blocked":
        reasons.insert(0, post.note)
    blocked = post.state == "blocked" or any(one.how != "wait" for one in stood)
    verdict: Literal["goes", "waits", "stops"] = "stops" if blocked else "waits" if stood else "goes"
    return Line(post.due_at, post.local, post.zone, account, message, post.language, verdict, tuple(reasons), post.id)


def _names(session: Session, posts: Sequence[Post]) -> dict[int, tuple[str, str]]:
    statement = (
        select(Post.id, Account.ref, Message.ref)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .where(among(Post.id, "posts"))
    )
    found = session.exec(statement, params={"posts": [post.id for post in posts]})
    return {row[0] or 0: (row[1], row[2]) for row in found}


def _unposted(session: Session, first: datetime, last: datetime, *, closed: bool) -> list[Line]:
    """Times of open windows that have no post: the words are not cleared, or the clearance ends before.

    closed: the last instant counts too; else it is the next page's.
    """
    lines = times_of(session, open_versions(session, first, last), first, last)
    return [line for line in lines if closed or line.at < last]


def times_of(
    session: Session, open_: Sequence[tuple[Version, str, Campaign]], first: datetime, last: datetime
) -> list[Line]:
    """Those times of these versions."""
    lines: list[Line] = []
    until = _cleared_until(session, [version.digest for version, _, _ in open_])
    accounts = _accounts(session, [version.id or 0 for version, _, _ in open_])
    for version, message, campaign in open_:
        for account in accounts[version.id or 0]:
            lines += _expected(version, message, campaign, account, until.get(version.digest), first, last)
    return lines


def _expected(
    version: Version,
    message: str,
    campaign: Campaign,
    account: str,
    until: datetime | None,
    first: datetime,
    last: datetime,
) -> list[Line]:
    window = window_of(version)
    reason = "clearance.none: nobody has cleared these words yet." if until is None else _renew(until)
    closed = {one.occurrence.index: one.blackout.name or "blackout day" for one in skipped(version, campaign)}
    return [
        Line(
            one.due_at,
            one.local.isoformat(timespec="seconds"),
            window.zone,
            account,
            message,
            version.language,
            "stops",
            (f"blackout: {closed[one.index]}." if one.index in closed else reason,),
        )
        for one in occurrences(window, max(first, window.not_before), last)
        if until is None or one.due_at >= until or one.index in closed
    ]


def _renew(until: datetime) -> str:
    return f"clearance.over: the clearance ends {until:%Y-%m-%d %H:%M} UTC. Renew it."


def open_versions(
    session: Session, first: datetime, last: datetime, campaign: str = ""
) -> list[tuple[Version, str, Campaign]]:
    """The newest version of each message and language whose window is open in these days, the soonest SHOWN of them.

    Words that are cleared beyond these days are left out where their campaign has no blackout in them: all their times
    have posts.
    """
    place = (col(Version.not_before), col(Version.id))
    found: dict[tuple[datetime, int], tuple[Version, str, Campaign]] = {}
    for which in (col(Waits.cleared_until).is_(None), operator.le(col(Waits.cleared_until), last)):
        waits = _open_now(first, last, campaign).join(Waits, col(Waits.version_id) == col(Version.id)).where(which)
        found |= _keyed(session.exec(waits.order_by(col(Waits.not_before), col(Waits.version_id)).limit(SHOWN)))
    mine = select(Campaign).where(Campaign.organisation_id == ours())
    if dark := [row.id for row in session.exec(mine) if _dark(row, first, last)]:
        statement = _open_now(first, last, campaign).where(col(Campaign.id).in_(dark), ~_overtaken())
        found |= _keyed(session.exec(statement.order_by(*place).limit(SHOWN)))
    return [found[key] for key in sorted(found)][:SHOWN]


def _open_now(first: datetime, last: datetime, campaign: str) -> Any:
    statement = (
        select(Version, Message.ref, Campaign)
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(col(Version.not_before) <= last, col(Version.not_after) >= first)
        .where(of_ours(Message.organisation_id))
    )
    return statement.where(Campaign.ref == campaign) if campaign else statement


def _keyed(rows: Iterable[Any]) -> dict[tuple[datetime, int], tuple[Version, str, Campaign]]:
    return {(row[0].not_before, row[0].id): (row[0], row[1], row[2]) for row in rows}


def _dark(campaign: Campaign, first: datetime, last: datetime) -> bool:
    """Whether one of its blackout days may fall into these, wherever in the world they are counted."""
    zones = timedelta(days=1)
    return any(day.start <= (last + zones).date() and (first - zones).date() <= day.end for day in blackouts(campaign))


def _overtaken() -> ColumnElement[bool]:
    newer = aliased(Version)
    return exists().where(
        col(newer.message_id) == col(Version.message_id),
        col(newer.language) == col(Version.language),
        col(newer.number) > col(Version.number),
    )


def _cleared_until(session: Session, digests: Sequence[str]) -> dict[str, datetime]:
    """When the newest clearance of these words ends; nothing where nobody cleared them."""
    statement = (
        select(Clearance.digest, func.max(Clearance.valid_until))
        .where(among(Clearance.digest, "digests", str))
        .group_by(col(Clearance.digest))
    )
    return {row[0]: row[1] for row in session.exec(statement, params={"digests": digests})}


def _accounts(session: Session, version_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {key: [] for key in version_ids}
    statement = (
        select(Leaf.version_id, Account.ref)
        .join(Account, col(Account.id) == col(Leaf.account_id))
        .where(among(Leaf.version_id, "versions"))
        .order_by(col(Account.ref))
    )
    for key, account in session.exec(statement, params={"versions": version_ids}):
        found[key].append(account)
    return found
