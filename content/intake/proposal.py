"""What a set of files proposes. Nothing in it is anybody's decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from content.errors import Refusal
from content.intake.plans import Account, Block, CalendarDay, Campaign, Organisation
from content.intake.queueing import Expectation, Message
from content.intake.stories import ConsentEvent, Hold, Narrative, Publication

Shaped = TypeVar("Shaped", covariant=True)


@dataclass(frozen=True, slots=True)
class Item(Generic[Shaped]):
    """One validated record and the `file:line` it began on."""

    value: Shaped
    where: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in a file that was read as a proposal only (`intake.proposal_only`)."""

    code: str
    message: str
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that was not taken: the row as it stood, and why."""

    where: str
    row: Mapping[str, Any]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Material is complete or not there at all; messages are those that were good."""

    organisations: tuple[Item[Organisation], ...] = ()
    accounts: tuple[Item[Account], ...] = ()
    narratives: tuple[Item[Narrative], ...] = ()
    consent: tuple[Item[ConsentEvent], ...] = ()
    holds: tuple[Item[Hold], ...] = ()
    publications: tuple[Item[Publication], ...] = ()
    blocks: tuple[Item[Block], ...] = ()
    campaigns: tuple[Item[Campaign], ...] = ()
    calendar: tuple[Item[CalendarDay], ...] = ()
    messages: tuple[Item[Message], ...] = ()
    expectations: tuple[Item[Expectation], ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
