"""Claims what falls due, waits for its instant, and hands it to publish.py. `look` is all that a ring means."""

import logging
import operator
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, col
from sqlmodel import select as rows

from content import pace
from content.given import among
from content.lifecycle import LOOK_AT, WAITS, Action, At, Post, State, move, where
from content.organisation import Account
from content.pace import Rate, Slot
from content.settings import Settings
from content.store import Store, now, wall
from worker import lanes
from worker.channels import Channel, channels
from worker.due import may_be_claimed
from worker.fair import Due, cut, in_turn
from worker.fitting import FITTING
from worker.node import AHEAD, LEASE, Clock, Lease, Node, this_node, ticks
from worker.publish import Batch

log = logging.getLogger("counterpoint.dispatch")
LIMIT = lanes.FIRST
WARM = 0.2  # seconds before an instant in which there is time to warm up
FRESH = 1.0  # seconds for which what was read as due is claimed from, batch by batch: each claim asks again for its own
SOON = 1.0  # seconds: a lane waits for an account whose distance is over by then
_turns = count(secrets.randbelow(1000))  # whose campaign begins: another one at each reading, in each process


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Sends everything that is due or falls due within two seconds; returns how many posts were handled.

    Each channel has lanes of its own: one that is slow holds up no other, and once its lanes are full no more of it
    is claimed by this process.
    """
    return _Looking(store, channels(settings), node or this_node()).run()


@dataclass(slots=True)
class Backlog:
    """What may be claimed, as read a moment ago, in turn. only, without: of that channel, of any but these.

    rates: what each channel allows. room: how many posts of a channel a batch may hold.
    """

    rates: Mapping[str, Rate] = field(default_factory=dict)
    only: str | None = None
    without: Collection[str] = ()
    room: Callable[[str], int] = lambda _: lanes.MOST
    channels: dict[int, str] = field(default_factory=dict)  # of the posts last claimed
    seconds_ahead: float = 0.0  # from that claim to the last of their instants
    soon: float | None = None  # seconds until the next of the accounts that are shut is free
    _left: list[Due] = field(default_factory=list)
    _good_until: float = float("-inf")

    def cuts(self, store: Store, limit: int) -> Iterable[list[Due]]:
        """Batches to try, one after the other: from what is left, then, once, from what is due now."""
        if ticks() < self._good_until:
            yield from self._cut(limit)
        began = ticks()
        with store.read() as session:
            at = now(session)
            found, soon = may_be_claimed(session, at, self.only, self.without)
        self.soon = (soon - at).total_seconds() if soon else None
        self._left = _elsewhere(in_turn(found, next(_turns)), limit)
        self._good_until = ticks() + max(
            FRESH, 5 * (ticks() - began)
        )  # asking never takes more than a part of the time
        yield from self._cut(limit)

    def _cut(self, limit: int) -> Iterable[list[Due]]:
        while self._left:
            batch, self._left = cut(self._left, limit, self.room)
            yield batch


def _elsewhere(ordered: list[Due], limit: int) -> list[Due]:
    """Begun somewhere in what is more than a batch: processes that ask at once would all want the same first ones."""
    first = limit * secrets.randbelow(len(ordered) // limit) if len(ordered) > 2 * limit else 0
    return ordered[first:] + ordered[:first]


def claim(store: Store, node: Node, limit: int = LIMIT, backlog: Backlog | None = None) -> list[Post]:
    """Leases a fair batch to this node: at most one post an account and one a narrative, campaigns in turn.

    Nothing where this machine's clock is more than 30 s off the database's. Costs one read where nothing is due.
    """
    backlog = backlog or Backlog()
    for batch in backlog.cuts(store, limit):
        with store.write() as session:
            at, clock = now(session), wall(session)
            if not node.trusts(clock - datetime.now(UTC)):
                log.error("clock.off: this machine's clock is more than 30 s off the database's; nothing is claimed")
                return []
            taken = _lease(session, batch, backlog.rates, at, clock)
        if taken:
            backlog.channels = {one.id: one.channel for one in batch}
            backlog.seconds_ahead = max(0.0, (max(map(_goes_at, taken)) - at).total_seconds())
            return taken
    return []


def _lease(
    session: Session, batch: Sequence[Due], rates: Mapping[str, Rate], at: datetime, clock: datetime
) -> list[Post]:
    """Those of the batch that nobody else is claiming, whose accounts have a slot free."""
    fence = secrets.token_hex(16)
    given = {"posts": [one.id for one in batch], "until": at + AHEAD}
    free = _apart(batch, session.connection().execute(PICKED, given).all())
    if not free:
        return []
    slots = _slots(session, batch, rates, at)
    granted = pace.take(session, {row[2]: slots[row[2]] for row in free}, at + AHEAD + LEASE, fence)
    places = [At(row[0], State.SCHEDULED, row[1]) for row in free if row[2] in granted]
    taken = move(session, places, Action.CLAIM, at=at, lease_until=clock + LEASE, fence=fence)
    return _as_claimed(session, taken)


def _apart(batch: Sequence[Due], free: Sequence[Any]) -> Sequence[Any]:
    """What outlived a process that held it goes alone: it may be what ended it, and would take others along."""
    places = {one.id: place for place, one in enumerate(batch)}
    ordered = sorted(free, key=lambda row: places[row[0]])
    return ordered[:1] if ordered and ordered[0][3] else [row for row in ordered if not row[3]]


# (id, step, account, lapses) of posts to claim, locked row by row, if they still wait; others' are skipped.
PICKED: Select[*tuple[Any, ...]] = (
    select(col(Post.id), col(Post.step), col(Post.account_id), col(Post.lapses))
    .where(among(col(Post.id), "posts"), WAITS, operator.le(LOOK_AT, bindparam("until", type_=LOOK_AT.type)))
    .with_for_update(skip_locked=True, of=Post)
)


def _slots(session: Session, batch: Sequence[Due], rates: Mapping[str, Rate], at: datetime) -> dict[int, Slot]:
    found = session.connection().execute(_SETTINGS, {"accounts": {one.account_id for one in batch}})
    told = {row.id: row.settings for row in found}
    return {
        one.account_id: Slot(pace.distance(rates.get(one.channel, Rate()), told[one.account_id]), max(at, one.due_at))
        for one in batch
    }


_SETTINGS: Select[*tuple[Any, ...]] = select(col(Account.id), col(Account.settings)).where(
    among(col(Account.id), "accounts")
)


@dataclass(slots=True)
class _Looking:
    """One look: the first claim over every channel with a lane free, then each channel by itself until it is done."""

    store: Store
    ways: Mapping[str, Channel]
    node: Node
    done: list[int] = field(default_factory=list)

    def run(self) -> int:
        if self.node.ending.is_set():
            return 0
        backlog = self._backlog(without=self.node.lanes.full())
        lease = Lease("", ticks())
        with self.node.lanes.asking() as alone:
            shares = self._claim(backlog, lanes.FIRST, lease) if alone else {}
        first, *others = [self._job(name, posts, lease, backlog) for name, posts in shares.items()] or [lambda: None]
        threads = [self.node.lanes.run(f"{number}", job) for number, job in enumerate(others)]
        first()
        for thread in threads:
            thread.join()
        return sum(self.done)

    def _backlog(self, **more: Any) -> Backlog:
        rates = {name: way.caps.pace for name, way in self.ways.items()}
        return Backlog(rates, room=self.node.lanes.stride, **more)

    def _claim(self, backlog: Backlog, limit: int, lease: Lease) -> dict[str, list[Post]]:
        shares: dict[str, list[Post]] = defaultdict(list)
        lease.began = ticks()
        for post in claim(self.store, self.node, limit, backlog):
            lease.fence = post.fence or ""
            shares[backlog.channels[post.id or 0]].append(post)
        return shares

    def _job(self, name: str, posts: list[Post], lease: Lease, backlog: Backlog) -> Callable[[], None]:
        ahead = backlog.seconds_ahead
        return lambda: self._lane(name, posts, lease, ahead)

    def _lane(self, name: str, posts: list[Post], lease: Lease, ahead: float) -> None:
        """One batch after the other, until nothing of this channel may be claimed."""
        backlog = self._backlog(only=name)
        while posts:
            with self.node.lanes.on(name):
                began = ticks()
                self.done.append(_work_off(self.store, self.ways.get(name), self.node, posts, lease))
                self.node.lanes.took(name, len(posts), ticks() - began - ahead)
            lease = Lease("", ticks())
            posts = self._next(name, backlog, lease)
            ahead = backlog.seconds_ahead

    def _next(self, name: str, backlog: Backlog, lease: Lease) -> list[Post]:
        """The next batch of this channel; where all its due posts wait for their accounts' distance, after that."""
        while not (self.node.ending.is_set() or FITTING.wrong):
            posts = self._claim(backlog, self.node.lanes.stride(name), lease).get(name, [])
            if posts or backlog.soon is None or backlog.soon > SOON:
                return posts
            self.node.ending.wait(max(0.005, backlog.soon))
        return []


