"""What stands in the plan on some days: every post, whatever became of it, and the times that wait for a clearance.

Posts are read account by account, each by its own index: a month costs what it shows, however much was ever published.
So there is a bound on the accounts and on the posts of each; what lies beyond it is named, never silently left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, literal_column
from sqlalchemy import select as columns
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content import rescheduling, unposted
from content.campaign import Campaign, number_of
from content.caps_left import Room, rooms
from content.checks.facts.load import caps
from content.checks.records import Caps
from content.each import asked, of_each
from content.errors import Refusal
from content.gate import Stood, foresee
from content.given import among
from content.lifecycle import COUNTED, PENDING, Post
from content.message import LeafPart, Message
from content.once import once
from content.organisation import Account, ours
from content.store import is_sqlite, now
from content.unposted import Line, Opening, Span
from content.zone import exact, local_at

ACCOUNTS = 24  # looked at together
REVIEW = "review"
_SHOWN = (
    Post.id, Post.account_id, Post.message_id, Post.due_at, Post.local, Post.zone, Post.language, Post.state, Post.note,
    Post.surplus, Post.not_before, Post.not_after, Post.valid_from, Post.valid_until,
)  # fmt: skip
SOONEST, AT_FIRST = 300, 80  # words that wait of which a page may need no more; whose times are worked out at first
EACH = 120  # posts of one account: more than three a day in a month
_APART = timedelta(hours=14)  # from UTC, at the most
_PUT_BACK = timedelta(hours=3)  # so far, at the most


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
    row: Any = None  # the post, or its row

    @property
    def days(self) -> tuple[date, date] | None:
        """A post's first and last day, within window and clearance."""
        if self.row is None:
            return None
        first, last = rescheduling.bounds(self.row)
        return local_at(first, self.zone).date(), local_at(last, self.zone).date()

    @property
    def stopped(self) -> bool:
        """Whether a post will not go unless somebody acts, as far as can be foreseen."""
        return bool(self.post and self.stops and not self.waits)

    @property
    def movable(self) -> bool:
        return self.state in rescheduling.MOVABLE

    @property
    def counts(self) -> bool:
        """Whether the caps count it."""
        return self.state in COUNTED


class Speaker(NamedTuple):
    """An account as a calendar names it. id: its number."""

    id: int
    ref: str
    name: str
    format: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """last: the last day that was looked through; more: asks for the next accounts, "" where these are all; cut: those
    of which only the first posts are here."""

    accounts: tuple[Speaker, ...]
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
    rooms: tuple[Room, ...]
    free: tuple[datetime, ...]


def agenda(session: Session, wish: Wish) -> Agenda:
    """The accounts and what they do on those days, in order."""
    accounts, more = _accounts(session, wish)
    named = {one.id: one.ref for one in accounts}
    posts = _posts(session, wish, named)
    by_account: dict[str, list[Entry]] = {}
    for entry in posts:
        by_account.setdefault(entry.account, []).append(entry)
    cut = frozenset(ref for ref, some in by_account.items() if len(some) > EACH)
    entries = [entry for some in by_account.values() for entry in some[:EACH]]
    wish = _so_far(wish, entries)
    waiting, many = _waiting(session, wish, named, entries)
    entries += waiting
    inside = (entry for entry in entries if wish.first <= entry.local.date() <= wish.last)
    return Agenda(accounts, tuple(sorted(inside, key=mark)), wish.last, more, cut, many)


def _so_far(wish: Wish, posts: Iterable[Entry]) -> Wish:
    """The days that hold enough posts already: of words that wait many more are read than stand on a page."""
    until = _full(wish, posts)
    return replace(wish, last=min(wish.last, date.fromisoformat(until[:10]))) if until else wish


