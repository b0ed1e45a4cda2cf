"""What was left open comes to an end: lapsed leases, lost answers, posts that are too late."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from content.lifecycle import Attempt, Post
from content.organisation import Instance
from content.outcome import Absent, Pending, Refused, Retry, Sent, SentPart, Undecidable, Unknown
from content.store import wall
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import dispatch, publish, reconcile
from worker.channels import Caps, Delivery, Look, Undo
from worker.node import Lease, Node, ticks

DEDUPES = Caps(Delivery.RECEIVER_DEDUPES, Look.NONE, Undo.FULL)
KEYED = Caps(Delivery.KEYED, Look.NONE, Undo.FULL, key_window=timedelta(hours=1))
ONCE = Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE)
OUT = Sent((SentPart(0, "r0"),))


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    made = Scripted()
    for module in (dispatch, reconcile):
        monkeypatch.setattr(module, "channels", lambda _: {"paper": made})
    return made


def look(desk: Desk) -> int:
    return reconcile.look(desk.store, desk.settings, desk.node)


def lapse(desk: Desk) -> None:
    def work(session: Session) -> None:
        past = wall(session) - timedelta(seconds=1)
        session.execute(update(Post).where(col(Post.fence).is_not(None)).values(lease_until=past))

    desk.change(work)


def lost(desk: Desk, way: Scripted, **words: Any) -> int:
    """A post whose answer was lost."""
    way.publishes = [Unknown("no answer")]
    post = desk.post(**words)
    dispatch.look(desk.store, desk.settings, desk.node)
    assert desk.state(post) == "uncertain"
    way.calls.clear()
    return post


def test_a_worker_killed_before_the_intent_costs_nothing(desk: Desk) -> None:
    post = desk.post()
    dispatch.claim(desk.store, Node("killed"))
    assert look(desk) == 0  # the lease still holds
    lapse(desk)
    assert look(desk) == 1
    assert (desk.state(post), desk.row(post).lapses) == ("scheduled", 1)
    dispatch.look(desk.store, desk.settings, desk.node)
    assert (desk.state(post), len(desk.ledger())) == ("published", 1)


def test_a_post_that_kills_three_workers_is_quarantined(desk: Desk) -> None:
    post = desk.post()
    for _ in range(3):
        dispatch.claim(desk.store, Node("killed"))
        lapse(desk)
        look(desk)
    assert desk.state(post) == "blocked"
    assert desk.row(post).note.startswith("quarantine")


def test_a_worker_that_was_only_slow_owns_up_and_its_lapses_put_nothing_aside(desk: Desk) -> None:
    post = desk.post()
    for _ in range(4):
        claimed = dispatch.claim(desk.store, desk.node)
        lapse(desk)
        look(desk)
        assert desk.row(post).lapses == 1
        assert not publish._intend(desk.store, desk.node, claimed).releases
    assert (desk.state(post), desk.row(post).lapses) == ("scheduled", 0)


def test_a_slow_worker_owns_up_to_its_own_lapse_alone(desk: Desk) -> None:
    post = desk.post()
    claimed = dispatch.claim(desk.store, desk.node)
    for _ in range(2):  # its own, and one of a process that ended
        lapse(desk)
        look(desk)
        dispatch.claim(desk.store, Node("killed"))
    publish._intend(desk.store, desk.node, claimed)
    assert (desk.state(post), desk.row(post).lapses) == ("claimed", 1)


@pytest.mark.parametrize("sent", [False, True])
def test_a_worker_killed_after_the_intent_leaves_one_copy(desk: Desk, sent: bool) -> None:
    post = desk.post()
    (claimed,) = dispatch.claim(desk.store, Node("killed"))
    intent = publish._intend(desk.store, Node("killed"), [claimed])
    if sent:
        way = dispatch.channels(desk.settings)["paper"]
        way.publish(intent.releases[0], intent.releases[0].parts[0], ())
    lapse(desk)
    look(desk)  # it is uncertain, and looked for at once
    dispatch.look(desk.store, desk.settings, desk.node)
    assert desk.state(post) == "published"
    assert len(desk.ledger()) == 1
    assert ("defer" in desk.history(post)) is not sent
    with desk.store.read() as session:
        first = session.exec(select(Attempt).order_by(col(Attempt.id))).first()
        assert first and first.outcome == "unknown"


def test_found_means_published(desk: Desk, way: Scripted) -> None:
    post = lost(desk, way)
    way.finds = [OUT]
    look(desk)
    assert (desk.state(post), desk.parts(post)[0].remote_id, way.calls) == ("published", "r0", [])


def test_proven_absence_sends_it_with_the_same_key(desk: Desk, way: Scripted) -> None:
    post = lost(desk, way)
    key = desk.parts(post)[0].key
    way.finds = [Absent()]
    look(desk)
    assert desk.state(post) == "scheduled"
    dispatch.look(desk.store, desk.settings, desk.node)
    assert (desk.state(post), desk.parts(post)[0].key) == ("published", key)


@pytest.mark.parametrize("caps", [DEDUPES, KEYED])
def test_where_the_key_protects_it_is_sent_again_with_the_same_key(desk: Desk, way: Scripted, caps: Caps) -> None:
    post = lost(desk, way)
    way.caps, way.finds = caps, [Undecidable("cannot be asked")]
    look(desk)
    assert desk.state(post) == "published"
    assert "retry_same_key" in desk.history(post)
    assert way.calls == [(post, 0)]


@pytest.mark.parametrize("answer", [Retry(timedelta(seconds=60), "rate.limited"), Refused("token.revoked")])
def test_a_no_to_the_second_call_leaves_open_what_the_first_did(desk: Desk, way: Scripted, answer: Any) -> None:
    """As failed or scheduled no withdrawal would recall it, though it may be live."""
    post = lost(desk, way)
    way.caps, way.finds, way.publishes = DEDUPES, [Undecidable("cannot be asked")] * 2, [answer]
    look(desk)
    look(desk)
    assert (desk.state(post), way.calls) == ("uncertain", [(post, 0)])  # and the platform is given time
    assert desk.row(post).note == f"call.part: {answer.code}"


@pytest.mark.parametrize("code", ["stop.seen", "worker.ending"])
def test_a_second_call_that_does_not_begin_leaves_the_post_uncertain(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    from tests.worker.test_publish import set_pause

    post = lost(desk, way)
    call = publish.Batch.call

    def between(*given: Any, **more: Any) -> None:
        set_pause(desk, "all", "") if code == "stop.seen" else desk.node.ending.set()
        call(*given, **more)

    monkeypatch.setattr(publish.Batch, "call", between)
    way.caps, way.finds = DEDUPES, [Undecidable("cannot be asked")]
    look(desk)
    assert (desk.state(post), way.calls) == ("uncertain", [])
    assert desk.row(post).note == f"call.part: {code}"


def test_once_the_key_is_forgotten_a_person_decides(desk: Desk, way: Scripted) -> None:
    post = lost(desk, way, tier=1)
    way.caps, way.finds = KEYED, [Undecidable("cannot be asked")]
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=3600)))
    look(desk)
    assert (desk.state(post), way.calls) == ("uncertain", [])


def test_what_cannot_be_decided_waits_for_a_person_and_is_never_resent(desk: Desk, way: Scripted) -> None:
    post = lost(desk, way)
    way.caps, way.finds = ONCE, [Undecidable("no reading back")] * 5
    for _ in range(3):
        look(desk)
    assert (desk.state(post), way.calls) == ("uncertain", [])
    assert desk.row(post).note.startswith("find.undecidable")
    assert desk.row(post).fence is None


def test_a_look_that_breaks_on_one_post_goes_on_with_the_next(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = lost(desk, way)
    good = lost(desk, way, account="telegram-ar", of=desk.narrative("N-3"))
    monkeypatch.setattr(way, "find", breaking_on(bad))
    look(desk)
    assert (desk.state(bad), desk.state(good)) == ("uncertain", "published")


def breaking_on(bad: int) -> Callable[..., Any]:
    def find(post: Any, part: Any) -> Any:
        if post.post_id == bad:
            raise OSError("broken")
        return OUT

    return find


def test_an_uncertain_post_under_a_stop_is_not_sent_again(desk: Desk, way: Scripted) -> None:
    from tests.worker.test_publish import set_pause

    post = lost(desk, way)
    set_pause(desk, "all", "")
    way.caps, way.finds = DEDUPES, [Undecidable("cannot be asked")]
    look(desk)
    assert (desk.state(post), way.calls) == ("uncertain", [])


@pytest.mark.parametrize(("tier", "hours"), [(1, 4.0), (2, 1.0), (3, 0.25)])
def test_a_post_later_than_its_tier_allows_expires_and_asks(desk: Desk, tier: int, hours: float) -> None:
    post = desk.post(due=-1, tier=tier)
    seconds = int(hours * 3600)
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=seconds - 60)))
    assert look(desk) == 0
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=seconds + 1)))
    assert look(desk) == 1
    assert desk.state(post) == "expired"


def test_a_post_whose_gate_is_shut_too_long_expires_where_it_stands(desk: Desk) -> None:
    post = desk.post()
    (claimed,) = dispatch.claim(desk.store, desk.node)
    publish._block(desk.store, claimed, ValueError())
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=4 * 3600 + 10)))
    look(desk)
    assert desk.history(post)[-2:] == ["block", "expire"]


def test_a_thread_goes_on_from_the_first_part_that_is_not_out(
    desk: Desk, way: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two keys, one of them out: only the other is called, in the same post."""
    post = lost(desk, way)
    again: list[tuple[Any, ...]] = []
    monkeypatch.setattr(reconcile, "send_again", lambda *told: again.append(told) or 1)
    with desk.store.read() as session:
        row = session.get_one(Post, post)
    lease = Lease("f", ticks())
    looked = reconcile._Looked([SentPart(0, "r0")], list(reconcile.copy_of(desk.store, row).parts))
    assert reconcile._conclude(desk.store, way, desk.node, row, lease, looked)
    assert len(again) == 1
    assert desk.parts(post)[0].confirmed_at is not None
    assert desk.state(post) == "uncertain"  # never scheduled while a part of it is out: a stop must still recall it


def test_what_somebody_is_at_is_asked_again_later_and_given_to_nobody_to_decide(desk: Desk, way: Scripted) -> None:
    post = lost(desk, way)
    way.finds = [Pending(timedelta(minutes=1), "posting.waits")]
    assert look(desk) == 0
    row = desk.row(post)
    assert (row.state, row.note, row.fence, way.calls) == ("uncertain", "posting.waits", None, [])
    assert row.retry_at is not None and row.retry_at > row.changed_at + timedelta(seconds=50)