def _as_claimed(session: Session, ids: Sequence[int]) -> list[Post]:
    statement = rows(Post).where(col(Post.id).in_(ids)).order_by(col(Post.due_at), col(Post.id))
    found = list(session.exec(statement.execution_options(populate_existing=True)))
    session.expunge_all()
    return found


def _work_off(store: Store, way: Channel | None, node: Node, posts: list[Post], lease: Lease) -> int:
    """Sends each post at its instant. What is left when this process may send no more goes back at once."""
    clock, batch = _clock(store), Batch(store, way, node, lease)
    done, rest = 0, sorted(posts, key=_goes_at)
    while rest and not _rested(batch, clock, rest[0]):
        count = sum(clock.until(_goes_at(post)) <= 0 for post in rest)
        sent = batch.send(rest[:count])
        done, rest = done + sent, rest[sent:]
    batch.settle()
    if rest:
        give_back(store, rest)
    return done


def _rested(batch: Batch, clock: Clock, first: Post) -> bool:
    """Waits for the next instant, all outcomes written down and all warm; True where we send no more."""
    at = _goes_at(first)
    batch.prompt = clock.until(at) > 0
    if batch.prompt:
        batch.settle()
    if clock.until(at) > WARM:
        batch.warm(first)
    return batch.node.ending.wait(max(0.0, clock.until(at))) or bool(FITTING.wrong)


def _goes_at(post: Post) -> datetime:
    """Its time, or the later one until which the other side asked us to wait."""
    return max(post.due_at, post.retry_at) if post.retry_at else post.due_at


def _clock(store: Store) -> Clock:
    with store.read() as session:
        return Clock(now(session), ticks())


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
        pace.give_back(session, posts[0].fence or "", [post.account_id for post in posts], now(session))
