"""What the next days will do, and what will be stopped and why: every condition of the gate at each post's instant."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, func, select

from content.calendar_feed import FeedEntry, feed
from content.campaign import Campaign
from content.gate import Stood, foresee
from content.lifecycle import Post
from content.message import Leaf, Message, Version
from content.organisation import Account, the_instance
from content.review import Clearance
from content.schedule import skipped, window_of
from content.store import now
from content.window import occurrences

PLANNED = ("scheduled", "claimed", "blocked")


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
    first = at or now(session)
    last = first + timedelta(days=days)
    lines = [*_planned(session, first, last), *_unposted(session, first, last)]
    return sorted(lines, key=lambda line: (line.at, line.account, line.message))


def planned_feed(session: Session, days: int) -> bytes:
    """The planned posts as an iCalendar file: neutral titles, lasting names that outsiders cannot guess."""
    epoch = the_instance(session).epoch
    return feed(
        FeedEntry(_uid(epoch, line.post), line.at, _WORDS[line.verdict], line.account, line.language)
        for line in forecast(session, days)
        if line.post is not None
    )


def _uid(epoch: str, post: int) -> str:
    return hashlib.sha256(f"counterpoint/calendar|{epoch}|{post}".encode()).hexdigest()[:32]


_WORDS = {"goes": "scheduled", "waits": "waiting", "stops": "blocked"}


def _planned(session: Session, first: datetime, last: datetime) -> list[Line]:
    statement = (
        select(Post)
        .where(col(Post.state).in_(PLANNED), col(Post.due_at).between(first, last))
        .order_by(col(Post.due_at), col(Post.id))
    )
    posts = session.exec(statement).all()
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
        .where(col(Post.id).in_({post.id for post in posts}))
    )
    return {row[0] or 0: (row[1], row[2]) for row in session.exec(statement)}


def _unposted(session: Session, first: datetime, last: datetime) -> list[Line]:
    """Times of open windows that have no post: the words are not cleared, or the clearance ends before."""
    lines = []
    for version, message, campaign in _open_versions(session, first, last):
        until = _cleared_until(session, version)
        for leaf_account in _accounts(session, version):
            lines += _expected(version, message, campaign, leaf_account, until, first, last)
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


def _open_versions(session: Session, first: datetime, last: datetime) -> list[tuple[Version, str, Campaign]]:
    """The newest version of each message and language whose window is open in these days."""
    newest = (
        select(Version.message_id, Version.language, func.max(Version.number).label("number"))
        .group_by(col(Version.message_id), col(Version.language))
        .subquery()
    )
    statement = (
        select(Version, Message.ref, Campaign)
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(
            newest,
            (newest.c.message_id == Version.message_id)
            & (newest.c.language == Version.language)
            & (newest.c.number == Version.number),
        )
        .where(col(Version.not_before) <= last, col(Version.not_after) >= first)
    )
    return [(row[0], row[1], row[2]) for row in session.exec(statement)]


def _cleared_until(session: Session, version: Version) -> datetime | None:
    """When the newest clearance of these words ends; None where nobody cleared them."""
    statement = select(func.max(Clearance.valid_until)).where(col(Clearance.digest) == version.digest)
    return session.exec(statement).one()


def _accounts(session: Session, version: Version) -> Sequence[str]:
    statement = (
        select(Account.ref)
        .join(Leaf, col(Leaf.account_id) == col(Account.id))
        .where(col(Leaf.version_id) == version.id)
        .order_by(col(Account.ref))
    )
    return session.exec(statement).all()
