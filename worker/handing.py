"""Where the channel of what people post by hand asks how far they are: the one channel that has no platform to ask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from content import handing
from content.handing import Standing
from content.outcome import Refused
from content.release import Release
from content.store import Store


class Hands(Protocol):
    """People, as a channel knows them. Each call is a transaction of its own."""

    def give(self, release: Release) -> Refused | None:
        """Hands a post to them, once. None: it is in their hands."""
        ...

    def standing(self, post_id: int, index: int) -> Standing:
        """How far they are with one piece."""
        ...

    def taking_down(self, post_id: int, index: int) -> Standing:
        """How far they are with taking one piece down; they are asked to at the first call."""
        ...

    def looked(self, post_id: int, index: int, kind: str, seen: str) -> None:
        """What was seen at the address that they gave."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Through the database. opened: the store of this process, opened at the first use."""

    opened: Callable[[], Store]

    def give(self, release: Release) -> Refused | None:
        """As the protocol says."""
        with self.opened().write() as session:
            return handing.opened(session, release.post_id, release.step, release.fence)

    def standing(self, post_id: int, index: int) -> Standing:
        """As the protocol says."""
        with self.opened().write() as session:
            return handing.standing(session, post_id, index)

    def taking_down(self, post_id: int, index: int) -> Standing:
        """As the protocol says."""
        with self.opened().write() as session:
            return handing.taking_down(session, post_id, index)

    def looked(self, post_id: int, index: int, kind: str, seen: str) -> None:
        """As the protocol says."""
        with self.opened().write() as session:
            handing.looked(session, post_id, index, kind, seen)
