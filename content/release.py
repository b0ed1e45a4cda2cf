"""The gate, and the only place that builds a Release.

`begin` takes the locks, then reads the stops, then judges, then writes the intent: one transaction. A send starts
when that commits, and no intent commits after a covering stop has.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from content.copies import Copy
from content.exposing import expose
from content.gate import LOOK_AGAIN, Passed, Stood, judge
from content.lifecycle import Action, At, Attempt, Part, Post, move, where
from content.narrative import Narrative
from content.organisation import Account
from content.outcome import Outcome, Refused, Retry, Sent, SentPart, Unknown
from content.record import Step, write_all
from content.store import Level, Scope, is_sqlite, lock_mixed, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Copy):
    """The single-use proof that this post may be sent once: made here only, from an attempt just inserted."""

    attempt_id: int
    step: int
    fence: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What an intent's transaction let go, and what stood."""

    releases: tuple[Release, ...]
    stood: tuple[Stood, ...]


def begin(session: Session, posts: Sequence[Post], node: str) -> Begun:
    """Judges claimed posts under the locks and writes the intent of those that pass.

    `posts` were claimed under one fence each; one whose fence is gone is left alone. Must run in a transaction of
    its own: the locks are held until it commits.
    """
    if not posts:
        return Begun((), ())
    held, answers, at = _judged(session, posts, "claimed")
    passed = {key: one for key, one in answers.items() if isinstance(one, Passed)}
    stood = [one for one in answers.values() if isinstance(one, Stood)]
    releases = _intend(session, [post for post in held if post.id in passed], passed, node, at)
    _stand(session, held, stood, at)
    return Begun(tuple(releases), tuple(stood))


def resume(session: Session, posts: Sequence[Post], node: str) -> Begun:
    """Lets uncertain posts be called again under the same keys, where the gate passes once more.

    For channels on which the same key creates nothing twice, while they remember it, and for the missing parts of
    a thread. `posts` are leased as they stand; one that the gate stops stays uncertain, for a person or a recall.
    """
    if not posts:
        return Begun((), ())
    held, answers, at = _judged(session, posts, "uncertain")
    passed = {key: one for key, one in answers.items() if isinstance(one, Passed)}
    going = [post for post in held if post.id in passed]
    releases = _intend(session, going, passed, node, at, Action.RETRY_SAME_KEY)
    return Begun(tuple(releases), tuple(one for one in answers.values() if isinstance(one, Stood)))


def _judged(
    session: Session, posts: Sequence[Post], state: str
) -> tuple[list[Post], dict[int, Passed | Stood], datetime]:
    """The posts that are still ours, and the gate's answer on each: after the locks, in statements of their own."""
    lock_mixed(session, _scopes(session, posts))
    held = _still_ours(session, posts, state)
    at = now(session)
    return held, judge(session, held, at), at


def settle(session: Session, release: Release, outcome: Outcome) -> bool:
    """Writes down how the call ended, if the fence still holds. False: somebody else has taken the post over."""
    at = now(session)
    place = [At(release.post_id, "publishing", release.step)]
    action, changes = _ending(outcome, at)
    moved = move(session, place, action, at=at, held_by=release.fence, lease_until=None, fence=None, **changes)
    if not moved:
        return False
    _confirm_parts(session, release, outcome, at)
    _end_attempt(session, release.attempt_id, outcome, at)
    write_all(session, [_step(node="", action=f"post.{action}", post=release.post_id, detail=_told(outcome))], at)
    return True


def stand_down(session: Session, release: Release, reason: str, *, waits: bool = False) -> bool:
    """Takes an intent back before its call began: a stop was seen. The post is blocked until somebody acts.

    waits: the stop is one that ends by itself or is lifted (a pause, a hold): the post goes back into the plan at
    once, where the gate holds it, and expires by lateness.
    """
    at = now(session)
    place = [At(release.post_id, "publishing", release.step)]
    note = f"stop.seen: {reason}"
    moved = move(
        session,
        place,
        Action.STAND_DOWN,
        at=at,
        held_by=release.fence,
        lease_until=None,
        fence=None,
        note=note,
    )
    if not moved:
        return False
    session.execute(
        update(Attempt).where(col(Attempt.id) == release.attempt_id).values(ended_at=at, outcome="stood_down")
    )
    write_all(
        session,
        [_step(node="", action="post.stand_down", post=release.post_id, detail={"code": "stop.seen"})],
        at,
    )
    if waits:
        back = [At(release.post_id, "blocked", release.step + 1)]
        move(session, back, Action.UNBLOCK, at=at, retry_at=at + LOOK_AGAIN)
        write_all(session, [_step("", "post.unblock", release.post_id, {"code": "stop.seen"})], at)
    return True


