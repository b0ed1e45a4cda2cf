"""F29: a reviewer is suspended after the clearance: nothing that rests on it begins any more; what was begun ends.

An edit, and stops under 16 busy workers, stand in test_f27_hooks.py and test_f28_busy.py.
"""

# ruff: noqa: F811  # fixtures are imported by their names

from typing import Any

import pytest
from sqlmodel import Session, select

from content.people import RoleGrant
from content.suspending import suspend
from tests.faults.counting import injected
from tests.faults.wire_desk import Outside, outside, server  # noqa: F401
from worker import dispatch

pytestmark = pytest.mark.fault


def suspended(desk: Outside, ref: str) -> int:
    """This person's role is taken back by safeguarding; how many clearances went with it."""
    injected("reviewer.suspended")

    def work(session: Session) -> int:
        given = session.exec(select(RoleGrant).where(RoleGrant.person_id == desk.house.id(ref))).first()
        assert given is not None
        return len(suspend(session, desk.house.people["dana"], given.id or 0))

    found: int = desk.change(work)
    return found


def test_f29_before_the_claim_nothing_that_a_suspended_reviewer_cleared_is_sent(outside: Outside) -> None:
    posts = outside.posts(3)
    assert suspended(outside, "bob") == 3
    outside.look(2)
    assert {*outside.states(posts)} == {"blocked"}
    assert outside.server.ledger.calls == []
    outside.compare()


def test_f29_between_the_claim_and_the_intent_too(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = outside.posts(2)
    claim, done = dispatch.claim, list[int]()

    def claimed(*given: Any, **named: Any) -> Any:
        found = claim(*given, **named)
        if found and not done:
            done.append(suspended(outside, "bob"))
        return found

    monkeypatch.setattr(dispatch, "claim", claimed)
    outside.look(2)
    assert done == [2]
    assert {*outside.states(posts)} == {"blocked"}
    assert outside.server.ledger.calls == []
    outside.compare()


def test_f29_whoever_counts_for_nothing_takes_nothing_along(outside: Outside) -> None:
    posts = outside.posts(2)
    assert suspended(outside, "sam") == 0
    outside.look()
    assert {*outside.states(posts)} == {"published"}
    outside.compare()
