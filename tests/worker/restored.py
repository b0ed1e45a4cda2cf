"""A random history of posts and stops, with a backup somewhere in it, that is put back at the end.

The wall of paper and its ledger stand outside the database, as a platform would: they remember what went out, whatever
the database forgets.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sqlmodel import Session, col, select

from content import audit, journal, people, restoring, stopping
from content.copies import copies
from content.lifecycle import Post, State
from content.message import Leaf, Message, Version
from content.narrative import Narrative
from content.organisation import the_instance
from content.record import Step, by, write
from content.rescheduling import cancel
from content.review import Clearance, Revocation
from content.store import now
from tests import factory, snapshots
from tests.worker.conftest import Desk
from worker import dispatch, recall, reconcile, seal

WALLS = tuple(f"wall-{number}" for number in range(4))
PEOPLE = tuple(f"N-{letter}" for letter in "ABCDEFGH")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """One piece as it would go out: whose it is, and in what it stands."""

    narrative: str
    message: str


@dataclass
class History:
    """`run` takes seeded steps; `put_back` puts the backup in place; `problems` says what must not be."""

    desk: Desk
    seed: Random
    by_hand: bool = False
    pieces: dict[str, Planned] = field(default_factory=dict)  # by key
    stops: list[tuple[int, Callable[[Planned], bool], str]] = field(default_factory=list)
    unposted: list[str] = field(default_factory=list)  # digests of clearances whose posts are still to be made
    taken: list[str] = field(default_factory=list)  # what happened, for whoever reads a failure
    numbers: int = 0

    def begin(self) -> None:
        """Walls without caps, narratives with consent, and the journal of a founded instance."""
        for ref in WALLS:
            self.desk.account(ref, "paper", "site")
        for ref in PEOPLE:
            self.desk.narrative(ref)
        with self.desk.store.read() as session:
            epoch, place = the_instance(session).epoch, journal.place_of(session)
        journal.write_epoch(self.desk.settings.journal, epoch, "" if self.by_hand else place)
        self.sealed()

    def run(self, steps: int) -> None:
        """So many steps; the backup is made before one of them."""
        point = self.seed.randrange(steps)
        for number in range(steps):
            if number == point:
                self.sealed()
                snapshots.keep(self.desk.store, "yesterday")
                self.taken.append("backup")
                self.kept = list(self.unposted)
            name = self.seed.choices([*_WEIGHTS], [*_WEIGHTS.values()])[0]
            self.taken.append(name)
            getattr(self, name)()
            if self.seed.random() < 0.8 or name in _STOPS:  # a command writes its stop down before it ends
                self.sealed()

    def put_back(self) -> restoring.Settled | None:
        """Yesterday's database, today's clock."""
        with self.desk.store.read() as session:
            passed = the_instance(session).clock_offset
        snapshots.restore(self.desk.store, "yesterday")
        with self.desk.store.write() as session:
            gone = passed - the_instance(session).clock_offset
            if gone:
                factory.move_on(session, timedelta(seconds=gone))
        if self.by_hand:
            return restoring.boot(self.desk.store, self.desk.settings.journal, "worker:")
        return restoring.settle(self.desk.store, self.desk.settings.journal)

    def go_on(self) -> None:
        """Until nothing is left to do: posts that were never made are made, and everything falls due."""
        self.unposted = self.kept
        while self.unposted:
            self.posted()
        for _ in range(8):
            self.later()
            self.work()

    def problems(self) -> list[str]:
        """What went out twice, what went out though it was stopped, and what an audit finds."""
        keys = self.ledger()
        found = [f"{key[:8]} went out twice" for key in set(keys) if keys.count(key) > 1]
        for at, covers, what in self.stops:
            found += [f"{self.pieces[key]} went out after: {what}" for key in keys[at:] if covers(self.pieces[key])]
        with self.desk.store.read() as session:
            audited = audit.verified(session, journal.read_heads(self.desk.settings.journal))
            left = session.exec(select(Post.state).where(col(Post.state).in_(_OPEN))).all()
        return [*found, *map(str, audited.problems), *(f"a post is left {state}" for state in left)]

    def ledger(self) -> list[str]:
        """The keys in the order in which they were accepted."""
        rows = map(json.loads, self.desk.ledger())
        return [row["key"] for row in rows if "key" in row]

    # --- steps ----------------------------------------------------------------------------------------------

    def cleared(self) -> None:
        """A message is cleared; its post is not made yet."""
        with self.desk.store.write() as session:
            self.numbers += 1
            narrative = self._narrative(session)
            made = factory.version(
                session, self.desk.house, ref=f"R-{self.numbers}", of=narrative, accounts=(self.seed.choice(WALLS),)
            )
            factory.clearance(session, self.desk.house, made, valid_from=-HOUR)
            self.unposted.append(made.digest)

    def posted(self) -> None:
        """A post is made of a clearance, due within some hours."""
        if not self.unposted:
            return
        digest = self.unposted.pop(0)
        with self.desk.store.write() as session:
            cleared = session.exec(select(Clearance).where(Clearance.digest == digest)).one()
            account = self._account(session, digest)
            due = now(session) + self.seed.randrange(-1, 3) * HOUR + timedelta(minutes=1)
            post = factory.post(session, self.desk.house, cleared, account=account, due=max(due, cleared.valid_from))
            narrative = session.get_one(Narrative, post.narrative_id).ref
            message = session.get_one(Message, post.message_id).ref
            for part in copies(session, [post])[post.id or 0].parts:
                self.pieces[part.key] = Planned(narrative, message)

    def fresh(self) -> None:
        """Some are cleared and posted at once."""
        for _ in range(3):
            self.cleared()
            self.posted()

    def later(self) -> None:
        with self.desk.store.write() as session:
            factory.move_on(session, HOUR)
        self.sealed()  # an hour that nobody sealed would hold up every release

    def work(self) -> None:
        """What a worker does in a while."""
        store, told, node = self.desk.store, self.desk.settings, self.desk.node
        reconcile.look(store, told, node)
        recall.look(store, told, node)
        dispatch.look(store, told, node)
        reconcile.look(store, told, node)

    def sealed(self) -> None:
        seal.look(self.desk.store, self.desk.settings)

    def withdrawn(self) -> None:
        ref = self.seed.choice(PEOPLE)
        with self.desk.store.write() as session:
            stopping.withdraw(session, self.desk.house.people["kim"], self._narrative(session, ref))
        self._stopped(lambda piece: piece.narrative == ref, f"{ref} withdrawn")

    def held(self) -> None:
        ref = self.seed.choice(PEOPLE)
        with self.desk.store.write() as session:
            stopping.hold(session, self.desk.house.people["dana"], self._narrative(session, ref), "trial")
        self._stopped(lambda piece: piece.narrative == ref, f"{ref} held")

    def paused(self) -> None:
        post = self._pending()
        if post is None:
            return
        with self.desk.store.write() as session:
            ref = session.get_one(Message, post.message_id).ref
            stopping.pause(session, self.desk.house.people["alice"], "message", ref)
        self._stopped(lambda piece: piece.message == ref, f"{ref} paused")

    def revoked(self) -> None:
        post = self._pending()
        if post is None:
            return
        with self.desk.store.write() as session:
            ref, at = session.get_one(Message, post.message_id).ref, now(session)
            known = session.exec(select(Revocation).where(Revocation.clearance_id == post.clearance_id)).first()
            if known is None:
                bob = self.desk.house.id("bob")
                session.add(Revocation(clearance_id=post.clearance_id, by=bob, reason="", at=at))
                write(session, Step(by(bob), "clearance.revoke", "clearance", post.clearance_id), at=at)
        self._stopped(lambda piece: piece.message == ref, f"{ref} revoked")

    def cancelled(self) -> None:
        post = self._pending()
        if post is None:
            return
        with self.desk.store.write() as session:
            ref = session.get_one(Message, post.message_id).ref
            cancel(session, people.by_ref(session, "bob"), post.id or 0)
        self._stopped(lambda piece: piece.message == ref, f"{ref} cancelled")

    def _stopped(self, covers: Callable[[Planned], bool], what: str) -> None:
        self.stops.append((len(self.ledger()), covers, what))

    def _pending(self) -> Post | None:
        with self.desk.store.read() as session:
            found = session.exec(select(Post).where(Post.state == State.SCHEDULED).order_by(col(Post.id))).all()
        return self.seed.choice(found) if found else None

    def _narrative(self, session: Session, ref: str = "") -> Narrative:
        return session.exec(select(Narrative).where(Narrative.ref == (ref or self.seed.choice(PEOPLE)))).one()

    def _account(self, session: Session, digest: str) -> str:
        version = session.exec(select(Version).where(Version.digest == digest)).one()
        leaf = session.exec(select(Leaf).where(Leaf.version_id == version.id)).one()
        return next(ref for ref, row in self.desk.house.accounts.items() if row.id == leaf.account_id)

    kept: list[str] = field(default_factory=list)


_STOPS = ("withdrawn", "held", "paused", "revoked", "cancelled")
_WEIGHTS = {"fresh": 6.0, "cleared": 2.0, "posted": 2.0, "work": 6.0, "later": 3.0} | dict.fromkeys(_STOPS, 0.8)
_OPEN = (State.CLAIMED, State.PUBLISHING, State.UNCERTAIN)