def _full(wish: Wish, entries: Iterable[Entry]) -> str:
    """The local time of the last of them that the wish has room for; "" where it has room for more."""
    if not wish.enough:
        return ""
    start = max(wish.beyond or ("", "", ""), (wish.first.isoformat(), "", ""))
    later = sorted(place for place in map(mark, entries) if place > start)
    return later[wish.enough - 1][0] if len(later) >= wish.enough else ""


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


def home_zone(session: Session, campaign: str) -> str:
    """Where a campaign's audience lives; without one, the first campaign's."""
    if campaign:
        found = _of_campaign(session, campaign)
        return found.zone if found else "UTC"
    return once(session, "zone", lambda: session.execute(_FIRST_ZONE).scalar() or "UTC")


_FIRST_ZONE = (
    columns(col(Campaign.zone)).where(col(Campaign.organisation_id) == ours()).order_by(col(Campaign.ref)).limit(1)
)


def _of_campaign(session: Session, ref: str) -> Any:
    """(zone, accounts, caps) of a campaign, read once; None where there is none of that name."""
    return once(session, ("campaign", ref), lambda: session.execute(_OF_CAMPAIGN, {"campaign": ref}).first())


_OF_CAMPAIGN = columns(col(Campaign.zone), col(Campaign.accounts), col(Campaign.caps)).where(
    col(Campaign.id) == number_of()
)


def _known(session: Session, number: int) -> Post:
    post = session.exec(select(Post).where(Post.id == number, Post.organisation_id == ours())).first()
    if post is None:
        raise Refusal("post.unknown", f"There is no post {number}.", "The calendar shows those there are.")
    return post


def limits(session: Session, campaign: str) -> Caps:
    """How often at most, by the campaign's caps; without one, by those that hold for everybody."""
    found = _of_campaign(session, campaign) if campaign else None
    return caps(found.caps if found else {})


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


def _accounts(session: Session, wish: Wish) -> tuple[tuple[Speaker, ...], str]:
    mine = _SPEAKERS.limit(wish.accounts + 1)
    if wish.account:
        mine = mine.where(col(Account.ref) == wish.account)
    elif wish.campaign:
        mine = mine.where(among(Account.ref, "refs", str))
    chosen = _of_campaign(session, wish.campaign) if wish.campaign else None
    told = {"after": wish.after, "refs": chosen.accounts if chosen else ()}
    found = [Speaker(*row) for row in session.execute(mine, told)]
    return tuple(found[: wish.accounts]), found[wish.accounts - 1].ref if len(found) > wish.accounts else ""


_SPEAKERS = (
    columns(col(Account.id), col(Account.ref), col(Account.name), col(Account.format))
    .where(col(Account.organisation_id) == ours(), col(Account.ref) > bindparam("after"))
    .order_by(col(Account.ref))
)


def _posts(session: Session, wish: Wish, accounts: Mapping[int, str]) -> list[Entry]:
    """The first EACH of each account, and one more."""
    first, last = _span(wish)
    after = (wish.last + timedelta(days=1)).isoformat()
    told = {"first": first, "last": last, "day": wish.first.isoformat(), "after": after}
    told |= {"campaign": wish.campaign, "language": wish.language}
    few = _few(is_sqlite(session), bool(wish.zone), bool(wish.campaign), bool(wish.language), EACH + 1)
    found = asked(session, few, accounts, **told) if accounts else ()
    refs = _messages(session, {row.message_id for row in found})
    entries = (entry_of(row, accounts[row.account_id], refs[row.message_id], wish.zone) for row in found)
    return sorted(entries, key=lambda entry: entry.at)