def _scopes(session: Session, posts: Sequence[Post]) -> dict[Scope, bool]:
    """What the batch locks: shared everywhere; exclusive where a post uses up a cap or adds an exposure."""
    if is_sqlite(session):
        return {}
    counted = _counted(session, posts)
    wanted: dict[Scope, bool] = {}
    for post in posts:
        wanted[Scope(Level.INSTANCE, 1)] = False
        wanted[Scope(Level.ORGANISATION, post.organisation_id)] = False
        wanted[Scope(Level.CAMPAIGN, post.campaign_id)] = False
        for scope in (Scope(Level.ACCOUNT, post.account_id), Scope(Level.NARRATIVE, post.narrative_id)):
            wanted[scope] = wanted.get(scope, False) or post.id in counted
    return wanted


def _counted(session: Session, posts: Sequence[Post]) -> set[int | None]:
    """Posts that use up a cap or may expose somebody: all but aggregate findings on the exempt site."""
    statement = (
        select(Post.id)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Narrative, col(Narrative.id) == col(Post.narrative_id))
        .where(col(Post.id).in_({post.id for post in posts}))
        .where((col(Account.format) != "site") | (col(Narrative.kind) == "individual"))
    )
    return set(session.exec(statement))


def _still_ours(session: Session, posts: Sequence[Post], state: str) -> list[Post]:
    """The posts as they stand now, those whose claim is still ours."""
    fences = {post.id: post.fence for post in posts}
    statement = (
        select(Post)
        .where(col(Post.id).in_(fences), col(Post.state) == state)
        .order_by(col(Post.due_at), col(Post.id))
        .execution_options(populate_existing=True)
    )
    return [post for post in session.exec(statement) if post.fence == fences[post.id]]


def _intend(
    session: Session,
    posts: Sequence[Post],
    passed: dict[int, Passed],
    node: str,
    at: datetime,
    action: Action = Action.BEGIN,
) -> list[Release]:
    """The intent: publishing, one attempt, the exposures, the record row; all or none of it."""
    if not posts:
        return []
    moved = set(move(session, where(posts), action, at=at))
    going = [post for post in posts if post.id in moved]
    attempts = _attempts(session, going, node, at)
    _expose(session, going, passed, at)
    _keep_parts(session, [passed[post.id or 0].copy for post in going])
    write_all(
        session,
        [_step(node, f"post.{action}", post.id or 0, _intent(post, attempts[post.id or 0])) for post in going],
        at,
    )
    return [
        _release(passed[post.id or 0].copy, attempts[post.id or 0], post.step + 1, post.fence or "") for post in going
    ]


def _intent(post: Post, attempt: int) -> dict[str, Any]:
    return {"attempt": attempt, "digest": post.digest, "step": post.step + 1}


def _release(copy: Copy, attempt: int, step: int, fence: str) -> Release:
    values = {field.name: getattr(copy, field.name) for field in fields(Copy)}
    return Release(**values, attempt_id=attempt, step=step, fence=fence)


def _attempts(session: Session, posts: Sequence[Post], node: str, at: datetime) -> dict[int, int]:
    rows = [_intent_row(post, node, at) for post in posts]
    if not rows:
        return {}
    found = session.connection().execute(insert(Attempt).returning(col(Attempt.post_id), col(Attempt.id)), rows)
    return {row.post_id: row.id for row in found}


def _intent_row(post: Post, node: str, at: datetime) -> dict[str, Any]:
    step = {"post_id": post.id, "step": post.step + 1, "digest": post.digest, "fence": post.fence}
    return step | {"node": node, "began_at": at, "evidence": {}}


