"""What is written down after a call: how it ended, or that a stop was seen before it began. For batches, at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any, assert_never

from sqlalchemy import JSON, bindparam, cast, update
from sqlmodel import Session, SQLModel, col

from content import given
from content.gate import LOOK_AGAIN
from content.lifecycle import Action, At, Attempt, Part, move
from content.outcome import Outcome, Refused, Retry, Sent, SentPart, Unknown
from content.record import Step, write_all
from content.release import Release
from content.store import is_sqlite, now

Ended = tuple[Release, Outcome]


def settle(session: Session, release: Release, outcome: Outcome) -> bool:
    """Writes down how the call ended, if the fence still holds. False: somebody else has taken the post over."""
    return bool(settle_all(session, [(release, outcome)]))


def settle_all(session: Session, ended: Sequence[Ended], at: datetime | None = None) -> set[int]:
    """Writes down how the calls ended, each only if its fence still holds; the ids of the posts that were ours.

    at: an instant read in this transaction already.
    """
    if not ended:
        return set()
    at = at or now(session)
    moved = {post for group in _alike(ended, at) for post in _move(session, *group, at)}
    ours = [one for one in ended if one[0].post_id in moved]
    out = {release.post_id: outcome.parts for release, outcome in ours if isinstance(outcome, Sent | Unknown)}
    confirm_all(session, out, at)
    told = [(release, type(outcome).__name__.lower(), _told(outcome)) for release, outcome in ours]
    _end_attempts(session, told, at)
    actions = {release.post_id: _ending(outcome, at)[0] for release, outcome in ours}
    write_all(session, [_step(f"post.{actions[one.post_id]}", one.post_id, tell) for one, _, tell in told], at)
    return moved


def stand_down(session: Session, release: Release, reason: str, *, waits: bool = False) -> bool:
    """Takes an intent back before its call began: a stop was seen. The post is blocked until somebody acts.

    waits: the stop is one that ends by itself or is lifted (a pause, a hold): the post goes back into the plan at
    once, where the gate holds it, and expires by lateness.
    """
    at = now(session)
    if not _move(session, [release], Action.STAND_DOWN, release.fence, {"note": f"stop.seen: {reason}"}, at):
        return False
    _end_attempts(session, [(release, "stood_down", {})], at)
    write_all(session, [_step("post.stand_down", release.post_id, {"code": "stop.seen"})], at)
    if waits:
        back = [At(release.post_id, "blocked", release.step + 1)]
        move(session, back, Action.UNBLOCK, at=at, retry_at=at + LOOK_AGAIN)
        write_all(session, [_step("post.unblock", release.post_id, {"code": "stop.seen"})], at)
    return True


def confirm_parts(session: Session, post_id: int, parts: Sequence[SentPart], at: datetime) -> None:
    """Writes what is known to be out, once a part."""
    confirm_all(session, {post_id: parts}, at)


def confirm_all(session: Session, out: Mapping[int, Sequence[SentPart]], at: datetime) -> None:
    """Writes what is known to be out of each post, once a part: what was confirmed before stays as it was."""
    found: dict[tuple[int, int], tuple[int, int, str, str]] = {}
    for post, parts in out.items():
        for part in parts:
            found.setdefault((post, part.index), (post, part.index, part.remote_id, part.url))
    if found:
        values = given.rows(session.connection(), tuple(_PART), found.values())
        session.connection().execute(_confirming(is_sqlite(session)), values | {"at": at})


_PART: dict[str, given.Kind] = {"post_id": int, "index": int, "remote_id": str, "url": str}
_ATTEMPT: dict[str, given.Kind] = {"id": int, "outcome": str, "evidence": str}


@cache
def _confirming(sqlite: bool) -> Any:
    found = given.table(sqlite, **_PART)
    return (
        update(Part)
        .where(
            col(Part.post_id) == found.c.post_id, col(Part.index) == found.c["index"], col(Part.confirmed_at).is_(None)
        )
        .values(remote_id=found.c.remote_id, url=found.c.url, confirmed_at=_at("part", "confirmed_at"))
    )


def _alike(ended: Iterable[Ended], at: datetime) -> Iterable[tuple[list[Release], Action, str, dict[str, Any]]]:
    """The releases that are moved in one statement: the same step, the same columns, the same lease."""
    groups: dict[tuple[Any, ...], list[Release]] = defaultdict(list)
    for release, outcome in ended:
        action, changes = _ending(outcome, at)
        groups[action, release.fence, tuple(changes.items())].append(release)
    return [(found, action, fence, dict(changes)) for (action, fence, changes), found in groups.items()]


def _move(
    session: Session, releases: Sequence[Release], action: Action, fence: str, changes: dict[str, Any], at: datetime
) -> list[int]:
    """Out of publishing, under the fence the intent was written with, which ends here."""
    places = [At(one.post_id, "publishing", one.step) for one in releases]
    return move(session, places, action, at=at, held_by=fence, lease_until=None, fence=None, **changes)


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


def _end_attempts(session: Session, told: Sequence[tuple[Release, str, dict[str, Any]]], at: datetime) -> None:
    if told:
        found = [(release.attempt_id, outcome, given.plain(tell)) for release, outcome, tell in told]
        values = given.rows(session.connection(), tuple(_ATTEMPT), found)
        session.connection().execute(_ending_attempts(is_sqlite(session)), values | {"at": at})


@cache
def _ending_attempts(sqlite: bool) -> Any:
    found = given.table(sqlite, **_ATTEMPT)
    evidence = found.c.evidence if sqlite else cast(found.c.evidence, JSON)
    return (
        update(Attempt)
        .where(col(Attempt.id) == found.c.id)
        .values(ended_at=_at("attempt", "ended_at"), outcome=found.c.outcome, evidence=evidence)
    )


def _at(table: str, column: str) -> Any:
    return bindparam("at", type_=SQLModel.metadata.tables[table].c[column].type)


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


def _step(action: str, post: int, detail: dict[str, Any]) -> Step:
    return Step("worker:", action, "post", post, detail)
