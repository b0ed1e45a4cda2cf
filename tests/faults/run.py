"""What a test does with its run: start, wait for a moment in the middle, wait for the end."""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from sqlmodel import col, func, select

from content.lifecycle import Post, PostHistory, State
from content.people import Person
from content.record import Record
from content.settings import Settings
from content.store import Store, now
from tests.faults import invariants
from tests.faults.burst import Burst
from tests.faults.nursery import Forked
from tests.faults.programs import LEASE, Programs
from tests.faults.server import Platform

FEW = 10.0  # seconds on top of a lease until all is well again, on a machine that has time for us


def few() -> float:
    """FEW, stretched by what else the machine has to do."""
    return FEW * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass(slots=True)
class Run:
    burst: Burst
    programs: Programs
    told: Settings
    seed: Random
    platform: Platform

    @property
    def store(self) -> Store:
        return self.burst.store

    @property
    def sqlite(self) -> bool:
        return self.store.sqlite

    def person(self, ref: str) -> Person:
        return self.burst.house.people[ref]

    def start(self, *, broker: bool = True, workers: int = 1, beats: int = 1) -> None:
        """Starts the programs; the first posts fall due a moment later."""
        if broker:
            self.programs.start_broker()
        for _ in range(workers):
            self.programs.start_worker()
        for _ in range(beats):
            self.programs.start_beat()

    def states(self, posts: Collection[int] | None = None) -> Counter[str]:
        """How many of the posts stand in each state."""
        statement = select(Post.state, func.count()).group_by(col(Post.state))
        if posts is not None:
            statement = statement.where(col(Post.id).in_(posts))
        with self.store.read() as session:
            return Counter({str(state): number for state, number in session.exec(statement)})

    def middle(self, number: int) -> None:
        """Waits until so many posts are out, and a seeded moment more."""
        self.wait(lambda: self.states()[State.PUBLISHED] >= number, 60, f"{number} posts out")
        time.sleep(self.seed.uniform(0, 0.3))

    def moments(self, number: int) -> list[int]:
        """So many seeded points between the first posts and the last."""
        whole = len(self.burst.posts)
        return sorted(self.seed.sample(range(2, whole * 4 // 5), number))

    def dies(self, worker: Forked) -> None:
        """Waits until the worker has killed itself at its hook."""
        self.wait(lambda: worker.poll() is not None, 20, "death at the hook")
        assert worker.poll() == -9, worker.poll()

    def all_out(self) -> None:
        """Waits until every post is published, a lease and a few seconds at most; then compares everything."""
        began = time.monotonic()
        whole = len(self.burst.posts)
        self.wait(lambda: self.states(self.burst.posts)[State.PUBLISHED] == whole, self.bound(), "all posts out")
        print(f"all out {time.monotonic() - began:.1f} s later, the latest {self.lateness():.1f} s late")
        self.compare()

    def logged(self, *codes: str) -> bool:
        """Whether a worker's log has one of these."""
        return any(code in log for code in codes for log in self._logs())

    def hooks(self) -> list[str]:
        """The points at which workers were hurt so far."""
        return [point for log in self._logs() for point in re.findall(r"^hook: (\S+)$", log, re.M)]

    def _logs(self) -> list[str]:
        return [path.read_text("utf-8", "replace") for path in self.told.home.glob("worker-*.log")]

    def compare(self) -> None:
        """The invariants, once the record is sealed."""
        self.wait(self._quiet, 10 + few(), "sealed record, and nobody at work")
        steps = self._steps()
        found = invariants.problems(self.store, self.told, self.platform.ledger)
        if found and not (self._quiet() and self._steps() == steps):  # what was read is of different instants
            self.compare()
            return
        assert not found, invariants.sentence(found)

    def _steps(self) -> int:
        with self.store.read() as session:
            return session.exec(select(func.count()).select_from(Record)).one()

    def _quiet(self) -> bool:
        return self._sealed() and not self.at_work()

    def at_work(self) -> bool:
        """Whether somebody holds a post."""
        with self.store.read() as session:
            return session.exec(select(Post.id).where(col(Post.fence).is_not(None)).limit(1)).first() is not None

    def _sealed(self) -> bool:
        with self.store.read() as session:
            return session.exec(select(Record.id).where(col(Record.seq).is_(None)).limit(1)).first() is None

    def bound(self) -> float:
        """Seconds from now until all must be well: a lease and some, after the last post's time."""
        with self.store.read() as session:
            last = session.exec(select(func.max(Post.due_at))).one()
            ahead = (aware(last) - now(session)).total_seconds()
        return max(0.0, ahead) + LEASE + few()

    def lateness(self) -> float:
        """Seconds between the time of the latest post and its confirmation."""
        statement = select(Post.due_at, PostHistory.at).where(
            PostHistory.post_id == Post.id, PostHistory.to_state == State.PUBLISHED
        )
        with self.store.read() as session:
            return max((aware(at) - aware(due)).total_seconds() for due, at in session.exec(statement))

    def wait(self, until: Callable[[], bool], seconds: float, what: str) -> None:
        """Fails, with where the posts stand, if it does not come true in time."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, f"no {what} after {seconds:.0f} s: {dict(self.states())}; {self._notes()}"
            time.sleep(0.03)

    def _notes(self) -> Counter[str]:
        with self.store.read() as session:
            notes = session.exec(select(Post.state, Post.note).where(Post.state != State.PUBLISHED)).all()
        return Counter(f"{state}: {note[:80]}" for state, note in notes)


def aware(at: datetime) -> datetime:
    """SQLite answers aggregates as it stored them."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
