"""What stands in the plan on some days: every post, whatever became of it, and the times that wait for a clearance.

Posts are read account by account, each by its own index: a month costs what it shows, however much was ever published.
So there is a bound on the accounts and on the posts of each; what lies beyond it is named, never silently left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select as columns
from sqlalchemy import union
from sqlmodel import Session, col, select

from content import rescheduling, unposted
from content.blackout import Blackout
from content.campaign import DARK, Campaign, SensitiveDay
from content.checks.facts import frequency_cap
from content.checks.facts.load import Wanted, caps, facts
from content.checks.records import UNCAPPED, Appearance, Caps
from content.each import each
from content.errors import Refusal
from content.gate import Stood, foresee
from content.given import among
from content.lifecycle import COUNTED, PENDING, Post
from content.message import LeafPart, Message
from content.once import once
from content.organisation import Account, ours
from content.schedule import blackouts
from content.store import now
from content.unposted import Line
from content.zone import exact, local_at

ACCOUNTS = 24  # looked at together
REVIEW = "review"
_SHOWN = (
    Post.id, Post.account_id, Post.message_id, Post.due_at, Post.local, Post.zone, Post.language, Post.state, Post.note,
    Post.surplus, Post.not_before, Post.not_after, Post.valid_from, Post.valid_until,
)  # fmt: skip
NOTED = 100  # campaigns whose territories and dark days a calendar of all of them shows, the newest
EACH = 120  # posts of one account: more than three a day in a month
_APART = timedelta(hours=14)  # from UTC, at the most
_ANY = timedelta(microseconds=1)  # a crisis that is set before midnight is today's already
_TOUCHES = timedelta(hours=3)  # of a day, before its neighbour's remembrance counts for it


@dataclass(frozen=True, slots=True)
class Wish:
    """Which days, both included, and which posts. zone: where the days are counted; "": each post in its own.

    after: only accounts after this ref, as `Agenda.more` says. enough: for whoever reads on from the mark `beyond`: not
    the whole of the days, only as many as hold so many entries after it; 0 for all.
    """

    first: date
    last: date
    zone: str = ""
    campaign: str = ""
    account: str = ""
    language: str = ""
    after: str = ""
    accounts: int = ACCOUNTS
    enough: int = 0
    beyond: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One appearance. state: a post's, or `review` where no post exists yet; post: its number, 0 where none exists.

    local, zone: when it is, as the wish counts; stops: why it will not go, as far as can be foreseen.
    """

    at: datetime
    local: datetime
    zone: str
    account: str
    message: str
    language: str
    state: str
    post: int = 0
    note: str = ""
    surplus: bool = False
    stops: tuple[str, ...] = ()
    waits: bool = False  # of the stops, all may end by themselves
    bounds: tuple[datetime, datetime] | None = None  # of a post: of window and clearance

    @property
    def days(self) -> tuple[date, date] | None:
        """A post's first and last day, within window and clearance."""
        if self.bounds is None:
            return None
        first, last = self.bounds
        return local_at(first, self.zone).date(), local_at(last, self.zone).date()

    @property
    def movable(self) -> bool:
        return self.state in rescheduling.MOVABLE

    @property
    def counts(self) -> bool:
        """Whether the caps count it."""
        return self.state in COUNTED


@dataclass(frozen=True, slots=True)
class Agenda:
    """last: the last day that was looked through; more: asks for the next accounts, "" where these are all; cut: those
    of which only the first posts are here."""

    accounts: tuple[Account, ...]
    entries: tuple[Entry, ...]
    last: date
    more: str = ""
    cut: frozenset[str] = frozenset()
    many: bool = False  # more words wait for a clearance than were looked at


@dataclass(frozen=True, slots=True)
class Planned:
    """One post with all that its next step needs. first, last: of window and clearance; free: times it could take."""

    post: Post
    entry: Entry
    campaign: str
    account: Account
    words: tuple[str, ...]
    first: datetime
    last: datetime
    rooms: tuple["Room", ...]
    free: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What a day asks of us. kind: sensitive | crisis | holiday | blackout; where: a territory or a campaign."""

    kind: str
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Room:
    """How often something may be shown, and how often it is, this time included. days: 0 for an account's 24 hours."""

    days: int
    used: int
    most: int

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)


