"""How many batches of a channel are under way in a process, and how many intents share a commit."""

import threading
import time
from contextlib import ExitStack

from worker.lanes import BRIEF, HANGS, TOGETHER, WIDTH, Lanes


def answered(lanes: Lanes, seconds: float, times: int = 20) -> None:
    """So many calls of the channel `slow`, each of which took so long."""
    for _ in range(times):
        with lanes.calling("slow"):
            time.sleep(seconds)


def test_a_channel_that_answers_at_once_has_one_lane() -> None:
    lanes = Lanes()
    answered(lanes, 0)
    with lanes.on("slow"):
        assert lanes.full() == {"slow"}


def test_a_channel_that_takes_its_time_has_several_and_no_more_than_the_most() -> None:
    lanes = Lanes()
    answered(lanes, 0.03)
    with lanes.on("slow"), lanes.on("slow"), lanes.on("slow"):
        assert lanes.full() == frozenset()
    with ExitStack() as busy:
        for _ in range(WIDTH):
            busy.enter_context(lanes.on("slow"))
        assert lanes.full() == {"slow"}


def test_a_first_call_that_hangs_holds_up_no_other_batch() -> None:
    lanes = Lanes()
    with lanes.on("slow"), lanes.calling("slow"):
        time.sleep(0.02)
        assert lanes.full() == frozenset()


def test_what_one_channel_takes_says_nothing_of_another() -> None:
    lanes = Lanes()
    answered(lanes, 0.03)
    with lanes.on("quick"):
        assert lanes.full() == {"quick"}


def test_where_a_repeat_is_a_second_post_a_quick_channel_is_called_one_by_one() -> None:
    lanes = Lanes()
    answered(lanes, 0)
    with lanes.slots("slow", 5) as room:
        assert room == 1


def test_there_a_slow_channel_is_called_several_times_at_once_by_one_lane() -> None:
    lanes = Lanes()
    answered(lanes, 0.03)
    with lanes.on("slow"), lanes.slots("slow", 100) as room:
        assert room == WIDTH
        assert lanes.full() == {"slow"}


def test_no_more_is_begun_than_there_are_slots() -> None:
    lanes = Lanes()
    answered(lanes, 0.03)
    waited = threading.Event()

    def second() -> None:
        with lanes.slots("slow", 100):
            waited.set()

    with lanes.slots("slow", WIDTH):
        thread = threading.Thread(target=second)
        thread.start()
        assert not waited.wait(0.2)
    thread.join(5)
    assert waited.is_set()


def test_what_a_hanging_call_leaves_free_is_taken_by_another_lane() -> None:
    lanes = Lanes()
    with lanes.on("slow"), lanes.slots("slow", 1), lanes.calling("slow"):
        assert lanes.full() == {"slow"}
        time.sleep(HANGS)
        assert lanes.full() == frozenset()
        with lanes.slots("slow", 100) as room:
            assert room == WIDTH - 1


def test_a_slow_transaction_makes_the_next_smaller_so_that_a_stop_waits_briefly() -> None:
    lanes = Lanes()
    least, first, _ = TOGETHER
    lanes.wrote(first, 1.25 * BRIEF)
    assert lanes.together() == first * 4 // 5
    lanes.wrote(first * 4 // 5, 100 * BRIEF)
    assert lanes.together() == least


def test_a_quick_one_makes_it_larger_by_steps_up_to_the_most() -> None:
    lanes = Lanes()
    _, first, most = TOGETHER
    lanes.wrote(first, BRIEF / 100)
    assert lanes.together() == 2 * first
    for _ in range(5):
        lanes.wrote(lanes.together(), BRIEF / 100)
    assert lanes.together() == most


def test_a_short_batch_says_nothing_of_how_many_would_fit() -> None:
    lanes = Lanes()
    lanes.wrote(1, BRIEF / 100)
    assert lanes.together() == TOGETHER[1]
