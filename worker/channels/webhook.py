"""Signed events to an address of the organisation's own (Standard Webhooks): an automation, another site.

`webhook-id` is the piece's key, the same through every retry: the receiver drops what it has seen. While two secrets
stand, both sign, so that the receiver can change over. Pictures, films and sounds stand in the signed body itself, each
with its digest: nothing has to be fetched, and nothing that was not signed is shown.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from content.outcome import (
    Attachment,
    Destination,
    Gone,
    Impossible,
    KeyedPart,
    Outcome,
    Outgoing,
    Recalled,
    Refused,
    Retry,
    Sent,
    SentPart,
    Undecidable,
    Unknown,
)
from content.pace import Rate
from content.promised import PROMISED
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, after, no, taken, told
from worker.wallet import Wallet

# 20 a second: the larger automation services take 30 a second and answer 429 above (Make's webhooks).
CAPS = Caps(
    Delivery.RECEIVER_DEDUPES, Look.NONE, Undo.FULL, media=True, alt_text=True, rate="answer",
    pace=Rate(20, timedelta(seconds=1)),
)  # fmt: skip
MOST = PROMISED["webhook"].takes.together or 0  # bytes of all that goes with one piece
SECONDS = 12.0  # for one call; the deadline over all is the caller's
_MEND = timedelta(minutes=10)  # what a person must mend


@dataclass(frozen=True, slots=True)
class Webhook:
    """Secrets are `whsec_` and base64 of at least 24 bytes."""

    network: Network
    wallet: Wallet
    name: str = "webhook"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """Nothing goes out without a secret and an address, nor with more than a receiver takes."""
        if any(sum(one.path.stat().st_size for one in part.attachments) > MOST for part in release.parts):
            return Refused("webhook.too_large", f"An event carries {MOST} bytes of pictures and films.")
        return self._unready(release.account)

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """One signed event. 2xx: taken. 429 and 503 with Retry-After: later. Other 4xx: refused. The rest: unknown."""
        unready = self.prepare(release)
        if unready is not None:
            return unready
        try:
            answer = self._send(release.account, part.key, "post.published", _data(release, part, earlier))
        except NotSent as error:
            return Retry(LATER, error.code)
        except NoAnswer as error:
            return Unknown(str(error))
        return _outcome(answer, part)

    def find(self, post: Outgoing, part: KeyedPart) -> Undecidable:
        """A receiver cannot be asked; the event is sent again with the same key instead."""
        return Undecidable("A webhook cannot be asked what it received.")

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Asks the receiver to take the piece down; its 2xx, 404 or 410 means that it is gone there."""
        if self._unready(post.account) is not None:
            return Retry(LATER, "webhook.unready")
        try:
            answer = self._send(
                post.account, f"{part.key}.recall", "post.recalled", {"id": part.key, "part": part.index}
            )
        except (NotSent, NoAnswer):
            return Retry(LATER, "webhook.no_answer")
        if taken(answer) or answer.status in (404, 410):
            return Gone()
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return Retry(after(answer), f"webhook.{answer.status}")
        return Impossible(f"The receiver answered {answer.status}.")

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """A signed `account.verify` event that is taken proves address and secret; the identity is the address."""
        unready = self._unready(account)
        if unready is not None:
            return unready
        key = f"verify-{int(time.time())}"
        try:
            answer = self._send(account, key, "account.verify", {"account": account.ref})
        except (NotSent, NoAnswer):
            return Retry(LATER, "webhook.no_answer")
        if taken(answer):
            return Verified(identity(_address(account)))
        return Refused(f"webhook.{answer.status}", f"The receiver answered {answer.status}.")

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        """A receiver cannot be asked."""
        return Undecidable("A webhook cannot be asked what it shows.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        """A receiver cannot be asked."""
        return Undecidable("A webhook cannot be asked what it shows.")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """A receiver counts for itself."""
        return {}

    def _send(self, account: Destination, key: str, kind: str, data: Mapping[str, Any]) -> Answer:
        body = json.dumps({"type": kind, "data": data}, ensure_ascii=False, sort_keys=True).encode()
        stamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "Counterpoint",
            "webhook-id": key,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(self._secrets(account), key, stamp, body),
        }
        return self.network.request("POST", _address(account), headers=headers, body=body, seconds=SECONDS)

    def _unready(self, account: Destination) -> Retry | Refused | None:
        try:
            return _unready(self._secrets(account), account, self.network)
        except NotSent as error:
            return Retry(LATER, error.code)

    def _secrets(self, account: Destination) -> list[bytes]:
        try:
            lines = [one.get("secret", "") for one in self.wallet.secrets(account)]
            return [base64.b64decode(line.removeprefix("whsec_"), validate=True) for line in lines]
        except binascii.Error:
            return []


def signature(secrets: Sequence[bytes], key: str, stamp: int, body: bytes) -> str:
    """`v1,<base64>` for each secret, with spaces between: HMAC-SHA256 over id, stamp (seconds) and body."""
    signed = f"{key}.{stamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(one, signed, hashlib.sha256).digest()).decode() for one in secrets
    )


def identity(address: str) -> str:
    """The address as an identity: host, port and path, without what may hold a secret."""
    place = urlsplit(address)
    return f"{place.scheme}://{place.netloc.lower()}{place.path}"


def _address(account: Destination) -> str:
    return str(account.settings.get("url") or account.remote_identity)


def _unready(secrets: Sequence[bytes], account: Destination, network: Network) -> Retry | Refused | None:
    if not secrets or any(len(secret) < 24 for secret in secrets):
        return Retry(_MEND, "webhook.secret")
    if identity(_address(account)) != account.remote_identity:
        return Refused("webhook.identity", "The address is not the one this account is pinned to.")
    try:
        network.check(_address(account))
    except NotSent as error:
        return Refused(error.code, str(error))
    return None


def _data(post: Outgoing, part: KeyedPart, earlier: Sequence[SentPart]) -> dict[str, Any]:
    return {
        "id": part.key,
        "part": part.index,
        "of": len(post.parts),
        "text": part.text,
        "language": post.language,
        "direction": post.direction,
        "links": list(post.links),
        "card": dict(post.card) if post.card else None,
        "due": post.due_at.astimezone(UTC).isoformat(timespec="seconds"),
        **({"attachments": [_attached(one) for one in part.attachments]} if part.attachments else {}),
    }


def _attached(one: Attachment) -> dict[str, Any]:
    """One file, whole: `data` is its bytes in base64, whose SHA-256 is the one that was cleared."""
    content = one.read()
    return {
        "sha256": one.sha256,
        "type": one.type,
        "bytes": len(content),
        "alt": one.alt,
        "label": one.label,
        "note": one.note,
        "captions": one.captions,
        "width": one.width,
        "height": one.height,
        "seconds": one.seconds,
        "data": base64.b64encode(content).decode("ascii"),
    }


def _outcome(answer: Answer, part: KeyedPart) -> Outcome:
    if taken(answer):
        return Sent((SentPart(part.index, part.key, _told_url(answer)),))
    return no("webhook", answer)


def _told_url(answer: Answer) -> str:
    """Where readers find it, if the receiver says so in JSON."""
    body = told(answer)
    url = body.get("url") if isinstance(body, dict) else None
    return url if isinstance(url, str) and url.startswith("https://") and len(url) <= 2000 else ""
