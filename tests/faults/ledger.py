"""What the channels keep of what they were given: paper's ledger and sheets, the site's entries."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content.settings import Settings


@dataclass(frozen=True, slots=True)
class Line:
    """One piece that paper accepted. at: when its line was written, by this machine's clock."""

    at: datetime
    key: str
    post: int
    part: int
    account: str
    sha256: str


def accepted(told: Settings) -> list[Line]:
    """Every acceptance in order; a key that stands here twice went out twice."""
    return [
        Line(_at(row), row["key"], row["post"], row["part"], row["account"], row["sha256"])
        for row in _rows(told)
        if "key" in row
    ]


def taken_back(told: Settings) -> set[str]:
    """The keys that were recalled from paper."""
    return {row["recalled"] for row in _rows(told) if "recalled" in row}


def sheets(told: Settings) -> set[str]:
    """Names (SHA-256 of the key) of the sheets that hang on paper's walls now."""
    return {path.stem for path in (told.home / "paper" / "out").glob("*.json") if not path.name.startswith(".")}


def entries(told: Settings) -> dict[tuple[str, str], dict[str, Any]]:
    """What stands on the site now, by account and entry id."""
    found = told.site.glob("*/entries/*/*.json")
    return {
        (path.parents[2].name, path.stem): json.loads(path.read_text("utf-8"))
        for path in found
        if not path.name.startswith(".")
    }


def _rows(told: Settings) -> Iterator[dict[str, Any]]:
    path = told.home / "paper" / "ledger.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        yield json.loads(line)


def _at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])
