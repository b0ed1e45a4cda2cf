"""What a channel is told of a post, and what it can answer. Pure values; they cross from worker to content.

Every call of a channel ends in exactly one of these types; whoever calls matches them with `assert_never`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from content.direction import Direction


def described(note: str, label: str, alt: str) -> str:
    """In one text: what readers are told before, how it says that it is made, what it shows; a line each."""
    return "\n".join(one for one in (note, label, alt) if one)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, a film or a sound that goes with a piece: the very bytes that were cleared, as a file of ours.

    sha256: of the bytes, hex; type: image/png, image/jpeg, image/webp, video/mp4, audio/mpeg …; alt: what it shows
    or says, in the post's language; width, height: pixels, 0 for sounds; seconds: 0.0 for pictures; label: how it says
    that it is made, note: what readers are told before they see it, captions: WebVTT; each "" where there is none.
    """

    sha256: str
    type: str
    alt: str
    path: Path
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    label: str = ""
    note: str = ""
    captions: str = ""

    @property
    def told(self) -> str:
        """All that is said of it, for a platform that has one place for that."""
        return described(self.note, self.label, self.alt)

    def read(self) -> bytes:
        """The bytes. Raises ValueError where they are not the cleared ones any more, OSError where they are gone."""
        found = self.path.read_bytes()
        if hashlib.sha256(found).hexdigest() != self.sha256:
            raise ValueError("the bytes of an attachment are not those that were cleared")
        return found


@dataclass(frozen=True, slots=True)
class KeyedPart:
    """One piece of a post: its place (from 0), its idempotency key, its exact words, what goes with them."""

    index: int
    key: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SentPart:
    """One piece that is out: what the platform calls it, and where readers find it ("" = nowhere)."""

    index: int
    remote_id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """The account a post goes to. `format`: how its words look; `channel`: how they leave."""

    ref: str
    channel: str
    format: str
    remote_identity: str
    settings: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)  # its limits, as `verify` last heard them


class Outgoing(Protocol):
    """A post as a channel needs to know it. A Release is one; so is what is looked for or taken back.

    links: every address in the words; card: title, text and image's SHA-256 where the format draws one;
    title: neutral, for lists; context: the campaign's context line, "" where there is none; due_at: when it
    was to go out; confirmed: the parts known to be out already, which a channel never sends again; rehearsal:
    this instance only plays.
    """

    @property
    def post_id(self) -> int: ...
    @property
    def parts(self) -> tuple[KeyedPart, ...]: ...
    @property
    def account(self) -> Destination: ...
    @property
    def language(self) -> str: ...
    @property
    def direction(self) -> Direction: ...
    @property
    def links(self) -> tuple[str, ...]: ...
    @property
    def card(self) -> Mapping[str, Any] | None: ...
    @property
    def title(self) -> str: ...
    @property
    def context(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def confirmed(self) -> tuple[SentPart, ...]: ...
    @property
    def rehearsal(self) -> bool: ...


# --- publish ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """These parts are out: all of the post, the parts that were confirmed before included."""

    parts: tuple[SentPart, ...]


@dataclass(frozen=True, slots=True)
class Retry:
    """The channel said no, for now, and created nothing. `code` is for people: `rate.limited`."""

    after: timedelta
    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no for good, and created nothing."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Whether anything was created cannot be said. `parts`: those known to be out all the same.

    after: not looked for before; a platform that asked for patience gets it.
    """

    detail: str
    parts: tuple[SentPart, ...] = ()
    after: timedelta = timedelta()


# --- find ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Absent:
    """Proof that nothing was created under this key, and that nothing will be by the call that is over."""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """The channel offers no way to know: a person decides."""

    detail: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody is at it, and nothing went wrong: it is asked again after a while. Neither sent again nor a fault.

    `code` is for people: `posting.waits`.
    """

    after: timedelta
    code: str


# --- recall -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gone:
    """It is no longer there (never having been there counts)."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """The platform's time for taking it back is over."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Impossible:
    """The platform never takes this back."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Advisory:
    """Readers were asked to forget it; whether they do is theirs. A person follows it up."""

    detail: str = ""


# --- watch --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stands:
    """It is there, for readers as for us. `changed`: but it no longer says what was sent."""

    changed: bool = False


@dataclass(frozen=True, slots=True)
class Vanished:
    """Somebody other than us took it away. `detail`: what the platform says of it."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that stands on an account: what the platform calls it, where it is, since when."""

    remote_id: str
    url: str
    at: datetime


Seen = Stands | Vanished | Undecidable | Retry
Outcome = Sent | Retry | Refused | Unknown
Found = Sent | Absent | Undecidable | Pending
Recalled = Gone | TooLate | Impossible | Advisory | Retry
