"""From an intent to an outcome: the call, its deadline, the stops in between, and what is written down after.

Whatever goes wrong before a call blocks the post; whatever goes wrong after it began leaves the post uncertain.
Nothing here sends a second time.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlmodel import Session, col
from sqlmodel import select as rows

from content import circuit, pace
from content.gate import LOOK_AGAIN, Stood, judge
from content.glance import glance
from content.lifecycle import Action, Post, State, move, where
from content.outcome import Outcome, Refused, Retry
from content.record import Step, write
from content.release import Begun, Release, begin, resume
from content.settling import Ended, settle, settle_all, stand_down
from content.stopping import recall_covered
from content.store import Store, now, plan_once, wall
from worker.call import LATER, Call, still_unknown
from worker.channels import Channel
from worker.node import DEADLINE, LEASE, RENEW, Lease, Node, ticks

log = logging.getLogger("counterpoint.publish")
PROMPT = 2  # intents that share a commit at an instant that was waited for: the first posts wait for no others
SETTLE_EVERY = 0.25  # seconds of a batch whose outcomes share one commit
SOON = timedelta(seconds=1)
WAITING = (State.SCHEDULED, State.CLAIMED)
# Internal: PostgreSQL ended a transaction that stood still for a lease, because this process was frozen or starved.
HEALS = (OperationalError, InterfaceError, InternalError, NoneFree, MemoryError, OSError)


def send_again(store: Store, way: Channel, node: Node, post: Post, lease: Lease) -> int:
    """Calls an uncertain post again under its keys, if the gate lets it pass once more; how many were let go."""
    with store.write() as session:
        begun = resume(session, [post], node.name)
    batch = Batch(store, way, node, lease, again=True)
    batch.call(_Intent(begun.releases, begun.stops))
    batch.settle()
    return len(begun.releases)


@dataclass(frozen=True, slots=True)
class _Intent:
    """stops: the counter as read under the locks: a stop that covers one of these was seen, or raises it later."""

    releases: tuple[Release, ...]
    stops: int


def _intend(store: Store, node: Node, posts: Sequence[Post], ended: Sequence[Ended] = ()) -> _Intent:
    """The intents, all together; where that fails, each by itself, so that one bad post stops no other.

    ended: outcomes that are written down in the same commit; where it fails, by themselves.
    """
    try:
        with store.write() as session:
            begun = begin(session, posts, node.name)
            _free(session, posts, begun)
            _own_up(session, posts, begun)
            _write_down(session, ended, at=begun.at)  # after the locks: rows are always locked later than scopes
        return _Intent(begun.releases, begun.stops)
    except Exception as error:
        log.warning("intent.failed: %s over %d posts", type(error).__name__, len(posts))
        if len(posts) == 1 and not ended:
            _block(store, posts[0], error)
            return _Intent((), 0)
    _settle(store, ended)
    single = [_intend(store, node, [post]) for post in posts]
    return _Intent(tuple(r for one in single for r in one.releases), min(one.stops for one in single))


def _free(session: Session, posts: Sequence[Post], begun: Begun) -> None:
    """What stood has not used up its account's slot."""
    stood = {one.post_id for one in begun.stood}
    accounts = [post.account_id for post in posts if post.id in stood]
    if accounts:
        pace.give_back(session, posts[0].fence or "", accounts, now(session))


def _own_up(session: Session, posts: Sequence[Post], begun: Begun) -> None:
    """A lease that lapsed while this process was only slow counts against no post: three would put it aside."""
    begins = {one.post_id for one in begun.releases} | {one.post_id for one in begun.stood}
    for post in posts:
        if post.id not in begins:
            lapsed = (col(Post.id) == post.id) & (col(Post.lapses) > post.lapses) & col(Post.state).in_(WAITING)
            session.execute(update(Post).where(lapsed).values(lapses=col(Post.lapses) - 1))


def _block(store: Store, post: Post, error: Exception) -> None:
    """Nothing was begun. A database that is away or full, a machine without room: that heals, and the post waits."""
    if isinstance(error, HEALS) or isinstance(getattr(error, "orig", None), HEALS):  # SQLAlchemy wraps what it met
        _put_back(store, post)
        return
    code = f"gate.failed: {type(error).__name__}"
    try:
        with store.write() as session:
            at = now(session)
            moved = move(
                session, where([post]), Action.BLOCK, at=at, held_by=post.fence, lease_until=None, fence=None, note=code
            )
            if moved:
                write(session, Step("worker:", "post.block", "post", post.id or 0, {"code": "gate.failed"}), at=at)
    except Exception as again:
        log.warning("block.failed: %s, post %s", type(again).__name__, post.id)
        _put_back(store, post)  # the record cannot be written: that is not the post's fault


