"""What may be claimed now, at a cost by what is due: never by what is pending, finished or put aside.

The oldest due posts, up to a thousand, are all there is to see on most days. Where more are due, each campaign's
oldest is looked up too, so that none waits behind another. Where these thousand belong to a few accounts, or to shut
ones, so is each account's oldest: one probe of an index an account, which is why it is not always done.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select, true
from sqlmodel import Session, col

from content.campaign import Campaign
from content.lifecycle import LOOK_AT, WAITS, Post
from content.organisation import Account
from content.pace import Pace
from content.store import is_sqlite
from worker.fair import Due
from worker.node import AHEAD

LOOKED_AT = 1000
ENOUGH = 100  # accounts that may be written to: a whole batch

_NAMES = ("id", "account_id", "campaign_id", "narrative_id", "due_at")
_POST: list[Any] = [getattr(Post, name) for name in _NAMES]
_UNTIL: Any = bindparam("until", type_=LOOK_AT.type)


def may_be_claimed(
    session: Session, at: datetime, only: str | None = None, without: Collection[str] = ()
) -> tuple[list[Due], datetime | None]:
    """Due posts from which a batch is picked, in no order; and when the first of the shut accounts is free again.

    only, without: of that channel, not of these.
    """
    found = _dues(session, oldest(), at)
    sqlite, more = is_sqlite(session), len(found) == LOOKED_AT
    if more:
        found += _dues(session, of_campaigns(sqlite), at)
    ours = {one.id: one for one in found if one.channel not in without and only in (None, one.channel)}
    if more and len({one.account_id for one in ours.values() if _is_open(one, at)}) < ENOUGH:
        heads = _dues(session, of_accounts(sqlite, only, without), at)
        ours |= {one.id: one for one in heads}
    open_ = [one for one in ours.values() if _is_open(one, at)]
    later = [one.free_at for one in ours.values() if one.free_at and not _is_open(one, at)]
    return open_, min(later, default=None)


def _is_open(one: Due, at: datetime) -> bool:
    return one.free_at is None or one.free_at <= max(at, one.due_at)


def _dues(session: Session, statement: Select[Any], at: datetime) -> list[Due]:
    return [Due(*row) for row in session.connection().execute(statement, {"until": at + AHEAD})]


def oldest() -> Select[Any]:
    """The first thousand due posts, whosever they are; parameter `until`."""
    first = select(*_POST).where(WAITS, LOOK_AT <= _UNTIL).order_by(LOOK_AT).limit(LOOKED_AT)
    due = first.cte("due").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        select(*due.c, col(Account.channel), col(Pace.next_at))
        .join(Account, col(Account.id) == due.c.account_id)
        .outerjoin(Pace, col(Pace.account_id) == due.c.account_id)
    )


def of_accounts(sqlite: bool, only: str | None = None, without: Collection[str] = ()) -> Select[Any]:
    """The oldest due post of each account that is not shut; of that channel, not of these."""
    open_ = or_(col(Pace.next_at).is_(None), col(Pace.next_at) <= _UNTIL)
    mine = (WAITS, col(Post.account_id) == col(Account.id), LOOK_AT <= _UNTIL)
    first, on = _first(sqlite, Account, mine)
    base = select(*_named(first), col(Account.channel), col(Pace.next_at)).select_from(Account)
    channel = col(Account.channel) == only if only is not None else col(Account.channel).not_in(list(without))
    return base.outerjoin(Pace, col(Pace.account_id) == col(Account.id)).join(first, on).where(open_, channel)


def of_campaigns(sqlite: bool) -> Select[Any]:
    """The oldest due post of each campaign on an account that is not shut."""
    shut = exists().where(col(Pace.account_id) == col(Post.account_id), col(Pace.next_at) > _UNTIL)
    mine = (WAITS, col(Post.campaign_id) == col(Campaign.id), LOOK_AT <= _UNTIL, ~shut)
    first, on = _first(sqlite, Campaign, mine)
    return (
        select(*_named(first), col(Account.channel), col(Pace.next_at))
        .select_from(Campaign)
        .join(first, on)
        .join(Account, col(Account.id) == _named(first)[1])
        .outerjoin(Pace, col(Pace.account_id) == col(Account.id))
    )


def _first(sqlite: bool, owner: Any, mine: Iterable[Any]) -> tuple[Any, Any]:
    """One probe of an index for each owner: a lateral join, or on SQLite, which has none, its key by a subquery."""
    if not sqlite:
        head = select(*_POST).where(*mine).order_by(LOOK_AT).limit(1).correlate(owner)
        return head.lateral("head"), true()
    key = select(col(Post.id)).where(*mine).order_by(LOOK_AT).limit(1).correlate(owner).scalar_subquery()
    head_post = Post.__table__.alias("head")  # type: ignore[attr-defined]  # sqlmodel keeps the table untyped
    return head_post, head_post.c.id == key


def _named(first: Any) -> list[Any]:
    return [first.c[name] for name in _NAMES]
