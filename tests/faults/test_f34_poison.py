"""F34: a post that kills whoever touches it is put aside after three times; what was claimed beside it still goes.

The worker is a forked child of this process, so that its death is a real one (kill -9) and costs no second to start.
"""

# ruff: noqa: F811  # fixtures are imported by their names

import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlmodel import Session

from content.lifecycle import Post
from content.outcome import KeyedPart, Outcome, SentPart
from content.release import Release
from tests.faults.counting import injected
from tests.faults.wire_channels import Plain
from tests.faults.wire_desk import Outside, hurry, outside, server  # noqa: F401
from worker import publish

pytestmark = pytest.mark.fault
LEASE = 0.4  # seconds
DEATHS = 12  # more than that, and nothing puts the post aside


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def one_life(desk: Outside) -> bool:
    """A worker that looks until it is killed or has nothing to do; True where it was killed."""
    desk.store.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            desk.look(2)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def lives(desk: Outside, over: Callable[[], bool]) -> int:
    """Workers that follow each other, each after the lease of the last; how many were killed."""
    deaths = 0
    while not over() and deaths < DEATHS:
        deaths += one_life(desk)
        time.sleep(LEASE / 2)
    injected("poison.kill", deaths)
    return deaths


def test_f34_a_post_that_kills_its_worker_is_put_aside_and_the_others_go(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, LEASE)
    for ref in ("one", "two", "deadly", "three"):
        outside.account(ref, "paper", "site")
    others = [outside.posts(1, ref)[0] for ref in ("one", "two")]
    (poison,) = outside.posts(1, "deadly", due=-0.9)
    others += outside.posts(1, "three", due=-0.8)
    begin = publish.begin

    def deadly(session: Session, posts: Sequence[Post], node: str) -> Any:
        if any(post.id == poison for post in posts):
            die()
        return begin(session, posts, node)

    monkeypatch.setattr(publish, "begin", deadly)
    deaths = lives(outside, lambda: outside.state(poison) == "blocked")
    assert (outside.state(poison), deaths) == ("blocked", 3)
    outside.look(2)
    assert outside.row(poison).note.startswith("quarantine")
    assert {*outside.states(others)} == {"published"}
    outside.compare()


def test_f34_one_that_kills_in_the_call_is_put_aside_too(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, LEASE)
    (poison,) = outside.posts(1, "wall")  # what was never sent is proven absent, and would go again and again
    (good,) = outside.posts(1, "hook")

    def deadly(self: Plain, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        die()
        raise AssertionError

    monkeypatch.setattr(Plain, "publish", deadly)
    deaths = lives(outside, lambda: outside.state(poison) == "blocked")
    assert (outside.state(poison), deaths) == ("blocked", 3)
    outside.until(lambda: outside.state(good) == "published")
    outside.compare()


def test_f34_one_that_breaks_the_gate_is_blocked_alone(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    first, bad, last = outside.posts(1)[0], outside.posts(1, "wall")[0], outside.posts(1, "keyed")[0]
    begin = publish.begin

    def breaking(session: Session, posts: Sequence[Post], node: str) -> Any:
        if any(post.id == bad for post in posts):
            raise ValueError("no good")
        return begin(session, posts, node)

    monkeypatch.setattr(publish, "begin", breaking)
    outside.look()
    assert outside.states([first, bad, last]) == ["published", "blocked", "published"]
    outside.compare()
