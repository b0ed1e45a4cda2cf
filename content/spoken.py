"""When accounts speak and narratives are shown: what is planned, what waits for reviewers, and what was queued a
moment ago and nobody has made yet. Whoever takes an hour for a message looks here first, so that two campaigns that
want the same hour are settled before anything is sent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.checks.facts import frequency_cap, reads
from content.checks.facts.load import caps
from content.checks.records import UNCAPPED, AccountRecord, Appearance, FactsCase, NarrativeRecord
from content.errors import Refusal
from content.given import among
from content.lifecycle import COUNTED, Post
from content.message import Leaf, Message, Version, Wording
from content.narrative import Narrative
from content.ordering import Order, planned_window
from content.organisation import Account, of_ours, ours
from content.review import Clearance
from content.schedule import unposted
from content.store import now
from content.waiting import Waits, WaitsAt
from content.window import Window, from_canonical, occurrences
from content.zone import zone_version

MOST = 20_000  # rows of one kind that are looked through
Pair = tuple[str, str]  # a message and its language


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be known: of these accounts and narratives (ids), from first to last; of these pairs nothing that is
    not planned yet: they are about to be written anew."""

    accounts: Collection[int]
    narratives: Collection[int]
    first: datetime
    last: datetime
    anew: frozenset[Pair] = frozenset()


@dataclass(slots=True)
class Taken:
    """Who speaks when. campaigns: of each appearance, its campaign's id."""

    accounts: dict[str, list[Appearance]] = field(default_factory=lambda: defaultdict(list))
    narratives: dict[str, list[Appearance]] = field(default_factory=lambda: defaultdict(list))
    campaigns: dict[Appearance, int] = field(default_factory=dict)

    def add(self, one: Appearance, campaign: int) -> None:
        if one not in self.campaigns:
            self.campaigns[one] = campaign
            self.accounts[one.account].append(one)
            self.narratives[one.narrative].append(one)

    def room(self, order: Order, campaign: Campaign, account: Account, at: datetime) -> bool:
        """Whether this account may say it then: by its gap, the campaign's own, and the caps as the gate judges them.

        Another language of the message keeps the gaps too, as it must when posts are made; an hour on the site, which
        has no gap, is for one message.
        """
        limits = caps(campaign.caps)
        own, gap = timedelta(minutes=campaign.min_gap_minutes), timedelta(hours=limits.account_gap_hours)
        for one in self.accounts[account.ref]:
            apart = abs(one.at - at)
            if self.campaigns[one] == campaign.id and apart < own:
                return False
            if apart < gap if account.format != UNCAPPED else not apart and one.message != order.message:
                return False
        return not any(frequency_cap.check(self._case(order, campaign, account, at)))

    def _case(self, order: Order, campaign: Campaign, account: Account, at: datetime) -> FactsCase:
        seen = {one for one in self.accounts[account.ref] if abs(one.at - at) <= reads.AROUND}
        seen |= {one for one in self.narratives[order.narrative] if abs(one.at - at) <= reads.AROUND}
        return FactsCase(
            at=at, language=order.language, channel=account.format, message=order.message,
            narrative=NarrativeRecord(ref=order.narrative), appearances=tuple(seen), caps=caps(campaign.caps),
            account=AccountRecord(account.ref, account.format, account.format, "worldwide"),
        )  # fmt: skip


def taken(session: Session, wanted: Wanted) -> Taken:
    """Everything that stands in these days, and a month around them: so far do caps reach."""
    found = Taken()
    first, last = wanted.first - reads.AROUND - _DAY, wanted.last + reads.AROUND + _DAY
    for one, campaign in _posted(session, wanted, first, last):
        found.add(one, campaign)
    for said in (*_made(session, wanted, last), *_queued(session, wanted)):
        for time in occurrences(said.window, first, last):
            for account, format_ in said.accounts:
                found.add(Appearance(said.message, said.narrative, account, format_, time.due_at), said.campaign)
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """Words with times of which no post is made yet, and where they go: (account, format)."""

    message: str
    narrative: str
    campaign: int
    window: Window
    accounts: tuple[tuple[str, str], ...]


