"""What a channel can do and what it says of itself: shown to reviewers before a verdict, obeyed by the sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from content.pace import Rate

UNLIMITED = Rate()


class Delivery(StrEnum):
    """What a second call with the same key does."""

    EXACT = "exact"  # nothing: the channel creates under our key or not at all
    RECEIVER_DEDUPES = "receiver_dedupes"  # the receiver drops it by its key
    TWO_PHASE = "two_phase"  # found by a mark of ours before anything is public
    KEYED = "keyed"  # nothing, for as long as the platform remembers the key
    AT_MOST_ONCE = "at_most_once"  # a second post: so there is never a second call
    BY_HAND = "by_hand"  # nothing: a person posts it, once they are asked


class Look(StrEnum):
    """How a post whose answer was lost can be found again."""

    KEY = "key"
    SCAN = "scan"
    NONE = "none"


class Undo(StrEnum):
    """How far what went out can be taken back."""

    NONE = "none"
    ADVISORY = "advisory"
    WINDOW = "window"
    FULL = "full"
    BY_HAND = "by_hand"  # a person takes it down, and it is looked at


@dataclass(frozen=True, slots=True)
class Caps:
    """One channel's abilities. key_window, recall_window: None = without end. stands, lists: whether what is out can be
    looked at again, and what stands on the account be listed; counts: what is told of readers."""

    delivery: Delivery
    find: Look
    recall: Undo
    key_window: timedelta | None = None
    recall_window: timedelta | None = None
    edit: bool = False
    media: bool = False
    alt_text: bool = False
    personal_data: bool = False
    stands: bool = False
    lists: bool = False
    counts: tuple[str, ...] = ()
    rate: str = "none"  # where its limits are told: none | answer | account
    pace: Rate = UNLIMITED  # what one account may send at most; its settings may only be stricter

    @property
    def batched(self) -> bool:
        """Whether a repeat is harmless, so that intents may be written for a batch."""
        return self.delivery in (Delivery.EXACT, Delivery.RECEIVER_DEDUPES)

    @property
    def same_key(self) -> bool:
        """Whether a call whose answer was lost may be made again with the same key."""
        return self.delivery in (Delivery.EXACT, Delivery.RECEIVER_DEDUPES, Delivery.KEYED)


@dataclass(frozen=True, slots=True)
class Verified:
    """The credentials work; this is the remote identity they belong to. `told`: limits that the other side names."""

    identity: str
    told: Mapping[str, Any] = field(default_factory=dict)
