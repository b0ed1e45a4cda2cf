"""The numbers that the rules set, such as for how many days a look at a link counts: from the rules file, which holds
them beside the checks that go by them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

RULES_FILE = Path(__file__).parent / "checks" / "rules.json"
_tried: dict[str, float] = {}


@cache
def _set() -> Mapping[str, float]:
    found: dict[str, float] = json.loads(RULES_FILE.read_text("utf-8"))["limits"]
    return found


def limit(name: str) -> float:
    """A number that the rules set, such as the most hashtags of a message."""
    return float(_tried.get(name, _set()[name]))


@contextmanager
def limits(other: Mapping[str, float]) -> Iterator[None]:
    """Other numbers for a while, in this whole process: only for a look that writes nothing (proposal.py)."""
    _tried.update(other)
    try:
        yield
    finally:
        _tried.clear()