def agenda(session: Session, wish: Wish) -> Agenda:
    """The accounts and what they do on those days, in order."""
    accounts, more = _accounts(session, wish)
    named = {one.id or 0: one.ref for one in accounts}
    posts = _posts(session, wish, named)
    by_account: dict[str, list[Entry]] = {}
    for entry in posts:
        by_account.setdefault(entry.account, []).append(entry)
    cut = frozenset(ref for ref, some in by_account.items() if len(some) > EACH)
    entries = [entry for some in by_account.values() for entry in some[:EACH]]
    wish = _so_far(wish, entries)
    waiting, many = _waiting(session, wish, named)
    entries += waiting
    inside = (entry for entry in entries if wish.first <= entry.local.date() <= wish.last)
    return Agenda(accounts, tuple(sorted(inside, key=mark)), wish.last, more, cut, many)


def _so_far(wish: Wish, posts: Iterable[Entry]) -> Wish:
    """The days that hold enough posts already: of words that wait many more are read than stand on a page."""
    later = sorted(mark(one) for one in posts if wish.beyond is None or mark(one) > wish.beyond) if wish.enough else []
    if not 0 < wish.enough <= len(later):
        return wish
    return replace(wish, last=min(wish.last, date.fromisoformat(later[wish.enough - 1][0][:10])))


@dataclass(frozen=True, slots=True)
class Where:
    """When a post is due, and in which zone its audience reads that."""

    due_at: datetime
    zone: str


def planned_at(session: Session, number: int) -> Where:
    """Where a post stands, by its number. Refuses (`post.unknown`) one that does not exist."""
    post = _known(session, number)
    return Where(post.due_at, post.zone)


def planned(session: Session, number: int) -> Planned:
    """One post of the plan, by its number. Refuses as `planned_at`."""
    post = _known(session, number)
    account = session.get_one(Account, post.account_id)
    message = session.get_one(Message, post.message_id).ref
    parts = select(LeafPart.text).where(LeafPart.leaf_id == post.leaf_id).order_by(col(LeafPart.index))
    entry = foretold(session, [entry_of(post, account.ref, message, "")])[0]
    free = rescheduling.free_times(session, post) if entry.movable else []
    return Planned(
        post, entry, session.get_one(Campaign, post.campaign_id).name, account, tuple(session.exec(parts)),
        *rescheduling.bounds(post), rooms(session, post), tuple(free),
    )  # fmt: skip


def foretold(session: Session, entries: Iterable[Entry]) -> list[Entry]:
    """The same, with what will stop each post that is still to go; for as many as are shown."""
    shown = list(entries)
    pending = [one.post for one in shown if one.post and one.state in PENDING]
    stood = foresee(session, pending)
    return [_stopped(one, stood[one.post]) if stood.get(one.post) else one for one in shown]


def notes(session: Session, wish: Wish, zone: str) -> Mapping[date, Sequence[Note]]:
    """What the days ask of us: the dates of the campaigns' territories, and the campaigns' own blackout days."""
    campaigns = _campaigns(session, wish.campaign)
    territories = {"*", *(code for one in campaigns for code in one.territories)}
    days = [wish.first + timedelta(days=number) for number in range((wish.last - wish.first).days + 1)]
    dates = _dates(session, territories, _span(wish))
    dark = [(one, day) for one in campaigns for day in blackouts(one) if day.policy != "keep"]
    return {day: [*touching(dates, day, zone), *_dark(dark, day)] for day in days}


def rooms(session: Session, post: Post) -> tuple[Room, ...]:
    """What the caps leave at a post's time: of its account in 24 hours, of its narrative in 7 and in 30 days."""
    case = facts(session, [Wanted(0, post.leaf_id, post.due_at, post.id)])[0]
    others = [one for one in case.appearances or () if one.channel != UNCAPPED]
    if case.channel == UNCAPPED or case.message is None:
        return ()
    told = [one for one in others if case.narrative and one.narrative == case.narrative.ref]
    spoken = [one for one in others if case.account and one.account == case.account.ref]
    return _rooms(case.caps, case.message, post.due_at, spoken, told)


