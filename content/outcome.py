"""What a channel is told of a post, and what it can answer. Pure values; they cross from worker to content.

Every call of a channel ends in exactly one of these types; whoever calls matches them with `assert_never`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class KeyedPart:
    """One piece of a post: its place (from 0), its idempotency key, its exact words."""

    index: int
    key: str
    text: str


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
    def direction(self) -> Literal["ltr", "rtl"]: ...
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


Outcome = Sent | Retry | Refused | Unknown
Found = Sent | Absent | Undecidable
Recalled = Gone | TooLate | Impossible | Advisory | Retry
