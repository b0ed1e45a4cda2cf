"""A channel that does as it is told, and counts."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from content.outcome import (
    Absent,
    Destination,
    Found,
    Gone,
    KeyedPart,
    Outcome,
    Outgoing,
    Recalled,
    Refused,
    Retry,
    Seen,
    Sent,
    SentPart,
    Undecidable,
)  # fmt: skip
from content.release import Release
from worker.channels import Caps, Delivery, Look, Undo, Verified


@dataclass
class Scripted:
    """publishes, finds, recalls: what it answers next, a value or something to call; then the ordinary."""

    name: str = "paper"
    caps: Caps = field(default_factory=lambda: Caps(Delivery.EXACT, Look.KEY, Undo.FULL))
    publishes: list[Outcome | Callable[[], Outcome]] = field(default_factory=list)
    finds: list[Found] = field(default_factory=list)
    recalls: list[Recalled | Exception] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    calls: list[tuple[int, int]] = field(default_factory=list)  # (post, part)
    times: list[float] = field(default_factory=list)
    recalled: list[int] = field(default_factory=list)
    identity: str = ""

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        return None

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        self.calls.append((release.post_id, part.index))
        self.times.append(time.time())
        told = self.publishes.pop(0) if self.publishes else Sent((SentPart(part.index, f"r{part.index}"),))
        return told() if callable(told) else told

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        return self.finds.pop(0) if self.finds else Absent()

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        self.recalled.append(part.index)
        told = self.recalls.pop(0) if self.recalls else Gone()
        if isinstance(told, Exception):
            raise told
        return told

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        return Verified(self.identity or account.remote_identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        return self.seen.pop(0) if self.seen else Undecidable("Nobody can be asked.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        return Undecidable("Nobody can be asked.")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        return {}
