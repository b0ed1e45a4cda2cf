"""What goes back to everybody: a task by hand, or words taken to be judged, whose whole time is over while whoever has
it has not acted.

Nothing is posted, cleared or done by it, and nothing is lost: who had it may still say that they did it. It goes to all
who may do it, not to one more person who may be away too. Whoever takes a late task has as long again as there was from
the start; then it goes back again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content.evaluation import counts_now
from content.lifecycle import Post
from content.message import Message, Version
from content.organisation import Organisation, of_ours, ours
from content.posting import UNANSWERED, UNDER_WAY, Posting, had_words
from content.quorum import TIERS
from content.record import Step, write
from content.review import Evaluation
from content.store import now
from content.taking import Taking

MOST = 100  # of each kind that one look goes through, the latest first


@dataclass(frozen=True, slots=True)
class Late:
    """Whose time is over: the numbers of tasks by hand, and of takings of words."""

    tasks: tuple[int, ...]
    takings: tuple[int, ...]


def late(session: Session) -> Late:
    """What goes back now. Whoever looks at it next to another finds the same, and only one of them gives it back."""
    at = now(session)
    tasks = (_late(at, *ways).order_by(_OVER).limit(MOST) for ways in _WAYS)
    found = [one for statement in tasks for one in session.exec(statement)]
    return Late(tuple(one for one in found if one is not None), tuple(_takings(session, at)))


def give_back(session: Session, number: int) -> bool:
    """Takes a late task out of the hands in which it is, once; False where somebody was faster."""
    post = select(Post).join(Posting, col(Posting.post_id) == col(Post.id)).where(Posting.id == number)
    session.exec(post.with_for_update(of=Post)).one()  # the post's row first, as everybody takes them
    at = now(session)
    still = [_late(at, *ways).where(Posting.id == number) for ways in _WAYS]
    if not any(session.exec(one).first() for one in still):
        return False
    task = session.exec(select(Posting).where(Posting.id == number).execution_options(populate_existing=True)).one()
    task.had_by, task.assignee_id, task.returned = had_words(task) or task.assignee_id, None, task.returned + 1
    session.add(task)
    session.flush()
    told = {"task": task.id, "kind": task.kind, "from": task.had_by}
    write(session, Step("worker:", "posting.return", "post", task.post_id, told), at=at)
    return True


def give_back_words(session: Session, number: int) -> bool:
    """Ends a taking whose time is over, once; False where somebody was faster."""
    found = session.get_one(Taking, number)
    message = select(Message).join(Version, col(Version.message_id) == col(Message.id))
    session.exec(message.where(Version.digest == found.digest).with_for_update(of=Message)).one()
    session.refresh(found)
    if found.ended_at is not None:
        return False
    at = now(session)
    found.ended_at = min(at, found.until)
    session.add(found)
    session.flush()
    told = {"taking": number, "from": found.reviewer_id}
    write(session, Step("worker:", "review.return", "version", found.digest, told), at=at)
    return True


def taken_late(task: Posting, at: datetime) -> None:
    """Whoever takes a task after its time, or is given it, has as long again as there was from the start."""
    if at >= task.deadline:
        task.again_at = at + (task.deadline - task.opened_at)


# To be done still; or asked of whoever had the words, once.
_WAYS: tuple[tuple[Any, ...], ...] = (
    (UNDER_WAY, col(Posting.state) == "open"),
    (UNANSWERED, col(Posting.had_by).is_(None)),
)
_OVER: Any = func.coalesce(col(Posting.again_at), col(Posting.deadline))  # not by the index of all that ever was


def _late(at: datetime, *ways: Any) -> Any:
    return (
        select(Posting.id)
        .join(Post, col(Post.id) == col(Posting.post_id))
        .where(*ways, at >= _OVER, col(Posting.assignee_id).is_not(None), Post.organisation_id == ours())
    )


def _takings(session: Session, at: datetime) -> list[int]:
    """Those that lapsed, and those of words of which all must have answered by now for them to go as planned: in hand
    since before, for who takes them afterwards knows it."""
    statement = (
        rows(col(Taking.id), col(Taking.at), col(Taking.until), col(Version.not_before), col(Evaluation.tier))
        .join(Version, col(Version.digest) == col(Taking.digest))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .outerjoin(Evaluation, (col(Evaluation.digest) == col(Taking.digest)) & counts_now())
        .where(text("taking.ended_at IS NULL"), of_ours(Message.organisation_id))
        .order_by(col(Taking.until))
        .limit(MOST)
    )
    found = session.execute(statement).all()
    return [
        number
        for number, since, until, not_before, tier in found
        if until <= at or (tier is not None and since < not_before - TIERS[tier].wait <= at)
    ]
