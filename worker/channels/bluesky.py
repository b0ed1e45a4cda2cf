"""Bluesky, or any AT Protocol server, over plain HTTP: a post is a record under a key of our own.

Key and record are made from what does not change between two calls, so that a second call finds the same record and
changes nothing. An account is pinned to its DID; its settings name the server (`url`) and, where its counts are wanted,
an AppView (`appview`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from content.formats import find_format, measure
from content.outcome import (
    Absent,
    Attachment,
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
    Stands,
    Undecidable,
    Unknown,
    Vanished,
)
from content.pace import Rate
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, MEND, Later, after, no, taken, told
from worker.protocols.atproto import SECONDS, Repository, error, place
from worker.protocols.atrecord import (
    CAPTIONS,
    POSTS,
    blob,
    instant,
    is_film,
    key,
    listed,
    record_of,
    same,
    sent,
)
from worker.wallet import Wallet

# A server counts 3 points a record that is made, of 35,000 a day: 360 an hour leave a quarter for recalls.
PACE = Rate(360, timedelta(hours=1))
_COUNTS = {"likes": "likeCount", "reposts": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
CAPS = Caps(
    Delivery.EXACT, Look.KEY, Undo.FULL, media=True, alt_text=True, stands=True, lists=True, counts=tuple(_COUNTS),
    rate="answer", pace=PACE,
)  # fmt: skip
PAGES = 20  # of 100 records, when an account is listed


@dataclass(frozen=True, slots=True)
class Bluesky:
    """Credentials: `password`, an app password. remote_id: the record's at:// address."""

    network: Network
    wallet: Wallet
    name: str = "bluesky"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """What does not fit is refused; the session is seen to be the account's; what it shows is stored, unseen."""
        repository, out = self._of(release.account), {part.index for part in release.confirmed}
        shown = [one for part in release.parts if part.index not in out for one in part.attachments]
        try:
            self.network.check(place(release.account))
            unready = _unfit(release) or _barred(repository)
            return unready or next((found for one in shown if (found := _stored(repository, one))), None)
        except Later as later:
            return later.retry
        except NotSent as failed:
            return Refused(failed.code, str(failed))

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """Makes the record under its key, or finds it there. Another one under the key is left alone: refused."""
        repository, record = self._of(release.account), record_of(release, part, earlier)
        try:
            unready = _barred(repository) or _tied(repository, record)
            if unready:
                return unready
            answer = repository.write("putRecord", key(release, part), {"record": record, "swapRecord": None})
            if error(answer) == "InvalidSwap":
                found = self.find(release, part)
                return found if isinstance(found, Sent) else Refused("bluesky.key_taken", "Another record is there.")
        except Later as later:
            return later.retry
        except NotSent as failed:
            return Retry(LATER, failed.code)
        except NoAnswer as failed:
            return Unknown(str(failed))
        return Sent((sent(release, part),)) if taken(answer) else no("bluesky", answer)

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """The record under the key. Raises where the server does not say: then it is asked again."""
        seen = self._of(post.account).record(key(post, part))
        if seen is None:
            return Absent()
        if not same(seen["value"], record_of(post, part)):
            return Undecidable("Another record stands under this key.")
        return Sent((sent(post, part),))

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Deletes the record; that there is none is the same to the server."""
        rkey = remote_id.rpartition("/")[2] if remote_id else key(post, part)
        try:
            answer = self._of(post.account).write("deleteRecord", rkey, {})
        except Later as later:
            return later.retry
        except (NotSent, NoAnswer):
            return Retry(LATER, "bluesky.no_answer")
        if taken(answer):
            return Gone()
        if answer.status in (401, 403, 408, 425, 429) or answer.status >= 500:
            return Retry(after(answer), f"bluesky.{answer.status}")
        return Impossible(f"The server answered {answer.status} {error(answer)}.")

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """Logs in anew: a session that still runs would prove nothing of the password."""
        try:
            return Verified(self._of(account).log_in().did)
        except Later as later:
            return later.retry

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """The record as everybody may read it, without credentials; with its account it is gone too."""
        repository = self._of(post.account)
        try:
            seen = repository.record(remote_id.rpartition("/")[2])
        except Later as later:
            return _hidden(repository) or later.retry
        return Stands(not same(seen["value"], record_of(post, part))) if seen else Vanished("The record is gone.")

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed] | Retry:
        """The account's records, the newest key first; of a flood the newest. Who writes one can date it back, and is
        not seen here then."""
        found, cursor, repository = list[Listed](), "", self._of(account)
        for _ in range(PAGES):
            try:
                page = repository.page(cursor)
            except Later as later:
                return later.retry
            found += [listed(one) for one in page["records"]]
            cursor = page.get("cursor", "")
            if not cursor or not found or instant(found[-1].remote_id.rpartition("/")[2]) < since:
                break
        return [one for one in found if one.at >= since]

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """What the AppView of the account's settings counts; without one nobody counts."""
        view = str(post.account.settings.get("appview") or "").rstrip("/")
        if not view:
            return {}
        url = f"{view}/xrpc/app.bsky.feed.getPosts?{urlencode({'uris': remote_id})}"
        posts = (told(self.network.request("GET", url, seconds=SECONDS)) or {}).get("posts") or [{}]
        return {name: posts[0][key] for name, key in _COUNTS.items() if isinstance(posts[0].get(key), int)}

    def _of(self, account: Destination) -> Repository:
        return Repository(self.network, self.wallet, account, POSTS)


