"""Posts after a restore: what went out in the steps that are lost must be found, and never goes out again.

The journal tells what was begun and how it went; a post that it tells of ends where it says. A post that was due in
the meantime and that it tells nothing of is `uncertain`, and the worker looks for it before anything else is done.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content import exposing, gone, posting_lost, replaying
from content.copies import copies
from content.gone import GoneOut
from content.lifecycle import Action, Attempt, Part, Post, State, move, where
from content.message import Leaf
from content.noted import Row
from content.record import Step, write_all
from content.replaying import ACTOR

Identity = tuple[str, str, int]  # the version's digest, its words' on the account, which time
CHUNK = 300
_BACK = (State.RECALLING, State.RECALLED, State.RECALL_IMPOSSIBLE)
_SENT = (State.PUBLISHED, *_BACK)
_OUT = (State.PUBLISHING, State.UNCERTAIN, *_SENT)
_PENDING = (State.SCHEDULED, State.CLAIMED, State.BLOCKED)
_SOON = timedelta(seconds=2)
_NOTE = "restore.unknown: It was due when the database was put back; whether it is out is being looked for."


@dataclass(slots=True)
class Refound:
    """What became of posts. gone: out (or called off) by the journal, though no row here speaks of them."""

    published: int = 0
    uncertain: int = 0
    recalled: int = 0
    cancelled: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Told:
    """One post of this database and the journal's last line on it, None where it has none."""

    post: Post
    line: Row | None


def refind(session: Session, written: Iterable[Row], since: datetime, at: datetime) -> Refound:
    """Brings every post to where the journal says it stands, and what was due since to `uncertain`; repeatable.

    since: the last step that this database knows. The instance's lock is held.
    """
    done = Refound()
    last = {(row["post"], row["leaf"], int(row["of"])): row for row in written}
    keys = sorted(last)
    for start in range(0, len(keys), CHUNK):
        some = {key: last[key] for key in keys[start : start + CHUNK]}
        _by_the_journal(session, some, since, at, done)
    for posts in _chunks(_due(session, at)):
        _lose_track(session, [_Told(post, None) for post in posts], since, at)
        done.uncertain += len(posts)
    posting_lost.lost(session, at)
    exposing.catch_up(session)
    return done


def _by_the_journal(
    session: Session, told: Mapping[Identity, Row], since: datetime, at: datetime, done: Refound
) -> None:
    here = _here(session, told)
    out, off, back, lost = list[_Told](), list[Post](), list[_Told](), list[GoneOut]()
    for key, row in told.items():
        posts, state = here.get(key, []), State(row["state"])
        pending = next((post for post in posts if post.state in _PENDING), None)
        standing = next((post for post in posts if post.state in _OUT), None)
        if state in _OUT and standing is not None:
            back.append(_Told(standing, row))
        elif state in _OUT and pending is not None:
            out.append(_Told(pending, row))
        elif state == State.CANCELLED and pending and all(post.state != State.CANCELLED for post in posts):
            off.append(pending)
        elif state in _OUT or (state == State.CANCELLED and not posts):
            lost.append(_gone(key, row, at))
    _lose_track(session, out, since, at)
    _known_parts(session, [*out, *back], at)
    done.published += _confirm(session, out, at)
    done.uncertain += sum(row.line is not None and row.line["state"] not in _SENT for row in out)
    done.recalled += _take_back(session, [*out, *back], at)
    done.cancelled += len(replaying.call_off(session, where(off), at, "post.cancelled"))
    done.gone += gone.note(session, lost)


def _here(session: Session, told: Mapping[Identity, Row]) -> dict[Identity, list[Post]]:
    """The posts of these words, by identity; the newest first."""
    statement = (
        rows(Post, col(Leaf.digest))
        .join(Leaf, col(Leaf.id) == col(Post.leaf_id))
        .where(col(Post.digest).in_({digest for digest, _, _ in told}))
        .order_by(col(Post.id).desc())
        .execution_options(populate_existing=True)
    )
    found: dict[Identity, list[Post]] = defaultdict(list)
    for post, leaf in session.execute(statement):
        if (key := (post.digest, leaf, post.occurrence)) in told:
            found[key].append(post)
    return found


def _due(session: Session, at: datetime) -> list[Post]:
    statement = select(Post).where(
        col(Post.state).in_([State.SCHEDULED, State.CLAIMED]), col(Post.due_at) <= at + _SOON
    )
    return list(session.exec(statement.order_by(col(Post.id)).execution_options(populate_existing=True)))


def _chunks(posts: Sequence[Post]) -> Iterator[Sequence[Post]]:
    return (posts[start : start + CHUNK] for start in range(0, len(posts), CHUNK))


def _gone(key: Identity, row: Row, at: datetime) -> GoneOut:
    url = next((part[3] for part in row["parts"] if part[3]), "")
    began = datetime.fromisoformat(row["began"]) if row["began"] else at
    return GoneOut(digest=key[0], leaf=key[1], occurrence=key[2], state=row["state"], url=url, at=began)