@lru_cache(64)
def _few(sqlite: bool, zoned: bool, campaign: bool, language: bool, most: int) -> Select[Any]:
    """So many posts of each account. zoned: these instants; else of those around the days only the ones that their own
    clocks place in them."""
    first, last = (bindparam(name, type_=UTCDateTime()) for name in ("first", "last"))
    few = columns(col(Post.id)).where(col(Post.due_at) >= first, col(Post.due_at) < last)
    if not zoned:
        few = few.where(col(Post.local) >= bindparam("day"), col(Post.local) < bindparam("after"))
    if language:
        few = few.where(col(Post.language) == bindparam("language"))
    if campaign:
        few = few.where(col(Post.campaign_id) == number_of())
    few = few.order_by(col(Post.due_at)).limit(literal_column(str(most), Integer()))
    return of_each(sqlite, Post.account_id, few, Post.id, _SHOWN)


_REFS = columns(col(Message.id), col(Message.ref)).where(among(Message.id, "ids"))


def _messages(session: Session, ids: Collection[int]) -> dict[int, str]:
    return {row[0]: row[1] for row in session.execute(_REFS, {"ids": sorted(ids)})} if ids else {}


def entry_of(post: Any, account: str, message: str, zone: str) -> Entry:
    """A post, or its row, as it stands in a calendar. zone: whose time is told; "": the audience's own."""
    local = local_at(post.due_at, zone) if zone else datetime.fromisoformat(post.local)
    return Entry(
        post.due_at, local, zone or post.zone, account, message, post.language, post.state, post.id or 0, post.note,
        post.surplus, row=post,
    )  # fmt: skip


def _waiting(
    session: Session, wish: Wish, accounts: Mapping[int, str], posts: Sequence[Entry]
) -> tuple[list[Entry], bool]:
    """Times of words that are not cleared, or not for so long, and whether there are more; none of the past. For a wish
    that has enough at some time only the soonest: what opens later has no time before it, wherever that is counted.
    """
    first, last = _span(wish)
    first = max(first, now(session))
    if first >= last or not accounts:
        return [], False
    span = unposted.Span(first, last, wish.campaign, wish.language)
    times = partial(_times, session, wish, span, accounts)
    found = list[Entry]()
    if wish.enough:
        soonest = unposted.openings(session, span, accounts, SOONEST)
        found = times(soonest.words[:AT_FIRST], posts)
        until = _full(wish, [*posts, *found])
        if soonest.left is None or (until and until < _local_at_least(soonest.left)):
            return found + times(soonest.words[AT_FIRST:], [*posts, *found]), soonest.more
    all_ = unposted.openings(session, span, accounts)
    return times(all_.words, [*posts, *found]), all_.more


def _times(
    session: Session, wish: Wish, span: Span, accounts: Mapping[int, str], words: Iterable[Opening],
    known: Iterable[Entry],
) -> list[Entry]:  # fmt: skip
    """The times of those words that open before the wish is filled by what is known, each by its own clock."""
    until = _full(wish, known)
    near = [one for one in words if not until or _local_at_least(one.opens) <= until]
    zones = unposted.zones(session, [one.version for one in near]) if until and near and not wish.zone else {}
    ids = [one.version for one in near if not until or _local_of(one, wish.zone or zones[one.version]) <= until]
    return [_unposted(line, wish.zone) for line in unposted.times(session, span, ids, accounts)] if ids else []


def _local_of(words: Opening, zone: str) -> str:
    """The earliest local time that they may have, as `mark` writes it: clocks that are put back show one again."""
    return local_at(words.opens - _PUT_BACK, zone).isoformat()


def _local_at_least(opens: datetime) -> str:
    """The earliest local time that any zone shows then, as `mark` writes it."""
    return (opens - _APART).replace(tzinfo=None).isoformat()


def _unposted(line: Line, zone: str) -> Entry:
    local = local_at(line.at, zone) if zone else datetime.fromisoformat(line.local)
    return Entry(
        line.at, local, zone or line.zone, line.account, line.message, line.language, REVIEW, stops=line.reasons
    )


def _stopped(entry: Entry, stood: Sequence[Stood]) -> Entry:
    told = tuple(f"{one.code}: {one.reason}" for one in stood)
    return replace(entry, stops=told, waits=all(one.how == "wait" for one in stood))
