"""A call is waited for as long as it is worth, whoever its caller is."""

import os
import threading
import time

import pytest

from content.patience import Overrun, within


def test_what_the_call_answers_and_what_it_raises_come_back() -> None:
    assert within(5, lambda: "answer") == "answer"
    with pytest.raises(KeyError):
        within(5, lambda: {}["nothing"])


def test_a_call_that_hangs_is_left_behind_and_holds_up_no_other() -> None:
    held = threading.Event()
    with pytest.raises(Overrun):
        within(0.01, held.wait)
    assert within(5, lambda: "next") == "next"
    held.set()


def test_a_forked_process_calls_though_it_has_none_of_the_threads_from_before() -> None:
    within(5, lambda: None)
    child = os.fork()
    if child == 0:
        os._exit(within(5, lambda: 7))
    end = time.monotonic() + 10
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            assert os.waitstatus_to_exitcode(status) == 7
            return
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the forked process still waits for an answer")
