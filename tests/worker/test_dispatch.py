"""The claim: who gets what, in which order, how often, and never too early."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session

from content.lifecycle import Post
from content.organisation import Instance
from content.store import wall
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import dispatch, publish
from worker.dispatch import claim
from worker.node import Lease, Node, ticks


def test_a_due_post_is_published_once_and_says_so_everywhere(desk: Desk) -> None:
    post = desk.post()
    assert dispatch.look(desk.store, desk.settings, desk.node) == 1
    assert dispatch.look(desk.store, desk.settings, desk.node) == 0
    assert desk.history(post) == ["insert", "claim", "begin", "confirm"]
    assert desk.parts(post)[0].confirmed_at is not None
    assert len(desk.ledger()) == 1
    assert (desk.row(post).fence, desk.row(post).lease_until) == (None, None)


def test_a_post_is_claimed_two_seconds_ahead_and_not_before(desk: Desk) -> None:
    soon, later = desk.post(due=1.5), desk.post("telegram-ar", due=8)
    assert [post.id for post in claim(desk.store, desk.node)] == [soon]
    assert desk.state(later) == "scheduled"


def test_a_post_is_never_sent_before_its_instant(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    way = Scripted()
    monkeypatch.setattr(dispatch, "channels", lambda _: {"paper": way})
    post = desk.post(due=1.2)
    due = desk.row(post).due_at.timestamp()
    assert dispatch.look(desk.store, desk.settings, desk.node) == 1
    assert desk.state(post) == "published"
    assert 0 <= way.times[0] - due < 0.5


@pytest.mark.parametrize(("due", "together"), [(0.5, [1, 2]), (-0.5, [3])])
def test_the_first_post_of_an_instant_that_was_waited_for_waits_for_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, due: float, together: list[int]
) -> None:
    for ref in ("site", "telegram-ar", "bluesky-en"):
        desk.post(ref, due=due, of=desk.narrative(f"N-{ref}"))
    posts = claim(desk.store, desk.node)
    for post in posts:  # one instant for all of them
        post.due_at = posts[-1].due_at
    found: list[int] = []
    begin = publish.begin

    def counted(session: Session, some: Sequence[Post], node: str) -> Any:
        found.append(len(some))
        return begin(session, some, node)

    monkeypatch.setattr(publish, "begin", counted)
    monkeypatch.setattr(publish, "PROMPT", 1)
    dispatch._work_off(desk.store, Scripted(), desk.node, posts, Lease(posts[0].fence or "", ticks()))
    assert found == together


def test_a_claim_takes_one_post_an_account_and_one_a_narrative(desk: Desk) -> None:
    first = desk.post(due=-3, of=desk.house.narrative)
    same_account = desk.post(due=-2, of=desk.narrative("N-3"))
    same_narrative = desk.post("telegram-ar", due=-1, of=desk.house.narrative)
    other = desk.post("bluesky-en", due=-1, of=desk.narrative("N-4"))
    assert [post.id for post in claim(desk.store, desk.node)] == [first, other]
    assert {desk.state(same_account), desk.state(same_narrative)} == {"scheduled"}


def test_an_account_with_a_long_queue_does_not_starve_the_others(desk: Desk) -> None:
    for number in range(5):
        desk.post(due=-60 + number, of=desk.narrative(f"N-1{number}"))
    waits = desk.post("telegram-ar", due=-1, of=desk.narrative("N-20"))
    assert waits in [post.id for post in claim(desk.store, desk.node, limit=2)]


def test_two_workers_never_hold_the_same_post(desk: Desk) -> None:
    accounts = [desk.account(f"a{number}") for number in range(12)]
    posts = {desk.post(ref, of=desk.narrative(f"N-{ref}")) for ref in accounts}
    held: list[list[int | None]] = []

    def work(name: str) -> None:
        while found := claim(desk.store, Node(name), limit=3):
            held.append([post.id for post in found])

    threads = [threading.Thread(target=work, args=(f"n{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [post for batch in held for post in batch]
    assert sorted(taken, key=str) == sorted(posts, key=str)


def test_a_claim_has_a_lease_and_a_fence_of_its_own(desk: Desk) -> None:
    desk.post()
    desk.post("telegram-ar", of=desk.narrative("N-3"))
    (first,) = claim(desk.store, desk.node, limit=1)
    (second,) = claim(desk.store, desk.node, limit=1)
    assert first.fence and second.fence and first.fence != second.fence
    with desk.store.read() as session:
        left = (first.lease_until or wall(session)) - wall(session)
    assert timedelta(seconds=20) < left <= timedelta(seconds=30)


def test_a_post_put_aside_is_left_until_its_time(desk: Desk) -> None:
    post = desk.post()
    later = desk.row(post).changed_at + timedelta(minutes=5)
    desk.change(lambda session: session.execute(update(Post).values(retry_at=later)))
    assert claim(desk.store, desk.node) == []


def test_a_machine_whose_clock_is_off_claims_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.post()
    monkeypatch.setattr(dispatch, "wall", lambda session: wall(session) + timedelta(seconds=31))
    assert claim(desk.store, desk.node) == []
    monkeypatch.setattr(dispatch, "wall", wall)
    assert len(claim(desk.store, desk.node)) == 1


def test_a_node_that_ends_gives_back_what_it_has_not_begun(desk: Desk) -> None:
    post = desk.post(due=1.9)
    threading.Timer(0.3, desk.node.ending.set).start()
    assert dispatch.look(desk.store, desk.settings, desk.node) == 0
    assert desk.history(post) == ["insert", "claim", "release_lease"]
    assert desk.row(post).fence is None
    assert desk.ledger() == []


def test_a_rehearsal_s_clock_decides_what_is_due(desk: Desk) -> None:
    post = desk.post(due=3600)
    assert dispatch.look(desk.store, desk.settings, desk.node) == 0
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=3600)))
    assert dispatch.look(desk.store, desk.settings, desk.node) == 1
    assert desk.state(post) == "published"
