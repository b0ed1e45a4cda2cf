"""Mastodon: public statuses under an idempotency key, which the server remembers for an hour.

An account is pinned to `https://instance#<account id>`: names change hands, ids do not. Its settings name the instance
(`url`); its credentials are a `token` with read:accounts, read:statuses, write:statuses and write:media. What the
instance allows is told by `verify`, and obeyed from there. A status whose answer was lost is looked for by its words.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from content.formats import find_format, measure
from content.link import MASTODON, find_links
from content.outcome import (
    Absent,
    Attachment,
    Destination,
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
    Stands,
    Undecidable,
    Unknown,
    Vanished,
)
from content.pace import Rate
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, MEND, Later, after, no, taken, told, took
from worker.protocols.fediverse import Server, at, place
from worker.protocols.statuses import matched, plain, sent_status, words
from worker.wallet import Wallet

HOUR = timedelta(hours=1)
_COUNTS = ("reblogs", "favourites", "replies")
CAPS = Caps(
    Delivery.KEYED, Look.SCAN, Undo.FULL, key_window=HOUR, media=True, alt_text=True, stands=True, lists=True,
    counts=_COUNTS, rate="answer", pace=Rate(300, 3 * HOUR),
)  # fmt: skip
SKEW = timedelta(minutes=5)  # between the server's clock and ours
_LIMITS = {
    "characters": ("statuses", "max_characters"),
    "media": ("statuses", "max_media_attachments"),
    "link": ("statuses", "characters_reserved_per_url"),
    "alt": ("media_attachments", "description_limit"),
    "types": ("media_attachments", "supported_mime_types"),
    "image": ("media_attachments", "image_size_limit"),
    "film": ("media_attachments", "video_size_limit"),
}


@dataclass(frozen=True, slots=True)
class Mastodon:
    """remote_id: the status's id on its instance."""

    network: Network
    wallet: Wallet
    name: str = "mastodon"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """What does not fit is refused; the token is seen to be the account's; what it shows is stored, unseen."""
        server, out = self._of(release.account), {part.index for part in release.confirmed}
        try:
            self.network.check(place(release.account))
            unready = _unfit(release) or _barred(server)
            given = (server.pictures(part) for part in release.parts if part.index not in out)
            return unready or next((one for one in given if isinstance(one, Refused)), None)
        except Later as later:
            return later.retry
        except NotSent as failed:
            return Refused(failed.code, str(failed))

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """One status under its key. The same key within the hour is the same status."""
        server = self._of(release.account)
        try:
            pictures = _barred(server) or server.pictures(part)
            if isinstance(pictures, Refused):
                return pictures
            body = _status(release, part, earlier, pictures)
            answer = server.call("POST", "/api/v1/statuses", body, {"idempotency-key": part.key})
        except Later as later:
            return later.retry
        except NotSent as failed:
            return Retry(LATER, failed.code)
        except NoAnswer as failed:
            return Unknown(str(failed))
        if answer.status == 401:
            return Retry(MEND, "mastodon.credentials")
        if not taken(answer):
            return no("mastodon", answer)
        server.shown(part)
        return Sent((sent_status(part, told(answer)),))

    def find(self, post: Outgoing, part: KeyedPart) -> Sent | Absent | Undecidable:
        """Among the account's statuses since the due time. Raises where the server does not say."""
        own, whole = self._of(post.account).own(post.due_at - SKEW)
        return matched(post, part, own) if whole else Undecidable("More statuses than are read.")

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Deletes the status: 30 in half an hour, and the server says when the next may follow."""
        server = self._of(post.account)
        try:
            if _barred(server):  # to whom nothing of ours is shown as there to delete
                return Retry(MEND, "mastodon.identity")
            found = Sent((SentPart(part.index, remote_id),)) if remote_id else self.find(post, part)
            if isinstance(found, Undecidable):
                return Impossible(found.detail)
            if isinstance(found, Absent):
                return Gone()
            answer = server.status(found.parts[0].remote_id, "DELETE")
        except Later as later:
            return later.retry
        if taken(answer) or answer.status in (404, 410):
            return Gone()
        if answer.status in (401, 403, 408, 425, 429) or answer.status >= 500:
            return Retry(after(answer), f"mastodon.{answer.status}")
        return Impossible(f"The instance answered {answer.status}.")

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """Whose the token is, and what the instance allows; an old one that does not say has Mastodon's own limits."""
        server = self._of(account)
        try:
            identity = server.anew().identity
            answer = server.harmless("GET", "/api/v2/instance")
            limits = {} if answer.status == 404 else told(took("mastodon", answer)).get("configuration", {})
        except Later as later:
            return later.retry
        found = {name: limits.get(group, {}).get(key) for name, (group, key) in _LIMITS.items()}
        return Verified(identity, {name: value for name, value in found.items() if value is not None})

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """The status as the instance shows it now."""
        try:
            answer = self._of(post.account).status(remote_id)
            if answer.status in (404, 410):
                return Vanished("The instance has no such status.")
            status = told(took("mastodon", answer))
        except Later as later:
            return later.retry
        return Stands(bool(status.get("edited_at")) or plain(status["content"]) != words(part.text))

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed] | Retry:
        """The account's statuses and what it passed on, by the instance's own times; of a flood the newest."""
        try:
            own, _ = self._of(account).own(since)
        except Later as later:
            return later.retry
        return [Listed(one["id"], one.get("url") or one.get("uri") or "", at(one)) for one in own]

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """What the status tells of itself; another instance's readers are counted in part only."""
        status = told(self._of(post.account).status(remote_id)) or {}
        counts = {name: status.get(f"{name}_count") for name in _COUNTS}
        return {name: count for name, count in counts.items() if isinstance(count, int)}

    def _of(self, account: Destination) -> Server:
        return Server(self.network, self.wallet, account)


