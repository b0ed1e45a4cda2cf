"""F23, F24: the platform has forgotten our keys; our token is worth nothing any more."""

# ruff: noqa: F811  # fixtures are imported by their names

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from content import rescheduling
from content.circuit import TROUBLES
from content.lifecycle import Post
from content.review import Clearance, Revocation
from content.store import now
from tests.faults.wire_channels import KEYED
from tests.faults.wire_desk import Outside, outside, server  # noqa: F401
from tests.faults.wire_server import AWAY, LOST, script
from worker import dispatch, reconcile

pytestmark = pytest.mark.fault
WINDOW = 0.8  # seconds for which the platform remembers a key


@pytest.fixture
def forgetful(outside: Outside) -> Outside:
    outside.caps["keyed"] = replace(KEYED, key_window=timedelta(seconds=WINDOW))
    outside.server.window = WINDOW
    outside.server.mood = script(LOST)
    return outside


def test_f23_while_the_platform_remembers_the_key_the_post_is_sent_again_under_it(forgetful: Outside) -> None:
    forgetful.caps["keyed"] = KEYED
    forgetful.server.window = None
    (post,) = forgetful.posts(1, "keyed")
    forgetful.look()
    assert (forgetful.state(post), forgetful.calls(post)) == ("published", 2)
    forgetful.compare()


def test_f23_once_the_platform_may_have_forgotten_the_key_a_person_decides(
    forgetful: Outside,
) -> None:
    (post,) = forgetful.posts(1, "keyed")
    dispatch.look(forgetful.store, forgetful.settings, forgetful.node)
    time.sleep(WINDOW + 0.1)  # whoever found it uncertain was away that long
    for _ in range(3):
        reconcile.look(forgetful.store, forgetful.settings, forgetful.node)
        forgetful.let_pass()
    assert (forgetful.state(post), forgetful.calls(post)) == ("uncertain", 1)
    assert forgetful.row(post).note.startswith("find.undecidable")
    forgetful.compare()


def test_f24_a_revoked_token_costs_one_post_and_no_approval(outside: Outside) -> None:
    posts = outside.posts(4)
    outside.server.revoked = True
    cleared = clearances(outside)
    outside.look(3)
    assert sorted(outside.states(posts)) == ["failed", "scheduled", "scheduled", "scheduled"]
    assert outside.server.denied == 1
    assert clearances(outside) == cleared
    outside.server.revoked = False
    outside.until(lambda: outside.states(posts).count("published") == 3)
    (failed,) = (post for post in posts if outside.state(post) == "failed")
    assert requeued(outside, failed).clearance_id == outside.row(failed).clearance_id
    outside.compare()


def test_f21_whoever_fails_again_and_again_is_left_alone_and_no_approval_is_lost(outside: Outside) -> None:
    posts = outside.posts(TROUBLES + 3, "wall")
    cleared = clearances(outside)
    outside.server.mood, outside.server.retry_after = (lambda _number, _key: AWAY), 0
    for _ in range(3):
        outside.look()
        outside.change(lambda session: session.execute(update(Post).values(retry_at=None)))
    assert len(outside.server.ledger.calls) == TROUBLES
    assert {*outside.states(posts)} == {"scheduled"}
    assert clearances(outside) == cleared
    (other,) = outside.posts(1)  # another account of another channel is not held up
    outside.server.mood = script()
    outside.look()
    assert outside.state(other) == "published"
    outside.until(lambda: {*outside.states(posts)} == {"published"})
    outside.compare()


def clearances(desk: Outside) -> list[tuple[int | None, int]]:
    """The clearances that stand, and how many were taken back."""
    with desk.store.read() as session:
        gone = len(session.exec(select(Revocation.id)).all())
        return [(one, gone) for one in session.exec(select(Clearance.id).order_by(col(Clearance.id)))]


def requeued(desk: Outside, post: int) -> Post:
    def work(session: Session) -> Post:
        soon = f"{now(session) + timedelta(hours=1):%Y-%m-%d %H:%M}"
        return rescheduling.requeue(session, desk.house.people["alice"], post, soon, "UTC")

    made: Post = desk.change(work)
    return made
