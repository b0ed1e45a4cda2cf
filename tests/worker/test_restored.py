"""Whatever happened, and wherever the backup was made: nothing goes out twice, nothing goes out that was stopped."""

import os
from random import Random

import pytest

from tests.worker.conftest import Desk
from tests.worker.restored import History

pytestmark = pytest.mark.wide
SEED = os.environ.get("FAULT_SEED", "1")
MANY = 40 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 3


@pytest.mark.parametrize("number", range(MANY))
def test_a_random_history_put_back(desk: Desk, number: int) -> None:
    history = History(desk, Random(f"{SEED} {number}"), by_hand=number % 2 == 1)
    history.begin()
    history.run(30)
    history.put_back()
    history.go_on()
    assert history.problems() == [], history.taken
