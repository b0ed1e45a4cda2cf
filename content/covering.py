"""Which posts a withdrawal, a narrowing or a take-down hold covers: facts of posts, read set-based, and the rules."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.consent import REACHES, WORLDWIDE, ConsentEvent
from content.lifecycle import LIVE, At, Attempt, Post
from content.medium import Medium, uses_of_media
from content.message import Used, Version
from content.narrative import Quote, uses_of
from content.organisation import Account
from content.stop import Hold

TAKEN = ("withdraw", "narrow")  # kinds of consent events that take something back


@dataclass(frozen=True, slots=True)
class Standing:
    """One post of a narrative as far as its consent can name it."""

    at: At
    channels: frozenset[str]  # its format, and the channel that format belongs to
    language: str
    territories: frozenset[str]
    reach: str
    purpose: str
    uses: frozenset[str]
    began_at: datetime | None


def standing(
    session: Session, narratives: Collection[int], states: Iterable[str], *, keep: bool = False
) -> list[tuple[int, Standing]]:
    """The posts of these narratives in these states, each with its narrative; three queries.

    keep: lock their rows, so that what was read still stands when it is moved in this transaction.
    """
    began = rows(func.max(Attempt.began_at)).where(col(Attempt.post_id) == col(Post.id)).scalar_subquery()
    statement = (
        rows(
            col(Post.narrative_id), col(Post.id), col(Post.state), col(Post.step), col(Post.language),
            col(Post.digest), col(Account.format), col(Account.reach), col(Account.territories),
            col(Campaign.territories), col(Campaign.purpose), began,
        )
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(col(Post.narrative_id).in_(narratives), col(Post.state).in_([str(state) for state in states]))
        .order_by(col(Post.id))
    )  # fmt: skip
    if keep:
        statement = statement.with_for_update(of=Post)
    found = session.execute(statement).all()
    digests = {row[5] for row in found}
    quoting, showing = _quoting(session, digests), _showing(session, digests)
    return [(row[0], _standing(row, uses_of(quoting[row[5]]) | uses_of_media(showing[row[5]]))) for row in found]


def _standing(row: Any, uses: frozenset[str]) -> Standing:
    _, key, state, step, language, _, form, reach, reached, planned, purpose, began = row
    if began is not None and began.tzinfo is None:  # SQLite answers max() as it stored it
        began = began.replace(tzinfo=UTC)
    return Standing(
        at=At(key, state, step),
        channels=frozenset({form, form.partition("_")[0]}),
        language=language,
        territories=frozenset(reached) | frozenset(planned),
        reach=reach,
        purpose=purpose,
        uses=uses,
        began_at=began,
    )


def _quoting(session: Session, digests: Collection[str]) -> dict[str, list[Quote]]:
    """The quotes in the words of each digest."""
    statement = (
        select(Version.digest, Quote)
        .join(Used, col(Used.version_id) == col(Version.id))
        .join(Quote, col(Quote.id) == col(Used.material_id))
        .where(col(Version.digest).in_(digests), Used.kind == "quote")
    )
    found: dict[str, list[Quote]] = defaultdict(list)
    for digest, quote in session.exec(statement):
        found[digest].append(quote)
    return found


def _showing(session: Session, digests: Collection[str]) -> dict[str, set[str]]:
    """The kinds of media that each digest shows."""
    statement = (
        select(Version.digest, Medium.kind)
        .join(Used, col(Used.version_id) == col(Version.id))
        .join(Medium, col(Medium.id) == col(Used.material_id))
        .where(col(Version.digest).in_(digests), Used.kind == "medium")
    )
    found: dict[str, set[str]] = defaultdict(set)
    for digest, kind in session.exec(statement):
        found[digest].add(kind)
    return found


def covered(event: ConsentEvent, posts: Iterable[tuple[int, Standing]], *, begun_before: bool = False) -> list[At]:
    """The posts a withdrawal or narrowing covers; `begun_before`: only those whose send began before it."""
    outside = _withdrawn if event.kind == "withdraw" else _outside
    return [
        one.at
        for _, one in posts
        if outside(event, one) and not (begun_before and one.began_at is not None and one.began_at > event.at)
    ]


def _withdrawn(event: ConsentEvent, post: Standing) -> bool:
    if not (event.channels or event.languages or event.territories):
        return True
    seen = bool(event.territories) and post.reach == "worldwide"
    return (
        seen
        or bool(post.channels & set(event.channels or ()))
        or post.language in (event.languages or ())
        or bool(post.territories & set(event.territories or ()))
    )


def _outside(event: ConsentEvent, post: Standing) -> bool:
    seen = post.territories | ({WORLDWIDE} if post.reach == "worldwide" else set())
    allowed = set(event.territories or ())
    return (
        (event.channels is not None and not post.channels & set(event.channels))
        or (event.languages is not None and post.language not in event.languages)
        or (event.territories is not None and WORLDWIDE not in allowed and not seen <= allowed)
        or (event.purposes is not None and post.purpose not in event.purposes)
        or (event.uses is not None and not post.uses <= set(event.uses))
        or (event.reach is not None and REACHES.index(post.reach) > REACHES.index(event.reach))
    )


def held(what: Hold, posts: Iterable[tuple[int, Standing]], at: datetime) -> list[At]:
    if not what.take_down or what.starts_at > at or (what.ends_at is not None and what.ends_at <= at):
        return []
    where_ = {*what.territories}
    everywhere = not where_ or WORLDWIDE in where_
    return [
        one.at for _, one in posts if everywhere or one.reach == "worldwide" or one.territories & (where_ | {WORLDWIDE})
    ]


def shrinking(session: Session) -> dict[int, list[ConsentEvent]]:
    """The withdrawals and narrowings since the last grant, of each narrative with something waiting to go."""
    taken = rows(col(ConsentEvent.narrative_id)).where(col(ConsentEvent.kind).in_(TAKEN))
    events = select(ConsentEvent).where(
        col(ConsentEvent.narrative_id).in_(taken), _any_post(ConsentEvent.narrative_id, ("scheduled", "blocked"))
    )
    found: dict[int, list[ConsentEvent]] = defaultdict(list)
    for event in session.exec(events.order_by(col(ConsentEvent.id))):
        if event.kind == "grant":
            found[event.narrative_id].clear()
        elif event.kind in TAKEN:
            found[event.narrative_id].append(event)
    return found


def causes(session: Session, at: datetime) -> dict[int, list[ConsentEvent | Hold]]:
    """The facts that may cover something live, by narrative; only of narratives with something live."""
    found: dict[int, list[ConsentEvent | Hold]] = defaultdict(list)
    events = select(ConsentEvent).where(col(ConsentEvent.kind).in_(TAKEN), _any_post(ConsentEvent.narrative_id, LIVE))
    holds = select(Hold).where(col(Hold.take_down), col(Hold.lifted_at).is_(None), col(Hold.starts_at) <= at)
    holds = holds.where(_any_post(Hold.narrative_id, LIVE))
    for event in session.exec(events.order_by(col(ConsentEvent.id))):
        found[event.narrative_id].append(event)
    for one in session.exec(holds.order_by(col(Hold.id))):
        found[one.narrative_id].append(one)
    return found


def _any_post(narrative: Any, states: Iterable[str]) -> ColumnElement[bool]:
    """Whether a narrative has a post in one of these states. Asked of each event, so that it costs by these; the set
    of all such narratives costs by every post that waits or was ever out."""
    return exists().where(col(Post.narrative_id) == narrative, col(Post.state).in_([str(state) for state in states]))
