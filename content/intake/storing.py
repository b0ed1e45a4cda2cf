"""From a proposal to rows: material all or nothing, messages one by one. Nothing here is anybody's decision."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from content import people
from content.intake.proposal import Item, Notice, Proposal, Rejected
from content.intake.queueing import Message
from content.intake.storing_plans import (
    store_accounts,
    store_blocks,
    store_calendar,
    store_campaigns,
    store_organisation,
    store_templates,
)
from content.intake.storing_publications import store_publications
from content.intake.storing_queue import store_messages
from content.intake.storing_stories import store_events, store_narratives
from content.intake.work import Work
from content.organisation import raise_epoch
from content.people import Person
from content.store import now
from content.template import Template


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import did. counts: (kind, new | changed | unchanged | stopped) -> how many.

    rejected: messages that were not taken, with the reasons; notices: what was read as a proposal only.
    """

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            Counter(self.counts) + Counter(other.counts),
            self.rejected + other.rejected,
            self.notices + other.notices,
        )


def store(session: Session, person: Person, proposal: Proposal, templates: Sequence[Template] = ()) -> Stored:
    """Stores all of a proposal in this session's one transaction. Raises Refusal(s); then nothing is stored."""
    material = store_material(session, person, proposal, templates)
    return material + store_words(session, person, proposal.messages)


def store_material(
    session: Session, person: Person, proposal: Proposal, templates: Sequence[Template] = (), *, stops: bool = True
) -> Stored:
    """Everything but the messages, all or nothing. stops: False for a dry run, which must stop nothing."""
    at = now(session)
    people.require(session, person, at, "material.propose")
    work = Work(session, person, people.roles(session, person.id or 0, at), at)
    if holds_material(proposal) or templates:
        store_organisation(work, proposal.organisations)
        store_accounts(work, proposal.accounts)
        store_blocks(work, proposal.blocks)
        store_templates(work, templates)
        store_narratives(work, proposal.narratives)
        work.raise_problems()
        store_campaigns(work, proposal.campaigns)
        if proposal.campaigns or proposal.calendar:
            store_calendar(work, proposal.calendar)
        work.raise_problems()
        store_publications(work, proposal.publications)
        store_events(work, proposal.consent, proposal.holds, stops=stops)
        work.raise_problems()
        work.record()
        if work.changed:
            raise_epoch(session, work.organisation_id)
    return Stored(work.counts, proposal.rejected, proposal.notices + tuple(work.notices))


def store_words(session: Session, person: Person, messages: Sequence[Item[Message]]) -> Stored:
    """Queues messages, each language by itself: the good ones stay though others are refused."""
    queued = store_messages(session, person, messages)
    return Stored(queued.counts, tuple(queued.rejected))


def holds_material(proposal: Proposal) -> bool:
    """Whether the files propose anything but messages."""
    return any(
        (
            proposal.organisations, proposal.accounts, proposal.narratives, proposal.consent, proposal.holds,
            proposal.blocks, proposal.campaigns, proposal.calendar, proposal.publications,
        )
    )  # fmt: skip
