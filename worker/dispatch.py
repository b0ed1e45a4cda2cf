"""Claims what falls due, waits for its instant, and hands it to publish.py. `look` is all that a ring means."""

import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col
from sqlmodel import select as rows

from content.lifecycle import Action, Post, State, move, where
from content.organisation import Account
from content.settings import Settings
from content.store import Store, now, wall
from worker.channels import Channel, channels
from worker.node import LEASE, Clock, Lease, Node, this_node, ticks
from worker.publish import send

log = logging.getLogger("counterpoint.dispatch")
AHEAD = timedelta(seconds=2)
LIMIT = 50
LOOKED_AT = 1000  # of the oldest due posts, from which a fair batch is picked
WRONG_CLOCK = timedelta(seconds=30)


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Sends everything that is due or falls due within two seconds; returns how many posts were handled."""
    node = node or this_node()
    ways = channels(settings)
    done = 0
    while not node.ending.is_set():
        lease = Lease("", ticks())
        posts = claim(store, node)
        if not posts:
            break
        lease.fence = posts[0].fence or ""
        done += _work_off(store, ways, node, posts, lease)
    return done


def claim(store: Store, node: Node, limit: int = LIMIT) -> list[Post]:
    """Leases a fair batch to this node: at most one post an account and one a narrative, oldest first.

    Nothing where this machine's clock is more than 30 s off the database's.
    """
    if not _anything_due(store):
        return []
    with store.write() as session:
        at, clock = now(session), wall(session)
        if abs(datetime.now(UTC) - clock) > WRONG_CLOCK:
            log.error("clock.off: this machine's clock is more than 30 s off the database's; nothing is claimed")
            return []
        ids = [row[0] for row in session.execute(picked(at, limit))]
        posts = list(session.exec(rows(Post).where(col(Post.id).in_(ids)))) if ids else []
        taken = move(session, where(posts), Action.CLAIM, at=at, lease_until=clock + LEASE, fence=secrets.token_hex(16))
        return _as_claimed(session, taken)


def picked(at: datetime, limit: int) -> Select[Any]:
    """The ids to claim. The batch is picked without locks, then locked row by row; what others hold is skipped."""
    due = (
        select(col(Post.id), col(Post.account_id), col(Post.narrative_id), col(Post.due_at))
        .where(col(Post.state) == State.SCHEDULED, col(Post.due_at) <= at + AHEAD)
        .where(or_(col(Post.retry_at).is_(None), col(Post.retry_at) <= at))
        .order_by(col(Post.due_at), col(Post.id))
        .limit(LOOKED_AT)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    fair = _first_of_each(due, "account_id", "by_account")
    fair = _first_of_each(fair, "narrative_id", "by_narrative")
    return (
        select(col(Post.id))
        .join(fair, fair.c.id == col(Post.id))
        .where(fair.c.turn == 1, col(Post.state) == State.SCHEDULED)
        .order_by(col(Post.due_at), col(Post.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Post)
    )


def _first_of_each(found: Any, column: str, name: str) -> Any:
    turn = func.row_number().over(partition_by=found.c[column], order_by=(found.c.due_at, found.c.id)).label("turn")
    picked_from = select(found.c.id, found.c.account_id, found.c.narrative_id, found.c.due_at, turn)
    if "turn" in found.c:
        picked_from = picked_from.where(found.c.turn == 1)
    return picked_from.cte(name).prefix_with("MATERIALIZED")


def _anything_due(store: Store) -> bool:
    """A cheap look without a lock: most rings find nothing."""
    with store.read() as session:
        at = now(session)
        statement = (
            select(col(Post.id))
            .where(col(Post.state) == State.SCHEDULED, col(Post.due_at) <= at + AHEAD)
            .where(or_(col(Post.retry_at).is_(None), col(Post.retry_at) <= at))
            .limit(1)
        )
        return session.execute(statement).first() is not None


def _as_claimed(session: Session, ids: Sequence[int]) -> list[Post]:
    statement = rows(Post).where(col(Post.id).in_(ids)).order_by(col(Post.due_at), col(Post.id))
    found = list(session.exec(statement.execution_options(populate_existing=True)))
    session.expunge_all()
    return found


def _work_off(store: Store, ways: dict[str, Channel], node: Node, posts: list[Post], lease: Lease) -> int:
    """Sends each post at its instant. What is left when the process ends goes back at once."""
    names, clock = _read(store, posts)
    done, rest = 0, posts
    while rest and not node.ending.wait(max(0.0, clock.until(rest[0].due_at))):
        count = sum(clock.until(post.due_at) <= 0 for post in rest)
        ready, rest = rest[:count], rest[count:]
        for group in _groups(ways, names, ready):
            if node.ending.is_set():
                rest = group + rest
                continue
            done += send(store, ways, node, group, lease)
    if rest:
        give_back(store, rest)
    return done


def _read(store: Store, posts: Sequence[Post]) -> tuple[dict[int, str], Clock]:
    accounts = {post.account_id for post in posts}
    with store.read() as session:
        statement = select(col(Account.id), col(Account.channel)).where(col(Account.id).in_(accounts))
        names = {row[0]: row[1] for row in session.execute(statement)}
        return names, Clock(now(session), ticks())


def _groups(ways: dict[str, Channel], names: dict[int, str], posts: Sequence[Post]) -> list[list[Post]]:
    """One batch of those that may be repeated without harm; every other post alone."""
    together: list[Post] = []
    alone: list[list[Post]] = []
    for post in posts:
        way = ways.get(names[post.account_id])
        if way is not None and way.caps.batched:
            together.append(post)
        else:
            alone.append([post])
    return [together, *alone] if together else alone


def give_back(store: Store, posts: Sequence[Post]) -> None:
    """Ends leases under which nothing was begun; whoever looks next may claim."""
    with store.write() as session:
        move(
            session,
            where(posts),
            Action.RELEASE_LEASE,
            at=now(session),
            held_by=posts[0].fence,
            lease_until=None,
            fence=None,
        )
