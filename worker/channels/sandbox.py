"""A channel's sandbox, for rehearsals: a wall of paper with that channel's own limits, classes and troubles.

What goes wrong is decided by the account's seed and the piece's key, so a rehearsal can be had again: the platform is
busy, the line breaks before the post is there or after, the answer is slow. A third call of the same piece meets no
trouble. settings: seed (a number), faults (how many calls of a hundred meet trouble), slow (milliseconds).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Literal, Protocol

from content.outcome import (
    Absent,
    Destination,
    Found,
    Gone,
    Impossible,
    KeyedPart,
    Listed,
    Outcome,
    Outgoing,
    Recalled,
    Refused,
    Retry,
    Seen,
    Sent,
    SentPart,
    TooLate,
    Undecidable,
    Unknown,
)
from content.promised import SANDBOX
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified

FAULTS = 20  # of a hundred calls, where the account says nothing
SLOW = 500  # milliseconds of a slow answer, where the account says nothing
CALLS = 2  # of a piece that may meet trouble
Trouble = Literal["", "busy", "lost before", "lost after", "slow"]


class Wall(Protocol):
    """Where the sheets of the play hang: the paper channel's."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Sent | Refused: ...
    def find(self, post: Outgoing, part: KeyedPart) -> Sent | Absent: ...
    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Gone: ...
    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen: ...
    def listed(self, account: Destination, since: datetime) -> Sequence[Listed]: ...


@dataclass(frozen=True, slots=True)
class Sandbox:
    """of: the channel that is played; caps: its own; folder: remembers which pieces were called how often."""

    wall: Wall
    folder: Path
    of: str
    caps: Caps

    @property
    def name(self) -> str:
        return f"{SANDBOX}{self.of}"

    def prepare(self, release: Outgoing) -> None:
        """Paper needs nothing beforehand."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """As the channel would: a second call makes a second copy where nothing there knows the key."""
        call = self._called(part)
        trouble = _trouble(release.account, part.key, call)
        if trouble == "busy":
            return Retry(timedelta(seconds=1 + call), f"{self.name}.429")
        if trouble == "lost before":
            return Unknown("the line broke before the post was there")
        if trouble == "slow":
            time.sleep(int(release.account.settings.get("slow", SLOW)) / 1000)
        known = replace(part, key=f"{part.key}#{call}") if self._forgets(part, call) else part
        answer = self.wall.publish(release, known, earlier)
        if isinstance(answer, Refused) or trouble != "lost after":
            return answer
        return Unknown("the line broke after the post was there")

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """As the channel can: by key, by looking through what stands there, or not at all."""
        if self.caps.find is Look.NONE:
            return Undecidable(f"{self.of} cannot be asked what stands there.")
        return self.wall.find(post, part)

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """As far as the channel takes anything back, and for as long."""
        if self.caps.recall is Undo.NONE:
            return Impossible(f"{self.of} takes nothing back.")
        if self._too_old(post.account, remote_id):
            return TooLate(f"{self.of} takes back for {self.caps.recall_window} only.")
        for call in range(1, self._calls(part)):  # where nothing knew the key there may be further copies
            self.wall.recall(post, replace(part, key=f"{part.key}#{call}"), None)
        return self.wall.recall(post, part, remote_id)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """Whether the sheet hangs there, where the channel can be asked."""
        if self.caps.find is Look.NONE:
            return Undecidable(f"{self.of} cannot be asked what stands there.")
        return self.wall.stands(post, part, remote_id)

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed] | Undecidable | Retry:
        """The account's sheets, where the channel can be asked."""
        if self.caps.find is Look.NONE:
            return Undecidable(f"{self.of} cannot be asked what stands there.")
        return self.wall.listed(account, since)

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """A wall belongs to whoever it is pinned to."""
        return Verified(account.remote_identity)

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Nobody reads paper."""
        return {}

    def _called(self, part: KeyedPart) -> int:
        """Which call of this piece it is, from 0; remembered in a file, for a restart is no new beginning."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._counted(part).open("ab") as file:
            file.write(b".")
        return self._calls(part) - 1

    def _calls(self, part: KeyedPart) -> int:
        path = self._counted(part)
        return path.stat().st_size if path.exists() else 0

    def _counted(self, part: KeyedPart) -> Path:
        return self.folder / sha256(part.key.encode()).hexdigest()

    def _too_old(self, account: Destination, remote_id: str | None) -> bool:
        window = self.caps.recall_window
        if window is None or remote_id is None:
            return False
        lately = self.wall.listed(account, datetime.now(UTC) - window)
        return remote_id not in {one.remote_id for one in lately} and remote_id in {
            one.remote_id for one in self.wall.listed(account, datetime.fromtimestamp(0, UTC))
        }

    def _forgets(self, part: KeyedPart, call: int) -> bool:
        """Whether a further call of the same piece would be a further post."""
        return call > 0 and self.caps.delivery is Delivery.AT_MOST_ONCE


def _trouble(account: Destination, key: str, call: int) -> Trouble:
    if call >= CALLS:
        return ""
    chance = Random(f"{account.settings.get('seed', 1)} {key} {call}")  # a rehearsal's weather, no secret
    if chance.random() * 100 >= int(account.settings.get("faults", FAULTS)):
        return ""
    found: Trouble = chance.choice(("busy", "lost before", "lost after", "slow"))
    return found