def home_zone(session: Session, campaign: str) -> str:
    """Where a campaign's audience lives; without one, the first campaign's."""
    statement = select(Campaign.zone).where(Campaign.organisation_id == ours()).order_by(col(Campaign.ref)).limit(1)
    mine = statement.where(Campaign.ref == campaign) if campaign else statement
    return once(session, ("zone", campaign), lambda: session.exec(mine).first() or "UTC")


def _known(session: Session, number: int) -> Post:
    post = session.exec(select(Post).where(Post.id == number, Post.organisation_id == ours())).first()
    if post is None:
        raise Refusal("post.unknown", f"There is no post {number}.", "The calendar shows those there are.")
    return post


def limits(session: Session, campaign: str) -> Caps:
    """How often at most, by the campaign's caps; without one, by those that hold for everybody."""
    mine = select(Campaign.caps).where(Campaign.organisation_id == ours(), Campaign.ref == campaign)
    return caps((session.exec(mine).first() if campaign else None) or {})


def _rooms(
    limits: Caps, message: str, at: datetime, spoken: list[Appearance], told: list[Appearance]
) -> tuple[Room, ...]:
    wanted = (
        (0, spoken, limits.per_account_24h), (7, told, limits.per_narrative_7d), (30, told, limits.per_narrative_30d),
    )  # fmt: skip
    found = []
    for days, others, limit in wanted:
        mine, times = frequency_cap.appearances(message, at, others)
        found.append(Room(days, frequency_cap.most(times, mine, timedelta(days=days or 1)), limit))
    return tuple(found)


def mark(entry: Entry) -> tuple[str, str, str]:
    """Its place in the order of a calendar."""
    return entry.local.isoformat(), entry.account, f"{entry.message} {entry.language} {entry.post}"


def _span(wish: Wish) -> tuple[datetime, datetime]:
    """Instants between which all those days lie, wherever they are counted."""
    opens = datetime.combine(wish.first, datetime.min.time())
    closes = datetime.combine(wish.last + timedelta(days=1), datetime.min.time())
    if wish.zone:
        return exact(opens, wish.zone), exact(closes, wish.zone)
    return opens.replace(tzinfo=UTC) - _APART, closes.replace(tzinfo=UTC) + _APART


def _accounts(session: Session, wish: Wish) -> tuple[tuple[Account, ...], str]:
    mine = select(Account).where(Account.organisation_id == ours(), col(Account.ref) > wish.after)
    statement = mine.order_by(col(Account.ref)).limit(wish.accounts + 1)
    named: Sequence[str] = ()
    if wish.account:
        statement = statement.where(Account.ref == wish.account)
    elif wish.campaign:
        of = select(Campaign.accounts).where(Campaign.organisation_id == ours(), Campaign.ref == wish.campaign)
        named = session.exec(of).first() or []
        statement = statement.where(among(Account.ref, "refs", str))
    found = session.exec(statement, params={"refs": named}).all()
    return tuple(found[: wish.accounts]), found[wish.accounts - 1].ref if len(found) > wish.accounts else ""


def _posts(session: Session, wish: Wish, accounts: Mapping[int, str]) -> list[Entry]:
    """The first EACH of each account, and one more."""
    first, last = _span(wish)
    few = columns(col(Post.id)).where(col(Post.due_at) >= first, col(Post.due_at) < last)
    if not wish.zone:  # of the instants around these days only those that their own clocks place in them
        after = (wish.last + timedelta(days=1)).isoformat()
        few = few.where(col(Post.local) >= wish.first.isoformat(), col(Post.local) < after)
    if wish.language:
        few = few.where(col(Post.language) == wish.language)
    if wish.campaign:
        of = select(Campaign.id).where(Campaign.organisation_id == ours(), Campaign.ref == wish.campaign)
        few = few.where(col(Post.campaign_id) == of.scalar_subquery())
    few = few.order_by(col(Post.due_at)).limit(EACH + 1)
    found = each(session, Post.account_id, few, Post.id, _SHOWN, accounts) if accounts else ()
    refs = _messages(session, {row.message_id for row in found})
    entries = (entry_of(row, accounts[row.account_id], refs[row.message_id], wish.zone) for row in found)
    return sorted(entries, key=lambda entry: entry.at)


