"""Times in the plan that have no post: the words are not cleared, or not for so long, or the campaign's day is dark.

Words are read as few columns, the soonest first, and never more than are asked for: of all accounts together, or of
some accounts, each by its own index.
"""

import operator
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Integer, bindparam, exists, literal_column, union_all
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content.blackout import Blackout, around_blackouts
from content.campaign import Campaign, dark, number_of
from content.each import asked, each, of_each
from content.given import among
from content.message import Leaf, Message, Version
from content.organisation import Account, of_ours
from content.review import Clearance
from content.schedule import blackouts
from content.store import is_sqlite
from content.waiting import Waits, WaitsAt
from content.window import Occurrence, Window, from_canonical, occurrences
from content.zone import zone_version

SHOWN = 2000  # words that one look goes through
OF_ACCOUNT, OPEN_BEFORE = 60, 20  # words of one account that open in these days, and of those open before the newest
NEWEST = 100  # of one account's words those among which a campaign's dark days are looked for
_WORDS = (Version.id, Version.digest, Version.language, Version.window, Message.campaign_id)
_INSTANT = timedelta(microseconds=1)
_FIRST, _LAST = (bindparam(name, type_=UTCDateTime()) for name in ("first", "last"))
_ZONES = timedelta(days=1)  # wherever in the world a day is counted


@dataclass(frozen=True, slots=True)
class Line:
    """One expected appearance. `post` is None where no post exists yet (uncleared, or beyond the clearance)."""

    at: datetime
    local: str
    zone: str
    account: str
    message: str
    language: str
    verdict: Literal["goes", "waits", "stops"]
    reasons: tuple[str, ...]
    post: int | None = None


class Opening(NamedTuple):
    """When some words may go out at the earliest, and the number of their version."""

    opens: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Openings:
    """Some words, the soonest first. more: there may be more of an account than are read of one; left: the others open
    then or later, None where these are all.
    """

    words: list[Opening]
    more: bool
    left: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, both ends included, and of which words; "" for all."""

    first: datetime
    last: datetime
    campaign: str = ""
    language: str = ""


def anywhere(session: Session, span: Span, look: int = SHOWN) -> list[Line]:
    """The times of the soonest `look` words that wait, whichever account they go to.

    look: less than SHOWN for whoever shows a few lines only.
    """
    told = {"first": span.first, "last": span.last}
    ids = list(session.connection().execute(_anywhere(look), told).scalars())
    ids += [words.version for words in _in_the_dark(session, span, None, look)]
    return times(session, span, ids, {})


def of_accounts(session: Session, span: Span, accounts: Mapping[int, str]) -> tuple[list[Line], bool]:
    """The times of the words that wait and go to these accounts (id -> reference); and whether there may be more."""
    found = openings(session, span, accounts)
    return times(session, span, [one.version for one in found.words], accounts), found.more


def openings(session: Session, span: Span, accounts: Mapping[int, str], most: int = 0) -> Openings:
    """These words, for whoever works out the times of a few. most: of so many rows at most; 0 for all."""
    asks = (is_sqlite(session), bool(span.campaign), bool(span.language), (OF_ACCOUNT, OPEN_BEFORE), most)
    told = {"first": span.first, "last": span.last, "campaign": span.campaign, "language": span.language}
    rows = asked(session, _openings(*asks), accounts, **told)
    of_each = Counter(row.account_id for row in rows if row.not_before >= span.first)
    found = {Opening(row.not_before, row.version_id) for row in rows} | {*_in_the_dark(session, span, accounts, NEWEST)}
    left = rows[-1].not_before if most and len(rows) == most else None
    return Openings(sorted(found), OF_ACCOUNT in of_each.values(), left)


def zones(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The zone in which the times of each of these versions are said."""
    return {row[0]: row[1] for row in session.execute(_ZONES_OF, {"ids": sorted({*ids})})}


_ZONES_OF = columns(col(Version.id), col(Version.window)["zone"].as_string()).where(among(Version.id, "ids"))


def times(session: Session, span: Span, ids: Collection[int], accounts: Mapping[int, str]) -> list[Line]:
    """The times of these versions that have no post, of the accounts that are named or of all."""
    words = _words(session, span, ids) if ids else []
    goes = _goes_to(session, [one.id for one in words], accounts) if words else {}
    closed = {one.id: blackouts(one) for one in dark(session)} if words else {}
    return [
        line for one in words for line in _times(one, closed.get(one.campaign_id, ()), goes.get(one.id, ()), span)
    ]  # fmt: skip


