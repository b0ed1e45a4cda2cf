"""The gate, and the only place that builds a Release.

`begin` takes the locks, then reads the stops, then judges, then writes the intent: one transaction. A send starts
when that commits, and no intent commits after a covering stop has.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, insert, select
from sqlmodel import Session, SQLModel, col

from content import given
from content.copies import Copy
from content.exposing import expose
from content.gate import LOOK_AGAIN, Judged, Passed, Stood, judge, judge_held
from content.gate_reads import Found
from content.lifecycle import Action, Attempt, Part, Post, move, where
from content.narrative import Narrative
from content.organisation import Account
from content.record import Step, write_all
from content.store import Level, Scope, is_sqlite, lock_mixed, now, plan_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Copy):
    """The single-use proof that this post may be sent once: made here only, from an attempt just inserted."""

    attempt_id: int
    step: int
    fence: str
    account_id: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """What an intent's transaction let go, and what stood."""

    releases: tuple[Release, ...]
    stood: tuple[Stood, ...]
    stops: int = 0  # the counter of stops, read under the locks
    at: datetime | None = None  # when it was judged


def begin(session: Session, posts: Sequence[Post], node: str) -> Begun:
    """Judges claimed posts under the locks and writes the intent of those that pass.

    `posts` were claimed under one fence each; one whose fence is gone is left alone. Must run in a transaction of
    its own: the locks are held until it commits.
    """
    if not posts:
        return Begun((), ())
    judged = _judged(session, posts, "claimed")
    releases, stood = _intend(session, judged, node, Action.BEGIN)
    _stand(session, judged.posts, stood, judged.at)
    return Begun(releases, stood, judged.stops, judged.at)


def resume(session: Session, posts: Sequence[Post], node: str) -> Begun:
    """Lets uncertain posts be called again under the same keys, where the gate passes once more.

    For channels on which the same key creates nothing twice, while they remember it, and for the missing parts of
    a thread. `posts` are leased as they stand; one that the gate stops stays uncertain, for a person or a recall.
    """
    if not posts:
        return Begun((), ())
    judged = _judged(session, posts, "uncertain")
    return Begun(*_intend(session, judged, node, Action.RETRY_SAME_KEY), judged.stops, judged.at)


def still(session: Session, posts: Sequence[Post], at: datetime | None = None) -> dict[int, Passed | Stood]:
    """The gate's answer on posts that a person has in hand: after the locks, as for an intent, by post.

    at: as of when, of the stops that stand now; now where nobody says.

    What was begun in the same transaction stands if and only if no covering stop had committed before.
    """
    lock_mixed(session, _scopes(session, posts))
    plan_once(session)
    return judge(session, posts, at or now(session))


def _judged(session: Session, posts: Sequence[Post], state: str) -> Judged:
    """The posts that are still ours, and the gate's answer on each: after the locks, in statements of their own."""
    lock_mixed(session, _scopes(session, posts))
    plan_once(session)
    return judge_held(session, {post.id or 0: post.fence for post in posts}, state)


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


def _counted(session: Session, posts: Sequence[Post]) -> set[int]:
    """Posts that use up a cap or may expose somebody: all but aggregate findings on the exempt site."""
    found = session.connection().execute(_COUNTED, {"posts": {post.id for post in posts}})
    return {row.id for row in found}


_COUNTED: Select[*tuple[Any, ...]] = (
    select(col(Post.id))
    .join(Account, col(Account.id) == col(Post.account_id))
    .join(Narrative, col(Narrative.id) == col(Post.narrative_id))
    .where(given.among(col(Post.id), "posts"))
    .where((col(Account.format) != "site") | (col(Narrative.kind) == "individual"))
)


def _intend(
    session: Session, judged: Judged, node: str, action: Action
) -> tuple[tuple[Release, ...], tuple[Stood, ...]]:
    """The intents of those that passed: publishing, one attempt, the exposures, the record row; all or none of it."""
    at = judged.at
    passed = {key: one for key, one in judged.answers.items() if isinstance(one, Passed)}
    stood = tuple(one for one in judged.answers.values() if isinstance(one, Stood))
    posts = [post for post in judged.posts if post.id in passed]
    moved = set(move(session, where(posts), action, at=at))
    going = [post for post in posts if post.id in moved]
    if not going:
        return (), stood
    attempts = _attempts(session, going, node, at)
    _expose(session, going, passed, at)
    _keep_parts(session, [passed[post.id].copy for post in going])
    write_all(
        session,
        [_step(node, f"post.{action}", post.id, _intent(post, attempts[post.id])) for post in going],
        at,
    )
    return tuple(_release(passed[p.id].copy, attempts[p.id], p) for p in going), stood


