"""One finding as a page shows it, and how grave findings are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ORDER = ("block", "not_evaluated", "specialist", "warn")


@dataclass(frozen=True, slots=True)
class Found:
    """number: of the page's findings in reading order; missing: the data that a check lacked, "" where it looked.

    account: whose leaf it stands beside, "" where it is about the message; only: the accounts it is about, where others
    have the same words; named: the words it names, where its reason does not say them; origin: where the first of them
    are from, as rendering says it (passage, stance …); at: the text beside the words that it is about, `media.1.alt`.
    """

    check: str
    severity: str
    reason: str
    code: str = ""
    missing: str = ""
    account: str = ""
    only: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    origin: str = ""
    number: int = 0
    at: str = ""

    @property
    def shown(self) -> int:
        """Of which of the leaf's media it is, counted from 1; 0 for what is of none."""
        name, _, rest = self.at.partition(".")
        return int(rest.partition(".")[0]) if name == "media" else 0

    @property
    def kind(self) -> str:
        """block | not_evaluated | specialist | warn"""
        return kind_of(self.severity)


def kind_of(severity: str) -> str:
    return severity.partition(":")[0]


def found(answer: Mapping[str, Any]) -> Found:
    """An answer as evaluations store it."""
    missing = answer.get("missing") or ""
    reason, code, at = answer["reason"] or missing, answer.get("code", ""), answer.get("at", "")
    return Found(answer["check"], answer["severity"], reason, code, missing, at=at)
