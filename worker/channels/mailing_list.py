"""A newsletter or press list, by one mail to the posting address of the organisation's own list server.

Readers' addresses stand on that server alone. Settings: `host`, `port`, `tls` (starttls, tls; none only where
outbound_allow names it), `from`, `to`; `dkim_domain`, `dkim_selector` with the credential `key`. The identity is
`mailto:` and the list's address. A mail that was taken cannot be looked for nor called back, and one sent again would
arrive twice: whatever is lost after its last dot is for a person to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from content.outcome import (
    Attachment,
    Destination,
    Impossible,
    KeyedPart,
    Outcome,
    Outgoing,
    Refused,
    Retry,
    Sent,
    SentPart,
    Undecidable,
)
from content.promised import PROMISED
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Network, NotSent
from worker.protocols.answers import LATER
from worker.protocols.errand import NotDone
from worker.protocols.mail import mail, message_id, subject
from worker.protocols.smtp import Server, ready
from worker.wallet import Wallet

if TYPE_CHECKING:  # two megabytes, which only a worker that signs mails needs
    from worker.protocols.dkim import Signer

CAPS = Caps(Delivery.AT_MOST_ONCE, Look.NONE, Undo.NONE, media=True, alt_text=True)
TAKES = PROMISED["list"].takes
SECONDS = 12.0  # for all that is said; the deadline over all is the caller's
SUBJECT = 150  # characters
NO_TRACE = "A list server cannot be asked what it sent on."
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class MailingList:
    """One address, once."""

    network: Network
    wallet: Wallet
    name: str = "list"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """Looks at what is known before the call; nothing is created."""
        if len(subject(release)) > SUBJECT:
            return Refused("list.subject", f"A subject has {SUBJECT} characters at most.")
        if not all(_carried(part.attachments) for part in release.parts):
            return Refused("list.media", f"A mail shows {TAKES.number} pictures, of {TAKES.together} bytes together.")
        try:
            self._told(release.account)
        except NotDone as error:
            return error.calm
        return None

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """One mail. A no, or a line that breaks before the last dot: nothing was sent. A silence after it: unknown."""
        unready = self.prepare(release)
        if unready is not None:
            return unready
        try:
            server, signer = self._told(release.account)
            content = mail(release, part, server.sender, server.to, signer)
            with ready(self.network, server, SECONDS) as client:
                trouble = client.deliver(content)
        except NotDone as error:
            return error.calm
        return trouble or Sent((SentPart(part.index, message_id(part, server.sender)),))

    def find(self, post: Outgoing, part: KeyedPart) -> Undecidable:
        """Nobody can be asked."""
        return Undecidable(NO_TRACE)

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Impossible:
        """Mails stay where they are."""
        return Impossible("A mail cannot be called back: all that is left is a correction, sent as a mail of its own.")

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """The server lets us in and takes mail from us for the list; none is sent."""
        try:
            server, _ = self._told(account, pinned=False)
            with ready(self.network, server, SECONDS):
                return Verified(f"mailto:{server.to}")
        except NotDone as error:
            return error.calm

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        """Nobody can be asked."""
        return Undecidable(NO_TRACE)

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        """Nobody can be asked."""
        return Undecidable(NO_TRACE)

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Readers are not followed."""
        return {}

    def _told(self, account: Destination, pinned: bool = True) -> tuple[Server, "Signer | None"]:
        """The server and who signs. Raises NotDone where the account cannot be used."""
        try:
            given = next(iter(self.wallet.secrets(account)), {})
            server, signer = _server(account, given), _signer(account, given)
        except NotSent as error:
            raise NotDone(Retry(LATER, error.code)) from None
        except (KeyError, TypeError, ValueError) as error:
            raise NotDone(Refused("list.settings", f"Its settings cannot be used: {error}.")) from None
        if pinned and f"mailto:{server.to}" != account.remote_identity:
            raise NotDone(Refused("list.identity", "The address is not the one this account is pinned to."))
        return server, signer


def _carried(shown: Sequence[Attachment]) -> bool:
    """Whether a mail takes them all."""
    plain = all(one.type.startswith("image/") for one in shown)
    return plain and len(shown) <= (TAKES.number or 0) and sum(map(_size, shown)) <= (TAKES.together or 0)


def _size(one: Attachment) -> int:
    return one.path.stat().st_size


def _server(account: Destination, given: Mapping[str, str]) -> Server:
    told = account.settings
    if told["tls"] not in ("tls", "starttls", "none"):
        raise ValueError("tls is tls, starttls or none")
    host, port, sender, to = str(told["host"]), int(told["port"]), _address(told["from"]), _address(told["to"])
    return Server(host, port, told["tls"], sender, to, given.get("user", ""), given.get("password", ""))


def _signer(account: Destination, given: Mapping[str, str]) -> "Signer | None":
    if "key" not in given:
        return None
    domain, selector = str(account.settings["dkim_domain"]), str(account.settings["dkim_selector"])
    if not _NAME.fullmatch(domain) or not _NAME.fullmatch(selector):
        raise ValueError("dkim_domain and dkim_selector are names in the DNS")
    from worker.protocols.dkim import Signer, load  # as above

    return Signer(load(given["key"]), domain, selector)


def _address(text: object) -> str:
    """The one address, its domain in lower case."""
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise ValueError("from and to are one plain address each")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"
