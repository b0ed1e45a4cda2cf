"""A rehearsal on sandboxes, through the worker's own looks: whatever goes wrong there, nothing is out twice."""

import json
from collections import Counter

import pytest
from sqlalchemy import update

from content.organisation import Instance
from content.record import seal
from tests.worker.conftest import Desk
from worker import dispatch, reconcile

pytestmark = pytest.mark.wide  # a rehearsal of many rounds
ROUNDS = 16
POSTS = 6


def play(desk: Desk, channel: str) -> list[str]:
    """So many posts on accounts of that sandbox, until nothing moves any more; the states they end in."""
    posts = []
    for number in range(POSTS):
        ref = desk.account(
            f"play-{number}", f"paper.{channel}", remote_identity=f"paper.{channel}:play-{number}",
            identity_seen=f"paper.{channel}:play-{number}", settings={"seed": 3, "faults": 90, "slow": 1},
        )  # fmt: skip
        posts.append(desk.post(ref, of=desk.narrative(f"P-{number}"), text=f"That was told {number}."))
    for number in range(1, ROUNDS):
        dispatch.look(desk.store, desk.settings, desk.node)
        reconcile.look(desk.store, desk.settings, desk.node)
        desk.change(seal)
        later = 40 * number
        desk.change(lambda session, later=later: session.execute(update(Instance).values(clock_offset=later)))
    return [desk.state(post) for post in posts]


def hung(desk: Desk, channel: str) -> Counter[str]:
    walls = (desk.settings.home / "paper" / channel / "out").glob("*.json")
    return Counter(json.loads(path.read_bytes())["text"] for path in walls)


@pytest.mark.parametrize("channel", ["bluesky", "mastodon", "webhook"])
def test_where_a_post_can_be_found_or_is_dropped_each_ends_as_one_copy(desk: Desk, channel: str) -> None:
    assert play(desk, channel) == ["published"] * POSTS
    assert set(hung(desk, channel).values()) == {1}
    assert len(hung(desk, channel)) == POSTS


def test_where_nothing_can_be_found_a_person_decides_and_nothing_is_sent_again(desk: Desk) -> None:
    states = play(desk, "telegram")
    assert set(states) == {"published", "uncertain"}
    assert set(hung(desk, "telegram").values()) == {1}