def _expose(session: Session, posts: Sequence[Post], passed: dict[int, Passed], at: datetime) -> None:
    """Writes what these posts make public of a person, once; the narrative's exclusive lock is held."""
    wanted = {
        (post.narrative_id, attribute): post.id or 0 for post in posts for attribute in passed[post.id or 0].attributes
    }
    if wanted:
        expose(session, wanted, at)


def _keep_parts(session: Session, going: Sequence[Copy]) -> None:
    """A row for each piece before the wire, so that its key outlives this process."""
    known = set(session.exec(select(Part.post_id, Part.index).where(col(Part.post_id).in_({c.post_id for c in going}))))
    rows: list[dict[str, Any]] = [
        {"post_id": copy.post_id, "index": part.index, "key": part.key}
        for copy in going
        for part in copy.parts
        if (copy.post_id, part.index) not in known
    ]
    if rows:
        session.connection().execute(insert(Part), rows)


_ASIDE = {"wait": Action.RELEASE_LEASE, "block": Action.BLOCK, "expire": Action.EXPIRE}


def _stand(session: Session, posts: Sequence[Post], stood: Sequence[Stood], at: datetime) -> None:
    """Puts aside what does not go: back to scheduled for a while, blocked with the reason, or expired."""
    by_id = {post.id or 0: post for post in posts}
    steps: list[Step] = []
    for one in stood:
        place = where([by_id[one.post_id]])
        action = _ASIDE[one.how]
        changes: dict[str, Any] = {"note": f"{one.code}: {one.reason}"}
        if one.how == "wait":
            changes["retry_at"] = at + LOOK_AGAIN
        moved = move(session, place, action, at=at, lease_until=None, fence=None, **changes)
        if moved and action is not Action.RELEASE_LEASE:
            steps.append(_step("", f"post.{action}", one.post_id, {"code": one.code}))
    write_all(session, steps, at)


def _ending(outcome: Outcome, at: datetime) -> tuple[Action, dict[str, Any]]:
    match outcome:
        case Sent():
            return Action.CONFIRM, {"note": ""}
        case Retry(after, code):
            return Action.DEFER, {"retry_at": at + max(after, timedelta(seconds=1)), "note": code}
        case Refused(code, detail):
            return Action.GIVE_UP, {"note": f"{code}: {detail}"}
        case Unknown(detail, _, after):
            return Action.LOSE_TRACK, {"note": detail, "retry_at": at + after}
        case other:
            assert_never(other)


def confirm_parts(session: Session, post_id: int, parts: Sequence[SentPart], at: datetime) -> None:
    """Writes what is known to be out, once a part."""
    for part in parts:
        session.execute(
            update(Part)
            .where(col(Part.post_id) == post_id, col(Part.index) == part.index, col(Part.confirmed_at).is_(None))
            .values(remote_id=part.remote_id, url=part.url, confirmed_at=at)
        )


def _confirm_parts(session: Session, release: Release, outcome: Outcome, at: datetime) -> None:
    if isinstance(outcome, Sent | Unknown):
        confirm_parts(session, release.post_id, outcome.parts, at)


def _end_attempt(session: Session, attempt: int, outcome: Outcome, at: datetime) -> None:
    session.execute(
        update(Attempt)
        .where(col(Attempt.id) == attempt)
        .values(ended_at=at, outcome=type(outcome).__name__.lower(), evidence=_told(outcome))
    )


def _told(outcome: Outcome) -> dict[str, Any]:
    """What the channel answered, as plain values."""
    match outcome:
        case Sent(parts):
            return {"parts": [asdict(part) for part in parts]}
        case Retry(after, code):
            return {"code": code, "after": after.total_seconds()}
        case Refused(code, detail):
            return {"code": code, "detail": detail}
        case Unknown(detail, parts):
            return {"detail": detail, "parts": [asdict(part) for part in parts]}
        case other:
            assert_never(other)


def _step(node: str, action: str, post: int, detail: dict[str, Any]) -> Step:
    return Step(f"worker:{node}", action, "post", post, detail)
