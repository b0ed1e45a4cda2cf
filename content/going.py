"""The day's go: safeguarding says yes to the posts of tier 3 and 4 of one day, within the 24 hours before each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import literal, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content import people
from content.campaign import Campaign
from content.errors import Refusal
from content.given import among
from content.lifecycle import NEEDS_GO, Post
from content.message import Involvement, Leaf, LeafPart, Message
from content.organisation import Account, ours
from content.people import Person
from content.record import Step, by, write_all
from content.review import Go
from content.store import now
from content.window import LATENESS
from content.zone import local_at

HOLDS = timedelta(hours=24)
SHOWN = 20  # posts of one day that are asked for at once; the others are once these have their go
LOOKED = 2000  # posts around a day that are looked through for these


@dataclass(frozen=True, slots=True)
class Asked:
    """One post that needs a go. stands: given | own | early | past | open; given: by whom and when, where one holds
    until the post is due."""

    post: Post
    zone: str
    account: str
    message: str
    stands: str
    given: tuple[str, datetime] | None
    leaf: Leaf
    parts: tuple[LeafPart, ...]


def go(session: Session, person: Person, day: date, *, shown: Collection[int] | None = None) -> list[int]:
    """Safeguarding's go for the posts of tier 3 and 4 due that day (in each campaign's zone); returns their ids.

    It holds for 24 hours, so posts further away are left out, as are those whose message the giver wrote.
    shown: the posts whose words the giver had before them; what came since is left out. Raises Refusal `go.none`,
    `go.early`, `go.own`.
    """
    at = now(session)
    people.require(session, person, at, "go.give")
    of_day = [post for post in due(session, day) if shown is None or post.id in shown]
    soon = [post for post in of_day if _soon(post, at)]
    wrote = _wrote(session, person, {post.message_id for post in soon})
    given = [post for post in soon if post.message_id not in wrote]
    if not given:
        raise _refusal(of_day, soon, day)
    session.add_all(Go(post_id=post.id or 0, by=person.id or 0, at=at) for post in given)
    session.flush()
    steps = [Step(by(person.id), "post.go", "post", post.id or 0, {"digest": post.digest}) for post in given]
    write_all(session, steps, at)
    return [post.id or 0 for post in given]


def due(session: Session, day: date) -> list[Post]:
    """The pending posts of that day that need a go, in order."""
    statement = _around(select(Post, Campaign.zone), day)
    return [post for post, zone in session.exec(statement) if local_at(post.due_at, zone).date() == day]


def asked(session: Session, person: Person, days: Sequence[date]) -> list[list[Asked]]:
    """Of each day the posts that need a go, each with its exact words and whether this person can give it; those that
    have theirs come last. Of either SHOWN at most."""
    at = now(session)
    people.require(session, person, at, "go.give")
    whole = _times(session, days)
    given = _given(session, {key: due_at for of_day in whole for key, due_at in of_day.items()})
    shown = [_shown(of_day, given) for of_day in whole]
    named = _named(session, [key for ids in shown for key in ids])
    wrote = _wrote(session, person, {one.post.message_id for one in named.values()})
    return [[_asked(named[key], given.get(key), wrote, at) for key in ids] for ids in shown]


def _shown(of_day: Mapping[int, datetime], given: Collection[int]) -> list[int]:
    return [key for key in of_day if key not in given][:SHOWN] + [key for key in of_day if key in given][:SHOWN]


def _asked(one: Asked, given: tuple[str, datetime] | None, wrote: Collection[int], at: datetime) -> Asked:
    stands = "given" if given else "own" if one.post.message_id in wrote else _when(one.post, at)
    return replace(one, stands=stands, given=given)


def _times(session: Session, days: Sequence[date]) -> list[dict[int, datetime]]:
    """When each of a day's posts is due, by its id, in order; of the first LOOKED around each of the days."""
    wanted = (col(Post.id), col(Post.due_at), col(Campaign.zone))
    few = [_around(columns(*wanted), day).limit(LOOKED).subquery() for day in days]
    parts = (columns(literal(place).label("place"), *one.c) for place, one in enumerate(few))
    found: list[dict[int, datetime]] = [{} for _ in days]
    for place, key, due_at, zone in session.connection().execute(union_all(*parts).order_by("place", "due_at", "id")):
        if local_at(due_at, zone).date() == days[place]:
            found[place][key] = due_at
    return found


def _around(statement: Any, day: date) -> Any:
    """What needs a go and falls on that day somewhere in the world."""
    noon = datetime.combine(day, time(12), UTC)
    return (
        statement.join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(NEEDS_GO, Post.organisation_id == ours())
        .where(col(Post.due_at).between(noon - timedelta(hours=28), noon + timedelta(hours=28)))
        .order_by(col(Post.due_at), col(Post.id))
    )


def _when(post: Post, at: datetime) -> str:
    return "open" if _soon(post, at) else "early" if post.due_at > at else "past"


def _soon(post: Post, at: datetime) -> bool:
    return at - LATENESS[post.tier] <= post.due_at <= at + HOLDS


def _given(session: Session, due_at: Mapping[int, datetime]) -> dict[int, tuple[str, datetime]]:
    """The latest go of each post that still holds at its time, with its giver."""
    statement = select(Go, Person.ref).join(Person, col(Person.id) == col(Go.by)).where(among(Go.post_id, "posts"))
    rows = session.exec(statement.order_by(col(Go.at)), params={"posts": [*due_at]}) if due_at else ()
    return {one.post_id: (ref, one.at) for one, ref in rows if one.at >= due_at[one.post_id] - HOLDS}


def _named(session: Session, posts: Sequence[int]) -> dict[int, Asked]:
    """Each post with what it is made of: its campaign's zone, its account, its message, its words."""
    statement = (
        columns(Post, col(Campaign.zone), col(Account.ref), col(Message.ref), Leaf)
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .join(Leaf, col(Leaf.id) == col(Post.leaf_id))
        .where(among(Post.id, "posts"))
    )
    rows = session.execute(statement, {"posts": posts}).all() if posts else []
    parts: dict[int, list[LeafPart]] = {}
    of = select(LeafPart).where(among(LeafPart.leaf_id, "leaves")).order_by(col(LeafPart.leaf_id), col(LeafPart.index))
    leaves = {leaf.id for *_, leaf in rows}
    for part in session.exec(of, params={"leaves": leaves}) if leaves else ():
        parts.setdefault(part.leaf_id, []).append(part)
    return {
        post.id: Asked(post, zone, account, message, "", None, leaf, tuple(parts[leaf.id]))
        for post, zone, account, message, leaf in rows
    }


def _wrote(session: Session, person: Person, messages: Iterable[int]) -> set[int]:
    statement = select(Involvement.message_id).where(
        Involvement.person_id == person.id, Involvement.side == "wrote", among(Involvement.message_id, "messages")
    )
    wanted = [*messages]
    return set(session.exec(statement, params={"messages": wanted})) if wanted else set()


def _refusal(of_day: list[Post], soon: list[Post], day: date) -> Refusal:
    if soon:
        return Refusal("go.own", "You wrote every message that is due.", "Ask another person of safeguarding.")
    if of_day:
        return Refusal("go.early", f"The posts of {day} are more than 24 hours away, or past.", "Come back that day.")
    return Refusal("go.none", f"Nothing of tier 3 or 4 is due on {day}.", "`counterpoint forecast` shows what is.")
