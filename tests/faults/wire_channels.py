"""Channels of tests only for the classes that the shipped ones do not have; they leave by the real outbound.py."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from content.outcome import (
    Absent,
    Destination,
    Found,
    Impossible,
    KeyedPart,
    Outcome,
    Outgoing,
    Refused,
    Retry,
    Sent,
    SentPart,
    Undecidable,
    Unknown,
)
from content.release import Release
from tests.faults.wire_server import sha256
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Answer, Network, NoAnswer, NotSent

LETTER = Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE)  # as a mail: no key, no looking up
WALL = Caps(Delivery.AT_MOST_ONCE, Look.SCAN, Undo.NONE)  # no key, but what stands there can be read
KEYED = Caps(Delivery.KEYED, Look.NONE, Undo.NONE, key_window=timedelta(hours=1))
SECONDS = 0.4  # for one call


@dataclass(frozen=True, slots=True)
class Plain:
    """`home`: http://host:port of the server."""

    name: str
    caps: Caps
    network: Network
    home: str

    def prepare(self, release: Outgoing) -> None:
        """Nothing is needed."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        body = json.dumps({"text": part.text}).encode()
        try:
            answer = self.network.request(
                "POST", f"{self.home}/post", headers={"idempotency-key": part.key}, body=body, seconds=SECONDS
            )
        except NotSent as error:
            return Retry(timedelta(seconds=1), error.code)
        except NoAnswer as error:
            return Unknown(str(error))
        return _outcome(answer, part)

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        if self.caps.find is Look.NONE:
            return Undecidable("This platform cannot be asked.")
        path = "scan" if self.caps.find is Look.SCAN else f"key/{part.key}"
        told = json.loads(self.network.request("GET", f"{self.home}/{path}", seconds=SECONDS).body)
        stands = any(one["words"] == sha256(part.text) for one in told)
        return Sent((SentPart(part.index, f"found:{part.key[:12]}"),)) if stands else Absent()

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Impossible:
        return Impossible("Nothing is taken back here.")

    def verify(self, account: Destination) -> Verified:
        return Verified(account.remote_identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        return Undecidable("Nobody can be asked.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        return Undecidable("Nobody can be asked.")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        return {}


def _outcome(answer: Answer, part: KeyedPart) -> Outcome:
    if answer.status == 200:
        return Sent((SentPart(part.index, f"plain:{part.key[:12]}"),))
    if answer.status in (429, 503):
        return Retry(timedelta(seconds=int(answer.headers.get("retry-after", "1"))), f"plain.{answer.status}")
    return Unknown(f"answered {answer.status}") if answer.status >= 500 else Refused(f"plain.{answer.status}")