# --- which words --------------------------------------------------------------------------------------------


@lru_cache(16)
def _anywhere(look: int) -> Any:
    few = [statement.limit(literal_column(str(look), Integer())).subquery() for statement in _waiting(look)]
    return union_all(*(columns(one.c.version_id) for one in few))


def _waiting(look: int) -> Iterator[Any]:
    """Those that somebody must judge, and those whose clearance ends in these days: from `first` to `last`."""
    place = (col(Waits.not_before), col(Waits.version_id))
    waits = (
        columns(col(Waits.version_id))
        .join(Version, col(Version.id) == col(Waits.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(col(Waits.not_before) <= _LAST, col(Waits.not_after) >= _FIRST)
        .where(of_ours(Message.organisation_id))
    )
    now_ = waits.where(col(Waits.cleared_until).is_(None)).order_by(*place)
    if look < SHOWN:  # what was open before has mostly had its time: it must not crowd out what is to come
        before = waits.where(col(Waits.cleared_until).is_(None), col(Waits.not_before) < _FIRST)
        yield from (now_.where(col(Waits.not_before) >= _FIRST), before.order_by(*(one.desc() for one in place)))
    else:
        yield now_
    yield waits.where(operator.le(col(Waits.cleared_until), _LAST)).order_by(col(Waits.cleared_until))


@lru_cache(16)
def _openings(sqlite: bool, campaign: bool, language: bool, each_of: tuple[int, int], most: int) -> Any:
    """Of each account those that open in these days, the soonest, and of those that are open already the newest."""
    asks = (sqlite, campaign, language)
    parts = [one.subquery() for one in (_soonest(*asks, each_of[0]), _open_before(*asks, each_of[1]))]
    both = union_all(*map(columns, parts)).subquery()
    ordered = columns(both).order_by(both.c.not_before, both.c.version_id)
    return ordered.limit(literal_column(str(most), Integer())) if most else ordered


def _soonest(sqlite: bool, campaign: bool, language: bool, most: int) -> Any:
    opens = col(WaitsAt.not_before)
    inside = _chosen(campaign, language).where(opens >= _FIRST, opens <= _LAST)
    return _of_each(sqlite, inside.order_by(opens), most)


def _open_before(sqlite: bool, campaign: bool, language: bool, most: int) -> Any:
    opens = col(WaitsAt.not_before)
    inside = _chosen(campaign, language).where(opens < _FIRST, col(WaitsAt.not_after) >= _FIRST)
    return _of_each(sqlite, inside.order_by(opens.desc()), most)


def _of_each(sqlite: bool, some: Any, most: int) -> Any:
    few = some.limit(literal_column(str(most), Integer()))
    wanted = (WaitsAt.not_before, WaitsAt.version_id, WaitsAt.account_id)
    return of_each(sqlite, WaitsAt.account_id, few, WaitsAt.leaf_id, wanted)


def _chosen(campaign: bool, language: bool) -> Any:
    few = columns(col(WaitsAt.leaf_id))
    if language:
        few = few.where(col(WaitsAt.language) == bindparam("language"))
    if campaign:
        few = few.where(col(WaitsAt.campaign_id) == number_of())
    return few


def _in_the_dark(session: Session, span: Span, accounts: Mapping[int, str] | None, look: int) -> list[Opening]:
    """Words of campaigns that have a dark day in these: cleared ones have no post then. The newest alone are looked at,
    of each of the accounts where some are named."""
    closed = [one.id for one in dark(session) if _dark(one, span)]
    if not closed:
        return []
    newest = columns(col(Version.id)).order_by(col(Version.id).desc()).limit(look)
    ids = list(session.execute(newest).scalars()) if accounts is None else _newest(session, accounts, look)
    statement = (
        columns(col(Version.not_before), col(Version.id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(among(Version.id, "ids"), col(Message.campaign_id).in_(closed), ~_overtaken())
        .where(col(Version.not_before) <= span.last, col(Version.not_after) >= span.first)
    )
    return [Opening(*row) for row in session.execute(statement, {"ids": sorted({*ids})})]


def _newest(session: Session, accounts: Mapping[int, str], look: int) -> list[int]:
    few = columns(col(Leaf.id)).order_by(col(Leaf.version_id).desc()).limit(look)
    return [row[0] for row in each(session, Leaf.account_id, few, Leaf.id, (Leaf.version_id,), accounts)]


def _dark(campaign: Any, span: Span) -> bool:
    """Whether one of its blackout days may fall into these."""
    first, last = (span.first - _ZONES).date(), (span.last + _ZONES).date()
    return any(day.start <= last and first <= day.end for day in blackouts(campaign))


def _overtaken() -> ColumnElement[bool]:
    newer = aliased(Version)
    return exists().where(
        col(newer.message_id) == col(Version.message_id),
        col(newer.language) == col(Version.language),
        col(newer.number) > col(Version.number),
    )


# --- their times --------------------------------------------------------------------------------------------


def _words(session: Session, span: Span, ids: Collection[int]) -> Sequence[Any]:
    """(id, digest, language, window, message, campaign_id, until) of each; until: when its newest clearance ends."""
    until = select(func.max(Clearance.valid_until)).where(Clearance.digest == Version.digest).scalar_subquery()
    statement = (
        columns(*(col(one) for one in _WORDS), col(Message.ref).label("message"), until.label("until"))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(among(Version.id, "ids"))
        .order_by(col(Version.not_before), col(Version.id))
        .limit(SHOWN)
    )
    if span.language:
        statement = statement.where(col(Version.language) == span.language)
    if span.campaign:
        statement = statement.join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        statement = statement.where(col(Campaign.ref) == span.campaign)
    return session.execute(statement, {"ids": sorted({*ids})}).all()


def _goes_to(session: Session, ids: Collection[int], accounts: Mapping[int, str]) -> dict[int, list[str]]:
    """The accounts that get these words, of those that are named or of all."""
    statement = (
        columns(col(Leaf.version_id), col(Account.ref))
        .join(Account, col(Account.id) == col(Leaf.account_id))
        .where(among(Leaf.version_id, "versions"))
        .order_by(col(Account.ref))
    )
    found: dict[int, list[str]] = {}
    for key, account in session.execute(statement, {"versions": list(ids)}):
        if not accounts or account in accounts.values():
            found.setdefault(key, []).append(account)
    return found


def _times(words: Any, dark: Sequence[Blackout], accounts: Iterable[str], span: Span) -> Iterator[Line]:
    """What has no post, each time once for each account."""
    (window, whole), until = _whole(words), words.until
    reason = "clearance.none: nobody has cleared these words yet." if until is None else _renew(until)
    before_end = (one for one in whole if one.due_at < window.not_after) if dark else ()
    closed = {one.occurrence.index: one.blackout.name for one in around_blackouts(window, before_end, dark)[1]}
    for one in (one for one in whole if max(span.first, window.not_before) <= one.due_at < span.last):
        if until is None or one.due_at >= until or one.index in closed:
            why = f"blackout: {closed[one.index] or 'blackout day'}." if one.index in closed else reason
            local = one.local.isoformat(timespec="seconds")
            for account in accounts:
                yield Line(one.due_at, local, window.zone, account, words.message, words.language, "stops", (why,))


class _Said:
    """A stored window, known by the digest of its words: what entered a digest never changes."""

    __slots__ = ("digest", "window")

    def __init__(self, words: Any) -> None:
        self.digest, self.window = words.digest, words.window

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Said) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


Times = tuple[Window, Sequence[Occurrence]]


def _whole(words: Any) -> Times:
    """The window with all of its times. Those of one time alone are kept: a month shows hundreds, again and again."""
    said = _Said(words)
    return _worked_out(said, zone_version()) if words.window["rule"] else _once(said, zone_version())


def _worked_out(said: _Said, zones: str) -> Times:
    window = from_canonical(said.window, zones)
    return window, occurrences(window, window.not_before, window.not_after + _INSTANT)


@lru_cache(maxsize=4096)
def _once(said: _Said, zones: str) -> Times:
    return _worked_out(said, zones)


def _renew(until: datetime) -> str:
    return f"clearance.over: the clearance ends {until:%Y-%m-%d %H:%M} UTC. Renew it."