# --- what stands before the record --------------------------------------------------------------------------


def _unfit(post: Outgoing) -> Refused | None:
    shape = find_format("bluesky")
    if not all(measure("bluesky", part.text).fits for part in post.parts):
        return Refused("bluesky.too_long", f"More than {shape.limit} {shape.unit} or {shape.byte_limit} bytes.")
    unlike = next((found for part in post.parts if (found := _unlike(part))), None)
    if unlike is None and post.card and post.parts[0].attachments:
        return Refused("bluesky.card", "A post shows pictures, a film or a link card, and one of these alone.")
    return unlike


def _unlike(part: KeyedPart) -> Refused | None:
    """What no post here shows; queueing refused it already."""
    shape, films = find_format("bluesky"), [one for one in part.attachments if is_film(one)]
    if not all(is_film(one) or one.type.startswith("image/") for one in part.attachments):
        return Refused("bluesky.media", "Only pictures and films in MP4 go with a post here.")
    if films and len(part.attachments) > shape.films:
        return Refused("bluesky.mixed", "A post shows pictures, or one film.")
    if len(part.attachments) > shape.images:
        return Refused("bluesky.too_many", f"More than {shape.images} pictures.")
    if any(len(one.captions.encode()) > (shape.caption_bytes or 0) for one in films):
        return Refused("bluesky.too_large", f"Captions have more than {shape.caption_bytes} bytes.")
    if any(one.seconds > (shape.film_seconds or 0) for one in films):
        return Refused("bluesky.film_too_long", f"A film is longer than {shape.film_seconds} seconds.")
    return None


def _barred(repository: Repository) -> Refused | None:
    if repository.session().did != repository.account.remote_identity:
        return Refused("bluesky.identity", "The credentials are not those of the account that is pinned.")
    return None


def _hidden(repository: Repository) -> Vanished | None:
    try:
        why = repository.hidden()
    except Later:
        return None
    return Vanished(f"The whole account is gone ({why}).") if why else None


def _stored(repository: Repository, one: Attachment) -> Retry | Refused | None:
    """A picture, or a film with its captions, on the server, not yet in any record. None where all of it is there, as
    it was cleared."""
    try:
        content = one.read()
    except (OSError, ValueError):
        return Retry(MEND, "bluesky.attachment")
    shape, said = find_format("bluesky"), one.captions.encode() if is_film(one) else b""
    most = shape.film_bytes if is_film(one) else shape.image_bytes
    if len(content) > (most or 0):
        return Refused("bluesky.too_large", "A picture or film is larger than Bluesky takes.")
    return _given(repository, content, one.type) or (_given(repository, said, CAPTIONS) if said else None)


def _given(repository: Repository, content: bytes, kind: str) -> Retry | Refused | None:
    answer = repository.upload(content, kind)
    if answer.status == 413:  # each server sets its own limit, and tells it nowhere
        return Refused("bluesky.too_large", f"The account's server takes no file of {len(content):,} bytes.")
    if not taken(answer):
        refused = no("bluesky", answer)
        return Retry(after(answer), f"bluesky.{answer.status}") if isinstance(refused, Unknown) else refused
    if told(answer)["blob"] != blob(content, kind):
        return Refused("bluesky.file_changed", "The server keeps another file than it was given.")
    return None


def _tied(repository: Repository, record: dict[str, Any]) -> Refused | None:
    """Writes into a reply which very words it answers."""
    for one in record.get("reply", {}).values():
        seen = repository.record(one["uri"].rpartition("/")[2])
        if seen is None:
            return Refused("bluesky.no_parent", "What this piece would answer is gone.")
        one["cid"] = seen["cid"]
    return None
