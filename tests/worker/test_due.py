"""What may be claimed, and how fast: shut accounts and long queues starve nobody; budgets hold among many workers."""

import threading
import time
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from content import circuit
from content.circuit import Heard, Kind
from content.lifecycle import Action, Post, move, where
from content.organisation import CLOCK_OFF, Account, Heartbeat
from content.pace import Pace, Rate
from content.store import now
from tests.worker.conftest import Desk
from worker import dispatch, due, pulse
from worker.dispatch import Backlog, claim
from worker.node import Node
from worker.waiting import CAP, FIRST_FEW, Watch, waiting

GAP = timedelta(milliseconds=150)


def shut(desk: Desk, ref: str, seconds: float = 60) -> None:
    account = desk.house.accounts[ref].id or 0
    with desk.store.write() as session:
        until = now(session) + timedelta(seconds=seconds)
        session.add(Pace(account_id=account, next_at=until))


def queue(desk: Desk, ref: str, count: int, since: float = -60) -> list[int]:
    return [desk.post(ref, due=since + n, of=desk.narrative(f"N-{ref}-{n}")) for n in range(count)]


def ids(posts: list[Post]) -> list[int | None]:
    return [post.id for post in posts]


def test_a_shut_account_s_posts_stay_scheduled_and_cost_others_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "LOOKED_AT", 3)
    behind = queue(desk, "facebook-gb", 5)
    shut(desk, "facebook-gb")
    other = desk.post("telegram-ar", due=-1)
    assert ids(claim(desk.store, desk.node)) == [other]
    assert claim(desk.store, desk.node) == []
    assert {desk.state(post) for post in behind} == {"scheduled"}


def test_a_long_queue_hides_no_other_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "LOOKED_AT", 3)
    first, *_ = queue(desk, "facebook-gb", 5)
    other = desk.post("telegram-ar", due=-1)
    assert set(ids(claim(desk.store, desk.node))) == {first, other}


def test_where_accounts_enough_may_be_written_to_the_rest_is_not_looked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "LOOKED_AT", 3)
    monkeypatch.setattr(due, "ENOUGH", 1)
    first, *_ = queue(desk, "facebook-gb", 5)
    desk.post("telegram-ar", due=-1)
    assert ids(claim(desk.store, desk.node)) == [first]


def test_an_account_is_free_for_a_post_that_is_due_once_it_is(desk: Desk) -> None:
    shut(desk, "facebook-gb", 1.0)
    assert claim(desk.store, desk.node) == [] and desk.post(due=0.2)
    assert claim(desk.store, desk.node) == []
    later = desk.post(due=1.8, of=desk.narrative("N-9"))
    assert ids(claim(desk.store, desk.node)) == [later]


def test_a_channel_whose_lanes_are_full_is_left_out(desk: Desk) -> None:
    slow = desk.post(desk.account("hook", channel="webhook"))
    quick = desk.post("telegram-ar", of=desk.narrative("N-3"))
    assert ids(claim(desk.store, desk.node, backlog=Backlog(without={"webhook"}))) == [quick]
    assert ids(claim(desk.store, desk.node, backlog=Backlog(only="webhook"))) == [slow]


