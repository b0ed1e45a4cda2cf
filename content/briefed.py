"""Campaigns as their people read them: the brief, how the four narratives are balanced, what goes next, what is out.

Counts stop at MOST: a campaign with a million posts is read as quickly as one with ten.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, literal_column, tuple_, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content import people
from content.campaign import Campaign, campaign_of
from content.each import asked, of_each
from content.given import among
from content.lifecycle import LOOK_AT, WAITS, Part, Post
from content.message import Message
from content.narrative import THEMES, Narrative
from content.organisation import Account, ours
from content.page import LIMIT, Page, place, sign
from content.people import Person
from content.stop import Pause, Recall
from content.store import is_sqlite, now

MOST = 400  # posts of all campaigns together that are counted, of each as many
RECALLS = 10_000  # the newest, of which those of a campaign are counted
LATELY = timedelta(days=30)
NEXT = 10
_TOLD = (Post.campaign_id, Post.message_id, Post.narrative_id)
_OUT: ColumnElement[str] = literal_column("'published'")


@dataclass(frozen=True, slots=True)
class Balance:
    """One theme: messages that were published in the last 30 days, and those that are planned for the next."""

    theme: str
    out: int
    planned: int


@dataclass(frozen=True, slots=True)
class Placed:
    """One post of a campaign. url: where it is seen, "" where nobody knows."""

    id: int
    message: str
    language: str
    account: str
    theme: str
    at: datetime
    zone: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """One campaign. balance: of the four themes, `capped` where there is more than was counted; recalled: how many a
    month; pauses: the numbers of those that stand on this campaign alone."""

    campaign: Campaign
    balance: tuple[Balance, ...]
    capped: bool
    accounts: tuple[Account, ...]
    coming: tuple[Placed, ...]
    recalled: tuple[tuple[str, int], ...]
    pauses: tuple[int, ...]


def campaigns_page(session: Session, person: Person, after: str = "", limit: int = LIMIT) -> Page[Campaign]:
    """Campaigns by reference."""
    people.require(session, person, now(session), "plan.read")
    mine = select(Campaign).where(Campaign.organisation_id == ours())
    statement = mine.order_by(col(Campaign.ref), col(Campaign.id)).limit(limit + 1)
    where = place(after, str, int)
    if where is not None:
        statement = statement.where(tuple_(col(Campaign.ref), col(Campaign.id)) > where)
    rows = session.exec(statement).all()
    return Page(tuple(rows[:limit]), sign(rows[limit - 1].ref, rows[limit - 1].id or 0) if len(rows) > limit else "")


def brief(session: Session, person: Person, ref: str) -> Brief:
    """One campaign. Raises Refusal `campaign.none`."""
    at = now(session)
    people.require(session, person, at, "plan.read")
    found = campaign_of(session, ref)
    key = found.id or 0
    balanced, capped = balance(session, [key], at)
    mine = select(Account).where(Account.organisation_id == ours(), among(Account.ref, "refs", str))
    accounts = session.exec(mine.order_by(col(Account.ref)), params={"refs": found.accounts})
    stands = select(Pause.id).where(Pause.scope == "campaign", Pause.value == str(key), col(Pause.lifted_at).is_(None))
    return Brief(
        found, balanced, capped, tuple(accounts), _coming(session, key), _recalled(session, key),
        tuple(one or 0 for one in session.exec(stands)),
    )  # fmt: skip


def published_page(session: Session, person: Person, ref: str, after: str = "", limit: int = LIMIT) -> Page[Placed]:
    """What is out of a campaign, the newest first, with its address. What was taken down is not among it."""
    people.require(session, person, now(session), "plan.read")
    order = (col(Post.due_at), col(Post.id))
    statement = _placed().where(col(Post.state) == _OUT, col(Post.campaign_id) == campaign_of(session, ref).id)
    where = place(after, datetime.fromisoformat, int)
    if where is not None:
        statement = statement.where(tuple_(*order) < where)
    rows = session.exec(statement.order_by(*(one.desc() for one in order)).limit(limit + 1)).all()
    urls = _urls(session, [row[0].id or 0 for row in rows[:limit]])
    shown = tuple(_line(*row, url=urls.get(row[0].id or 0, "")) for row in rows[:limit])
    return Page(shown, sign(shown[-1].at, shown[-1].id) if len(rows) > limit else "")


def balance(session: Session, campaigns: Sequence[int], at: datetime) -> tuple[tuple[Balance, ...], bool]:
    """Messages a theme, of these campaigns together, and whether there are more than were counted."""
    most = MOST // max(1, len(campaigns))
    near, spans = _near(is_sqlite(session), most), {"since": at - LATELY, "until": at + LATELY}
    rows = asked(session, near, campaigns, **spans) if campaigns else ()
    counts = Counter((row.when, row.campaign_id) for row in rows)
    messages = [{(row.message_id, row.narrative_id) for row in rows if row.when == when} for when in _WHEN]
    out, planned = _themes(session, *messages)
    return tuple(Balance(theme, out[theme], planned[theme]) for theme in THEMES), most in counts.values()


_WHEN = ("out", "planned")


@lru_cache(32)
def _near(sqlite: bool, most: int) -> Any:
    """Of each campaign the newest posts that are out, and the next that wait, so many of either."""
    was = columns(col(Post.id)).where(col(Post.state) == _OUT, col(Post.due_at) >= _instant("since"))
    comes = columns(col(Post.id)).where(WAITS, _instant("until") >= LOOK_AT)
    several = (was.order_by(col(Post.due_at).desc()).limit(most), comes.order_by(LOOK_AT).limit(most))
    told: list[tuple[Any, ...]] = [(literal_column(f"'{when}'").label("when"), *_TOLD) for when in _WHEN]
    return union_all(*(of_each(sqlite, Post.campaign_id, few, Post.id, wanted)
                       for few, wanted in zip(several, told, strict=True)))  # fmt: skip


def _instant(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UTCDateTime())


def balance_of_all(session: Session, at: datetime) -> tuple[Balance, ...]:
    """The same of the newest campaigns together."""
    newest = session.connection().execute(_NEWEST).scalars()
    return balance(session, [one or 0 for one in newest], at)[0]


_NEWEST = columns(col(Campaign.id)).where(col(Campaign.organisation_id) == ours())
_NEWEST = _NEWEST.order_by(col(Campaign.id).desc()).limit(NEXT)
_THEME = select(Narrative.id, Narrative.theme).where(among(Narrative.id, "ids"))


def _themes(session: Session, *several: set[tuple[int, int]]) -> list[Counter[str]]:
    """Of each set every message once, under the theme of its narrative."""
    ids = sorted({narrative for messages in several for _, narrative in messages})
    theme = dict(session.exec(_THEME, params={"ids": ids}).all()) if ids else {}
    return [Counter(theme[narrative] for _, narrative in messages) for messages in several]


def _placed() -> Any:
    return (
        select(Post, Message.ref, Account.ref, Narrative.theme)
        .join(Message, col(Message.id) == col(Post.message_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Narrative, col(Narrative.id) == col(Post.narrative_id))
    )


def _line(post: Post, message: str, account: str, theme: str, *, url: str = "") -> Placed:
    return Placed(post.id or 0, message, post.language, account, theme, post.due_at, post.zone, url)


def _coming(session: Session, key: int) -> tuple[Placed, ...]:
    statement = _placed().where(WAITS, col(Post.campaign_id) == key).order_by(LOOK_AT).limit(NEXT)
    return tuple(_line(*row) for row in session.exec(statement))


def _urls(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Where the first piece of each is seen."""
    statement = select(Part.post_id, Part.url).where(among(Part.post_id, "ids"), Part.index == 0)
    return {key: url for key, url in session.exec(statement, params={"ids": list(ids)}) if url}


def _recalled(session: Session, key: int) -> tuple[tuple[str, int], ...]:
    """How many posts of this campaign are down, by the month in which that was asked for, the newest first."""
    newest = select(Recall.post_id, Recall.at).order_by(col(Recall.id).desc()).limit(RECALLS).subquery()
    statement = (
        select(Post.id, newest.c.at)
        .join(newest, newest.c.post_id == col(Post.id))
        .where(col(Post.campaign_id) == key, col(Post.state) == literal_column("'recalled'"))
    )
    months = {post: f"{at:%Y-%m}" for post, at in session.exec(statement)}
    return tuple(sorted(Counter(months.values()).items(), reverse=True))
