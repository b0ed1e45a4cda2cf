"""A Telegram channel of the organisation's, through a bot that may post and delete there.

There is no idempotency and no reading back: an answer that is lost stays unknown, and a person looks. What went out can
be deleted for two days. settings: chat (its number), url (of the Bot API; Telegram's own by default); the identity is
`<bot's number> in <chat's number>`.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from content.encoding import ENDINGS
from content.formats import find_format
from content.outcome import (
    Attachment,
    Destination,
    Gone,
    KeyedPart,
    Outcome,
    Outgoing,
    Recalled,
    Refused,
    Retry,
    Sent,
    SentPart,
    TooLate,
    Undecidable,
    Unknown,
)
from content.pace import Rate
from content.promised import PROMISED
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, LONGEST, no, taken, told
from worker.wallet import Wallet

# Twenty messages a minute in one chat, says Telegram.
CAPS = Caps(
    Delivery.AT_MOST_ONCE,
    Look.NONE,
    Undo.WINDOW,
    recall_window=timedelta(hours=48),
    media=True,
    rate="answer",
    pace=Rate(20, timedelta(minutes=1)),
)
API = "https://api.telegram.org"
CAPTION = find_format("telegram").beside or 0  # UTF-16 units that go with a picture, film or sound
MOST = PROMISED["telegram"].takes.each or 0  # bytes of it: it goes out in the call that makes the message
_METHODS = {"image": ("sendPhoto", "photo"), "video": ("sendVideo", "video"), "audio": ("sendAudio", "audio")}
_NOT_THERE = ("message to delete not found", "message identifier is not specified", "message_id_invalid")


@dataclass(frozen=True, slots=True)
class Telegram:
    """seconds: for one call; the deadline over all is the caller's."""

    network: Network
    wallet: Wallet
    seconds: float = 12.0
    name: str = "telegram"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """Nothing goes to another chat than the pinned one, and no more than one file with a piece."""
        if not release.account.remote_identity.endswith(f" in {_chat(release.account)}"):
            return Refused("telegram.identity", "The chat is not the one that this account is pinned to.")
        if not all(_carried(part) for part in release.parts):
            return Refused(
                "telegram.media", f"One file of {MOST} bytes goes with a piece, and {CAPTION} units with it."
            )
        try:
            return None if self.wallet.secrets(release.account) else Retry(LATER, "telegram.credentials")
        except NotSent as error:
            return Retry(LATER, error.code)

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """One message, answering the one before; no preview of links, which nobody would have reviewed."""
        unready = self.prepare(release)
        if unready is not None:
            return unready
        try:
            answer = self._message(release.account, part, earlier)
        except NotSent as error:
            return Retry(LATER, error.code)
        except NoAnswer as error:
            return Unknown(str(error))
        made = _result(answer).get("message_id")
        if not taken(answer):
            return _no(answer)
        if not isinstance(made, int):
            return Unknown("telegram named no message")
        return Sent((SentPart(part.index, str(made), _url(_result(answer), made)),))

    def find(self, post: Outgoing, part: KeyedPart) -> Undecidable:
        """A bot cannot read what stands in a channel."""
        return Undecidable("A Telegram channel cannot be read by its bot: look there.")

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Deletes the message; after two days Telegram says no. Without its number nobody can."""
        if remote_id is None:
            return TooLate("The number of the message is not known: look in the channel, and delete it there.")
        asked = {"chat_id": _chat(post.account), "message_id": int(remote_id)}
        try:
            answer = self._call(post.account, "deleteMessage", asked)
        except (NotSent, NoAnswer):
            return Retry(LATER, "telegram.no_answer")
        said = str(_body(answer).get("description", "")).lower()
        if taken(answer) or any(one in said for one in _NOT_THERE):
            return Gone()
        if answer.status == 400:
            return TooLate("Telegram no longer deletes it for a bot: delete it there by hand.")
        refused = _no(answer)
        return refused if isinstance(refused, Retry) else Retry(LATER * 10, f"telegram.{answer.status}")

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        """As `find`."""
        return Undecidable("A Telegram channel cannot be read by its bot.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        """As `find`."""
        return Undecidable("A Telegram channel cannot be read by its bot.")

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """Which bot the token belongs to, and that it may post and delete in the chat."""
        try:
            who = self._call(account, "getMe", {})
            bot = _result(who).get("id")
            member = self._call(account, "getChatMember", {"chat_id": _chat(account), "user_id": bot})
        except (NotSent, NoAnswer):
            return Retry(LATER, "telegram.no_answer")
        for answer in (who, member):
            if not taken(answer):
                said = _no(answer)
                return said if not isinstance(said, Unknown) else Retry(LATER, "telegram.no_answer")
        may = _result(member)
        if not (may.get("can_post_messages") and may.get("can_delete_messages")):
            return Refused("telegram.rights", "The bot may not both post and delete there.")
        return Verified(f"{bot} in {_chat(account)}")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """A bot is told of no views."""
        return {}

    # --- calls ----------------------------------------------------------------------------------------------

    def _message(self, account: Destination, part: KeyedPart, earlier: Sequence[SentPart]) -> Answer:
        asked: dict[str, Any] = {"chat_id": _chat(account), "link_preview_options": {"is_disabled": True}}
        if earlier:
            asked["reply_parameters"] = {"message_id": int(earlier[-1].remote_id)}
        if not part.attachments:
            return self._call(account, "sendMessage", asked | {"text": part.text})
        method, _ = _METHODS[_kind(part.attachments[0])]
        return self._call(account, method, asked | {"caption": _caption(part)}, part.attachments[0])

    def _call(
        self, account: Destination, method: str, asked: Mapping[str, Any], picture: Attachment | None = None
    ) -> Answer:
        standing = self.wallet.secrets(account)
        if not standing:
            raise NotSent("telegram.credentials", f"No credentials were given for {account.ref}.")
        kind, body = _form(asked, picture) if picture else ("application/json", json.dumps(asked).encode())
        address = f"{str(account.settings.get('url') or API).rstrip('/')}/bot{standing[0]['token']}/{method}"
        return self.network.request("POST", address, headers={"content-type": kind}, body=body, seconds=self.seconds)


def _carried(part: KeyedPart) -> bool:
    """Whether one message takes the piece, with what it shows."""
    if not part.attachments:
        return True
    first = part.attachments[0]
    fits = first.path.stat().st_size <= MOST and _units(_caption(part)) <= CAPTION
    return len(part.attachments) == 1 and _kind(first) in _METHODS and fits


def _kind(one: Attachment) -> str:
    return one.type.partition("/")[0]


def _caption(part: KeyedPart) -> str:
    """The words; a note stands before them and a label below, for Telegram has no other place for either."""
    (one,) = part.attachments[:1]
    return "\n\n".join(words for words in (one.note, part.text, one.label) if words)


def _form(asked: Mapping[str, Any], picture: Attachment) -> tuple[str, bytes]:
    """The fields and the file as multipart/form-data; objects as JSON, as the Bot API wants them."""
    edge = f"counterpoint-{secrets.token_hex(16)}"
    pieces = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{value if isinstance(value, (str, int)) else json.dumps(value)}\r\n".encode()
        for name, value in asked.items()
    ]
    _, field = _METHODS[_kind(picture)]
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="1.{ENDINGS[picture.type]}"\r\n'
        f"Content-Type: {picture.type}\r\n\r\n"
    )
    whole = b"".join([*pieces, head.encode(), picture.read(), f"\r\n--{edge}--\r\n".encode()])
    return f"multipart/form-data; boundary={edge}", whole


def _no(answer: Answer) -> Retry | Refused | Unknown:
    """As every channel reads it; the time to wait stands in the body."""
    seconds = _body(answer).get("parameters", {}).get("retry_after")
    if answer.status == 429 and isinstance(seconds, int):
        return Retry(min(timedelta(seconds=max(1, seconds)), LONGEST), "telegram.429")
    if answer.status in (401, 404):  # a token that was ended: a person gives another, and then it goes
        return Retry(LATER * 10, f"telegram.{answer.status}")
    return no("telegram", answer)


def _body(answer: Answer) -> dict[str, Any]:
    body = told(answer)
    return body if isinstance(body, dict) else {}


def _result(answer: Answer) -> dict[str, Any]:
    found = _body(answer).get("result")
    return found if isinstance(found, dict) else {}


def _chat(account: Destination) -> str:
    return str(account.settings.get("chat", ""))


def _url(message: Mapping[str, Any], number: int) -> str:
    """Where readers find it, where the channel has a public name."""
    name = message.get("chat", {}).get("username", "")
    return f"https://t.me/{name}/{number}" if name else ""


def _units(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2
