"""Takes back what must no longer stand: backwards, part by part, until every part has an answer.

What puts somebody most at risk goes first. What a channel says is gone is looked at once more, where it can be: that it
was seen to be gone, or only told, stands in the evidence. Where a platform asks for patience, all that waits on
that account waits, and the other accounts go on.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, assert_never

from sqlalchemy import or_, select, update
from sqlmodel import col
from sqlmodel import select as rows

from content.copies import Copy
from content.lifecycle import Action, Part, Post, State
from content.outcome import (
    Advisory,
    Gone,
    Impossible,
    KeyedPart,
    Recalled,
    Retry,
    Stands,
    TooLate,
    Undecidable,
    Vanished,
)
from content.patience import Overrun, within
from content.settings import Settings
from content.stop import Recall
from content.stopping import recall_covered
from content.store import Store, now
from worker.channels import Channel, channels
from worker.held import copy_of, hold, instance_of, let_go, may_call, moved, one_by_one
from worker.node import DEADLINE, Node, this_node

log = logging.getLogger("counterpoint.recall")
AGAIN = timedelta(seconds=10)
ADVISED = timedelta(hours=24)  # then what was asked of readers counts as impossible to know
ASIDE = timedelta(minutes=30)
BUSY = ".429"  # how the code of an answer ends that asks for patience


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Goes through the posts to be taken back; returns how many came to an end."""
    node = node or this_node()
    follow_stops(store)
    posts, lease = hold(store, State.RECALLING)
    ways = channels(settings)
    return sum(_recall(store, ways, node, post) for post in one_by_one(store, posts, lease))


def follow_stops(store: Store) -> int:
    """What came out although a stop covers it (its intent was committed before) is taken back."""
    with store.write() as session:
        return recall_covered(session)


@dataclass(slots=True)
class _Answers:
    """What the channel said of each part so far; kept although a later one hangs."""

    gone: list[int] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)
    advised: list[str] = field(default_factory=list)
    later: list[Retry] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)  # told to be gone, and nobody can look

    @property
    def proof(self) -> str:
        return "told" if self.unseen else "seen"

    def take(self, index: int, answer: Recalled) -> None:
        match answer:
            case Gone():
                self.gone.append(index)
            case TooLate(detail):
                self.cannot.append(f"recall.too_late: {detail}")
            case Impossible(detail):
                self.cannot.append(f"recall.impossible: {detail}")
            case Advisory(detail):
                self.advised.append(f"recall.advised: {detail}")
            case Retry():
                self.later.append(answer)
            case other:
                assert_never(other)


def _recall(store: Store, ways: Mapping[str, Channel], node: Node, post: Post) -> bool:
    try:
        copy = copy_of(store, post)
        way = ways.get(copy.account.channel)
        if way is None or not may_call(instance_of(store), copy.account.channel):
            let_go(store, post, AGAIN)
            return False
        answers = _ask(store, way, node, post, copy)
        return _conclude(store, node, post, answers)
    except Exception as error:
        log.warning("recall.failed: %s, post %s", type(error).__name__, post.id)
        _quietly_let_go(store, post)
        return False


def _ask(store: Store, way: Channel, node: Node, post: Post, copy: Copy) -> _Answers:
    """Each part that still stands, the last one first. A call that fails or hangs is asked again later."""
    known, answers = _parts(store, post), _Answers()

    def backwards() -> None:
        for part in reversed(copy.parts):
            row = known.get(part.index)
            if row is None or row.recalled_at is None:
                answers.take(part.index, way.recall(copy, part, row.remote_id if row else None))
            counts_as_gone = part.index in answers.gone or (row is not None and row.recalled_at is not None)
            if row is not None and row.remote_id and counts_as_gone and not answers.later:
                _look_again(way, copy, part, row.remote_id, answers)

    try:
        within(DEADLINE.total_seconds(), backwards)
    except Overrun:
        node.stuck()
        answers.later.append(Retry(AGAIN, "recall.overrun"))
    except Exception as error:
        log.warning("recall.failed: %s, post %s", type(error).__name__, post.id)
        answers.later.append(Retry(AGAIN, f"recall.failed: {type(error).__name__}"))
    return answers


