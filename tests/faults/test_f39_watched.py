"""F39: kill -9 in the middle of a look at what is out. No look is lost, and no appeal and no alarm is doubled.

The worker is a forked child of this process and dies at its point; the wall is the product's own, of paper, and what
vanished from it and what was put on it is done to its files.
"""

# ruff: noqa: F811  # fixtures are imported by their names

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from content.record import Record
from content.stranger import Stranger
from content.watch import CLAIM, Appeal, Sighting, Watch
from tests import factory
from tests.faults import hooks
from tests.faults.counting import injected
from tests.worker.conftest import Desk, desk  # noqa: F401  # a fixture
from worker import channels, dispatch, watch
from worker.channels.paper import Paper
from worker.node import Node

pytestmark = pytest.mark.fault
HOUR, AGAIN = timedelta(hours=1), timedelta(minutes=11)
STEPS = ("take_up", "stands", "saw", "list", "listed")
POINTS = [f"{when}_{step}" for step in STEPS for when in ("before", "after")]


@pytest.fixture
def wall(desk: Desk) -> Iterator[Desk]:
    """The house, whose wall is called through the hooks."""
    paper = hooks.Wrapped(Paper(desk.settings.home / "paper"))
    back = hooks.put_everywhere(channels.channels, lambda _: {"paper": paper})
    yield desk
    back()


@pytest.mark.parametrize("point", POINTS)
def test_f39_killed_in_the_middle_of_a_look(wall: Desk, point: str) -> None:
    gone = prepared(wall)
    later(wall, AGAIN)
    assert one_life(wall, f"{point}:1:kill") == "killed", f"{point} was never passed"
    injected(f"kill@{point}")
    for by in (timedelta(), CLAIM + timedelta(minutes=1)):  # at once, and when what the dead one had is free again
        later(wall, by)
        assert one_life(wall) == "ended"
    as_it_should_be(wall, gone)
    later(wall, AGAIN)
    assert one_life(wall) == "ended"
    as_it_should_be(wall, gone)


def test_f39_killed_again_and_again(wall: Desk) -> None:
    gone = prepared(wall)
    later(wall, AGAIN)
    killed = 0
    for point in POINTS:
        killed += one_life(wall, f"{point}:1:kill") == "killed"
        later(wall, CLAIM + timedelta(minutes=1))
    injected("kill in a look", killed)
    assert killed > len(POINTS) / 2
    assert one_life(wall) == "ended"
    as_it_should_be(wall, gone)


def prepared(desk: Desk) -> list[int]:
    """Two posts that have vanished and a stranger among them, each seen once: the next look says so again."""
    wall = desk.account("wall", form="site")
    look(desk)
    posts = [desk.post(wall, of=desk.narrative(f"F-{one}"), text=f"That was told {one} times.") for one in (2, 3)]
    dispatch.look(desk.store, desk.settings, desk.node)
    assert [desk.state(one) for one in posts] == ["published"] * 2
    look(desk)
    first, second = out(desk)
    name = "a" * len(first.stem)
    first.with_stem(name).write_bytes(first.read_bytes().replace(first.stem.encode(), name.encode()))
    first.unlink()
    second.unlink()
    later(desk, HOUR)
    look(desk)
    assert Counter(one.result for one in rows(desk, Sighting)) == {"vanished": 2}
    assert ([one.raised_at for one in rows(desk, Stranger)], rows(desk, Appeal)) == ([None], [])
    return posts


def as_it_should_be(desk: Desk, gone: list[int]) -> None:
    """Each was looked at a second time, once; each has one appeal, the stranger one alarm, and the record has them."""
    assert Counter(one.post_id for one in rows(desk, Sighting)) == dict.fromkeys(gone, 2)
    assert {one.post_id: (one.looks, one.doubt) for one in rows(desk, Watch)} == dict.fromkeys(gone, (2, "vanished"))
    assert sorted(one.post_id for one in rows(desk, Appeal)) == sorted(gone)
    (stranger,) = rows(desk, Stranger)
    assert stranger.raised_at is not None
    steps = Counter(one.action for one in rows(desk, Record))
    assert (steps["appeal.open"], steps["stranger.see"]) == (2, 1)


def one_life(desk: Desk, hook: str = "") -> str:
    """A worker that looks once: killed, or ended."""
    desk.store.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            hooks.POINTS.hooks = hooks.parse(hook)
            hooks.POINTS.passes.clear()
            hooks.watch()
            look(desk)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else "ended"


def look(desk: Desk) -> None:
    watch.look(desk.store, desk.settings, Node(f"test-{os.getpid()}"))


def later(desk: Desk, by: timedelta) -> None:
    if by:
        desk.change(lambda session: factory.move_on(session, by))


def out(desk: Desk) -> list[Path]:
    """What stands on the walls."""
    return sorted((desk.settings.home / "paper" / "out").glob("*.json"))


def rows(desk: Desk, table: Any) -> list[Any]:
    with desk.store.read() as session:
        return list(session.exec(select(table)))
