"""What the facts checks need, read set-based: a constant number of queries, whatever the batch."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content import clearing, consent
from content.block import Block, HelplineCheck
from content.campaign import Campaign, SensitiveDay
from content.checks.records import (
    AccountRecord,
    Appearance,
    CalendarDay,
    CampaignRecord,
    Caps,
    FactsCase,
    HelplineRecord,
    HoldRecord,
    NarrativeRecord,
    OrganisationRecord,
    SourceRecord,
)
from content.consent import ConsentEvent
from content.lifecycle import COUNTED, Post
from content.message import Leaf, Message, Used, Version
from content.narrative import Exposure, Narrative, Quote, Source, uses_of
from content.organisation import Account
from content.stop import Hold

_AROUND = timedelta(days=31)
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One leaf at one instant. `post` is left out of its own appearances; `due`: when it was planned to appear."""

    key: int
    leaf_id: int
    at: datetime
    post: int | None = None
    due: datetime | None = None


def facts(session: Session, wanted: Sequence[Wanted]) -> dict[int, FactsCase]:
    """The record that judges each wanted leaf at its instant, by key."""
    if not wanted:
        return {}
    known = _Known(session, wanted)
    return {one.key: known.case(one) for one in wanted}


class _Known:
    """Everything that a batch needs, read once."""

    def __init__(self, session: Session, wanted: Sequence[Wanted]) -> None:
        self.base = _base(session, {one.leaf_id for one in wanted})
        narratives = {row.Narrative.id for row in self.base.values()}
        versions = {row.Version.id for row in self.base.values()}
        self.events = _grouped(session, ConsentEvent, ConsentEvent.narrative_id, narratives, ConsentEvent.id)
        self.holds = _grouped(session, Hold, Hold.narrative_id, narratives, Hold.id)
        self.exposed = _grouped(session, Exposure, Exposure.narrative_id, narratives, Exposure.attribute)
        self.used = _grouped(session, Used, Used.version_id, versions, Used.ref)
        self.tags = clearing.tags(session, _ids(self.used, "passage"))
        self.quotes = _by_id(session, Quote, _ids(self.used, "quote"))
        self.sources = _grouped(session, Source, Source.narrative_id, narratives, Source.id)
        self.blocks = _by_id(session, Block, _ids(self.used, "block"))
        self.helplines_seen = _helplines_seen(session, self.blocks.values())
        self.appearances = _appearances(session, wanted, self.base)
        self.calendar = _calendar(session, self.base.values())

    def case(self, one: Wanted) -> FactsCase:
        row = self.base[one.leaf_id]
        narrative, account, campaign = row.Narrative, row.Account, row.Campaign
        used = self.used[row.Version.id]
        quotes = [self.quotes[u.material_id] for u in used if u.kind == "quote"]
        return FactsCase(
            at=one.at,
            language=row.Version.language,
            channel=account.format,
            due=one.due,
            message=row.Message.ref,
            uses=uses_of(quotes),
            attributes=self._attributes(narrative.id, used, quotes),
            narrative=self._narrative(narrative, one.at),
            campaign=CampaignRecord(frozenset(campaign.territories), campaign.purpose),
            organisation=OrganisationRecord(helplines=self._helplines(used)),
            account=account_record(account, row.Leaf.account_identity),
            appearances=self._appearances(one, narrative, account),
            calendar=tuple(d for d in self.calendar if d.territory in (*campaign.territories, EVERYWHERE)),
            caps=caps(campaign.caps),
        )

    def _narrative(self, narrative: Narrative, at: datetime) -> NarrativeRecord:
        key = narrative.id or 0
        events = self.events[key]
        return NarrativeRecord(
            ref=narrative.ref,
            theme=narrative.theme,
            kind=narrative.kind,
            sources=tuple(SourceRecord(s.ref, s.publisher, s.year, s.url, s.locator) for s in self.sources[key]),
            minor_at_events=narrative.minor_at_events,
            holds=tuple(_hold(hold) for hold in self.holds[key] if hold.lifted_at is None),
            consent=consent.scope(events, at) if events else None,
            mosaic_budget=narrative.mosaic_budget,
            exposed=frozenset(row.attribute for row in self.exposed[key]),
        )

    def _attributes(self, narrative_id: int, used: Sequence[Used], quotes: Iterable[Quote]) -> frozenset[str] | None:
        """What this leaf discloses: the tags of its passages, and what the source of a verbatim quote says itself."""
        tags = [self.tags.get(u.material_id) for u in used if u.kind == "passage"]
        if any(tag is None for tag in tags):
            return None
        sources = {source.ref: source for source in self.sources[narrative_id]}
        from_tags = (tag.attributes for tag in tags if tag is not None)
        from_quotes = (sources[quote.source_ref].attributes for quote in quotes if quote.source_ref in sources)
        return frozenset().union(*from_tags, *from_quotes)

    def _helplines(self, used: Sequence[Used]) -> tuple[HelplineRecord, ...]:
        shown = (self.blocks[u.material_id] for u in used if u.kind == "block")
        return tuple(
            helpline_record(block, self.helplines_seen.get(block.id or 0))
            for block in shown
            if block.kind == "helpline"
        )

    def _appearances(self, one: Wanted, narrative: Narrative, account: Account) -> tuple[Appearance, ...]:
        return tuple(
            appearance
            for post, appearance in self.appearances
            if post != one.post
            and (appearance.narrative == narrative.ref or appearance.account == account.ref)
            and abs(appearance.at - one.at) <= _AROUND
        )


