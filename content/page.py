"""One page of a list: what it holds, and the sign under which the next one is asked for.

A sign names the place of the last item, never a number of items to skip: any page costs as much as the first.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from content.errors import Refusal

LIMIT = 50  # items on a page, where nobody asks for another number
MOST = 500
Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in order. after: asks for the next page; "" where this is the last."""

    items: tuple[Item, ...]
    after: str = ""


def sign(*place: datetime | int | str) -> str:
    """The sign of a place in a list."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    return urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def place(after: str, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The place that a sign names, one value for each kind (datetime.fromisoformat, int, str); None for "".

    Refuses (`page.sign`) what is no sign of this list.
    """
    if not after:
        return None
    try:
        values = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return tuple(kind(value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError):
        raise Refusal(
            "page.sign", "That is no place in this list.", "Give --after as the list printed it, or leave it out."
        ) from None
