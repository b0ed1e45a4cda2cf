"""Channels of tests only, which speak to tests/faults/server.py: one for each class of delivery.

`exact` and `keyed` can be asked what they hold; `once` cannot, and a second call would be a second post.
"""

import hashlib
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from content.outcome import (
    Absent,
    Destination,
    Gone,
    Impossible,
    KeyedPart,
    Outcome,
    Outgoing,
    Recalled,
    Retry,
    Sent,
    SentPart,
    Undecidable,
    Unknown,
)
from content.release import Release
from tests.faults import hooks
from worker.caps import Caps, Delivery, Look, Undo, Verified

CAPS: Mapping[str, Caps] = {
    "exact": Caps(Delivery.EXACT, Look.KEY, Undo.FULL),
    "keyed": Caps(Delivery.KEYED, Look.KEY, Undo.FULL, key_window=timedelta(hours=1)),
    "once": Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE),
}
PATIENCE = 5.0  # seconds for one call; the caller's deadline is shorter in a hurry


@dataclass(frozen=True, slots=True)
class Told:
    """address: host:port of the platform."""

    name: str
    address: str

    @property
    def caps(self) -> Caps:
        return CAPS[self.name]

    def prepare(self, release: Outgoing) -> None:
        """Nothing is needed."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """201: out. 429 and 503: later. Whatever else happens: nobody knows."""
        told = {
            "post": release.post_id,
            "part": part.index,
            "sha256": hashlib.sha256(part.text.encode()).hexdigest(),
        }
        status, answer = self._ask("POST", part.key, told, "during_call")
        if status == 201:
            return Sent((SentPart(part.index, answer["id"]),))
        if status in (429, 503):
            return Retry(timedelta(seconds=1), f"told.{status}")
        return Unknown(f"the platform answered {status}")

    def find(self, post: Outgoing, part: KeyedPart) -> Sent | Absent | Undecidable:
        """What the platform holds under the key."""
        if self.caps.find is Look.NONE:
            return Undecidable("This platform cannot be asked.")
        status, answer = self._ask("GET", part.key)
        if status == 200:
            return Sent((SentPart(part.index, answer["id"]),))
        if status != 404:
            raise OSError(f"the platform answered {status}")
        return Absent()

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Takes it back, where the platform can."""
        if self.caps.recall is Undo.NONE:
            return Impossible("This platform takes nothing back.")
        status, _ = self._ask("DELETE", part.key)
        return Gone() if status == 204 else Retry(timedelta(seconds=1), f"told.{status}")

    def verify(self, account: Destination) -> Verified:
        """Whoever asks."""
        return Verified(account.remote_identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        return Undecidable("Nobody can be asked.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        return Undecidable("Nobody can be asked.")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Nobody counts."""
        return {}

    def _ask(
        self, method: str, key: str, told: Mapping[str, object] | None = None, point: str = ""
    ) -> tuple[int, dict[str, str]]:
        line = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            line.request(method, f"/{self.name}/{key}", json.dumps(told).encode() if told else None)
            if point:
                hooks.reach(point, self.name)
            answer = line.getresponse()
            body = answer.read()
            return answer.status, json.loads(body) if body else {}
        finally:
            line.close()
