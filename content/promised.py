"""What each channel promises, as reviewers are told before a verdict, and what an account on it must be told.

The same words as in worker/caps.py, which the sender obeys; a test holds the two together. This is the list of
channels for everything that does not send.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Takes:
    """What a channel carries of media with one piece, where that is less than the account's format allows.

    number: of all; films: of films and sounds; each, together: bytes. None: what the format says.
    """

    number: int | None = None
    films: int | None = None
    each: int | None = None
    together: int | None = None


# A file that goes out in the very call that makes the post must arrive within the twelve seconds of one call.
IN_ONE_CALL = 12_000_000
# One that goes ahead of the post, unseen, has the twelve seconds to itself: a line of 27 megabits a second. It is below
# the 50 MB that a PDS takes as its installer leaves it (PDS_BLOB_UPLOAD_LIMIT).
AHEAD = 40_000_000


@dataclass(frozen=True, slots=True)
class Promised:
    """delivery: exact receiver_dedupes two_phase keyed at_most_once by_hand; recall: none advisory window full by_hand.

    hours: how long a recall is possible, where that ends. secrets: what an account's credentials are made of;
    optional: those of them that need not be given. both: while two stand, both are used, for a change-over.
    media: whether it carries pictures, films and sounds; takes: how much of them; alt_text: whether with what they show
    in words of its own. find: how
    what was sent is found again, key scan none. edit: whether what is out is ever changed. stands, lists: whether what
    is out can be looked at again, and what others put there be seen. counts: what it tells of readers; counter: the
    setting that names who counts, where the channel itself does not.
    """

    delivery: str
    recall: str
    hours: int | None = None
    secrets: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    both: bool = False
    media: bool = False
    takes: Takes = Takes()
    alt_text: bool = False
    find: str = "none"
    edit: bool = False
    stands: bool = False
    lists: bool = False
    counts: tuple[str, ...] = ()
    counter: str = ""


_MAIL = ("user", "password", "key")
_SHOWS: dict[str, Any] = {"media": True, "alt_text": True}
_SEEN: dict[str, Any] = {"stands": True, "lists": True}
_BY_KEY: dict[str, Any] = {"find": "key", **_SEEN}
_BY_SCAN: dict[str, Any] = {"find": "scan", **_SEEN}
_LIKED = ("likes", "reposts", "replies", "quotes")
_SHIPPED: Mapping[str, Promised] = {
    "paper": Promised("exact", "full", **_SHOWS, **_BY_KEY),
    "site": Promised("exact", "full", **_SHOWS, **_BY_KEY),
    "webhook": Promised("receiver_dedupes", "full", secrets=("secret",), both=True, **_SHOWS,
                        takes=Takes(together=3_600_000)),  # 4.8 MB in base64: Make's webhooks take 5
    "wordpress": Promised("two_phase", "full", secrets=("user", "password"), **_SHOWS, **_BY_KEY,
                          takes=Takes(each=8_000_000)),  # of one request, as PHP comes (post_max_size)
    "list": Promised("at_most_once", "none", secrets=_MAIL, optional=_MAIL, **_SHOWS,
                     takes=Takes(number=4, films=0, together=4_000_000)),
    "bluesky": Promised("exact", "full", secrets=("password",), counts=_LIKED, counter="appview", **_SHOWS, **_BY_KEY,
                        takes=Takes(each=AHEAD)),
    "mastodon": Promised("keyed", "full", secrets=("token",), counts=("reblogs", "favourites", "replies"), **_SHOWS,
                         **_BY_SCAN),
    "matrix": Promised("keyed", "full", secrets=("token",), **_SHOWS, **_BY_SCAN, takes=Takes(each=IN_ONE_CALL)),
    "telegram": Promised("at_most_once", "window", 48, secrets=("token",), media=True,
                         takes=Takes(number=1, each=IN_ONE_CALL)),
    "manual": Promised("by_hand", "by_hand", find="scan", **_SHOWS),
}  # fmt: skip

SANDBOX = "paper."  # how the name of a channel's sandbox begins: paper.bluesky is a wall that behaves as Bluesky does
_OURSELVES = ("paper", "site", "manual")  # nothing of others that could be played


def in_sandbox(name: str) -> str:
    """The channel whose sandbox this is, "" where it is none."""
    return name.removeprefix(SANDBOX) if name.startswith(SANDBOX) else ""


PROMISED: Mapping[str, Promised] = {
    **_SHIPPED,
    **{f"{SANDBOX}{name}": replace(row, secrets=(), optional=(), both=False, counts=(), counter="")
       for name, row in _SHIPPED.items() if name not in _OURSELVES},
}  # fmt: skip
# Channels that reach nothing outside this installation's own folders.
AT_HOME = frozenset({"paper", "site", *(name for name in PROMISED if name.startswith(SANDBOX))})