# --- along the table of moves -------------------------------------------------------------------------------


def _lose_track(session: Session, told: Sequence[_Told], since: datetime, at: datetime) -> None:
    """From wherever it waits to `uncertain`, with the attempt that was, or may have been, made."""
    ready = [one.post for one in told]
    _step(session, [post for post in ready if post.state == State.BLOCKED], Action.UNBLOCK, at)
    _step(session, [post for post in ready if post.state == State.CLAIMED], Action.RELEASE_LEASE, at, **_FREE)
    fence = secrets.token_hex(16)
    _step(session, ready, Action.CLAIM, at, fence=fence, lease_until=at)
    _step(session, ready, Action.BEGIN, at, record=False)
    attempts = _attempts(session, told, fence, since, at)
    write_all(session, [_begun(post, attempts[post.id or 0]) for post in ready], at)
    _keep_parts(session, told)
    _step(session, ready, Action.LOSE_TRACK, at, note=_NOTE, retry_at=None, **_FREE)


def _begun(post: Post, attempt: int) -> Step:
    detail = {"attempt": attempt, "digest": post.digest, "step": post.step}
    return Step(ACTOR, "post.begin", "post", post.id or 0, detail)


def _attempts(session: Session, told: Sequence[_Told], fence: str, since: datetime, at: datetime) -> dict[int, int]:
    values = [
        {
            "post_id": one.post.id, "step": one.post.step, "digest": one.post.digest, "fence": fence, "node": ACTOR,
            "began_at": _began(one, since, at), "ended_at": at, "outcome": "unknown", "evidence": {"restored": True},
        }
        for one in told
    ]  # fmt: skip
    if not values:
        return {}
    found = session.connection().execute(insert(Attempt).returning(col(Attempt.post_id), col(Attempt.id)), values)
    return {row.post_id: row.id for row in found}


def _began(one: _Told, since: datetime, at: datetime) -> datetime:
    if one.line is not None and one.line["began"]:
        return datetime.fromisoformat(one.line["began"])
    return min(at, max(since, one.post.due_at))


def _keep_parts(session: Session, told: Sequence[_Told]) -> None:
    """A row for each piece, under the key that it was, or would have been, sent with."""
    made = copies(session, [one.post for one in told]) if told else {}
    known = set(session.exec(select(Part.post_id, Part.index).where(col(Part.post_id).in_(made.keys()))))
    values: list[dict[str, Any]] = []
    for one in told:
        key = one.post.id or 0
        sent = {part[0]: part[1] for part in one.line["parts"]} if one.line else {}
        pieces = {part.index: part.key for part in made[key].parts} | sent
        values += [{"post_id": key, "index": i, "key": k} for i, k in pieces.items() if (key, i) not in known]
    if values:
        session.connection().execute(insert(Part), values)


def _known_parts(session: Session, told: Sequence[_Told], at: datetime) -> None:
    """What the journal knows to be out, with the address under which it can be taken down."""
    for one in told:
        for index, _, remote, url, confirmed, _ in one.line["parts"] if one.line else ():
            if confirmed:
                session.execute(
                    update(Part)
                    .where(col(Part.post_id) == one.post.id, col(Part.index) == index, col(Part.confirmed_at).is_(None))
                    .values(remote_id=remote, url=url, confirmed_at=at)
                )


def _confirm(session: Session, told: Sequence[_Told], at: datetime) -> int:
    sure = [one.post for one in told if one.line and one.line["state"] in _SENT and _whole(one.line)]
    _step(session, sure, Action.CONFIRM, at, note="", detail={"found": "journal"})
    return len(sure)


def _whole(line: Row) -> bool:
    return bool(line["parts"]) and all(part[4] for part in line["parts"])


def _take_back(session: Session, told: Sequence[_Told], at: datetime) -> int:
    """What was called back is called back again: what is not there is gone."""
    wanted = [one.post for one in told if one.line and one.line["state"] in _BACK]
    for post in wanted:
        session.refresh(post)
    live = where([post for post in wanted if post.state in (State.PUBLISHED, State.UNCERTAIN)])
    return len(replaying.take_back(session, live, "restore", at))


_FREE: dict[str, Any] = {"fence": None, "lease_until": None}


def _step(
    session: Session,
    posts: Sequence[Post],
    action: Action,
    at: datetime,
    *,
    record: bool = True,
    detail: Row | None = None,
    **changes: Any,
) -> None:
    """One move of posts that all stand in one state, its record rows, and the rows as they stand after it."""
    if not posts:
        return
    moved = move(session, where(posts), action, at=at, **changes)
    if len(moved) != len(posts):
        raise RuntimeError("posts moved while the instance's lock was held")
    if record and action not in (Action.CLAIM, Action.RELEASE_LEASE):
        said = detail or {"code": "restore"}
        write_all(session, [Step(ACTOR, f"post.{action}", "post", key, said) for key in moved], at)
    for post in posts:
        session.refresh(post)
