"""What each channel promises, as reviewers are told before a verdict, and what an account on it must be told.

The same words as in worker/caps.py, which the sender obeys; a test holds the two together. This is the list of
channels for everything that does not send.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promised:
    """delivery: exact receiver_dedupes two_phase keyed at_most_once by_hand; recall: none advisory window full by_hand.

    hours: how long a recall is possible, where that ends. secrets: what an account's credentials are made of;
    optional: those of them that need not be given. both: while two stand, both are used, for a change-over.
    """

    delivery: str
    recall: str
    hours: int | None = None
    secrets: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    both: bool = False


_MAIL = ("user", "password", "key")
PROMISED: Mapping[str, Promised] = {
    "paper": Promised("exact", "full"),
    "site": Promised("exact", "full"),
    "webhook": Promised("receiver_dedupes", "full", secrets=("secret",), both=True),
    "wordpress": Promised("two_phase", "full", secrets=("user", "password")),
    "list": Promised("at_most_once", "none", secrets=_MAIL, optional=_MAIL),
    "bluesky": Promised("exact", "full", secrets=("password",)),
    "mastodon": Promised("keyed", "full", secrets=("token",)),
    "matrix": Promised("keyed", "full", secrets=("token",)),
    "telegram": Promised("at_most_once", "window", 48, secrets=("token",)),
    "manual": Promised("by_hand", "by_hand"),
}
