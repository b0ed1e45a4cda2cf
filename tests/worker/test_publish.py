"""From intent to outcome: what each answer does to a post, and that a stop, a fault or a hang never sends twice."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError, StatementError
from sqlmodel import Session, col, select

from content.lifecycle import Attempt, Post
from content.organisation import Instance
from content.outcome import KeyedPart, Outcome, Refused, Retry, Sent, SentPart, Unknown
from content.record import Record
from content.release import Release
from content.stop import Pause
from content.store import Store, now
from tests.channels.letters import a_release
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import call, dispatch, node, publish
from worker.call import deliver
from worker.channels import Caps, Delivery, Look, Undo
from worker.node import Lease, ticks

ALONE = Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    made = Scripted()
    monkeypatch.setattr(dispatch, "channels", lambda _: {"paper": made})
    return made


def look(desk: Desk) -> int:
    return dispatch.look(desk.store, desk.settings, desk.node)


def boom() -> Outcome:
    raise RuntimeError("words that must not reach a log")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Retry(timedelta(seconds=60), "rate.limited"), "scheduled"),
        (Refused("account.suspended"), "failed"),
        (Unknown("no answer"), "uncertain"),
        (boom, "uncertain"),
    ],
)
def test_each_answer_has_its_own_end(desk: Desk, way: Scripted, answer: Any, state: str) -> None:
    way.publishes = [answer]
    post = desk.post()
    look(desk)
    assert (desk.state(post), desk.row(post).fence, len(way.calls)) == (state, None, 1)
    with desk.store.read() as session:
        attempt = session.exec(select(Attempt)).one()
        assert attempt.ended_at is not None
        assert session.exec(select(Record).where(col(Record.subject) == "post")).all()


def test_what_went_wrong_is_told_without_its_words(desk: Desk, way: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    way.publishes = [boom]
    post = desk.post()
    look(desk)
    assert "must not reach" not in caplog.text + desk.row(post).note
    assert "RuntimeError" in desk.row(post).note


def test_a_channel_that_asks_for_patience_is_not_called_before(desk: Desk, way: Scripted) -> None:
    way.publishes = [Retry(timedelta(seconds=60), "rate.limited")]
    post = desk.post()
    look(desk)
    look(desk)
    assert way.calls == [(post, 0)]
    assert (desk.row(post).retry_at or now_of(desk)) - now_of(desk) > timedelta(seconds=50)


def now_of(desk: Desk) -> Any:
    with desk.store.read() as session:
        return now(session)


def test_a_call_past_its_deadline_leaves_the_post_uncertain_and_ends_the_process(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "DEADLINE", timedelta(seconds=0.2))
    way.publishes = [lambda: time.sleep(1.0) or Sent((SentPart(0, "late"),))]
    hangs = desk.post(due=-2)
    waits = desk.post("telegram-ar", of=desk.narrative("N-3"))
    look(desk)
    assert desk.state(hangs) == "uncertain"
    assert desk.node.overrun.is_set()
    assert desk.state(waits) == "scheduled"
    assert way.calls == [(hangs, 0)]


def test_a_channel_nobody_knows_fails_the_post_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "channels", lambda _: {})
    post = desk.post()
    look(desk)
    assert (desk.state(post), desk.row(post).note.partition(":")[0]) == ("failed", "channel.unknown")


def test_a_post_that_breaks_the_gate_is_blocked_and_the_others_flow(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = desk.post()
    good = desk.post("telegram-ar", of=desk.narrative("N-3"))
    begin = publish.begin

    def breaking(session: Session, posts: Any, name: str) -> Any:
        if any(post.id == bad for post in posts):
            raise ValueError("no good")
        return begin(session, posts, name)

    monkeypatch.setattr(publish, "begin", breaking)
    look(desk)
    assert (desk.state(bad), desk.state(good)) == ("blocked", "published")
    assert desk.row(bad).note == "gate.failed: ValueError"


@pytest.mark.parametrize("_databases", ["postgresql"], indirect=True)
def test_a_transaction_that_the_database_ended_is_not_the_post_s_fault(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, begin = desk.post(), publish.begin

    def frozen(session: Session, posts: Any, name: str) -> Any:
        session.connection().exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 20")
        time.sleep(0.2)
        return begin(session, posts, name)

    monkeypatch.setattr(publish, "begin", frozen)
    look(desk)
    assert (desk.state(post), way.calls) == ("scheduled", [])


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OSError(24, "Too many open files"), StatementError("", "", {}, MemoryError())],
    ids=["memory", "files", "memory in a statement"],
)
def test_a_machine_without_room_is_not_the_post_s_fault(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    post = desk.post()

    def starved(session: Session, posts: Any, name: str) -> Any:
        raise error

    monkeypatch.setattr(publish, "begin", starved)
    look(desk)
    assert (desk.state(post), way.calls) == ("scheduled", [])


def set_pause(desk: Desk, scope: str, value: str) -> None:
    def work(session: Session) -> None:
        by = desk.house.id("bob")
        session.add(Pause(organisation_id=1, scope=scope, value=value, by=by, at=now(session), languages=[]))
        session.execute(update(Instance).values(stops=col(Instance.stops) + 1))

    desk.change(work)


def stopping(desk: Desk, scope: str, value: Callable[[], str]) -> Callable[[], Outcome]:
    def during() -> Outcome:
        set_pause(desk, scope, value())
        return Sent((SentPart(0, "r"),))

    return during


def test_a_stop_during_a_batch_stops_what_it_covers_and_nothing_else(desk: Desk, way: Scripted) -> None:
    first = desk.post(due=-3)
    covered = desk.post("telegram-ar", due=-2, of=desk.narrative("N-3"))
    other = desk.post("bluesky-en", due=-1, of=desk.narrative("N-4"))
    way.publishes = [stopping(desk, "account", lambda: str(desk.row(covered).account_id))]
    look(desk)
    assert [desk.state(post) for post in (first, covered, other)] == ["published", "scheduled", "published"]
    assert (covered, 0) not in way.calls
    assert desk.history(covered)[-2:] == ["stand_down", "unblock"]


def test_where_a_repeat_would_be_a_second_post_intents_are_written_one_by_one(desk: Desk, way: Scripted) -> None:
    way.caps = ALONE
    first = desk.post(due=-2)
    second = desk.post("telegram-ar", due=-1, of=desk.narrative("N-3"))
    seen: list[str] = []

    def during() -> Outcome:
        seen.append(desk.state(second))
        return Sent((SentPart(0, "r"),))

    way.publishes = [during]
    look(desk)
    assert seen == ["claimed"]
    assert (desk.state(first), desk.state(second)) == ("published", "published")


def test_a_zombie_s_outcome_is_not_written_and_its_next_call_does_not_begin(desk: Desk, way: Scripted) -> None:
    first = desk.post(due=-2)
    second = desk.post("telegram-ar", due=-1, of=desk.narrative("N-3"))

    def taken_over() -> Outcome:
        desk.change(lambda session: session.execute(update(Post).values(fence="somebody else")))
        return Sent((SentPart(0, "r"),))

    way.publishes = [taken_over]
    look(desk)
    assert way.calls == [(first, 0)]
    assert {desk.state(first), desk.state(second)} == {"publishing"}


def test_no_call_begins_with_less_lease_left_than_the_deadline(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = desk.post()
    (claimed,) = dispatch.claim(desk.store, desk.node)
    monkeypatch.setattr(publish.Batch, "_renew", lambda self: None)
    lease = Lease(claimed.fence or "", ticks() - 11)
    batch = publish.Batch(desk.store, way, desk.node, lease)
    batch.send([claimed])
    batch.settle()
    assert way.calls == []
    assert desk.state(post) == "scheduled"  # nothing was sent, and this process knows it: whoever looks next sends


def test_where_the_database_cannot_be_asked_before_a_call_the_post_goes_back_and_goes_again(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, standing = desk.post(), publish._standing

    def busy(store: Store, release: Any) -> Any:
        monkeypatch.setattr(publish, "_standing", standing)
        raise OperationalError("", {}, Exception("canceling statement due to lock timeout"))

    monkeypatch.setattr(publish, "_standing", busy)
    look(desk)  # a second later it goes
    assert (desk.state(post), len(way.calls), desk.history(post).count("begin")) == ("published", 1, 2)


def test_where_the_gate_cannot_be_asked_after_a_stop_the_post_goes_back_and_is_not_blocked(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, judge = desk.post(due=-2), publish.judge
    second = desk.post("telegram-ar", due=-1, of=desk.narrative("N-3"))

    def cut(*_: Any) -> Any:
        monkeypatch.setattr(publish, "judge", judge)
        raise OperationalError("", {}, Exception("terminating connection due to administrator command"))

    def stopped() -> Outcome:
        set_pause(desk, "account", "bluesky-en")
        monkeypatch.setattr(publish, "judge", cut)
        return Sent((SentPart(0, "r"),))

    way.publishes = [stopped]
    look(desk)  # a second later it goes
    assert [desk.state(post) for post in (first, second)] == ["published", "published"]
    assert desk.history(second).count("begin") == 2


def test_a_lease_that_runs_short_is_renewed_before_the_call(desk: Desk, way: Scripted) -> None:
    desk.post()
    (claimed,) = dispatch.claim(desk.store, desk.node)
    lease = Lease(claimed.fence or "", ticks() - 11)
    batch = publish.Batch(desk.store, way, desk.node, lease)
    batch.send([claimed])
    batch.settle()
    assert len(way.calls) == 1
    assert lease.left() > node.RENEW


# --- several at the same time -------------------------------------------------------------------------------


@dataclass
class Slow(Scripted):
    """Takes its time, and counts how many of its calls are under way at the same time."""

    caps: Caps = field(default_factory=lambda: Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE))
    busy: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        self._count(1)
        time.sleep(0.1)
        self._count(-1)
        return super().publish(release, part, earlier)

    def _count(self, more: int) -> None:
        with self.lock:
            self.busy += more
            self.most = max(self.most, self.busy)


def test_where_a_repeat_is_a_second_post_what_shares_an_intent_is_called_at_the_same_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    way, found, begin = Slow(), [], publish.begin
    for ref in ("site", "telegram-ar", "bluesky-en"):
        desk.post(ref, of=desk.narrative(f"N-{ref}"))

    def counted(session: Session, some: Sequence[Post], name: str) -> Any:
        found.append((len(some), way.busy))
        return begin(session, some, name)

    monkeypatch.setattr(publish, "begin", counted)
    with desk.node.lanes.calling("paper"):
        time.sleep(0.1)  # the channel is known to take its time
    posts = dispatch.claim(desk.store, desk.node)
    batch = publish.Batch(desk.store, way, desk.node, Lease(posts[0].fence or "", ticks()))
    batch.send(posts)
    batch.settle()
    assert {desk.state(post.id or 0) for post in posts} == {"published"}
    assert (found, way.most) == ([(3, 0)], 3)


# --- threads ------------------------------------------------------------------------------------------------


def never() -> bool:
    return False


def test_parts_go_out_in_order_and_those_that_are_out_are_not_sent_again() -> None:
    way, release = Scripted(), a_release("One.", "Two.", "Three.", confirmed=(SentPart(0, "r0"),))
    outcome = deliver(way, release, list(release.confirmed), never)
    assert way.calls == [(1, 1), (1, 2)]
    assert outcome == Sent((SentPart(0, "r0"), SentPart(1, "r1"), SentPart(2, "r2")))


@pytest.mark.parametrize("answer", [Retry(timedelta(seconds=9), "rate"), Refused("no"), Unknown("lost")])
def test_a_thread_that_breaks_is_unknown_and_says_which_parts_are_out(answer: Outcome) -> None:
    way, release = Scripted(), a_release("One.", "Two.")
    way.publishes = [Sent((SentPart(0, "r0"),)), answer]
    outcome = deliver(way, release, [], never)
    assert isinstance(outcome, Unknown)
    assert outcome.parts == (SentPart(0, "r0"),)


def test_a_stop_between_two_parts_ends_the_thread() -> None:
    way, release = Scripted(), a_release("One.", "Two.")
    outcome = deliver(way, release, [], lambda: True)
    assert way.calls == [(1, 0)]
    assert isinstance(outcome, Unknown)
