"""Every order of events in the small, and what each planted bug comes to, with its shortest trace."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace

import pytest

from content.lifecycle import State
from content.quorum import Approval, Needed, Seats, quorum
from content.stop import Pause, covers
from tests.model.explore import Broken, Explored, explore
from tests.model.invariants import RESTING
from tests.model.model import AT, HERE, MAY, PAUSES, Cleared, Node, Rules, Scope, World

WORDS = Scope(stops=False, delivery=False)
SENDING = Scope(may=())
THREE = (("alice", "content"), ("bob", "content"), ("dana", "safeguarding"))
WHOLE = Scope(may=THREE)
HIGH = Rules(tier=3)


def cleared(tier: int, workers: int = 2) -> World:
    """Words that bob and dana (and carol) have cleared, and nothing else yet."""
    third = {"third": 2, "third_role": "content"} if tier > 2 else {}
    seats = Seats(content=1, safeguarding=3, **third)  # type: ignore[arg-type]
    given = frozenset({(0, "bob", "content"), (0, "dana", "safeguarding"), (0, "carol", "content")})
    return World(verdicts=given, clearances=(Cleared(0, seats), None), nodes=(Node(),) * workers)


# --- as the product is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_words_are_cleared_by_the_right_people_in_every_order(tier: int) -> None:
    found = explore(Rules(tier=tier), WORDS, World())
    assert found.whole
    assert any(all(world.clearances) for world in found.edges), "both versions can be cleared"


def test_two_workers_and_every_stop_in_every_order() -> None:
    found = explore(HIGH, replace(SENDING, pauses=()), cleared(3)._replace(go=True))  # a hold waits as a pause does
    assert found.whole
    assert _ends(found) == set(State)
    _comes_to_rest(found, {State.BLOCKED})


def test_a_channel_that_cannot_be_asked_leaves_uncertain_and_nothing_else_hanging() -> None:
    found = explore(replace(HIGH, key=False), replace(SENDING, pauses=tuple(PAUSES)), cleared(3, 1))
    assert found.whole
    _comes_to_rest(found, {State.BLOCKED, State.UNCERTAIN})


def test_the_longer_lateness_of_tier_two() -> None:
    found = explore(Rules(), replace(SENDING, end=7), cleared(2, 1))
    assert found.whole
    _comes_to_rest(found, {State.BLOCKED})


def test_the_whole_life_from_the_first_verdict_to_the_recall() -> None:
    found = explore(Rules(), WHOLE, World(nodes=(Node(),)), depth=10)
    assert State.RECALLING in _ends(found)


def _ends(found: Explored) -> set[State]:
    return {world.post.state for world in found.edges if world.post}


def _comes_to_rest(found: Explored, also: set[State]) -> None:
    """From everywhere the workers alone bring the post to a named end: none is lost, none hangs."""
    back: dict[World, list[World]] = defaultdict(list)
    for world, after in found.edges.items():
        for name, to in after:
            if name.split()[0] in {"worker", "the", "tick", "expires", "found", "absent", "gone", "cannot", "prepare"}:
                back[to].append(world)
    rested = {w for w in found.edges if w.post and w.post.state in RESTING | also and w.post.holder is None}
    front, seen = deque(rested), set(rested)
    while front:
        for world in back[front.popleft()]:
            if world not in seen:
                seen.add(world)
                front.append(world)
    lost = [world for world in found.edges if world.post and world not in seen]
    assert lost == []


@pytest.mark.parametrize("name", sorted(PAUSES))
def test_the_model_s_pauses_cover_what_the_invariants_think(name: str) -> None:
    scope, value = PAUSES[name]
    pause = Pause(organisation_id=1, scope=scope, value=value, languages=["de"], by=1, at=AT)
    assert covers(pause, HERE) is (name == "english")


# --- planted -------------------------------------------------------------------------------------------------------


def _twice(approvals: Iterable[Approval], wanted: Needed, apart: frozenset[frozenset[int]] = frozenset()) -> object:
    """Counts a verdict once for each seat."""
    given = list(approvals)
    real = quorum(given, wanted, apart)
    if isinstance(real, Seats) or not given:
        return real
    return Seats(content=given[0].person, safeguarding=given[0].person)


PLANTED = {
    "own approval": (Rules(writers_never_judge=False), WORDS, World(), "4: somebody judged their own words", 2),
    "one verdict counted twice": (Rules(quorum=_twice), WORDS, World(), "too few distinct people", 1),  # type: ignore[arg-type]
    "a verdict on other words counts": (
        Rules(verdicts_bind_words=False), WORDS, World(), "6: a verdict on other words was counted", 3,
    ),
    "an edit after the clearance": (
        Rules(posts_bind_words=False), WHOLE, World(nodes=(Node(),)), "1: other words than those cleared were sent", 8,
    ),
    "stops read at the claim only": (
        replace(HIGH, stops_read_at_intent=False), SENDING, cleared(3), "2: an intent after a stop", 6,
    ),
    "a second copy after uncertain": (
        Rules(key=False, uncertain_is_held=False), replace(SENDING, end=7), cleared(2, 1), "3: two copies are out", 10,
    ),
    "a double claim": (
        Rules(key=False, claim_excludes=False), SENDING, cleared(2), "1: a call without an intent", 7,
    ),
    "a zombie's outcome": (
        Rules(settle_fenced=False), SENDING, cleared(2), "1: a call without an intent", 11,
    ),
    "a call after the lease": (
        replace(HIGH, lease_looked_at=False), SENDING, cleared(3), "1: a call without an intent", 7,
    ),
    "too late still goes": (
        Rules(too_late_expires=False), replace(SENDING, end=7), cleared(2, 1), "an intent too late", 9,
    ),
    "an early release": (replace(HIGH, early_waits=False), SENDING, cleared(3), "an early intent", 4),
    "no go demanded": (replace(HIGH, go_demanded=False), SENDING, cleared(3), "an intent without the day's go", 4),
    "a withdrawal that takes nothing back": (
        replace(HIGH, in_flight_is_recalled=False), SENDING, cleared(3), "8: live after a withdrawal", 7,
    ),
    "exposures forgotten with the recall": (
        replace(HIGH, exposures_stay=False), SENDING, cleared(3), "5: exposures shrank", 8,
    ),
    "a step off the record": (
        replace(HIGH, steps_recorded=False), SENDING, cleared(3), "7: a step without its record row", 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found_by_its_shortest_trace(name: str) -> None:
    rules, scope, start, what, length = PLANTED[name]
    with pytest.raises(Broken) as found:
        explore(rules, scope, start)
    print(found.value)
    assert found.value.what.startswith(what)
    assert len(found.value.trace) == length


def test_the_trace_tells_the_story() -> None:
    rules, scope, start, _, _ = PLANTED["stops read at the claim only"]
    with pytest.raises(Broken) as found:
        explore(rules, scope, start)
    story = found.value.trace
    claimed = next(number for number, step in enumerate(story) if step.endswith("claims"))
    stopped = next(number for number, step in enumerate(story) if step in ("hold", "pause english", "withdraw"))
    assert claimed < stopped < story.index("worker 1 begins")


def test_people_hold_the_roles_the_model_gives_them() -> None:
    assert {person for person, _ in MAY} == {"alice", "bob", "carol", "dana", "judy"}