def account_record(account: Account, words_made_for: str) -> AccountRecord:
    """The account as the checks see it; `words_made_for` is the identity the leaf was made for."""
    same = account.identity_seen == account.remote_identity == words_made_for
    return AccountRecord(
        ref=account.ref,
        channel=account.channel,
        format=account.format,
        reach=account.reach,
        territories=frozenset(account.territories),
        persona=account.persona,
        owned=account.ownership_second is not None,
        ownership_verified_at=account.ownership_verified_at,
        identity_verified_at=account.identity_verified_at,
        identity_matches=None if account.identity_seen is None else same,
    )


def helpline_record(block: Block, verified_at: datetime | None) -> HelplineRecord:
    """A helpline block as the checks see it."""
    return HelplineRecord(
        ref=block.ref,
        line=block.text,
        territories=frozenset(block.territories),
        languages=frozenset(block.languages),
        operator=block.operator,
        phone=block.phone,
        hours=block.hours,
        url=block.address,
        always_open=block.always_open,
        verified_at=verified_at,
    )


def caps(policy: Mapping[str, Any]) -> Caps:
    """A campaign's caps: each only stricter than the default."""
    default = Caps()
    wanted = {f.name: policy[f.name] for f in fields(Caps) if f.name in policy}
    stricter = {
        name: max(value, default.account_gap_hours)
        if name == "account_gap_hours"
        else min(value, getattr(default, name))
        for name, value in wanted.items()
    }
    return Caps(**stricter)


def _base(session: Session, leaves: set[int]) -> dict[int, Row[Any]]:
    statement = (
        rows(Leaf, Version, Message, Narrative, Campaign, Account)
        .join(Version, col(Version.id) == col(Leaf.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Narrative, col(Narrative.id) == col(Message.narrative_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Account, col(Account.id) == col(Leaf.account_id))
        .where(col(Leaf.id).in_(leaves))
        .execution_options(populate_existing=True)
    )
    return {row.Leaf.id: row for row in session.execute(statement)}


def _grouped(session: Session, table: Any, column: Any, ids: set[int], order: Any) -> dict[int, list[Any]]:
    rows = session.exec(select(table).where(column.in_(ids)).order_by(order).execution_options(populate_existing=True))
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column.key)].append(row)
    return found


def _by_id(session: Session, table: Any, ids: set[int]) -> dict[int, Any]:
    return {row.id: row for row in session.exec(select(table).where(table.id.in_(ids)))} if ids else {}


def _ids(used: Mapping[int, Sequence[Used]], kind: str) -> set[int]:
    return {one.material_id for group in used.values() for one in group if one.kind == kind}


def _hold(hold: Hold) -> HoldRecord:
    return HoldRecord(hold.starts_at, hold.ends_at, frozenset(hold.territories))


def _helplines_seen(session: Session, blocks: Iterable[Block]) -> dict[int, datetime]:
    """When somebody last found each helpline answering."""
    ids = [block.id for block in blocks if block.kind == "helpline"]
    if not ids:
        return {}
    statement = (
        select(HelplineCheck.block_id, func.max(HelplineCheck.at))
        .where(col(HelplineCheck.block_id).in_(ids))
        .group_by(col(HelplineCheck.block_id))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _appearances(
    session: Session, wanted: Sequence[Wanted], base: Mapping[int, Row[Any]]
) -> list[tuple[int, Appearance]]:
    """All counted posts of these narratives or accounts around these instants."""
    first, last = min(one.at for one in wanted) - _AROUND, max(one.at for one in wanted) + _AROUND
    statement = (
        rows(
            col(Post.id), col(Message.ref), col(Narrative.ref), col(Account.ref), col(Account.format), col(Post.due_at)
        )
        .join(Message, col(Message.id) == col(Post.message_id))
        .join(Narrative, col(Narrative.id) == col(Post.narrative_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(col(Post.due_at).between(first, last), col(Post.state).in_([str(s) for s in COUNTED]))
        .where(
            or_(
                col(Post.narrative_id).in_({row.Narrative.id for row in base.values()}),
                col(Post.account_id).in_({row.Account.id for row in base.values()}),
            )
        )
    )
    return [(row[0], Appearance(*row[1:])) for row in session.execute(statement)]


def _calendar(session: Session, rows: Iterable[Row[Any]]) -> tuple[CalendarDay, ...]:
    territories = {EVERYWHERE, *(territory for row in rows for territory in row.Campaign.territories)}
    days = session.exec(
        select(SensitiveDay).where(col(SensitiveDay.territory).in_(territories), col(SensitiveDay.lifted_at).is_(None))
    )
    return tuple(CalendarDay(d.territory, d.starts_at, d.ends_at, d.name, d.kind) for d in days)