def _messages(session: Session, ids: Collection[int]) -> dict[int, str]:
    statement = columns(col(Message.id), col(Message.ref)).where(among(Message.id, "ids"))
    return {row[0]: row[1] for row in session.execute(statement, {"ids": sorted(ids)})} if ids else {}


def entry_of(post: Any, account: str, message: str, zone: str) -> Entry:
    """A post, or its row, as it stands in a calendar. zone: whose time is told; "": the audience's own."""
    local = local_at(post.due_at, zone) if zone else datetime.fromisoformat(post.local)
    return Entry(
        post.due_at, local, zone or post.zone, account, message, post.language, post.state, post.id or 0, post.note,
        post.surplus, bounds=rescheduling.bounds(post),
    )  # fmt: skip


def _waiting(session: Session, wish: Wish, accounts: Mapping[int, str]) -> tuple[list[Entry], bool]:
    """Times of words that are not cleared, or not for so long, and whether there are more; none of the past."""
    first, last = _span(wish)
    first = max(first, now(session))
    if first >= last or not accounts:
        return [], False
    span = unposted.Span(first, last, wish.campaign, wish.language)
    lines, many = unposted.of_accounts(session, span, accounts)
    return [_unposted(line, wish.zone) for line in lines], many


def _unposted(line: Line, zone: str) -> Entry:
    local = local_at(line.at, zone) if zone else datetime.fromisoformat(line.local)
    return Entry(
        line.at, local, zone or line.zone, line.account, line.message, line.language, REVIEW, stops=line.reasons
    )


def _stopped(entry: Entry, stood: Sequence[Stood]) -> Entry:
    told = tuple(f"{one.code}: {one.reason}" for one in stood)
    return replace(entry, stops=told, waits=all(one.how == "wait" for one in stood))


def _campaigns(session: Session, ref: str) -> Sequence[Any]:
    """(ref, name, territories, blackout) of this campaign; without one, of the newest and of those with dark days."""
    names = (Campaign.ref, Campaign.name, Campaign.territories, Campaign.blackout)
    mine = columns(*(col(one) for one in names)).where(col(Campaign.organisation_id) == ours())
    if ref:
        return session.execute(mine.where(col(Campaign.ref) == ref)).all()
    key = col(Campaign.id)
    newest = columns(key).where(col(Campaign.organisation_id) == ours()).order_by(key.desc()).limit(NOTED)
    some = (columns(one.subquery().c.id) for one in (newest, newest.where(DARK)))
    return session.execute(mine.where(key.in_(union(*some))).order_by(col(Campaign.ref))).all()


def _dates(session: Session, territories: set[str], span: tuple[datetime, datetime]) -> Sequence[SensitiveDay]:
    first, last = span
    statement = (
        select(SensitiveDay)
        .where(SensitiveDay.organisation_id == ours(), col(SensitiveDay.lifted_at).is_(None))
        .where(col(SensitiveDay.territory).in_(territories))
        .where(col(SensitiveDay.starts_at) < last, col(SensitiveDay.ends_at) > first)
        .order_by(col(SensitiveDay.starts_at), col(SensitiveDay.territory), col(SensitiveDay.name))
    )
    return session.exec(statement).all()


def touching(dates: Iterable[SensitiveDay], day: date, zone: str) -> Iterable[Note]:
    """What of those stands on a day there: a slip of the neighbour's remembrance does not, of a crisis it does."""
    midnight = datetime.combine(day, datetime.min.time())
    opens, closes = exact(midnight, zone), exact(midnight + timedelta(days=1), zone)
    for one in dates:
        shared = min(closes, one.ends_at) - max(opens, one.starts_at)
        least = _ANY if one.kind == "crisis" else min(_TOUCHES, one.ends_at - one.starts_at)
        if shared >= least:
            yield Note(one.kind, one.name, one.territory)


def _dark(days: Iterable[tuple[Any, Blackout]], day: date) -> Iterable[Note]:
    return (Note("blackout", one.name, campaign.name) for campaign, one in days if one.start <= day <= one.end)
