"""A live, armed house whose accounts lead to the misbehaving server, and a worker that is called step by step."""

import base64
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from content import arming, audit
from content.circuit import Circuit
from content.journal import export, read_heads, write_epoch
from content.lifecycle import Attempt, Part, Post, State
from content.message import Leaf
from content.organisation import Account, the_instance
from content.pace import Pace
from content.record import Record, Step, seal, write
from content.settings import load
from content.store import now
from tests import factory
from tests.channels.receiver import SECRET
from tests.faults.wire_channels import KEYED, LETTER, WALL, Plain
from tests.faults.wire_server import Server
from tests.worker.conftest import Desk
from worker import dispatch, held, node, publish, recall, reconcile
from worker.caps import Caps
from worker.channels import Channel, channels
from worker.node import Node
from worker.outbound import Network

PLAIN = {"letter": LETTER, "wall": WALL, "keyed": KEYED}  # accounts and channels of these names


@dataclass
class Outside(Desk):
    """`server`: where the accounts hook, letter, wall and keyed lead."""

    server: Server = field(default_factory=Server)
    caps: dict[str, Caps] = field(default_factory=lambda: dict(PLAIN))
    _told: list[int] = field(default_factory=list)

    def ways(self, _: object = None) -> dict[str, Channel]:
        """The shipped channels, and those of tests."""
        network = Network((self.server.pair,))
        plain = {name: Plain(name, caps, network, f"http://{self.server.pair}") for name, caps in self.caps.items()}
        return {**channels(self.settings), **plain}

    def posts(self, number: int, account: str = "hook", *, due: float = -1.0) -> list[int]:
        """So many posts with words of their own, each of a narrative of its own."""
        first = len(self._told)
        self._told += range(number)
        return [
            self.post(account, due=due, of=self.narrative(f"W-{first + one}"), text=f"That was told {first + one}.")
            for one in range(number)
        ]

    def _post(self, session: Session, account: str, due: timedelta, tier: int, words: dict[str, Any]) -> int:
        made = super()._post(session, account, due, tier, words)
        post = session.get_one(Post, made)
        leaf = session.get_one(Leaf, post.leaf_id)
        detail = {"digest": post.digest, "leaf": leaf.digest, "due": post.due_at.isoformat()}
        write(session, Step("worker:test", "post.schedule", "post", made, detail))
        seal(session)
        return made

    def look(self, rounds: int = 1) -> None:
        """What a worker does, in this thread: send what is due, then end what was left open, and seal."""
        for _ in range(rounds):
            dispatch.look(self.store, self.settings, self.node)
            reconcile.look(self.store, self.settings, self.node)
            with self.store.write() as session:
                seal(session)

    def look_in_vain(self) -> None:
        """The same while something is broken: what a look raises is logged by whoever called it."""
        for look in (dispatch.look, reconcile.look):
            with suppress(Exception):
                look(self.store, self.settings, self.node)
        time.sleep(0.12)

    def until(self, over: Callable[[], bool], seconds: float = 10.0) -> None:
        """Looks until it is over; whoever waits for a while need not wait."""
        end = time.monotonic() + seconds
        while not over():
            assert time.monotonic() < end, Counter(self.all_states())
            self.look_in_vain()
            self.let_pass()

    def all_states(self) -> list[str]:
        with self.store.read() as session:
            return [f"{post.state}: {post.note}" for post in session.exec(select(Post))]

    def states(self, posts: list[int]) -> list[str]:
        return [self.state(post) for post in posts]

    def keys(self, *posts: int) -> list[str]:
        """The keys under which these posts were called."""
        return [part.key for post in posts for part in self.parts(post)]

    def calls(self, *posts: int) -> int:
        """How often the server was asked to publish one of these."""
        keys = self.keys(*posts)
        return sum(call.key in keys for call in self.server.ledger.calls)

    def let_pass(self) -> None:
        """Every time to wait is over: of posts, of accounts, of circuits."""

        def work(session: Session) -> None:
            session.execute(update(Post).values(retry_at=None))
            session.execute(update(Pace).where(col(Pace.fence).is_(None)).values(next_at=None))
            session.execute(update(Circuit).where(col(Circuit.until).is_not(None)).values(until=now(session)))

        self.change(work)

    def compare(self) -> None:
        """Ledger, rows and record tell one story. Fails with every disagreement."""
        found = [*problems(self)]
        assert not found, "\n".join(found)


