"""One round: the floor, then a burst that falls due at one instant, and what became of every post of it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select, update

from content.lifecycle import Post, PostHistory, State
from content.people import Person
from content.store import Store, now
from worker.bench.channel import Line, lines
from worker.bench.figures import short, spread
from worker.bench.plan import Size
from worker.bench.planted import plant

OPEN = (State.SCHEDULED, State.CLAIMED, State.PUBLISHING)
STANDING = (State.BLOCKED, State.EXPIRED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a post stands: its state, and whether the gate has said why it does not go."""

    state: str
    note: str

    def ended(self, kind: str | None) -> bool:
        """A planted post ends by being refused; `held` waits where it is, and may be left out of the claim."""
        if kind is None:
            return self.state not in OPEN
        return self.refused or (kind == "held" and self.state == State.SCHEDULED)

    @property
    def refused(self) -> bool:
        """What a hold stops is looked at again and again, so it may just be claimed."""
        return self.state in STANDING or (self.state in (State.SCHEDULED, State.CLAIMED) and self.note != "")


def set_due(store: Store, people: Mapping[str, Person], size: Size, posts: range, ahead: float) -> datetime:
    """Moves the posts to one instant, so many seconds from now, and plants the stops among them; returns it."""
    with store.write() as session:
        at = now(session) + timedelta(seconds=ahead)
        moved = update(Post).where(col(Post.id).between(posts[0], posts[-1]))
        moved = moved.values(due_at=at, local=at.strftime("%Y-%m-%dT%H:%M:%S"))
        session.execute(moved.execution_options(synchronize_session=False))
        plant(session, people, size, posts)
    with store.read() as session:
        if now(session) > at:
            raise RuntimeError("making the posts due took longer than the time until they were")
    return at


def ahead_of(due: int) -> float:
    """Seconds that making so many posts due may take, and some."""
    return 3.0 + due / 4000


def stands(store: Store, posts: range) -> dict[int, Stand]:
    """How each post of a burst stands now."""
    statement = select(Post.id, Post.state, Post.note).where(col(Post.id).between(posts[0], posts[-1]))
    with store.read() as session:
        return {int(row[0] or 0): Stand(str(row[1]), row[2]) for row in session.exec(statement)}


def all_ended(store: Store, size: Size, posts: range) -> bool:
    """Whether every post has come to its end, the planted ones to theirs."""
    with store.read() as session:
        going = select(func.count()).where(col(Post.id).between(posts[0], posts[-1]), col(Post.state).in_(OPEN))
        if session.exec(going).one() > size.planted:
            return False
    return all(one.ended(size.kind(key)) for key, one in stands(store, posts).items())


def wait(until: Callable[[], bool], seconds: float, pause: float = 0.5) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def outcome(store: Store, size: Size, posts: range, due: datetime, ledger: Path) -> dict[str, Any]:
    """The figures of one burst; `void`: why it counts for nothing, empty where it counts."""
    stood = stands(store, posts)
    sent = [line for line in lines(ledger) if line.post in posts]
    late = [line.at - due.timestamp() for line in sent]
    planted = _planted(size, stood, {line.post for line in sent})
    wanted = [key for key in stood if size.kind(key) is None]
    settled = _settled(store, posts)
    figures = {
        "posts": len(wanted),
        "states": dict(Counter(stood[key].state for key in wanted)),
        "rate_per_s": _rate(sum(stood[key].state == State.PUBLISHED for key in wanted), due, settled),
        "lateness_ms": spread(late, 1000),
        "early": sum(one < 0 for one in late),
        **_once(wanted, stood, sent),
        "planted": planted,
    }
    return figures | {"void": _void(figures)}


def _rate(out: int, due: datetime, settled: datetime | None) -> float | None:
    if settled is None or settled <= due:
        return None
    return short(out / (settled - due).total_seconds())


def _settled(store: Store, posts: range) -> datetime | None:
    """When the last outcome was written down."""
    statement = (
        select(PostHistory.at)
        .where(col(PostHistory.post_id).between(posts[0], posts[-1]), PostHistory.to_state == State.PUBLISHED)
        .order_by(col(PostHistory.at).desc())
        .limit(1)
    )
    with store.read() as session:
        return session.exec(statement).first()


def _once(wanted: Sequence[int], stood: Mapping[int, Stand], sent: Sequence[Line]) -> dict[str, int]:
    """lost: neither out nor known to be uncertain; doubled: sent more than once under any key; unrecorded: out, and
    the rows do not say so."""
    times = Counter(line.post for line in sent)
    uncertain = sum(stood[key].state == State.UNCERTAIN for key in wanted)
    return {
        "lost": sum(times[key] == 0 and stood[key].state != State.UNCERTAIN for key in wanted),
        "doubled": sum(number > 1 for number in times.values()),
        "uncertain": uncertain,
        "unrecorded": sum(
            times[key] > 0 and stood[key].state not in (State.PUBLISHED, State.UNCERTAIN) for key in wanted
        ),
    }


def _planted(size: Size, stood: Mapping[int, Stand], sent: set[int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for key, one in stood.items():
        kind = size.kind(key)
        if kind is not None:
            told = found.setdefault(kind, {"planted": 0, "refused": 0, "sent": 0})
            told["planted"] += 1
            told["refused"] += one.ended(kind) and key not in sent
            told["sent"] += key in sent
    return found


def _void(figures: Mapping[str, Any]) -> list[str]:
    told = figures["planted"].items()
    sent = [f"{one['sent']} planted posts ({kind}) went out" for kind, one in told if one["sent"]]
    missed = [f"{one['planted'] - one['refused']} planted posts ({kind}) were not refused" for kind, one in told
              if one["refused"] < one["planted"]]  # fmt: skip
    return sent + missed
