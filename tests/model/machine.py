"""The real thing under random hands: people, stops, two workers and a channel that loses answers, step by step.

The channel keeps its own ledger, keyed as a receiver would; what the rows say is compared with it after every step.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from content import audit, going, stopping, verdict
from content.errors import Refusal, Refusals
from content.evaluation import current
from content.lifecycle import Attempt, Part, Post
from content.message import Involvement, Version, queue
from content.narrative import Exposure
from content.organisation import Account
from content.outcome import (
    Absent,
    Destination,
    Found,
    Gone,
    Impossible,
    KeyedPart,
    Outcome,
    Outgoing,
    Recalled,
    Refused,
    Retry,
    Sent,
    SentPart,
    Undecidable,
    Unknown,
)
from content.record import seal
from content.release import Release, begin
from content.review import Clearance, Revocation, Verdict
from content.settings import Settings
from content.settling import settle, stand_down
from content.stop import Hold, Pause
from content.store import Store, now
from tests import factory
from tests.factory import House
from worker import dispatch, prepare, recall, reconcile
from worker.channels import Caps, Delivery, Look, Undo, Verified
from worker.node import Node

EXACT = Caps(Delivery.EXACT, Look.KEY, Undo.FULL)
BLIND = Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PEOPLE = ("alice", "tom", "bob", "carol", "dana", "sam", "kim", "farid")
PAUSES = (("all", ""), ("account", "site"), ("narrative", "N-1"), ("language", "ar"), ("territory", "GB"),
          ("theme", "infighting"))  # fmt: skip
WIRE = ("taken", "taken", "lost on the way back", "never arrives", "retry", "no")
people = st.sampled_from(PEOPLE)


@dataclass
class Ledger:
    """A channel: what it took under each key, and what still stands. Blind: it knows no key and cannot be asked."""

    name: str = "paper"
    caps: Caps = EXACT
    taken: Counter[str] = field(default_factory=Counter)
    words: dict[str, str] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)

    def prepare(self, release: Outgoing) -> None:
        """Nothing is needed beforehand."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        return self.take(part)

    def take(self, part: KeyedPart) -> Sent:
        if self.caps is BLIND or part.key not in self.taken:
            self.taken[part.key] += 1
        self.words[part.key] = part.text
        self.live.add(part.key)
        return Sent((SentPart(part.index, part.key[:8]),))

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        if self.caps is BLIND:
            return Undecidable("it cannot be asked")
        return Sent((SentPart(part.index, part.key[:8]),)) if part.key in self.live else Absent()

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        if self.caps is BLIND:
            return Impossible("it takes nothing back")
        self.live.discard(part.key)
        return Gone()

    def verify(self, account: Destination) -> Verified:
        return Verified(account.remote_identity)

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        return {}