def test_no_two_of_many_workers_send_for_one_account_within_its_distance(desk: Desk) -> None:
    refs = ["facebook-gb", "telegram-ar"]
    posts = [post for ref in refs for post in queue(desk, ref, 4)]
    calls: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rates = {"paper": Rate(gap=GAP)}
    over = time.monotonic() + 30

    def work(name: str) -> None:
        while sum(map(len, calls.values())) < len(posts) and time.monotonic() < over:
            for post in claim(desk.store, Node(name), 1, Backlog(rates)):
                _send(desk, post, calls)

    threads = [threading.Thread(target=work, args=(f"n{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, calls.values())) == len(posts)
    for times in calls.values():
        for (_, ended), (began, _) in zip(sorted(times), sorted(times)[1:], strict=False):
            assert began - ended >= GAP


def _send(desk: Desk, post: Post, calls: dict[int, list[tuple[datetime, datetime]]]) -> None:
    with desk.store.read() as session:
        began = now(session)
    time.sleep(0.02)
    with desk.store.write() as session:
        ended = now(session)
        move(session, where([post]), Action.EXPIRE, at=ended, held_by=post.fence, lease_until=None, fence=None)
        circuit.heard(session, [Heard(post.account_id, Kind.WENT, fence=post.fence)], ended)
    calls[post.account_id].append((began, ended))


def test_a_distance_set_for_the_account_is_kept_by_a_worker_that_comes_after(desk: Desk) -> None:
    desk.change(lambda s: s.execute(update(Account).values(settings={"min_gap_seconds": 600})))
    first, second = queue(desk, "facebook-gb", 2)
    (taken,) = claim(desk.store, Node("first"))
    calls: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    _send(desk, taken, calls)
    assert taken.id == first
    assert claim(desk.store, Node("after a restart")) == []
    desk.change(lambda s: s.execute(update(Pace).values(next_at=now(s))))
    assert ids(claim(desk.store, Node("in ten minutes"))) == [second]


def test_what_stood_gives_its_account_s_slot_back(desk: Desk) -> None:
    desk.change(lambda s: s.execute(update(Account).values(settings={"min_gap_seconds": 600})))
    stands, goes = queue(desk, "facebook-gb", 2)
    desk.change(lambda s: s.execute(update(Account).values(disabled_at=now(s))))
    dispatch.look(desk.store, desk.settings, desk.node)
    assert desk.state(stands) == "blocked"
    desk.change(lambda s: s.execute(update(Account).values(disabled_at=None)))
    with desk.store.read() as session:
        free = session.get_one(Pace, desk.house.accounts["facebook-gb"].id).next_at
        assert free is not None and free <= now(session)
    assert desk.row(goes).state in ("scheduled", "blocked")


# --- the tick -----------------------------------------------------------------------------------------------


def test_posts_put_aside_do_not_stand_in_front_of_the_next_one(desk: Desk) -> None:
    aside, later = desk.post(due=-5), desk.post("telegram-ar", due=40)
    at = desk.row(aside).changed_at + timedelta(minutes=5)
    desk.change(lambda s: s.execute(update(Post).where(col(Post.id) == aside).values(retry_at=at)))
    found = waiting(desk.store)
    assert found.due is not None and 30 < found.due < 41
    assert desk.state(later) == "scheduled"


def test_a_shut_account_s_post_is_waited_for_until_it_is_free(desk: Desk) -> None:
    desk.post(due=-5)
    shut(desk, "facebook-gb", 30)
    found = waiting(desk.store)
    assert found.due is not None and 25 < found.due <= 30
    assert not found.work["release_due"]
    assert found.rest() == CAP


def test_behind_a_crowd_of_shut_posts_somebody_looks_once_a_second(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.waiting.FIRST_FEW", 3)
    monkeypatch.setattr("worker.waiting._question", due_question())
    queue(desk, "facebook-gb", 3)
    shut(desk, "facebook-gb", 30)
    watch = Watch(desk.store)
    told = [watch.ask().work["release_due"] for _ in range(3)]
    watch.close()
    assert told == [True, False, False]
    assert FIRST_FEW == 20


def due_question() -> object:
    from worker import waiting as module

    return module._question.__wrapped__


def test_a_clock_that_is_off_is_said_where_health_reads_it(desk: Desk) -> None:
    running = pulse.Beating(desk.store, desk.settings, Node("pulse"))
    running.node.trusts(timedelta(seconds=-7200))
    running._sign()
    with desk.store.read() as session:
        assert session.get_one(Heartbeat, "worker:pulse").detail == f"{CLOCK_OFF}-7200 s"
    assert running.node.trusts(timedelta(seconds=29))
    assert not running.node.clock_off


# --- plans --------------------------------------------------------------------------------------------------


def test_each_question_has_its_index(desk: Desk) -> None:
    queue(desk, "facebook-gb", 2)
    sqlite = desk.store.sqlite
    wanted = {
        "ix_post_look": due.oldest(),
        "ix_post_account_look": due.of_accounts(sqlite, "paper"),
        "ix_post_campaign_look": due.of_campaigns(sqlite),
    }
    for index, statement in wanted.items():
        assert index in explained(desk, statement), index


def explained(desk: Desk, statement: object) -> str:
    with desk.store.write() as session:
        if not desk.store.sqlite:
            for way in ("seqscan", "bitmapscan", "sort"):
                session.execute(text(f"SET LOCAL enable_{way} = off"))
        query = statement.compile(session.get_bind(), compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        told = query.construct_params({"until": now(session)}, extracted_parameters=None)
        words = "EXPLAIN QUERY PLAN " if desk.store.sqlite else "EXPLAIN "
        values = tuple(told[name] for name in query.positiontup) if query.positional else told
        values = tuple(str(v) if isinstance(v, datetime) else v for v in values) if query.positional else values
        return "\n".join(str(row) for row in session.connection().exec_driver_sql(words + query.string, values))
