"""Leases on posts that wait for an answer where they stand (uncertain, recalling): no move, only a fence."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as rows

from content.copies import Copy, copies
from content.gate import OPEN_WHILE_DISARMED
from content.lifecycle import Action, At, Post, State, move
from content.organisation import Account, Instance, the_instance
from content.outcome import Destination
from content.record import Step, write
from content.store import Store, now, wall
from worker.node import DEADLINE, LEASE, Lease, ticks


def hold(store: Store, state: State, limit: int = 10) -> tuple[list[Post], Lease]:
    """Leases posts in that state that nobody works on and whose time to be looked at again has come."""
    lease = Lease(secrets.token_hex(16), ticks())
    if not _any(store, state):
        return [], lease
    with store.write() as session:
        wanted = _waiting(state, now(session), wall(session)).limit(limit).with_for_update(skip_locked=True, of=Post)
        ids = _apart({row.id: row.lapses for row in session.execute(wanted)})
        again = case((col(Post.fence).is_not(None), col(Post.lapses) + 1), else_=col(Post.lapses))
        values = {"lease_until": wall(session) + LEASE, "fence": lease.fence, "lapses": again}
        session.execute(update(Post).where(col(Post.id).in_(ids)).values(values))
        statement = rows(Post).where(col(Post.id).in_(ids)).execution_options(populate_existing=True)
        found = list(session.exec(statement.order_by(*_first(state))))
        session.expunge_all()
    return found, lease


def _apart(lapses: Mapping[int, int]) -> list[int]:
    """What outlived several processes is looked at alone: it may be what ended them, and would take others with it."""
    first = next(iter(lapses), None)
    if first is not None and lapses[first] > 1:
        return [first]
    return [one for one, times in lapses.items() if times < 2]


def _any(store: Store, state: State) -> bool:
    with store.read() as session:
        return session.execute(_waiting(state, now(session), wall(session)).limit(1)).first() is not None


def _waiting(state: State, at: datetime, clock: datetime) -> Any:
    return (
        select(col(Post.id), col(Post.lapses))
        .where(col(Post.state) == state)
        .where(or_(col(Post.fence).is_(None), col(Post.lease_until) < clock))
        .where(or_(col(Post.retry_at).is_(None), col(Post.retry_at) <= at))
        .order_by(*_first(state))
    )


def _first(state: State) -> tuple[Any, ...]:
    """What puts somebody most at risk is taken back first; else whatever waits longest."""
    longest = (col(Post.changed_at), col(Post.id))
    return (col(Post.tier).desc(), *longest) if state is State.RECALLING else longest


def let_go(store: Store, post: Post, after: timedelta, note: str | None = None) -> None:
    """Ends the lease where the post stands; it is looked at again after a while."""
    with store.write() as session:
        values: dict[str, Any] = {"lease_until": None, "fence": None, "retry_at": now(session) + after}
        if note is not None:
            values["note"] = note
        held = (col(Post.id) == post.id) & (col(Post.fence) == post.fence)
        session.execute(update(Post).where(held).values(values))


def moved(session: Session, post: Post, action: Action, node: str, detail: dict[str, Any], **changes: Any) -> bool:
    """One fenced move with its record row; False where the post was no longer ours."""
    at = now(session)
    place = [At(post.id or 0, post.state, post.step)]
    if not move(session, place, action, at=at, held_by=post.fence, lease_until=None, fence=None, **changes):
        return False
    write(session, Step(f"worker:{node}", f"post.{action}", "post", post.id or 0, detail), at=at)
    return True


def copy_of(store: Store, post: Post) -> Copy:
    """What the post's channel was, or would have been, given."""
    with store.read() as session:
        return copies(session, [post])[post.id or 0]


def destination_of(account: Account) -> Destination:
    """An account as its channel needs to know it."""
    return Destination(
        account.ref, account.channel, account.format, account.remote_identity, account.settings, account.told
    )


def may_call(instance: Instance, channel: str) -> bool:
    """A rehearsal or a disarmed instance (a restored one, a copy) touches nothing outside its own folders."""
    return channel in OPEN_WHILE_DISARMED or (instance.kind == "live" and instance.armed)


def instance_of(store: Store) -> Instance:
    """The instance row, as it stands now."""
    with store.read() as session:
        return the_instance(session)


def one_by_one(store: Store, posts: Sequence[Post], lease: Lease) -> Iterator[Post]:
    """Each post in turn, for as long as the lease leaves time for a whole call; the others are let go."""
    for post in posts:
        if lease.left() > DEADLINE:
            yield post
        else:
            let_go(store, post, timedelta())
