"""Posts, and the steps that bring them to any state."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from content.lifecycle import MOVES, Action, Attempt, Part, Post, State, move, where
from content.message import Message, Version
from content.organisation import move_clock
from content.posting import Posting
from content.record import Step, write
from content.review import Clearance
from content.store import now
from tests.factory.building import House, kept
from tests.factory.words import clearance, leaf_of, version


def post(
    session: Session,
    house: House,
    cleared: Clearance,
    *,
    account: str = "site",
    due: datetime | None = None,
    occurrence: int = 0,
) -> Post:
    """One post of a clearance, scheduled; due as early as its window and validity allow."""
    version_ = session.exec(select(Version).where(Version.digest == cleared.digest)).one()
    message = session.get_one(Message, version_.message_id)
    leaf = leaf_of(session, version_, house.accounts[account])
    when = due or max(cleared.valid_from, cleared.not_before)
    made = Post(
        clearance_id=cleared.id or 0, digest=cleared.digest, language=cleared.language, tier=cleared.tier,
        valid_from=cleared.valid_from, valid_until=cleared.valid_until, not_before=cleared.not_before,
        not_after=cleared.not_after, organisation_id=message.organisation_id, campaign_id=message.campaign_id,
        narrative_id=message.narrative_id, message_id=message.id or 0, leaf_id=leaf.id or 0,
        account_id=leaf.account_id, occurrence=occurrence, due_at=when, local=when.strftime("%Y-%m-%dT%H:%M"),
        zone="UTC", tzdata="", changed_at=now(session),
    )  # fmt: skip
    kept(session, made)
    detail = {"digest": made.digest, "leaf": leaf.digest, "due": when.isoformat()}
    write(session, Step("worker:test", "post.schedule", "post", made.id or 0, detail))
    return made


def cleared_post(session: Session, house: House, *, tier: int = 1, account: str = "site", **version_: Any) -> Post:
    """A message, its clearance and one post on that account, due now."""
    made = version(session, house, accounts=(account,), **version_)
    return post(session, house, clearance(session, house, made, tier=tier), account=account)


def brought(session: Session, one: Post, state: str) -> Post:
    """Moves a post to that state along the shortest way, with its attempt, part and record rows."""
    for action in _way(State(one.state), State(state)):
        take(session, one, action)
    return one


def by_hand(session: Session, one: Post, kind: str = "post", **told: Any) -> Posting:
    """A task of people for that post, opened just now and due in an hour."""
    at = now(session)
    due = at + timedelta(hours=1)
    return kept(session, Posting(post_id=one.id or 0, kind=kind, opened_at=at, deadline=due, **told))


def as_stored(session: Session, *posts: Post) -> list[Post]:
    """The posts as they stand in the database now."""
    ids = [one.id for one in posts]
    statement = select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))
    return list(session.exec(statement.execution_options(populate_existing=True)))


def move_on(session: Session, by_: timedelta) -> None:
    """Moves the rehearsal's clock forward."""
    move_clock(session, int(by_.total_seconds()), "person:1")


def states(session: Session, *posts: Post) -> list[str]:
    """The states in which these posts stand now."""
    return [str(one.state) for one in as_stored(session, *posts)]


def take(session: Session, one: Post, action: Action) -> None:
    """Takes one step, with its attempt, part and record rows."""
    at = now(session)
    fence = "test" if MOVES[State(one.state), action] in ("claimed", "publishing") else None
    lease = at + timedelta(seconds=30) if fence else None
    assert move(session, where([one]), action, at=at, fence=fence, lease_until=lease) == [one.id]
    session.refresh(one)
    if one.state == "publishing":
        tried = Attempt(post_id=one.id or 0, step=one.step, digest=one.digest, fence=one.fence or "", node="test",
                        began_at=at)  # fmt: skip
        kept(session, tried)
        detail = {"attempt": tried.id, "digest": one.digest, "step": one.step}
        write(session, Step("worker:test", f"post.{action}", "post", one.id or 0, detail))
        if session.get(Part, (one.id, 0)) is None:
            kept(session, Part(post_id=one.id or 0, index=0, key=f"key-{one.id}"))
    elif action not in (Action.CLAIM, Action.RELEASE_LEASE):
        write(session, Step("worker:test", f"post.{action}", "post", one.id or 0))
    if one.state == "published":
        part = session.get_one(Part, (one.id, 0))
        part.remote_id, part.confirmed_at = part.remote_id or f"remote-{one.id}", part.confirmed_at or at
        kept(session, part)


def _way(start: State, end: State) -> list[Action]:
    seen: dict[State, list[Action]] = {start: []}
    queue = deque([start])
    while queue and end not in seen:
        at = queue.popleft()
        for (state, action), to in MOVES.items():
            if state == at and to not in seen and action is not Action.FOUND:  # the usual way out is a send
                seen[to] = [*seen[at], action]
                queue.append(to)
    return seen[end]
