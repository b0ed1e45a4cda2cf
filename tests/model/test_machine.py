"""The machine of tests/model/machine.py on both databases; more examples at night (HYPOTHESIS_PROFILE=long)."""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from content.settings import load
from content.store import Store
from tests import factory
from tests.factory import House
from tests.model.machine import Machine, with_store

pytestmark = pytest.mark.wide
NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "long"
QUICK: dict[str, Any] = {
    "deadline": None,
    "derandomize": not NIGHT,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.generate, Phase.shrink) if NIGHT else (Phase.generate,),
}
_numbers = count(1)


def _run(fresh: Callable[[], Any], examples: int, steps: int) -> None:
    class Here(Machine):
        reached: ClassVar[Counter[str]] = Counter()

    Here.fresh = staticmethod(fresh)
    run_state_machine_as_test(Here, settings=settings(max_examples=examples, stateful_step_count=steps, **QUICK))
    print(dict(Here.reached))
    assert Here.reached["called"], "nothing was ever sent: the rules lead nowhere"


@pytest.mark.timeout(3600 if NIGHT else 120)
def test_random_hands_on_sqlite(_sqlite_databases: Any, tmp_path: Path) -> None:
    first = _sqlite_databases.migrated()
    with factory.opened(first) as store:
        built = factory.house(store)
    kept = Path(first.removeprefix("sqlite:///"))
    told = load(home=tmp_path / "home")
    told.make_folders()

    def fresh() -> tuple[House, Any, Callable[[], None]]:
        copy = tmp_path / f"machine-{next(_numbers)}.db"
        for tail in ("", "-wal"):
            if Path(f"{kept}{tail}").exists():
                shutil.copyfile(f"{kept}{tail}", f"{copy}{tail}")
        return with_store(built, Store(f"sqlite:///{copy}", factory.KEYS)), told, lambda: copy.unlink()

    _run(fresh, 2000 if NIGHT else 10, 60 if NIGHT else 30)


@pytest.mark.timeout(3600 if NIGHT else 120)
def test_random_hands_on_postgresql(_postgresql_databases: Any, tmp_path: Path) -> None:
    first = _postgresql_databases.migrated()
    with factory.opened(first) as store:
        built = factory.house(store)
    told = load(home=tmp_path / "home")
    told.make_folders()

    def fresh() -> tuple[House, Any, Callable[[], None]]:
        url = _postgresql_databases._named(
            _postgresql_databases._create("machine", first.rpartition("/")[2].partition("?")[0])
        )
        return with_store(built, Store(url, factory.KEYS)), told, lambda: _postgresql_databases.drop(url)

    _run(fresh, 500 if NIGHT else 3, 50 if NIGHT else 20)
    _postgresql_databases.drop(first)
