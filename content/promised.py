"""What each channel promises, as reviewers are told before a verdict: how often a post arrives, how it comes back.

The same words as in worker/caps.py, which the sender obeys; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promised:
    """delivery: exact receiver_dedupes two_phase keyed at_most_once; recall: none advisory window full.

    hours: how long a recall is possible, where that ends.
    """

    delivery: str
    recall: str
    hours: int | None = None


PROMISED: Mapping[str, Promised] = {
    "paper": Promised("exact", "full"),
    "site": Promised("exact", "full"),
    "webhook": Promised("receiver_dedupes", "full"),
}