def _put_back(store: Store, post: Post) -> None:
    """Ends the lease for a while. Where not even that can be written it lapses, and three lapses quarantine."""
    try:
        with store.write() as session:
            at = now(session)
            values: dict[str, Any] = {"lease_until": None, "fence": None, "retry_at": at + LOOK_AGAIN}
            move(session, where([post]), Action.RELEASE_LEASE, at=at, held_by=post.fence, **values)
    except Exception as error:
        log.warning("lease.kept: %s, post %s", type(error).__name__, post.id)


@dataclass(slots=True)
class Batch:
    """Posts of one channel that are sent under one lease: what is kept from one intent to the next, and meanwhile.

    way: None where there is no channel of that name.
    again: an earlier call of these posts may have got through. Whatever this one ends in, short of being sent, they
    stay uncertain: neither scheduled nor failed nor blocked, so that a stop still recalls them.
    """

    store: Store
    way: Channel | None
    node: Node
    lease: Lease
    stops: int = 0
    again: bool = False
    ended: list[Ended] = field(default_factory=list)
    settled: float = field(default_factory=ticks)
    stood: set[int] = field(default_factory=set)
    prompt: bool = False  # the next instant was waited for
    stopped: bool = False  # a stop was seen, and what it covers is not taken back yet

    def warm(self, post: Post) -> None:
        """Asks the gate ahead of the instant, for nothing: statements are compiled and connections open by then."""
        try:
            with self.store.read() as session:
                judge(session, [post], now(session))
            self.changed(self.stops)
        except Exception as error:
            log.debug("warm.failed: %s", type(error).__name__)

    def send(self, posts: Sequence[Post]) -> int:
        """Writes the intents of claimed posts, a few at a time, and calls what was let go.

        Returns how many it came to: none is begun any more once the process ends.
        """
        done = 0
        while done < len(posts) and not self.node.ending.is_set():
            with self._room(len(posts) - done) as room:
                few = posts[done : done + room]
                self._send(few)
            done += len(few)
        return done

    @contextmanager
    def _room(self, left: int) -> Iterator[int]:
        """How many intents share a commit; where a repeat would be a second post, as many as are called at once."""
        most, self.prompt = PROMPT if self.prompt else left, False
        if self.way is None or self.way.caps.batched:
            yield min(most, self.node.lanes.together())
        else:
            with self.node.lanes.slots(self.way.name, most) as room:
                yield room

    def _send(self, posts: Sequence[Post]) -> None:
        """The intents, and how the calls before ended, in one commit; then the calls."""
        if self.stopped:
            self.settle()
        ended, self.ended, self.settled = self.ended, [], ticks()
        began = ticks()
        intent = _intend(self.store, self.node, posts, ended)
        self.node.lanes.wrote(len(posts), ticks() - began)
        if ended and intent.stops != self.stops:
            self._take_back()
        self.call(intent)

    def call(self, intent: _Intent) -> None:
        """Calls what was let go: one after the other, or at the same time where nothing else may be begun meanwhile."""
        self.stops = intent.stops
        at_once = self.way is not None and not self.way.caps.batched
        under_way: list[Call] = []
        for number, release in enumerate(intent.releases):
            if self.may_call(release, intent.releases[number:]):
                under_way.append(self._begin(release))
            if not at_once:
                self._wait_for(under_way)
        self._wait_for(under_way)

    def _begin(self, release: Release) -> Call:
        stops = self.stops
        return Call(self.node, self.way, release, lambda: self.changed(stops))

    def _wait_for(self, under_way: list[Call]) -> None:
        """Keeps how each ended as soon as it has, and the lease meanwhile, until none is under way."""
        while under_way:
            under_way[0].wait(SETTLE_EVERY)
            over = [call for call in under_way if call.over]
            for call in over:
                under_way.remove(call)
                self.end(call.release, call.outcome())
            if not over:
                self._meanwhile()

    def _meanwhile(self) -> None:
        """A call takes its time: what ended before it is written down, and what is held is kept."""
        if self.ended:
            self.settle()
        try:
            if self.lease.left() < DEADLINE:
                self._renew()
        except Exception as error:
            log.warning("lease.not_renewed: %s", type(error).__name__)

    def may_call(self, release: Release, rest: Sequence[Release]) -> bool:
        """Whether this call may begin now; where not, the post has been put aside, or goes back with the outcomes."""
        try:
            return self._may_call(release, rest)
        except Exception as error:
            log.warning("look.failed: %s, post %d", type(error).__name__, release.post_id)
            return self._not_by_us(release, "worker.unsure")

    def _may_call(self, release: Release, rest: Sequence[Release]) -> bool:
        if self.node.ending.is_set():
            return self._not_by_us(release, "worker.ending")
        if self.lease.left() < RENEW:
            self._renew()
        stops, ours = _standing(self.store, release)
        if stops != self.stops:
            self._heed(rest, stops)
        if not ours or release.post_id in self.stood:
            return False
        return self.lease.left() > DEADLINE or self._not_by_us(release, "worker.late")

    def _not_by_us(self, release: Release, code: str) -> bool:
        """No call began, and nobody knows that but this process: somebody else sends."""
        self.end(release, Retry(SOON, code))
        return False

    def _renew(self) -> None:
        began = ticks()
        with self.store.write() as session:
            statement = update(Post).where(col(Post.fence) == self.lease.fence)
            session.execute(statement.values(lease_until=wall(session) + LEASE))
            pace.keep(session, self.lease.fence, now(session) + LEASE)
        self.lease.began = began

    def _heed(self, rest: Sequence[Release], stops: int) -> None:
        """A stop was set since the intents: those it covers stand down before their call begins.

        Raises where nobody can be asked: then none of them is called.
        """
        stopped = _stopped(self.store, rest)
        with self.store.write() as session:
            for release in rest:
                if release.post_id not in stopped:
                    continue
                if self.again:
                    settle(session, release, still_unknown(Retry(LATER, "stop.seen"), release.confirmed))
                else:
                    one = stopped[release.post_id]
                    stand_down(session, release, one.code, waits=one.how == "wait")
        self.stood |= stopped.keys()
        self.stops, self.stopped = stops, True

    def changed(self, since: int) -> bool:
        """Whether any stop has been set since the counter stood there; asked between the parts of a thread."""
        row = glance(self.store, _STOPS)
        return row is None or row[0] != since

    def end(self, release: Release, outcome: Outcome) -> None:
        """Keeps an outcome, and writes them down every quarter of a second."""
        if self.again and isinstance(outcome, Retry | Refused):
            outcome = still_unknown(outcome, release.confirmed)
        self.ended.append((release, outcome))
        if ticks() - self.settled > SETTLE_EVERY:
            self.settle()

    def settle(self) -> None:
        """Writes the outcomes down; where a stop came meanwhile, what it covers is taken back at once."""
        ended, self.ended, self.settled = self.ended, [], ticks()
        _settle(self.store, ended)
        if ended and (self.stopped or self.changed(self.stops)):
            self._take_back()

    def _take_back(self) -> None:
        self.stopped = False
        try:
            with self.store.write() as session:
                recall_covered(session)
        except Exception as error:  # a look each second does the same
            log.warning("recall.failed: %s after a stop", type(error).__name__)