def _posted(session: Session, wanted: Wanted, first: datetime, last: datetime) -> Iterator[tuple[Appearance, int]]:
    """What is planned, is out, or was: each by its own index."""
    shown = (col(Message.ref), col(Narrative.ref), col(Account.ref), col(Account.format), col(Post.due_at))
    for column, ids in ((Post.account_id, wanted.accounts), (Post.narrative_id, wanted.narratives)):
        statement = (
            columns(*shown, col(Post.campaign_id))
            .join(Message, col(Message.id) == col(Post.message_id))
            .join(Narrative, col(Narrative.id) == col(Post.narrative_id))
            .join(Account, col(Account.id) == col(Post.account_id))
            .where(among(column, "ids"), col(Post.due_at).between(first, last), col(Post.state).in_(_COUNTED))
            .order_by(col(Post.due_at).desc())
        )
        for row in session.execute(statement.limit(MOST), {"ids": sorted(ids)}):
            yield Appearance(*row[:5]), row[5]


def _made(session: Session, wanted: Wanted, last: datetime) -> Iterator[_Said]:
    """Words that somebody must judge, or renew, and cleared ones whose posts are about to be made."""
    ids = {*_waiting(session, wanted, last), *_unposted(session)}
    places: dict[int, list[tuple[str, str]]] = defaultdict(list)
    goes = (
        columns(col(Leaf.version_id), col(Account.ref), col(Account.format))
        .join(Account, col(Account.id) == col(Leaf.account_id))
        .where(among(Leaf.version_id, "ids"))
    )
    for key, *place in session.execute(goes, {"ids": sorted(ids)}):
        places[key].append((place[0], place[1]))
    for row in session.execute(_worded(Version).where(among(Version.id, "ids")), {"ids": sorted(ids)}):
        if (row.message, row.language) not in wanted.anew:
            window = from_canonical(row.window, zone_version())
            yield _Said(row.message, row.narrative, row.campaign_id, window, tuple(places[row.id]))


def _waiting(session: Session, wanted: Wanted, last: datetime) -> Iterator[int]:
    by_account = columns(col(WaitsAt.version_id)).where(
        among(WaitsAt.account_id, "ids"), col(WaitsAt.not_before) <= last, col(WaitsAt.not_after) >= now(session)
    )
    by_narrative = (
        columns(col(Waits.version_id))
        .join(Version, col(Version.id) == col(Waits.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(among(Message.narrative_id, "ids"), col(Waits.not_before) <= last)
        .where(col(Waits.not_after) >= now(session))
    )
    for statement, ids in ((by_account, wanted.accounts), (by_narrative, wanted.narratives)):
        yield from session.execute(statement.limit(MOST), {"ids": sorted(ids)}).scalars()


def _unposted(session: Session) -> Iterable[int]:
    statement = columns(col(Version.id)).join(Clearance, col(Clearance.digest) == col(Version.digest))
    ids = unposted(session, MOST)
    return session.execute(statement.where(among(Clearance.id, "ids")), {"ids": ids}).scalars()


def _queued(session: Session, wanted: Wanted) -> Iterator[_Said]:
    """What was queued and nobody has made yet: the newest of each message and language."""
    formats: Mapping[str, tuple[int, str]] = {
        ref: (key or 0, format_)
        for ref, key, format_ in session.exec(
            select(Account.ref, Account.id, Account.format).where(Account.organisation_id == ours())
        )
    }
    statement = _worded(Wording).where(col(Wording.answered_at).is_(None)).order_by(col(Wording.id).desc())
    seen = set(wanted.anew)
    for row in session.execute(statement.limit(MOST)):
        if (row.message, row.language) in seen:
            continue
        seen.add((row.message, row.language))
        places = tuple((ref, formats[ref][1]) for ref in row.accounts if ref in formats)
        near = row.narrative_id in wanted.narratives or any(formats[ref][0] in wanted.accounts for ref, _ in places)
        if near and (window := _window(row.plan, row.queued_at)):
            yield _Said(row.message, row.narrative, row.campaign_id, window, places)


def _worded(table: Any) -> Any:
    """The words of this organisation in one of their two tables, with message, campaign and narrative."""
    own = {Version: (Version.id, Version.window), Wording: (Wording.plan, Wording.accounts, Wording.queued_at)}[table]
    return (
        columns(
            *(col(one) for one in own), col(table.language), col(Message.ref).label("message"),
            col(Message.campaign_id), col(Message.narrative_id), col(Narrative.ref).label("narrative"),
        )
        .join(Message, col(Message.id) == col(table.message_id))
        .join(Narrative, col(Narrative.id) == col(Message.narrative_id))
        .where(of_ours(Message.organisation_id))
    )  # fmt: skip


def _window(plan: Mapping[str, Any], queued: datetime) -> Window | None:
    """The times a plan asks for; None where it is refused anyway when somebody makes it."""
    try:
        return planned_window(plan, queued)
    except Refusal:
        return None


_DAY = timedelta(days=1)
_COUNTED = [str(state) for state in COUNTED]
