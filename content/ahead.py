"""What lies ahead of words that are being composed: what the facts say at the times they ask for, and who must answer.

Nothing is stored yet, so nothing is promised: the gate judges again at each post's own instant.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlmodel import Session, col, select

from content import consent
from content.block import Block, HelplineCheck
from content.campaign import Campaign
from content.checks import engine
from content.checks.facts import reads
from content.checks.facts.days import EVERYWHERE, Days
from content.checks.facts.load import (
    account_record,
    helpline_record,
    looks_at,
    media_seen,
    shifts_around,
    tag_looks_at,
)
from content.checks.finding import Answer
from content.checks.known import Known, Standing
from content.checks.records import (
    CalendarDay,
    CampaignRecord,
    FactsCase,
    HelplineRecord,
    HoldRecord,
    ModerationRecord,
    NarrativeRecord,
    OrganisationRecord,
    SourceRecord,
)
from content.checks.rules import KEPT_UP
from content.checks.tier import Reason, reasons, strictest
from content.composing import Composed, ComposedLeaf
from content.link import find_hashtags
from content.medium import uses_of_media
from content.narrative import Narrative, exposed, uses_of
from content.organisation import Account, Organisation
from content.people import Person, RoleGrant
from content.platform_check import counts_from, last_compared
from content.quorum import TIERS, Needed, needed
from content.store import now
from content.window import occurrences

# What can be said of words before they stand anywhere; the rest is asked of posts, or of accounts daily.
ASKED = (
    "consent-basis", "consent-current", "consent-scope", "consent-withdrawn", "hold-window", "calendar-sensitive",
    "id-mosaic-budget", "subject-minor", "moderation-cover",
)  # fmt: skip
OF_THE_DAY = ("hold-window", "calendar-sensitive", "moderation-cover")
TODAY = ("cta-helpline", *KEPT_UP)  # kept up by people meanwhile, so what counts is how it stands now
MOST = 10  # instants looked at


@dataclass(frozen=True, slots=True)
class Ahead:
    """The way to the earliest release, were every reviewer to answer at once.

    roles: who must answer, each with how many people may; wait: from the last answer on; opens: the first time asked
    for; earliest: None where the window closes before.
    """

    tier: int
    why: tuple[Reason, ...]
    roles: tuple[tuple[str, int], ...]
    wait: timedelta
    go: bool
    opens: datetime
    earliest: datetime | None


def ahead(
    session: Session, author: Person, known: Known, standing: Standing, composed: Composed, found: Iterable[Answer]
) -> Ahead:
    """What must still happen. found: what the words checks answered."""
    at = now(session)
    why = tuple(reasons(known, standing))
    tier = strictest(why)
    seats = needed(tier, engine.needs(found))
    first = max(at + TIERS[tier].wait, composed.window.not_before)
    return Ahead(
        tier=tier,
        why=why,
        roles=_roles(session, author, seats, standing.language, at),
        wait=TIERS[tier].wait,
        go=TIERS[tier].go,
        opens=composed.window.not_before,
        earliest=first if first <= composed.window.not_after else None,
    )


def _roles(session: Session, author: Person, seats: Needed, language: str, at: datetime) -> tuple[tuple[str, int], ...]:
    """Each seat with how many others hold its role now."""
    statement = (
        select(RoleGrant.role, RoleGrant.language, RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(col(RoleGrant.role).in_(seats.roles), col(RoleGrant.valid_from) <= at)
        .where(col(RoleGrant.revoked_at).is_(None), col(Person.disabled_at).is_(None))
        .where(col(RoleGrant.person_id) != author.id)
    )
    held: dict[str, set[int]] = defaultdict(set)
    for role, spoken, person in session.exec(statement):
        if role != "language" or spoken == language:
            held[role].add(person)
    second = [("second content", max(0, len(held["content"]) - 1))] if seats.thirds == ("content",) else []
    return (*((role, len(held[role])) for role in seats.roles), *second)


@dataclass(frozen=True, slots=True)
class Public:
    """What is public of the person, and what these words would add; budget: how much may ever be."""

    budget: int
    exposed: frozenset[str]
    adds: frozenset[str]


def told(
    session: Session, known: Known, standing: Standing, composed: Composed, *, timeless: bool = False
) -> tuple[list[tuple[int | None, Answer]], Public]:
    """What the facts say of the leaves at the first times that are asked for, each answer once; and what they expose.

    An answer comes with the place of its leaf, None where it is the same for all. timeless: no time is asked for yet,
    so what hangs on the day is left out.
    """
    at, window = now(session), composed.window
    case = _Cases(session, known, standing, composed)
    instants = [one.due_at for one in occurrences(window, window.not_before, window.not_after)[:MOST]]
    names = [name for name in case.asked if not (timeless and name in OF_THE_DAY)]
    asked = [*((name, at) for name in TODAY), *product(names, instants)]
    found: dict[Answer, dict[int, None]] = defaultdict(dict)
    for (place, leaf), (name, instant) in product(enumerate(composed.leaves), asked):
        for answer in engine.run(engine.FACTS[name], case.of(leaf, instant)):
            found[answer][place] = None
    adds = (case.attributes or frozenset()) - case.exposed
    return _placed(found, len(composed.leaves)), Public(case.narrative.mosaic_budget, case.exposed, adds)


def _placed(found: Mapping[Answer, Iterable[int]], leaves: int) -> list[tuple[int | None, Answer]]:
    """What all leaves have in common is said once, of none of them."""
    told = ((answer, list(places)) for answer, places in found.items())
    return [(place, answer) for answer, places in told for place in (places if len(places) < leaves else (None,))]


class _Cases:
    """The records that the facts checks read, for leaves that stand nowhere yet; each row is read once."""

    def __init__(self, session: Session, known: Known, standing: Standing, composed: Composed) -> None:
        self.standing = standing
        self.narrative: Narrative = known.narratives[standing.narrative_id]
        self.campaign: Campaign = known.campaigns[standing.campaign_id]
        quotes = [one for one in known.quotes[standing.narrative_id] if one.id in standing.ids("quote")]
        shows = [known.media[key] for key in standing.ids("medium")]
        self.media = tuple(
            media_seen(one.row.kind, one.row.drawn, one.look.minor_visible if one.look else None) for one in shows
        )
        self.uses = uses_of(quotes) | uses_of_media(one.row.kind for one in shows)
        self.attributes = _attributes(known, standing, quotes)
        # of a passage that nobody tagged the words checks say enough
        self.asked = [name for name in ASKED if name != "id-mosaic-budget" or self.attributes is not None]
        own = {"narratives": {standing.narrative_id}}
        read = session.connection().execute
        self.events = read(reads.EVENTS, own).all()
        self.sources = tuple(SourceRecord(*row[1:]) for row in read(reads.SOURCES, own))
        self.holds = tuple(HoldRecord(row[1], row[2], frozenset(row[3])) for row in read(reads.HOLDS, own))
        self.exposed = exposed(session, standing.narrative_id)
        self.helplines = _helplines(session, standing)
        where = {EVERYWHERE, *self.campaign.territories}
        self.days = Days(read(reads.DAYS, {"territories": where}))
        self.moderation = _moderation(session, self.campaign.organisation_id, composed)
        self.records: dict[datetime, NarrativeRecord] = {}
        looks = looks_at(session, {link for leaf in composed.leaves for link in leaf.links})
        self.looks = looks.get(self.campaign.organisation_id, {})
        self.hashtags = {leaf.digest: _hashtags(leaf) for leaf in composed.leaves}
        seen = tag_looks_at(session, {tag for tags in self.hashtags.values() for tag in tags})
        self.tag_looks = seen.get(self.campaign.organisation_id, {})
        self.compared = last_compared(session, {leaf.account.format for leaf in composed.leaves})

    def of(self, leaf: ComposedLeaf, at: datetime) -> FactsCase:
        """One leaf at one instant."""
        return FactsCase(
            at=at,
            language=self.standing.language,
            channel=leaf.account.format,
            uses=self.uses,
            attributes=self.attributes,
            narrative=self.records.get(at) or self.records.setdefault(at, self._narrative(at)),
            campaign=CampaignRecord(frozenset(self.campaign.territories), self.campaign.purpose),
            organisation=OrganisationRecord(helplines=self.helplines, moderation=self.moderation),
            account=account_record(leaf.account, leaf.account.remote_identity),
            calendar=self._calendar(leaf.account),
            media=self.media,
            links=leaf.links,
            link_looks=self.looks,
            hashtags=self.hashtags[leaf.digest],
            tag_looks=self.tag_looks,
            policy_checked_at=counts_from(self.compared.get(leaf.account.format)),
        )

    def _calendar(self, account: Account) -> tuple[CalendarDay, ...]:
        plan = self.campaign
        found = self.days.of(plan.organisation_id, plan.id or 0, plan.territories, account.territories, account.reach)
        return tuple(found)

    def _narrative(self, at: datetime) -> NarrativeRecord:
        return NarrativeRecord(
            ref=self.narrative.ref,
            theme=self.narrative.theme,
            kind=self.narrative.kind,
            sources=self.sources,
            minor_at_events=self.narrative.minor_at_events,
            holds=self.holds,
            consent=consent.scope(self.events, at) if self.events else None,
            mosaic_budget=self.narrative.mosaic_budget,
            exposed=self.exposed,
        )


def _hashtags(leaf: ComposedLeaf) -> tuple[str, ...]:
    return tuple(found.text for part in leaf.parts for found in find_hashtags(part.text))


def _attributes(known: Known, standing: Standing, quotes: Sequence[Any]) -> frozenset[str] | None:
    """What these words would give away; None where a passage was tagged by nobody."""
    tags = [known.tags.get(key) for key in standing.ids("passage")]
    if any(one is None for one in tags):
        return None
    held = {quote.source_ref for quote in quotes}
    sources = (one.attributes for one in known.sources[standing.narrative_id] if one.ref in held)
    return frozenset().union(*(one.attributes for one in tags if one is not None), *sources)


def _moderation(session: Session, organisation: int, composed: Composed) -> ModerationRecord:
    own, window = session.get_one(Organisation, organisation), composed.window
    shifts = shifts_around(session, {organisation}, (window.not_before, window.not_after)).get(organisation, ())
    return ModerationRecord(tuple(shifts), own.reply_policy, own.escalation)


def _helplines(session: Session, standing: Standing) -> tuple[HelplineRecord, ...]:
    statement = (
        select(Block, HelplineCheck.at)
        .outerjoin(HelplineCheck, col(HelplineCheck.block_id) == col(Block.id))
        .where(Block.kind == "helpline", col(Block.id).in_(standing.ids("block")))
        .order_by(col(HelplineCheck.at))
    )
    newest = {row[0].id: helpline_record(row[0], row[1]) for row in session.exec(statement)}
    return tuple(newest.values())
