"""Ends what was left open: lapsed leases, posts whose answer was lost, posts that are too late to go."""

import logging
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, literal_column, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as rows

from content.copies import Copy
from content.lifecycle import WAITS, Action, At, Attempt, Post, State, move, where
from content.outcome import Absent, KeyedPart, Pending, Sent, SentPart, Undecidable
from content.patience import Overrun, within
from content.record import Step, write_all
from content.settings import Settings
from content.settling import confirm_parts
from content.store import Store, now, wall
from content.window import LATENESS
from worker.channels import Channel, channels
from worker.held import copy_of, hold, instance_of, let_go, may_call, moved, one_by_one
from worker.node import DEADLINE, Lease, Node, this_node
from worker.publish import send_again

log = logging.getLogger("counterpoint.reconcile")
QUARANTINE = 3  # processes that ended while they held the post
PUT_ASIDE = f"quarantine: {QUARANTINE} processes that held it ended"
LIMIT = 200
AGAIN = timedelta(seconds=30)
PERSON = timedelta(minutes=10)  # between two looks at what only a person can decide


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Lapsed leases, then uncertain posts, then late ones; returns how many posts were dealt with."""
    node = node or this_node()
    return lapsed(store, node) + uncertain(store, settings, node) + late(store, node)


# --- leases that ended --------------------------------------------------------------------------------------


def lapsed(store: Store, node: Node) -> int:
    """Claims go back (three times, then quarantine); sends whose process is gone become uncertain."""
    if not _lapsed(store):
        return 0
    with store.write() as session:
        statement = (
            rows(Post)
            .where(*lapses(session))
            .order_by(col(Post.lease_until))
            .limit(LIMIT)
            .with_for_update(skip_locked=True)
        )
        posts = session.exec(statement).all()
        at = now(session)
        for post in posts:
            _end_lease(session, post, node, at)
        return len(posts)


def _lapsed(store: Store) -> bool:
    with store.read() as session:
        return session.execute(select(col(Post.id)).where(*lapses(session)).limit(1)).first() is not None


def lapses(session: Session) -> Iterable[ColumnElement[bool]]:
    """Leases that ended, by their index: it holds the posts with a fence, and that has to be said for it to be used."""
    lapsed = operator.lt(col(Post.lease_until), wall(session))
    return lapsed, col(Post.fence).is_not(None), col(Post.state).in_([State.CLAIMED, State.PUBLISHING])


def _end_lease(session: Session, post: Post, node: Node, at: datetime) -> None:
    if post.state == State.PUBLISHING:
        _end_attempt(session, post, at)
        note = "lease.lapsed: the process that sent it is gone"
        _put(session, post, Action.LOSE_TRACK, node, at, note=note, lapses=post.lapses + 1)
    elif post.lapses + 1 >= QUARANTINE:
        _put(session, post, Action.BLOCK, node, at, note=PUT_ASIDE, lapses=post.lapses + 1)
    else:
        _put(session, post, Action.RELEASE_LEASE, node, at, lapses=post.lapses + 1)


def _put(session: Session, post: Post, action: Action, node: Node, at: datetime, **changes: Any) -> None:
    done = move(session, where([post]), action, at=at, held_by=post.fence, lease_until=None, fence=None, **changes)
    if done and action is not Action.RELEASE_LEASE:
        code = str(changes.get("note", "")).partition(":")[0]
        write_all(session, [Step(f"worker:{node.name}", f"post.{action}", "post", post.id or 0, {"code": code})], at)


def _end_attempt(session: Session, post: Post, at: datetime) -> None:
    session.execute(
        update(Attempt)
        .where(col(Attempt.post_id) == post.id, col(Attempt.step) == post.step, col(Attempt.ended_at).is_(None))
        .values(ended_at=at, outcome="unknown", evidence={"detail": "lease.lapsed"})
    )


# --- answers that were lost ---------------------------------------------------------------------------------


def uncertain(store: Store, settings: Settings, node: Node) -> int:
    """Looks for each uncertain post before anything else is done with it."""
    posts, lease = hold(store, State.UNCERTAIN)
    ways = channels(settings)
    return sum(_find(store, ways, node, post, lease) for post in one_by_one(store, posts, lease))


def _find(store: Store, ways: Mapping[str, Channel], node: Node, post: Post, lease: Lease) -> bool:
    """True where the post was brought to an end, or sent on. A post that breaks this look stops no other."""
    try:
        copy = copy_of(store, post)
        way = ways.get(copy.account.channel)
        if post.lapses > QUARANTINE:  # even looking for it ends whoever looks
            let_go(store, post, PERSON, PUT_ASIDE)
            return False
        if way is None or node.ending.is_set() or not may_call(instance_of(store), copy.account.channel):
            let_go(store, post, AGAIN)
            return False
        return _conclude(store, way, node, post, lease, within(DEADLINE.total_seconds(), lambda: _parts(way, copy)))
    except Overrun:
        node.stuck()
    except Exception as error:
        log.warning("find.failed: %s, post %s", type(error).__name__, post.id)
        _quietly_let_go(store, post)
    return False


@dataclass(slots=True)
class _Looked:
    """Which parts are out, which are proven absent, what cannot be decided, and what somebody is still at."""

    found: list[SentPart]
    absent: list[KeyedPart] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)


def _parts(way: Channel, copy: Copy) -> _Looked:
    """What the channel says of each part that is not known to be out."""
    looked = _Looked(list(copy.confirmed))
    known = {part.index for part in looked.found}
    for part in copy.parts:
        if part.index in known:
            continue
        match way.find(copy, part):
            case Sent(parts):
                looked.found.extend(parts)
            case Absent():
                looked.absent.append(part)
            case Undecidable(detail):
                looked.unclear.append(detail)
            case Pending() as under_way:
                looked.pending.append(under_way)
            case other:
                assert_never(other)
    return looked


def _conclude(store: Store, way: Channel, node: Node, post: Post, lease: Lease, looked: _Looked) -> bool:
    _note_found(store, post, looked.found)
    if looked.pending:  # before all else: what somebody is at is neither sent again nor given to anybody to decide
        first = min(looked.pending, key=lambda one: one.after)
        let_go(store, post, first.after, first.code)
        return False
    if not looked.absent and not looked.unclear:
        return _confirm(store, post, node, looked.found)
    if not looked.found and not looked.unclear:
        return _defer(store, post, node)
    again = not looked.unclear or _same_key(store, way, post)
    if again and post.lapses < QUARANTINE:
        if send_again(store, way, node, post, lease):
            return True
        let_go(store, post, AGAIN)
        return False
    let_go(store, post, PERSON, PUT_ASIDE if again else f"find.undecidable: {looked.unclear[0]}")
    return False


def _note_found(store: Store, post: Post, found: Sequence[SentPart]) -> None:
    if found:
        with store.write() as session:
            confirm_parts(session, post.id or 0, found, now(session))


def _confirm(store: Store, post: Post, node: Node, found: Sequence[SentPart]) -> bool:
    with store.write() as session:
        return moved(session, post, Action.CONFIRM, node.name, {"found": len(found)}, note="", retry_at=None)


def _defer(store: Store, post: Post, node: Node) -> bool:
    """Nothing of it is out: it may be sent as if never begun, with the same keys, until it is too late.

    One that several processes ended over is put aside instead.
    """
    with store.write() as session:
        at = now(session)
        done = moved(session, post, Action.DEFER, node.name, {"proof": "absent"}, note="", retry_at=at)
        if done and post.lapses >= QUARANTINE:
            move(session, [At(post.id or 0, State.SCHEDULED, post.step + 1)], Action.BLOCK, at=at, note=PUT_ASIDE)
            told = Step(f"worker:{node.name}", "post.block", "post", post.id or 0, {"code": "quarantine"})
            write_all(session, [told], at)
        return done


def _same_key(store: Store, way: Channel, post: Post) -> bool:
    """Whether the platform still drops a second call with the same key."""
    if not way.caps.same_key:
        return False
    if way.caps.key_window is None:
        return True
    with store.read() as session:
        statement = select(col(Attempt.began_at)).where(col(Attempt.post_id) == post.id).order_by(col(Attempt.id))
        first = session.execute(statement.limit(1)).scalar()
        # Half of it: the platform counts from when it got the first call, by its own clock.
        return first is not None and now(session) - first < way.caps.key_window / 2


def _quietly_let_go(store: Store, post: Post) -> None:
    try:
        let_go(store, post, AGAIN)
    except Exception as error:
        log.warning("lease.kept: %s, post %s", type(error).__name__, post.id)


# --- too late -----------------------------------------------------------------------------------------------


def late(store: Store, node: Node) -> int:
    """Expires what is later than its tier allows, scheduled or blocked; a person may then schedule it anew."""
    return sum(_expire(store, node, standing) for standing in (WAITS, _BLOCKED))


def _expire(store: Store, node: Node, standing: ColumnElement[bool]) -> int:
    with store.read() as session:
        if session.execute(_late(standing, now(session)).limit(1)).first() is None:
            return 0
    with store.write() as session:
        at = now(session)
        posts = session.exec(_late(standing, at).limit(LIMIT).with_for_update(skip_locked=True)).all()
        ids = move(session, where(posts), Action.EXPIRE, at=at)
        steps = [Step(f"worker:{node.name}", "post.expire", "post", one, {"code": "post.late"}) for one in ids]
        write_all(session, steps, at)
        return len(ids)


_BLOCKED: ColumnElement[bool] = col(Post.state) == literal_column("'blocked'")  # spelt out, as WAITS is


def _late(standing: ColumnElement[bool], at: datetime) -> Any:
    """One state at a time, from its own index: what is pending is never read through."""
    too_late = [(col(Post.tier) == tier) & (col(Post.due_at) < at - lateness) for tier, lateness in LATENESS.items()]
    soonest = at - min(LATENESS.values())
    return rows(Post).where(standing, col(Post.due_at) < soonest, or_(*too_late)).order_by(col(Post.due_at))
