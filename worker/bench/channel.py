"""The channel that is measured against: one appended line a post, on this machine's clock, and nothing else."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from content.outcome import Destination, Found, Gone, KeyedPart, Outgoing, Sent, SentPart, Undecidable
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified

CLASSES = {
    "exact": Caps(Delivery.EXACT, Look.NONE, Undo.FULL),  # intents may be written in a batch
    "once": Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.FULL),  # one by one
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Appends (post, key, time) to a file, in one write; sleeps `call` seconds first, as a platform would."""

    path: Path
    caps: Caps
    call: float = 0.0
    name: str = "bench"

    def prepare(self, release: Outgoing) -> None:
        """Nothing is needed beforehand."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Sent:
        """One line, timed as the last thing before it is written."""
        if self.call:
            time.sleep(self.call)
        append(self.path, release.post_id, part.key)
        return Sent((SentPart(part.index, f"bench:{release.post_id}"),))

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """Nobody can tell: what becomes uncertain stays so, and is counted."""
        return Undecidable("bench.blind")

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Gone:
        """A line stays where it is."""
        return Gone()

    def verify(self, account: Destination) -> Verified:
        """Every account is what it says."""
        return Verified(account.remote_identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        """A ledger is not looked at again."""
        return Undecidable("Nobody can be asked.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        """A ledger is not looked at again."""
        return Undecidable("Nobody can be asked.")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Nobody reads a ledger."""
        return {}


def append(path: Path, post: int, key: str) -> None:
    """One line of the ledger: {post, key, at}; at: seconds since 1970 on this machine's clock."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, (json.dumps({"post": post, "key": key, "at": time.time()}) + "\n").encode())
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Line:
    """One line, read again."""

    post: int
    key: str
    at: float


def lines(path: Path) -> list[Line]:
    """All that was sent, in the order of the writes."""
    if not path.exists():
        return []
    return [Line(**json.loads(line)) for line in path.read_text("ascii").splitlines()]


def count(path: Path) -> int:
    """How many lines there are; cheap enough to be asked often."""
    return path.read_bytes().count(b"\n") if path.exists() else 0