class Machine(RuleBasedStateMachine):
    """One instance. `fresh` gives a house in a database of its own, and takes it away."""

    fresh: Callable[[], tuple[House, Settings, Callable[[], None]]]
    reached: ClassVar[Counter[str]] = Counter()  # states at the end, over all examples
    releases = Bundle("releases")

    def __init__(self) -> None:
        super().__init__()
        self.house, self.settings, self.tidy = type(self).fresh()
        self.store: Store = self.house.store
        self.ledgers = {"paper": Ledger(), "site": Ledger("site", BLIND)}
        self.nodes = [Node("one"), Node("two")]
        self.held: dict[int, list[Post]] = {0: [], 1: []}
        self.consumed: set[int] = set()
        self.exposed: set[tuple[int, str]] = set()
        self.withdrawn: set[int] = set()

    # --- people ------------------------------------------------------------------------------------------------

    @initialize(high=st.booleans(), ready=st.sampled_from(((1, 2), (2,), (1,))))
    def begins(self, high: bool, ready: tuple[int, ...]) -> None:
        """Some stories stand cleared and planned already; the risk to the person of N-1 may be high."""
        if high:
            self._do(
                lambda session: session.execute(text("UPDATE narrative SET reprisal_risk = 'high' WHERE ref = 'N-1'"))
            )
        for number in ready:
            self.queue(number, number == 1, "alice", ("facebook-gb", "site"), 20)
            self.everybody_approves(0)

    @rule(
        number=st.integers(1, 3),
        one=st.booleans(),
        author=st.sampled_from(("alice", "tom", "bob")),
        accounts=st.sampled_from((("site",), ("facebook-gb",), ("facebook-gb", "site"))),
        hours=st.sampled_from((1, 3, 20)),
    )
    def queue(self, number: int, one: bool, author: str, accounts: tuple[str, ...], hours: int) -> None:
        told = {"narrative": "N-1", "choices": self._choices(1)} if one else {}
        kept = f"M-{number}-{'one' if one else 'many'}"
        self._do(lambda session: queue(session, self.house.people[author], factory.order(
            session, kept, accounts=accounts, start=timedelta(hours=hours), **told)))  # fmt: skip
        prepare.look(self.store, self.settings)

    def _choices(self, number: int) -> dict[str, Any]:
        return {"template": "infighting/plain", "passages": [f"p{number}"], "stance": f"s{number}",
                "helpline": "helpline-gb-en"}  # fmt: skip

    @rule(person=people, pick=st.integers(0, 5), answer=st.sampled_from(("approve", "approve", "approve", "send_back")))
    def judge(self, person: str, pick: int, answer: str) -> None:
        def work(session: Session) -> None:
            versions = session.exec(select(Version).order_by(col(Version.id).desc())).all()
            if versions:
                one = versions[pick % len(versions)]
                seen = current(session, one.digest)
                reason = "unclear" if answer == "send_back" else ""
                key = seen.id or 0 if seen else 0
                verdict.verdict(session, self.house.people[person], one.digest, answer, reason=reason, seen=key)

        self._do(work)

    @rule(pick=st.integers(0, 5))
    def everybody_approves(self, pick: int) -> None:
        for person in ("bob", "carol", "dana"):
            self.judge(person, pick, "approve")
        prepare.look(self.store, self.settings)

    @rule(person=people)
    def revoke(self, person: str) -> None:
        self._do(lambda session: self._last(session, Clearance, lambda one: verdict.revoke(
            session, self.house.people[person], one.id, "doubt")))  # fmt: skip

    @rule(person=people)
    def renew(self, person: str) -> None:
        self._do(lambda session: self._last(session, Clearance, lambda one: verdict.renew(
            session, self.house.people[person], one.digest)))  # fmt: skip

    def go(self) -> None:
        self._do(lambda session: going.go(session, self.house.people["dana"], now(session).date()))

    # --- stops -------------------------------------------------------------------------------------------------

    @rule(person=people, what=st.sampled_from(PAUSES))
    def pause(self, person: str, what: tuple[str, str]) -> None:
        self._do(lambda session: stopping.pause(session, self.house.people[person], *what))

    @rule()
    def resume(self) -> None:
        for person in ("bob", "dana"):
            self._do(lambda session, who=person: [  # type: ignore[misc]
                stopping.resume(session, self.house.people[who], one.id or 0)
                for one in session.exec(select(Pause).where(col(Pause.lifted_at).is_(None)))
            ])  # fmt: skip

    @rule(take_down=st.booleans(), one=st.booleans())
    def hold(self, take_down: bool, one: bool) -> None:
        narrative = self.house.narrative if one else self.house.finding
        self._do(lambda session: stopping.hold(
            session, self.house.people["kim"], narrative, "trial", take_down=take_down))  # fmt: skip

    @rule()
    def lift_hold(self) -> None:
        self._do(lambda session: [stopping.lift_hold(session, self.house.people["dana"], one.id or 0) for one in
                                  session.exec(select(Hold).where(col(Hold.lifted_at).is_(None)))])  # fmt: skip

    @precondition(lambda self: len(self.consumed) > 1)
    @rule(one=st.booleans())
    def withdraw(self, one: bool) -> None:
        narrative = self.house.narrative if one else self.house.finding
        self._do(lambda session: stopping.withdraw(session, self.house.people["kim"], narrative))
        self.withdrawn.add(narrative.id or 0)

    @rule(person=people)
    def recall(self, person: str) -> None:
        who = self.house.people[person]
        self._do(lambda session: self._last(session, Post, lambda one: stopping.recall(session, who, one.id, "wrong")))

    # --- workers -----------------------------------------------------------------------------------------------

    @rule(number=st.integers(0, 1))
    def claim(self, number: int) -> None:
        self.held[number] = dispatch.claim(self.store, self.nodes[number])

    @rule(target=releases, number=st.integers(0, 1))
    def begin(self, number: int) -> Any:
        """The intents of what this worker holds, or of what it can claim when something is due."""
        if not self.held[number]:
            self.until_something_is_due()
            self.go()
            self.claim(number)
        posts, self.held[number] = self.held[number], []
        with self.store.write() as session:
            stopped = {post.id for post in posts if self._stopped(session, post)}
            begun = begin(session, posts, self.nodes[number].name)
            at = now(session)
        due = {post.id: post for post in posts}
        for one in begun.releases:
            assert one.post_id not in stopped, "2: an intent after a stop"
            assert due[one.post_id].due_at <= at <= due[one.post_id].not_after, "an intent outside its time"
            assert one.words == one.leaf, "1: other words than those cleared"
        return begun.releases

    @rule(released=releases, wire=st.sampled_from(WIRE), settles=st.sampled_from((True, True, True, False)))
    def call(self, released: Sequence[Release], wire: str, settles: bool) -> None:
        """The call and its outcome; a call begins only while the row still is where the intent left it."""
        for one in released:
            if one.attempt_id in self.consumed or not self._still(one):
                continue
            self.consumed.add(one.attempt_id)
            outcome = self._called(one, wire)
            if settles:
                with self.store.write() as session:
                    settle(session, one, outcome)
        recall.follow_stops(self.store)

    @rule(released=releases)
    def stand_down(self, released: Sequence[Release]) -> None:
        for one in released:
            if one.attempt_id not in self.consumed:
                with self.store.write() as session:
                    stand_down(session, one, "asked")
                self.consumed.add(one.attempt_id)

    @rule(released=releases, wire=st.sampled_from(("taken", "never arrives")))
    def zombie_settles(self, released: Sequence[Release], wire: str) -> None:
        """An old worker tells its outcome again, whatever has become of the post."""
        for one in released:
            if one.attempt_id in self.consumed and wire == "never arrives":
                with self.store.write() as session:
                    settle(session, one, Unknown("late"))

    @rule()
    def leases_lapse(self) -> None:
        self._do(lambda session: session.execute(update(Post).where(col(Post.fence).is_not(None)).values(
            lease_until=LONG_AGO)))  # fmt: skip
        self._looked(lambda: reconcile.lapsed(self.store, self.nodes[0]))

    @rule()
    def workers_look(self) -> None:
        self._looked(lambda: reconcile.uncertain(self.store, self.settings, self.nodes[0]))
        self._looked(lambda: reconcile.late(self.store, self.nodes[0]))
        self._looked(lambda: recall.look(self.store, self.settings, self.nodes[1]))
        prepare.look(self.store, self.settings)

    @rule(minutes=st.sampled_from((1, 5, 20)))
    def time_passes(self, minutes: int) -> None:
        self._forward(minutes * 60)

    def until_something_is_due(self) -> None:
        with self.store.read() as session:
            due = session.exec(select(Post.due_at).where(Post.state == "scheduled").order_by(col(Post.due_at))).first()
            away = (due - now(session)).total_seconds() if due else 0
        if away > 0:
            self._forward(int(away) + 1)

    @rule(number=st.integers(0, 1), wire=st.sampled_from(WIRE), settles=st.sampled_from((True, True, False)))
    def the_whole_way(self, number: int, wire: str, settles: bool) -> None:
        """Whatever is due next, from the claim to the outcome."""
        self.call(self.begin(number), wire, settles)

    @rule(number=st.integers(0, 1), stop=st.sampled_from(("pause", "hold", "withdraw", "revoke")))
    def a_stop_between_claim_and_intent(self, number: int, stop: str) -> None:
        """The order that random steps seldom find."""
        self.until_something_is_due()
        self.claim(number)
        match stop:
            case "pause":
                self.pause("alice", ("all", ""))
            case "hold":
                self.hold(False, False)
            case "withdraw":
                self.withdraw(True)
            case _:
                self.revoke("carol")
        self.call(self.begin(number), "taken", True)
        self.resume()
        self.lift_hold()

    # --- what must hold ----------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_out_twice_or_uncleared(self) -> None:
        """1 and 3: each key once; the words are those of a leaf whose digest somebody cleared."""
        taken = {key: count for one in self.ledgers.values() for key, count in one.taken.items()}
        assert all(count == 1 for count in taken.values()), "3: two copies are out"
        words = {key: said for one in self.ledgers.values() for key, said in one.words.items()}
        with self.store.read() as session:
            joined = (
                "SELECT part.key, leaf_part.text FROM part JOIN post ON post.id = part.post_id JOIN leaf_part ON"
                ' leaf_part.leaf_id = post.leaf_id AND leaf_part."index" = part."index"'
                " JOIN clearance ON clearance.id = post.clearance_id AND clearance.digest = post.digest"
            )
            rows = session.execute(text(joined)).all()
        cleared = {row[0]: row[1] for row in rows}
        assert {key: cleared.get(key) for key in words} == words, "1: other words than those cleared"

    @invariant()
    def what_is_said_to_be_out_was_taken(self) -> None:
        live = {key for one in self.ledgers.values() for key in one.live}
        with self.store.read() as session:
            rows = session.execute(select(Part.key, Post.state).join(Post, col(Post.id) == col(Part.post_id))).all()
        for key, state in rows:
            if state == "published":
                assert any(key in one.taken for one in self.ledgers.values()), "said to be out, never taken"
            if state in ("expired", "cancelled", "recalled", "scheduled", "blocked"):
                assert key not in live, f"3: out, and said to be {state}"

    @invariant()
    def writers_never_judge_and_verdicts_bind_words(self) -> None:
        """4 and 6."""
        with self.store.read() as session:
            verdicts = {
                (one.digest, one.round, one.reviewer_id, one.role): one for one in session.exec(select(Verdict))
            }
            sides = {(one.message_id, one.person_id): one.side for one in session.exec(select(Involvement))}
            clearances = session.exec(select(Clearance)).all()
        assert all(sides[one.message_id, one.reviewer_id] == "judges" for one in verdicts.values())
        for one in clearances:
            seats = [(one.content_by, "content"), (one.safeguarding_by, "safeguarding"), (one.third_by, one.third_role)]
            given = [seat for seat in seats if seat[0]]
            assert all(verdicts[one.digest, one.round, *seat].answer == "approve" for seat in given)
            assert len({seat[0] for seat in given}) == len(given) == one.tier

    @invariant()
    def exposures_never_shrink(self) -> None:
        with self.store.read() as session:
            found = {(row[0], row[1]) for row in session.execute(select(Exposure.narrative_id, Exposure.attribute))}
        assert self.exposed <= found
        self.exposed = found

    @invariant()
    def what_was_withdrawn_is_coming_down(self) -> None:
        """8: the recall's next look, which comes every second, leaves nothing covered published or uncertain."""
        recall.follow_stops(self.store)
        with self.store.read() as session:
            live = session.exec(select(Post.narrative_id).where(col(Post.state).in_(["published", "uncertain"]))).all()
        assert not self.withdrawn & set(live)

    @invariant()
    def every_attempt_is_called_once(self) -> None:
        with self.store.read() as session:
            known = set(session.exec(select(Attempt.id)))
        assert self.consumed <= known

    def teardown(self) -> None:
        """7: the record agrees with the rows; and left alone, everything comes to a named end."""
        try:
            self._comes_to_rest()
            with self.store.write() as session:
                seal(session, 100_000)
            with self.store.read() as session:
                assert audit.verified(session, []).problems == ()
        finally:
            self.store.close()
            self.tidy()

    def _comes_to_rest(self) -> None:
        self.leases_lapse()
        for _ in range(3):
            self._forward(7 * 3600)
            self.workers_look()
        with self.store.read() as session:
            states = Counter(session.exec(select(Post.state)))
            late = session.exec(select(Post).where(col(Post.state).in_(["scheduled", "claimed", "publishing"]))).all()
            at = now(session)
        type(self).reached.update(states)
        type(self).reached["called"] += len(self.consumed)
        assert all(post.state == "scheduled" and post.due_at > at - timedelta(hours=4) for post in late), states

    # --- by hand -----------------------------------------------------------------------------------------------

    def _do(self, work: Callable[[Session], Any]) -> None:
        """One transaction; what the product refuses is refused."""
        try:
            with self.store.write() as session:
                work(session)
        except (Refusal, Refusals) as refusal:
            assert str(refusal)
        self._sealed()

    def _sealed(self) -> None:
        with self.store.write() as session:
            seal(session)

    def _last(self, session: Session, table: Any, work: Callable[[Any], Any]) -> None:
        found = session.exec(select(table).order_by(table.id.desc())).first()
        if found is not None:
            work(found)

    def _forward(self, seconds: int) -> None:
        """Time passes; accounts are verified daily, as the worker does."""
        with self.store.write() as session:
            session.execute(text("UPDATE instance SET clock_offset = clock_offset + :s"), {"s": seconds})
        with self.store.write() as session:
            at = now(session)
            session.execute(Account.__table__.update().values(identity_verified_at=at))  # type: ignore[attr-defined]
        self._sealed()

    def _stopped(self, session: Session, post: Post) -> bool:
        """The oracle's own reading of the stops, in other words than the gate's."""
        wide = {("all", ""), ("account", str(post.account_id)), ("narrative", str(post.narrative_id)),
                ("territory", "GB"), ("theme", "infighting")}  # fmt: skip
        pauses = session.exec(select(Pause).where(col(Pause.lifted_at).is_(None))).all()
        holds = session.exec(select(Hold).where(col(Hold.lifted_at).is_(None))).all()
        revoked = session.exec(select(Revocation).where(Revocation.clearance_id == post.clearance_id)).first()
        return (
            any((one.scope, one.value) in wide for one in pauses)
            or any(one.narrative_id == post.narrative_id for one in holds)
            or post.narrative_id in self.withdrawn
            or revoked is not None
        )

    def _still(self, release: Release) -> bool:
        with self.store.read() as session:
            post = session.get_one(Post, release.post_id)
            return (post.state, post.step, post.fence) == ("publishing", release.step, release.fence)

    def _called(self, release: Release, wire: str) -> Outcome:
        ledger = self.ledgers[release.account.channel]
        if wire == "never arrives":
            return Unknown("time-out")
        if wire == "retry":
            return Retry(timedelta(seconds=30), "rate.limited")
        if wire == "no":
            return Refused("channel.no")
        sent = [one for part in release.parts for one in ledger.take(part).parts]
        return Sent(tuple(sent)) if wire == "taken" else Unknown("the answer was lost")

    def _looked(self, look: Callable[[], Any]) -> None:
        with self._channels():
            look()
        self._sealed()

    @contextmanager
    def _channels(self) -> Any:
        with (
            patch.object(reconcile, "channels", lambda told: self.ledgers),
            patch.object(recall, "channels", lambda told: self.ledgers),
        ):
            yield


def with_store(house: House, store: Store) -> House:
    """The same house in another copy of its database."""
    return replace(house, store=store)
