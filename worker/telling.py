"""Tells people that something needs them: by mail through the organisation's own relay, and in a room of its own.

Whether anybody is told at all is worker/notices.py's question. Neither address nor answer is logged.
content/notice.py says what happens where a worker dies in between.
"""

import base64
import binascii
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from content import notice, noticing
from content.notice import Claim
from content.noticing import Counted
from content.outcome import Refused, Retry, Unknown
from content.settings import RELAYS, Settings
from content.store import Store, now
from worker.channels.webhook import identity, signature
from worker.held import instance_of
from worker.node import Node
from worker.outbound import Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, no, taken
from worker.protocols.errand import NotDone
from worker.protocols.notice import event, mail, sentence
from worker.protocols.smtp import Server, ready

log = logging.getLogger("counterpoint.notices")
SECONDS = 12.0  # for one of them; a lease is longer
MENDED = timedelta(hours=6)  # after a no for good: somebody has to mend it first
Trouble = Retry | Refused | Unknown | None


@dataclass(frozen=True, slots=True)
class Ways:
    """How notices leave here."""

    network: Network
    relay: str
    sender: str
    room: str
    secret: str
    desk: str


def tell(store: Store, settings: Settings, node: Node) -> int:
    """Sends what is due, one after the other; returns how many went out."""
    ways = _ways(settings)
    return sum(_one(store, ways, one) for one in _due(store, ways) if not node.ending.is_set())


def _ways(told: Settings) -> Ways:
    relay, room, secret = (
        one.get_secret_value() for one in (told.notice_relay, told.notice_webhook, told.notice_secret)
    )
    return Ways(Network(told.outbound_allow), relay, told.notice_from, room, secret, told.desk.rstrip("/"))


def _due(store: Store, ways: Ways) -> list[int]:
    with store.read() as session:
        room = bool(ways.room) and not notice.publishes_at(session, identity(ways.room))
        known = not room or notice.has_room(session)
    if not known:
        with store.write() as session:
            notice.make_room(session)
    with store.read() as session:
        return noticing.waiting(session, people_=bool(ways.relay), room=room)


def _one(store: Store, ways: Ways, number: int) -> bool:
    """One that breaks stops no other: its lease lapses, and it is tried again."""
    try:
        with store.write() as session:
            held = noticing.claim(session, number)
        return held is not None and _told(store, ways, held)
    except Exception as error:
        log.warning("notices.failed: %s, notice %s", type(error).__name__, number)
        return False


def _told(store: Store, ways: Ways, held: Claim) -> bool:
    with store.read() as session:
        found, at = noticing.counted(session, held), now(session)
        key = _key(instance_of(store).epoch, held)
    if found.number == 0:
        with store.write() as session:
            notice.needless(session, held)
        return False
    trouble = _post(ways, found, key) if held.person_id is None else _mail(ways, held, found, key, at)
    with store.write() as session:
        if isinstance(trouble, Retry):
            notice.not_done(session, held, _code(trouble.code), max(trouble.after, LATER))
        elif isinstance(trouble, Refused):
            notice.not_done(session, held, _code(trouble.code), MENDED)
        else:  # it was taken, or nobody knows: what is told twice is worse than what is seen at home
            notice.done(session, held)
    return trouble is None


def _mail(ways: Ways, held: Claim, found: Counted, key: str, at: Any) -> Trouble:
    if not held.address:
        return Refused("notice.channel", "There is no address of theirs alone.")
    server = _server(ways, held.address)
    content = mail(sentence(found.number, found.more), f"{ways.desk}/", server.sender, server.to, key, at)
    try:
        with ready(ways.network, server, SECONDS) as client:
            return client.deliver(content)
    except NotDone as error:
        return error.calm


def _server(ways: Ways, to: str) -> Server:
    place = urlsplit(ways.relay)
    user, password = unquote(place.username or ""), unquote(place.password or "")
    tls: Any = RELAYS[place.scheme]
    return Server(place.hostname or "", place.port or 0, tls, ways.sender, to, user, password)


def _post(ways: Ways, found: Counted, key: str) -> Trouble:
    body, stamp = event(sentence(found.number, found.more), found.number, f"{ways.desk}/"), int(time.time())
    try:
        secret = base64.b64decode(ways.secret.removeprefix("whsec_"), validate=True)
        headers = {
            "content-type": "application/json", "user-agent": "Counterpoint", "webhook-id": key,
            "webhook-timestamp": str(stamp), "webhook-signature": signature([secret], key, stamp, body),
        }  # fmt: skip
        answer = ways.network.request("POST", ways.room, headers=headers, body=body, seconds=SECONDS)
    except binascii.Error:
        return Refused("room.secret", "The secret is no base64.")
    except NotSent as error:
        return Retry(LATER, error.code)
    except NoAnswer:
        return Retry(LATER, "room.no_answer")  # the same key again: a room that has it drops it
    trouble = None if taken(answer) else no("room", answer)
    return Retry(LATER, f"room.{answer.status}") if isinstance(trouble, Unknown) else trouble


def _key(epoch: str, held: Claim) -> str:
    """The same for the same things told to the same person: one sent again is known by it, and nothing else is."""
    return sha256(f"counterpoint/notice/1|{epoch}|{held.notice_id}|{held.marks}".encode()).hexdigest()[:32]


def _code(code: str) -> str:
    """The words of mail to a list are those of mail to people."""
    return f"relay.{code.removeprefix('list.')}" if code.startswith("list.") else code
