"""One seed of the storm, a short one: that it still runs, hurts enough, and breaks no promise. Many: .ci/long."""

from typing import Any

import pytest

from tests.faults import counting, storm
from tests.faults.nursery import Nursery
from tests.faults.programs import SEED

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]


def test_a_short_storm_breaks_no_promise(_databases: Any, nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "LASTS", 2.5)
    monkeypatch.setenv(counting.VARIABLE, "")  # each seed names its own file; this puts back what there was
    told = storm.storm(int(SEED), _databases, nursery)
    print(told)
    assert not told.broken, told.wrong
    assert told.faults >= 60
