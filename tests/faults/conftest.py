"""One run: posts about to fall due, and the programs that are to publish them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from content.journal import write_epoch
from content.organisation import the_instance
from tests.faults.burst import Shape, burst
from tests.faults.nursery import Nursery
from tests.faults.programs import SEED, Programs, settled
from tests.faults.run import Run
from tests.faults.server import Platform
from tests.share import takes


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the matrix itself this share."""
    here = [one for one in items if one.get_closest_marker("fault") is not None]
    left = [one for one in here if not takes(one.nodeid)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [one for one in items if one not in set(left)]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Bears the programs of all runs."""
    one = Nursery()
    yield one
    one.close()


@pytest.fixture
def run(db: str, tmp_path: Path, nursery: Nursery, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Nothing is started yet. The test's own seed decides moments and order; its module's SHAPE how many posts."""
    seed = Random(f"{SEED} {request.node.name}")
    told = settled(tmp_path / "home", db)
    shape = getattr(request.module, "SHAPE", Shape())
    with (
        Platform() as platform,
        burst(db, seed, shape) as made,
        Programs(told, nursery, platform.address) as programs,
    ):
        with made.store.read() as session:
            write_epoch(told.journal, the_instance(session).epoch)
        yield Run(made, programs, told, seed, platform)