def problems(desk: Outside) -> Iterator[str]:
    """Never twice; out if and only if published or uncertain; an intent before; every attempt with an end."""
    ledger = desk.server.ledger
    with desk.store.write() as session:
        seal(session)
    with desk.store.read() as session:
        export(session, desk.settings.journal)
        yield from (
            f"{one.code}: {one.where}" for one in audit.verified(session, read_heads(desk.settings.journal)).problems
        )
        rows = session.exec(select(Post).order_by(col(Post.id))).all()
        abroad = set(session.exec(select(Account.id).where(col(Account.channel).not_in(["paper", "site"]))))
        parts = {part.key: part for part in session.exec(select(Part))}
        began: dict[int, datetime] = {}  # the first intent of each post
        for attempt in session.exec(select(Attempt).order_by(col(Attempt.id))):
            began.setdefault(attempt.post_id, attempt.began_at)
        open_ = session.exec(select(Attempt.id).where(col(Attempt.ended_at).is_(None))).all()
        confirmed = session.exec(select(Record.subject_id).where(Record.action == "post.confirm")).all()
    yield from (f"the key {key[:12]} was created twice" for key in ledger.twice())
    yield from (f"{entry.key[:12]} stands there, of no post" for entry in ledger.entries if entry.key not in parts)
    yield from (f"attempt {one} has no end" for one in open_)
    for post in rows:
        stands = any(ledger.times(part.key) for part in parts.values() if part.post_id == post.id)
        if post.state == State.PUBLISHED and post.account_id in abroad and not stands:
            yield f"post {post.id} is published and stands nowhere"
        if stands and post.state not in (State.PUBLISHED, State.UNCERTAIN, State.RECALLING, State.RECALLED):
            yield f"post {post.id} is {post.state} and stands there"
        seen = [entry.seen for entry in ledger.entries if entry.key in parts and parts[entry.key].post_id == post.id]
        if seen and (post.id not in began or began[post.id] > min(seen)):
            yield f"post {post.id} stands there and had no intent before"
        if post.state == State.PUBLISHED and confirmed.count(str(post.id)) != 1:
            yield f"post {post.id} was confirmed {confirmed.count(str(post.id))} times"
        if post.fence is not None:
            yield f"post {post.id} is {post.state} and somebody holds it"


@contextmanager
def outside_of(db: str, home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """Live, armed by two people, with one account a channel."""
    with factory.opened(db) as store:
        told = load(home=home, database_url=db, outbound_allow=(server.pair,))
        told.make_folders()
        factory.key_files(told.keys)
        (told.keys / "channels").mkdir()
        (told.keys / "channels" / "hook.secret").write_text("whsec_" + base64.b64encode(SECRET).decode())
        made = Outside(factory.house(store, "live"), told, server=server)
        with store.read() as session:
            write_epoch(told.journal, the_instance(session).epoch)
        for ref in ("kim", "dana"):
            made.change(lambda session, ref=ref: arming.arm(session, made.house.people[ref]))
        _account(made, "hook", "webhook", server.url())
        for name in PLAIN:
            _account(made, name, name, f"{name}:house")
        for module in (dispatch, reconcile, recall):
            monkeypatch.setattr(module, "channels", made.ways)
        yield made


def _account(desk: Outside, ref: str, channel: str, identity: str) -> None:
    desk.account(ref, channel, "site", remote_identity=identity, identity_seen=identity)


def hurry(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """A shorter lease for a worker in this process; its deadline and the moment of renewal follow it."""
    lease = timedelta(seconds=seconds)
    values = {"LEASE": lease, "DEADLINE": lease * 2 / 3, "RENEW": lease * 5 / 6}
    modules: tuple[ModuleType, ...] = (node, dispatch, publish, held, recall, reconcile)
    for module in modules:
        for name, value in values.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


def fresh(desk: Outside) -> None:
    """Another process takes over: nothing is remembered but the rows."""
    desk.node = Node(f"{desk.node.name}+")


@pytest.fixture
def server() -> Iterator[Server]:
    """The other side; the test sets its mood."""
    with Server() as running:
        yield running


@pytest.fixture
def outside(db: str, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """The house whose accounts lead to `server`."""
    with outside_of(db, tmp_path / "home", server, monkeypatch) as made:
        yield made