def _intent(post: Found, attempt: int) -> dict[str, Any]:
    return {"attempt": attempt, "digest": post.digest, "step": post.step + 1}


def _release(copy: Copy, attempt: int, post: Found) -> Release:
    values = {name: getattr(copy, name) for name in _COPIED}
    return Release(**values, attempt_id=attempt, step=post.step + 1, fence=post.fence, account_id=post.account_id)


_COPIED = tuple(field.name for field in fields(Copy))


def _attempts(session: Session, posts: Sequence[Found], node: str, at: datetime) -> dict[int, int]:
    values = given.rows(
        session.connection(), tuple(_ATTEMPT), [(post.id, post.step + 1, post.digest, post.fence) for post in posts]
    )
    made = session.connection().execute(
        _attempting(is_sqlite(session)), values | {"node": node, "at": at, "evidence": {}}
    )
    return {row.post_id: row.id for row in made}


_ATTEMPT: dict[str, given.Kind] = {"post_id": int, "step": int, "digest": str, "fence": str}
_PART: dict[str, given.Kind] = {"post_id": int, "index": int, "key": str}


@cache
def _attempting(sqlite: bool) -> Any:
    found = given.table(sqlite, **_ATTEMPT)
    columns = SQLModel.metadata.tables["attempt"].c
    same = [bindparam(name, type_=columns[to].type) for name, to in (("node", "node"), ("at", "began_at"))]
    evidence = bindparam("evidence", type_=columns["evidence"].type)
    return (
        insert(Attempt)
        .from_select([*_ATTEMPT, "node", "began_at", "evidence"], select(*found.c, *same, evidence))
        .returning(col(Attempt.post_id), col(Attempt.id))
    )


def _expose(session: Session, posts: Sequence[Found], passed: Mapping[int, Passed], at: datetime) -> None:
    """Writes what these posts make public of a person, once; the narrative's exclusive lock is held."""
    wanted = {(post.narrative_id, attribute): post.id for post in posts for attribute in passed[post.id].attributes}
    if wanted:
        expose(session, wanted, at)


def _keep_parts(session: Session, going: Sequence[Copy]) -> None:
    """A row for each piece before the wire, so that its key outlives this process."""
    found = [(copy.post_id, part.index, part.key) for copy in going for part in copy.parts]
    if found:
        values = given.rows(session.connection(), tuple(_PART), found)
        session.connection().execute(_keeping(is_sqlite(session)), values)


@cache
def _keeping(sqlite: bool) -> Any:
    found = given.table(sqlite, **_PART)
    known = exists().where(col(Part.post_id) == found.c.post_id, col(Part.index) == found.c["index"])
    return insert(Part).from_select([*_PART], select(*found.c).where(~known))


_ASIDE = {"wait": Action.RELEASE_LEASE, "block": Action.BLOCK, "expire": Action.EXPIRE}


def _stand(session: Session, posts: Sequence[Found], stood: Sequence[Stood], at: datetime) -> None:
    """Puts aside what does not go: back to scheduled for a while, blocked with the reason, or expired."""
    by_id = {post.id: post for post in posts}
    alike: dict[tuple[Action, str, str], list[Found]] = defaultdict(list)
    for one in stood:
        alike[_ASIDE[one.how], one.code, one.reason].append(by_id[one.post_id])
    steps: list[Step] = []
    for (action, code, reason), some in alike.items():
        changes: dict[str, Any] = {"note": f"{code}: {reason}"}
        if action is Action.RELEASE_LEASE:
            changes["retry_at"] = at + LOOK_AGAIN
        moved = move(session, where(some), action, at=at, lease_until=None, fence=None, **changes)
        if action is not Action.RELEASE_LEASE:
            steps += [_step("", f"post.{action}", key, {"code": code}) for key in moved]
    write_all(session, steps, at)


def _step(node: str, action: str, post: int, detail: dict[str, Any]) -> Step:
    return Step(f"worker:{node}", action, "post", post, detail)