def _barred(server: Server) -> Refused | None:
    if server.access().identity != server.account.remote_identity:
        return Refused("mastodon.identity", "The token is not that of the account that is pinned.")
    return None


def _unfit(post: Outgoing) -> Refused | None:
    """What the instance does not take, by what it told of itself; else by the format's own limits."""
    shape, limits = find_format("mastodon"), post.account.told
    longest, link = limits.get("characters", shape.limit), limits.get("link", shape.link_cost)
    if any(_length(part.text, link) > longest for part in post.parts):
        return Refused("mastodon.too_long", f"The instance takes {longest} characters.")
    most = limits.get("media", shape.images)
    if any(len(part.attachments) > most for part in post.parts):
        return Refused("mastodon.too_many", f"The instance takes {most} pictures.")
    if not all(_alike(part.attachments) for part in post.parts):
        return Refused("mastodon.mixed", "A status shows pictures, or one film or sound.")
    given = [one for part in post.parts for one in part.attachments]
    sizes = {True: limits.get("image", shape.image_bytes), False: limits.get("film", shape.film_bytes)}
    if any(one.path.stat().st_size > sizes[_is_picture(one)] for one in given):
        return Refused("mastodon.too_large", "The instance takes no file as large as this.")
    if any(one.type not in limits.get("types", [one.type]) for one in given):
        return Refused("mastodon.media", "The instance does not take media of this type.")
    if any(len(one.told) > limits.get("alt", shape.alt_text) for one in given):
        return Refused("mastodon.alt", "A description is longer than the instance takes.")
    return None


def _alike(shown: Sequence[Attachment]) -> bool:
    """Pictures alone, or one film or sound alone: nothing else stands in one status."""
    return all(map(_is_picture, shown)) or len(shown) == 1


def _is_picture(one: Attachment) -> bool:
    return one.type.startswith("image/")


def _length(text: str, link: int) -> int:
    """As Mastodon counts, where each link is `link` characters."""
    usual = find_format("mastodon").link_cost or 0
    return measure("mastodon", text).length + (link - usual) * len(find_links(text, MASTODON))


def _status(post: Outgoing, part: KeyedPart, earlier: Sequence[SentPart], pictures: list[str]) -> bytes:
    """Public, in the post's language, now: a server that sends by its own clock could not be stopped."""
    status: dict[str, Any] = {"status": part.text, "visibility": "public", "language": post.language}
    out = {one.index: one.remote_id for one in (*post.confirmed, *earlier)}
    status |= {"in_reply_to_id": out[part.index - 1]} if part.index else {}
    status |= {"media_ids": pictures} if pictures else {}
    status |= {"sensitive": True} if any(one.note for one in part.attachments) else {}
    return json.dumps(status, ensure_ascii=False).encode()
