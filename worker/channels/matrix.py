"""A Matrix room of the organisation's: an event a piece, under a transaction id of our own; taken back by redaction.

A home server drops a second event of the same transaction for a day. Each event also carries our key as a field of its
own, by which it is found in the room afterwards, whatever became of the transaction. Pictures are given to the server
sealed, so that a redaction takes them too. settings: url (the home server's), room (its id); the identity is
`<user> in <room>`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from content.formats import find_format
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
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, no, taken, told
from worker.protocols.sealed_file import TYPE, seal
from worker.wallet import Wallet

CAPS = Caps(
    Delivery.KEYED,
    Look.SCAN,
    Undo.FULL,
    key_window=timedelta(hours=24),
    media=True,
    alt_text=True,
    stands=True,
    lists=True,
    rate="answer",
)
KEY = "org.counterpoint.key"  # the field of an event that holds its piece's key; `<key>/<n>` for its nth picture
LONGEST = 60_000  # bytes of one event's words; the protocol takes 65,536 of everything
BEFORE = timedelta(hours=1)  # clocks of two machines differ; looked back so far before a post was due
LARGEST = find_format("matrix").film_bytes or 0  # bytes of a file, until `verify` has heard what the server takes
PAGES = 50  # of a hundred events that are read at most to find one
_KINDS = {"image": "m.image", "video": "m.video", "audio": "m.audio"}


@dataclass(frozen=True, slots=True)
class Matrix:
    """seconds: for one call; the deadline over all is the caller's."""

    network: Network
    wallet: Wallet
    seconds: float = 12.0
    name: str = "matrix"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """Nothing goes to a room whose address, credentials or identity are not whole."""
        if not _room(release.account) or not _is_pinned(release.account):
            return Refused("matrix.identity", "The room is not the one that this account is pinned to.")
        if any(len(part.text.encode()) > LONGEST for part in release.parts):
            return Refused("matrix.too_long", f"A Matrix event takes {LONGEST} bytes of words.")
        most = int(release.account.told.get("upload", LARGEST))
        if any(one.path.stat().st_size > most for part in release.parts for one in part.attachments):
            return Refused("matrix.too_large", f"The home server takes files of {most} bytes at most.")
        try:
            return None if self.wallet.secrets(release.account) else Retry(LATER, "matrix.credentials")
        except NotSent as error:
            return Retry(LATER, error.code)

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """Its pictures first, then the words: while the words are not there, the piece is not out."""
        unready = self.prepare(release)
        if unready is not None:
            return unready
        shown = 0  # pictures that may be there: from the first on, a no to what follows is not that nothing is out
        try:
            for number, one in enumerate(part.attachments):
                answer = self._picture(release.account, one, f"{part.key}/{number}")
                if not taken(answer):
                    return _half(_no(answer), shown)
                shown += 1
            answer = self._send(release.account, part.key, _words(part, earlier))
        except NotSent as error:
            return _half(Retry(LATER, error.code), shown)
        except NoAnswer as error:
            return Unknown(str(error))
        event = _text(told(answer), "event_id")
        if taken(answer) and event:
            return Sent((_sent(release.account, part, event),))
        return _half(_no(answer), shown) if not taken(answer) else Unknown("matrix named no event")

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """The event with our key among those of the room since the post was due; pictures alone are half of a piece."""
        try:
            ours = [event for event in self._events(post.account, post.due_at - BEFORE) if _of(event, part.key)]
        except (NotSent, NoAnswer, _Unread) as error:
            return Undecidable(f"The room cannot be read ({type(error).__name__}).")
        for event in ours:
            if _key(event) == part.key:
                return Sent((_sent(post.account, part, str(event["event_id"])),))
        return Undecidable("Its pictures stand there, and its words do not.") if ours else Absent()

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Redacts the words and every picture of the piece; what is not there or is empty already is gone.

        The words first, whose event is known: they do not wait for a room that cannot be read.
        """
        known = {remote_id} if remote_id else set()
        try:
            answers = [self._redact(post.account, one) for one in known]
            found = {str(e["event_id"]) for e in self._events(post.account, post.due_at - BEFORE) if _of(e, part.key)}
            answers += [self._redact(post.account, one) for one in sorted(found - known)]
        except (NotSent, NoAnswer, _Unread):
            return Retry(LATER, "matrix.no_answer")
        for answer in answers:
            if not taken(answer) and answer.status not in (404, 410):
                said = _no(answer)
                return said if isinstance(said, Retry) else _cannot(answer)
        return Gone()

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """The event: away or emptied is vanished; other words, or words that replace it, are a change."""
        try:
            answer = self._call("GET", post.account, _at(post.account, "event", remote_id))
        except (NotSent, NoAnswer):
            return Retry(LATER, "matrix.no_answer")
        if answer.status == 404:
            return Vanished("The home server knows no such event.")
        if not taken(answer):
            said = _no(answer)
            return said if isinstance(said, Retry) else Undecidable(f"It answered {answer.status}.")
        event = told(answer)
        if not event.get("content"):
            return Vanished("The event was redacted.")
        replaced = event.get("unsigned", {}).get("m.relations", {}).get("m.replace")
        return Stands(changed=bool(replaced) or event["content"].get("body") != part.text)

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed] | Undecidable | Retry:
        """What this account's user put into the room since then, of whatever kind, pictures of ours aside; of a flood
        the newest."""
        user, found = _user(account), list[Listed]()
        try:
            for event in self._events(account, since, _shown):
                if event.get("sender") == user and "/" not in _key(event):
                    name = str(event["event_id"])
                    found.append(Listed(name, _url(account, name), _when(event)))
        except (NotSent, NoAnswer, _Unread):
            return found or Retry(LATER, "matrix.no_answer")
        return found

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """Whose token it is, and that this user is in the room."""
        try:
            who = self._call("GET", account, "/_matrix/client/v3/account/whoami")
            rooms = self._call("GET", account, "/_matrix/client/v3/joined_rooms")
            media = self._call("GET", account, "/_matrix/client/v1/media/config")
        except (NotSent, NoAnswer):
            return Retry(LATER, "matrix.no_answer")
        if not taken(who) or not taken(rooms):
            said = _no(who if not taken(who) else rooms)
            return said if isinstance(said, (Retry, Refused)) else Retry(LATER, "matrix.no_answer")
        if _room(account) not in told(rooms).get("joined_rooms", []):
            return Refused("matrix.not_in_room", "This user is not in the account's room.")
        return Verified(f"{told(who)['user_id']} in {_room(account)}", _upload(media))

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Who reads a room is nobody's business."""
        return {}

    # --- calls ----------------------------------------------------------------------------------------------

    def _send(self, account: Destination, key: str, content: Mapping[str, Any]) -> Answer:
        path = f"{_at(account, 'send', 'm.room.message')}/{quote(key, safe='')}"
        return self._call("PUT", account, path, {**content, KEY: key})

    def _picture(self, account: Destination, one: Attachment, key: str) -> Answer:
        """Uploads the bytes, sealed, and sends the event that opens them; its description is the event's body."""
        sealed = seal(one.read())
        up = self._call("POST", account, "/_matrix/media/v3/upload", sealed.content, TYPE)
        address = _text(told(up), "content_uri")
        if not taken(up) or not address:
            return up if not taken(up) else Answer(502, {}, b"")
        kind = _KINDS.get(one.type.partition("/")[0], "m.file")
        file = sealed.opens | {"url": address}
        return self._send(account, key, {"msgtype": kind, "body": one.told, "file": file, "info": _info(one)})

    def _redact(self, account: Destination, event: str) -> Answer:
        path = f"{_at(account, 'redact', event)}/{quote(f'recall-{event}', safe='')}"
        return self._call("PUT", account, path, {})

    def _events(
        self, account: Destination, since: datetime, wanted: Callable[[Mapping[str, Any]], bool] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Our user's messages back to that instant, newest first, the emptied aside; however much others say, it hides
        none of ours. Raises _Unread."""
        alone = quote(json.dumps({"senders": [_user(account)]}), safe="")
        start = ""
        for _ in range(PAGES):
            answer = self._call("GET", account, f"{_at(account, 'messages')}?dir=b&limit=100&filter={alone}{start}")
            page = told(answer)
            if not taken(answer) or not isinstance(page, dict):
                raise _Unread
            for event in page.get("chunk", []):
                if _when(event) < since:
                    return
                if event.get("content") and (wanted or _message)(event):
                    yield event
            if not page.get("end"):
                return
            start = f"&from={quote(page['end'], safe='')}"
        raise _Unread  # more than could be read: nothing is proven

    def _call(
        self, method: str, account: Destination, path: str, body: Any = None, kind: str = "application/json"
    ) -> Answer:
        secrets = self.wallet.secrets(account)
        if not secrets:
            raise NotSent("matrix.credentials", f"No credentials were given for {account.ref}.")
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {secrets[0]['token']}", "content-type": kind}
        address = f"{str(account.settings.get('url', '')).rstrip('/')}{path}"
        return self.network.request(method, address, headers=headers, body=sent, seconds=self.seconds)


class _Unread(Exception):
    """The room could not be read so far back."""


def _info(one: Attachment) -> dict[str, Any]:
    """What a reader's program may know before it fetches the file."""
    told = {"mimetype": one.type, "size": one.path.stat().st_size}
    told |= {"w": one.width, "h": one.height} if one.width and one.height else {}
    return told | ({"duration": round(1000 * one.seconds)} if one.seconds else {})


def _words(part: KeyedPart, earlier: Sequence[SentPart]) -> dict[str, Any]:
    said: dict[str, Any] = {"msgtype": "m.text", "body": part.text, "m.mentions": {}}
    if earlier:
        said["m.relates_to"] = {"m.in_reply_to": {"event_id": earlier[-1].remote_id}}
    return said


def _upload(answer: Answer) -> dict[str, int]:
    """How large a file the server takes; nothing where it does not say."""
    body = told(answer) if taken(answer) else None
    most = body.get("m.upload.size") if isinstance(body, dict) else None
    return {"upload": most} if isinstance(most, int) else {}


def _no(answer: Answer) -> Retry | Refused | Unknown:
    """As every channel reads it; the time to wait stands in the body."""
    body = told(answer)
    if answer.status == 429 and isinstance(body, dict) and isinstance(body.get("retry_after_ms"), int):
        return Retry(min(timedelta(milliseconds=body["retry_after_ms"] + 50), timedelta(hours=1)), "matrix.429")
    if answer.status == 401:  # a token that was ended: a person gives another, and then it goes
        return Retry(LATER * 10, "matrix.401")
    return no("matrix", answer)


def _half(answer: Retry | Refused | Unknown, shown: int) -> Retry | Refused | Unknown:
    """A no to the words is not that nothing was created, once a picture of the piece may be there."""
    if not shown or isinstance(answer, Unknown):
        return answer
    return Unknown(f"its pictures are there, and then: {answer.code}")


def _cannot(answer: Answer) -> Impossible | Retry:
    return Impossible(f"It answered {answer.status}.") if answer.status == 403 else Retry(LATER, "matrix.no_answer")


def _is_pinned(account: Destination) -> bool:
    return account.remote_identity.endswith(f" in {_room(account)}")


def _user(account: Destination) -> str:
    return account.remote_identity.partition(" in ")[0]


def _room(account: Destination) -> str:
    return str(account.settings.get("room", ""))


def _at(account: Destination, *what: str) -> str:
    steps = "/".join(quote(one, safe="") for one in (_room(account), *what))
    return f"/_matrix/client/v3/rooms/{steps}"


def _sent(account: Destination, part: KeyedPart, event: str) -> SentPart:
    return SentPart(part.index, event, _url(account, event))


def _url(account: Destination, event: str) -> str:
    return f"https://matrix.to/#/{quote(_room(account), safe='!:')}/{quote(event, safe='$')}"


def _message(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "m.room.message"


def _shown(event: Mapping[str, Any]) -> bool:
    """Whether readers see it for itself: a sticker, a poll, what is encrypted; not the room's state, not a reaction."""
    return "state_key" not in event and event.get("type") not in ("m.room.redaction", "m.reaction")


def _key(event: Mapping[str, Any]) -> str:
    return str(event.get("content", {}).get(KEY, ""))


def _of(event: Mapping[str, Any], key: str) -> bool:
    """Whether it is the piece's words or one of its pictures."""
    return _key(event).partition("/")[0] == key


def _when(event: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(event.get("origin_server_ts", 0)) / 1000, UTC)


def _text(body: Any, name: str) -> str:
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
