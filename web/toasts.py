"""What the page after an act says of it, and the form that takes it back. Kept in a cookie until that page is shown.

An undo is the act's own verb once more, with what it takes to get back: the same rights, the same rules, and a refusal
where things have moved on since. static/toast.js counts its ten seconds; without a script it stays on the page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Undo:
    """where: the act's address; fields: what its form sends, the mark aside."""

    where: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Toast:
    """sign: which sentence of said.html; values: what its blanks are filled from."""

    sign: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    undo: Undo | None = None


def written(toast: Toast) -> str:
    """As a cookie holds it."""
    return urlsafe_b64encode(json.dumps(asdict(toast)).encode()).decode()


def read(told: str) -> Toast:
    """What a cookie holds; nothing where it is none of ours."""
    try:
        found = json.loads(urlsafe_b64decode(told))
        undo = Undo(**found["undo"]) if found["undo"] else None
        return Toast(found["sign"], found["values"], undo if undo and _ours(undo.where) else None)
    except (ValueError, TypeError, KeyError):
        return Toast()


def _ours(where: str) -> bool:
    return where.startswith("/") and not where.startswith("//")
