"""F20–F22: what the other side answers, or does not. Never twice by itself, and no answer counts for another."""

# ruff: noqa: F811  # fixtures are imported by their names

import time
from random import Random

import pytest

from tests.faults.programs import SEED
from tests.faults.wire_desk import Outside, outside, server  # noqa: F401
from tests.faults.wire_server import AWAY, BROKEN, BUSY, CUT, LOST, NO, OK, SLOW, script, seeded
from worker.channels import webhook

pytestmark = pytest.mark.fault
AMBIGUOUS = (LOST, CUT, BROKEN)


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.3)


@pytest.mark.parametrize("mood", AMBIGUOUS)
def test_f20_a_receiver_that_drops_what_it_knows_is_called_again_with_the_same_key(outside: Outside, mood: str) -> None:
    outside.server.mood = script(mood)
    (post,) = outside.posts(1)
    outside.look()
    assert (outside.state(post), outside.calls(post)) == ("published", 2)
    assert outside.history(post)[-3:] == ["lose_track", "retry_same_key", "confirm"]
    outside.compare()


@pytest.mark.parametrize("mood", AMBIGUOUS)
def test_f20_where_nobody_can_know_a_person_decides_and_nothing_is_sent_again(outside: Outside, mood: str) -> None:
    outside.server.mood = script(mood)
    (post,) = outside.posts(1, "letter")
    outside.look(3)
    outside.let_pass()
    outside.look(3)
    assert (outside.state(post), outside.calls(post)) == ("uncertain", 1)
    outside.compare()


def test_f20_what_stands_on_a_wall_that_can_be_read_is_found_and_not_sent_again(outside: Outside) -> None:
    outside.server.mood = script(LOST)
    (post,) = outside.posts(1, "wall")
    outside.look()
    assert (outside.state(post), outside.calls(post)) == ("published", 1)
    outside.compare()


def test_f20_what_is_proven_absent_is_sent_as_if_never_begun(outside: Outside) -> None:
    outside.server.mood = script(CUT)
    (post,) = outside.posts(1, "wall")
    outside.look(2)
    assert (outside.state(post), outside.calls(post)) == ("published", 2)
    outside.compare()


def test_f21_an_error_after_the_post_was_taken_is_no_failure(outside: Outside) -> None:
    outside.server.mood = script(BROKEN, BROKEN)
    (hook,) = outside.posts(1, "hook")
    (letter,) = outside.posts(1, "letter")
    outside.look()
    assert (outside.state(hook), outside.state(letter)) == ("published", "uncertain")
    outside.compare()


@pytest.mark.parametrize("mood", [BUSY, AWAY])
def test_f21_nobody_calls_before_the_time_that_the_other_side_named(outside: Outside, mood: str) -> None:
    outside.server.mood, outside.server.retry_after = script(mood), 1
    (post,) = outside.posts(1)
    until = time.monotonic() + 6
    while outside.state(post) == "scheduled" and time.monotonic() < until:
        outside.look()
        time.sleep(0.02)
    first, second = (call.at for call in outside.server.ledger.calls)
    assert outside.state(post) == "published"
    assert 1.0 <= second - first < 4.0
    outside.compare()


def test_f21_a_refusal_fails_the_post_alone(outside: Outside) -> None:
    outside.server.mood = script(NO)
    bad, good = outside.posts(2, "letter")
    outside.look(2)
    assert (outside.state(bad), outside.state(good)) == ("failed", "published")
    outside.compare()


def test_f22_an_answer_later_than_the_time_out_is_no_answer(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    outside.server.mood, outside.server.late = script(SLOW, SLOW), 0.6
    (hook,) = outside.posts(1, "hook")
    (letter,) = outside.posts(1, "letter")
    outside.look()
    assert (outside.state(hook), outside.calls(hook)) == ("published", 2)
    assert (outside.state(letter), outside.calls(letter)) == ("uncertain", 1)
    outside.compare()


def test_f20_under_any_weather_nothing_is_out_twice_and_nothing_is_lost(outside: Outside) -> None:
    seed = Random(f"{SEED} weather")
    outside.server.mood, outside.server.retry_after = seeded(seed, (*AMBIGUOUS, OK, BUSY, AWAY)), 0
    hooks, walls = outside.posts(6, "hook"), outside.posts(6, "wall")
    letters = outside.posts(4, "letter")
    until = time.monotonic() + 10
    while not {*outside.states(hooks + walls)} <= {"published"} and time.monotonic() < until:
        outside.look()
        outside.let_pass()
    assert {*outside.states(hooks + walls)} == {"published"}
    assert {*outside.states(letters)} <= {"published", "uncertain", "scheduled"}
    outside.compare()