_STOPS = "SELECT stops FROM instance"
_STANDING = (
    "SELECT stops, EXISTS (SELECT 1 FROM post"
    " WHERE id = ? AND step = ? AND coalesce(fence, '') = ? AND state = 'publishing')"
    " FROM instance"
)


def _standing(store: Store, release: Release) -> tuple[int, bool]:
    """The counter of stops, and whether the post still is where the intent left it, under our fence."""
    row = glance(store, _STANDING, release.post_id, release.step, release.fence)
    return (row[0], bool(row[1])) if row else (-1, False)


def _stopped(store: Store, releases: Sequence[Release]) -> dict[int, Stood]:
    """The posts that the gate would not let go now."""
    with store.read() as session:
        ids = [release.post_id for release in releases]
        posts = session.exec(rows(Post).where(col(Post.id).in_(ids))).all()
        answers = judge(session, posts, now(session))
    return {key: one for key, one in answers.items() if isinstance(one, Stood)}


def _settle(store: Store, ended: Sequence[Ended], *, hear: bool = True) -> None:
    """Writes outcomes down together, and what they say of their accounts; where that fails, each outcome by itself.

    What cannot be written lapses and is found.
    """
    if not ended:
        return
    try:
        with store.write() as session:
            plan_once(session)
            _write_down(session, ended, hear=hear)
        return
    except Exception as error:
        log.warning("settle.failed: %s over %d posts", type(error).__name__, len(ended))
    if hear or len(ended) > 1:
        for one in ended:
            _settle(store, [one], hear=False)


def _write_down(session: Session, ended: Sequence[Ended], *, hear: bool = True, at: datetime | None = None) -> None:
    """How the calls ended, and what that says of the accounts' circuits and paces. at: read in here already."""
    if not ended:
        return
    at = at or now(session)
    settle_all(session, ended, at)
    if hear:
        ends = [circuit.end_of(release.account_id, outcome, release.fence) for release, outcome in ended]
        circuit.heard(session, ends, at)