def _look_again(way: Channel, copy: Copy, part: KeyedPart, remote_id: str, answers: _Answers) -> None:
    """Whether what was said to be gone is gone: seen to be there it is asked for again, at once where it was said in an
    earlier look."""
    match way.stands(copy, part, remote_id):
        case Stands() if part.index not in answers.gone:
            answers.take(part.index, way.recall(copy, part, remote_id))
            answers.later += [] if answers.cannot else [Retry(AGAIN, "recall.still_there")]
        case Stands():
            answers.gone = [index for index in answers.gone if index != part.index]
            answers.later.append(Retry(AGAIN, "recall.still_there"))
        case Undecidable():
            answers.unseen.append(part.index)
        case Vanished():
            pass
        case Retry() as busy:
            answers.gone = [index for index in answers.gone if index != part.index]
            answers.later.append(busy)
        case other:
            assert_never(other)


def _parts(store: Store, post: Post) -> dict[int, Part]:
    with store.read() as session:
        return {part.index: part for part in session.exec(rows(Part).where(col(Part.post_id) == post.id))}


def _conclude(store: Store, node: Node, post: Post, answers: _Answers) -> bool:
    _note_gone(store, post, answers.gone)
    if answers.later:
        let_go(store, post, max(AGAIN, *(one.after for one in answers.later)), answers.later[0].code)
        _ease_off(store, post, answers.later)
        return False
    if answers.cannot:
        return _end(store, node, post, Action.CANNOT, answers.cannot[0], {})
    if answers.advised:
        return _advised(store, node, post, answers.advised[0])
    return _end(store, node, post, Action.CONFIRM_RECALL, "recall.gone", {"proof": answers.proof})


def _ease_off(store: Store, post: Post, later: list[Retry]) -> None:
    """A platform that asks one post's recall for patience means all of the account's: none of them is tried before."""
    asked = [one.after for one in later if one.code.endswith(BUSY)]
    if not asked:
        return
    with store.write() as session:
        until = now(session) + max(asked)
        session.execute(
            update(Post)
            .where(col(Post.state) == State.RECALLING, col(Post.account_id) == post.account_id)
            .where(col(Post.fence).is_(None), or_(col(Post.retry_at).is_(None), col(Post.retry_at) < until))
            .values(retry_at=until)
        )


def _note_gone(store: Store, post: Post, gone: list[int]) -> None:
    with store.write() as session:
        session.execute(
            update(Part)
            .where(col(Part.post_id) == post.id, col(Part.index).in_(gone), col(Part.recalled_at).is_(None))
            .values(recalled_at=now(session))
        )


def _advised(store: Store, node: Node, post: Post, note: str) -> bool:
    """Readers were asked. A person follows it up for a day; then it stands as impossible."""
    with store.read() as session:
        statement = select(col(Recall.at)).where(col(Recall.post_id) == post.id).order_by(col(Recall.id).desc())
        since = session.execute(statement.limit(1)).scalar()
        over = since is None or now(session) - since > ADVISED
    if over:
        return _end(store, node, post, Action.CANNOT, note, {})
    let_go(store, post, ASIDE, note)
    return False


def _end(store: Store, node: Node, post: Post, action: Action, note: str, proof: Mapping[str, str]) -> bool:
    detail: dict[str, Any] = {"code": note.partition(":")[0], **proof}
    with store.write() as session:
        if not moved(session, post, action, node.name, detail, note=note, retry_at=None):
            return False
        session.execute(
            update(Recall)
            .where(col(Recall.post_id) == post.id, col(Recall.ended_at).is_(None))
            .values(ended_at=now(session), evidence=detail)
        )
        return True


def _quietly_let_go(store: Store, post: Post) -> None:
    try:
        let_go(store, post, AGAIN)
    except Exception as error:
        log.warning("lease.kept: %s, post %s", type(error).__name__, post.id)
