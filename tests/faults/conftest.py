"""One run: 200 posts about to fall due, and the programs that are to publish them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.burst import burst
from tests.faults.programs import SEED, Programs, settled
from tests.faults.run import Run


@pytest.fixture
def run(db: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Nothing is started yet. The test's own seed decides moments and order."""
    seed = Random(f"{SEED} {request.node.name}")
    told = settled(tmp_path / "home", db)
    with burst(db, seed) as made, Programs(told) as programs:
        yield Run(made, programs, told, seed)
