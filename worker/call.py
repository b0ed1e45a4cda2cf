"""One call: what goes over the wire for a release, its deadline, and how it ended. Nothing here sends a second time."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import assert_never

from content.outcome import Outcome, Refused, Retry, Sent, SentPart, Unknown
from content.patience import Begun, Overrun, begin
from content.release import Release
from worker.channels import Channel
from worker.node import DEADLINE, Node

log = logging.getLogger("counterpoint.call")
LATER = timedelta(seconds=30)  # until what may be out is looked for again, where the channel named no time


class Call:
    """The call of one release, under way in a thread of its own. Every exception is an outcome that nobody knows.

    stopped: whether a stop has been set since its intent; asked between the parts of a thread.
    """

    def __init__(self, node: Node, way: Channel | None, release: Release, stopped: Callable[[], bool]) -> None:
        self._node, self.release = node, release
        self._out = list(release.confirmed)
        self._begun = self._begin(way, stopped)

    def _begin(self, way: Channel | None, stopped: Callable[[], bool]) -> Begun[Outcome] | Outcome:
        if way is None:
            return Refused("channel.unknown", "There is no channel of that name.")
        try:
            return begin(lambda: self._deliver(way, stopped))
        except Exception as error:
            return self._failed(error)

    def _deliver(self, way: Channel, stopped: Callable[[], bool]) -> Outcome:
        with self._node.lanes.calling(way.name):
            return deliver(way, self.release, self._out, stopped)

    @property
    def over(self) -> bool:
        """Whether it has ended, or has had its time."""
        return not isinstance(self._begun, Begun) or self._begun.ended(DEADLINE.total_seconds())

    def wait(self, seconds: float) -> None:
        """Until it is over, so long at most."""
        if isinstance(self._begun, Begun):
            self._begun.over.wait(seconds)

    def outcome(self) -> Outcome:
        """How it ended; waits until it is over."""
        if not isinstance(self._begun, Begun):
            return self._begun
        try:
            return self._begun.within(DEADLINE.total_seconds())
        except Overrun:
            self._node.stuck()
            log.error("call.overrun: post %d; this process ends", self.release.post_id)
            return Unknown("call.overrun", tuple(self._out))
        except Exception as error:
            return self._failed(error)

    def _failed(self, error: Exception) -> Unknown:
        log.warning("call.failed: %s, post %d", type(error).__name__, self.release.post_id)
        return Unknown(f"call.failed: {type(error).__name__}", tuple(self._out))


def deliver(channel: Channel, release: Release, out: list[SentPart], stopped: Callable[[], bool]) -> Outcome:
    """Sends the parts that are not out yet, in order, and adds each to `out`. A stop in between ends the thread."""
    unready = _unlike(release) or channel.prepare(release)
    if unready is not None:
        return unready if not out else still_unknown(unready, out)
    known = {part.index for part in out}
    for part in release.parts:
        if part.index in known:
            continue
        if out and stopped():
            return Unknown("stop.seen: between two parts", tuple(out))
        outcome = _one(channel.publish(release, part, tuple(out)), out)
        if outcome is not None:
            return outcome
    return Sent(tuple(out))


def _unlike(release: Release) -> Refused | None:
    """Whether a file that goes with a piece is not the cleared one: nothing is sent then, and nobody is called."""
    try:
        for part in release.parts:
            for attachment in part.attachments:
                attachment.read()
    except (OSError, ValueError) as error:
        log.warning("media.changed: %s, post %d", type(error).__name__, release.post_id)
        return Refused(
            "media.changed", "A file that goes with these words is gone, or is not the one that was cleared."
        )
    return None


def _one(answer: Outcome, out: list[SentPart]) -> Outcome | None:
    """None where the piece is out and the next may follow."""
    match answer:
        case Sent(parts):
            out.extend(parts)
            return None
        case Unknown(detail, parts):
            return Unknown(detail, (*out, *parts))
        case Retry() | Refused():
            return answer if not out else still_unknown(answer, out)
        case other:
            assert_never(other)


def still_unknown(answer: Retry | Refused, out: Sequence[SentPart]) -> Unknown:
    """A no to one call says nothing of the calls before it: what they did still has to be looked for."""
    return Unknown(f"call.part: {answer.code}", tuple(out), answer.after if isinstance(answer, Retry) else LATER)
