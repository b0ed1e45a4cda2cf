"""The worker's half of what goes out by hand: it hands a post to people, asks how far they are, and looks at addresses.

A task is opened under the fence of its call and never twice. Until its words were shown nothing can be out, which is
proof; once they were, only a person or a look at the address can say. Nothing here waits for anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, func, select

from content import assigning
from content.gate import Stood
from content.lifecycle import Part, Post, State
from content.narrative import Narrative
from content.outcome import Refused
from content.posting import (
    PostedPart,
    Posting,
    close_task,
    newest_of,
    open_task,
    posted_parts,
    tell_step,
    was_shown,
)  # fmt: skip
from content.release import still
from content.store import now
from content.window import LATENESS

LOOKS = 6  # at one address, at most; then a person must
FIRST_LOOK = timedelta(seconds=20)  # between two, doubled each time
# How long a copy may take to be down, by what stands behind it.
RISKY, PERSONAL, OTHERS = timedelta(minutes=30), timedelta(hours=1), timedelta(hours=4)
# What the gate waits for and that heals by itself: no reason to take words out of somebody's hands for good.
PASSING = frozenset({"record.lag", "evaluation.none", "rules.not_adopted", "instance.disarmed", "post.early"})
_RECALLED = "post.recalled: It is being taken down."


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one piece is. how: absent | waits | unsure | out; for a recall absent means that it is down.

    code: for people; address: where it is said to stand; look: whether a program is to open that address now.
    """

    how: Literal["absent", "waits", "unsure", "out"]
    code: str = ""
    address: str = ""
    look: bool = False


# --- posting ------------------------------------------------------------------------------------------------


def opened(session: Session, post_id: int, step: int, fence: str) -> Refused | None:
    """Hands the post to people, once; None where it is in their hands. Only the call that holds the post may."""
    post = _locked(session, post_id)
    if (post.state, post.step, post.fence) != (State.PUBLISHING, step, fence):
        return Refused("posting.lapsed", "Another call has taken the post over.")
    last = newest_of(session, post_id, "post", lock=True)
    if last is not None and last.state == "given_up":
        return Refused("posting.given_up", "Somebody said that it will not be posted.")
    if last is None or last.state in ("missed", "stopped"):
        who = assigning.to_post(session, post.account_id, now(session))
        open_task(session, post, "post", min(post.due_at + LATENESS[post.tier], post.not_after), who)
    return None


def standing(session: Session, post_id: int, index: int) -> Standing:
    """How far the people are with one piece; what a stop covers by now, or is too late, is taken out of their hands."""
    post = _locked(session, post_id)
    task = newest_of(session, post_id, "post", lock=True)
    if task is not None and task.state == "open":
        _ask_the_gate(session, post, task)
    if task is None or task.state == "given_up":
        return Standing("absent")
    if task.state == "open":
        return Standing("waits", "posting.waits")
    given = {part.index: part for part in posted_parts(session, post_id)}
    if task.state in ("done", "confirmed") and index in given:
        return _said(session, task, given, index)
    free = (task.shown_at is None or task.unposted_at is not None) and not given
    return Standing("absent") if free else Standing("unsure", "posting.unanswered")


def looked(session: Session, post_id: int, index: int, kind: str, seen: str) -> None:
    """Writes down what a program saw at an address: words | other | gone | silent. It proves only what it can.

    Words that are there are out. That nothing is there any more counts where a program had seen them before: some
    platforms show nothing to those who are not signed in.
    """
    task = newest_of(session, post_id, kind, lock=True)
    part = session.get(PostedPart, (post_id, index), with_for_update=True)
    if task is None or part is None or task.state != "done":
        return
    at = now(session)
    part.seen, part.seen_at, part.looks = seen, at, part.looks + 1
    task.look_at = at + FIRST_LOOK * 2**part.looks
    if kind == "post" and seen == "words":
        part.confirmed_at = part.confirmed_at or at
    if kind == "recall" and seen in ("gone", "other") and part.confirmed_at is not None:
        part.gone_at = part.gone_at or at
    session.add_all((task, part))
    session.flush()
    _all_seen(session, task, at)


# --- taking down --------------------------------------------------------------------------------------------


def taking_down(session: Session, post_id: int, index: int) -> Standing:
    """How far the people are with taking one piece down; opens the task for it where something may be out."""
    post = _locked(session, post_id)
    task = newest_of(session, post_id, "recall", lock=True)
    if task is None:
        if not _may_be_out(session, post):
            return Standing("absent")
        task = _recalled(session, post)
    part = session.get(PostedPart, (post_id, index))
    if task.state == "confirmed" or (part is not None and part.gone_at is not None):
        return Standing("absent")
    if task.state != "done" or part is None or part.confirmed_at is None:
        return Standing("waits", "posting.recall")
    return Standing("waits", "posting.recall", part.address, _due(task, [part], index, now(session)))


def _may_be_out(session: Session, post: Post) -> bool:
    """Whether anything of it may have been posted. What is in nobody's hands yet is taken back at once."""
    out = select(Part.index).where(Part.post_id == post.id, col(Part.confirmed_at).is_not(None))
    last = newest_of(session, post.id or 0, "post", lock=True)
    if last is None:
        return session.exec(out).first() is not None
    shown = was_shown(last)
    if last.state in ("open", "done"):
        close_task(session, last, "stopped", _RECALLED)
    return shown or bool(posted_parts(session, post.id or 0)) or session.exec(out).first() is not None


def _recalled(session: Session, post: Post) -> Posting:
    last = newest_of(session, post.id or 0, "post")
    narrative = session.get_one(Narrative, post.narrative_id)
    within = RISKY if post.tier >= 3 else PERSONAL if narrative.kind == "individual" else OTHERS
    for part in posted_parts(session, post.id or 0):  # counted anew: another question is asked of the address
        part.looks = 0
        session.add(part)
    at, had = now(session), last.assignee_id if last else None
    return open_task(session, post, "recall", at + within, assigning.to_take_down(session, post.account_id, had, at))


# --- tasks --------------------------------------------------------------------------------------------------


def _ask_the_gate(session: Session, post: Post, task: Posting) -> None:
    answer = still(session, [post]).get(post.id or 0)
    if not isinstance(answer, Stood):
        return
    if answer.how == "expire":
        close_task(session, task, "missed", f"{answer.code}: {answer.reason}")
    elif task.shown_at is None or answer.code not in PASSING:
        close_task(session, task, "stopped", f"{answer.code}: {answer.reason}")


def _said(session: Session, task: Posting, given: dict[int, PostedPart], index: int) -> Standing:
    part = given[index]
    if task.state == "confirmed" or part.confirmed_at is not None:
        return Standing("out", address=part.address)
    return Standing("waits", "posting.unconfirmed", part.address, _due(task, list(given.values()), index, now(session)))


def _due(task: Posting, parts: Sequence[PostedPart], index: int, at: datetime) -> bool:
    """One address at a time, the least looked at first, and none for ever."""
    if task.look_at is not None and task.look_at > at:
        return False
    open_ = [one for one in parts if one.gone_at is None and (task.kind == "recall" or one.confirmed_at is None)]
    first = min(open_, key=lambda one: (one.looks, one.index), default=None)
    return first is not None and first.index == index and first.looks < LOOKS


def _all_seen(session: Session, task: Posting, at: datetime) -> None:
    """A program has seen every piece there, or gone: the task is confirmed without anybody's word."""
    pieces = session.exec(select(func.count()).select_from(Part).where(Part.post_id == task.post_id)).one()
    parts = posted_parts(session, task.post_id)
    seen = [one for one in parts if (one.gone_at if task.kind == "recall" else one.confirmed_at) is not None]
    if len(seen) == pieces:
        task.state, task.confirmed_at = "confirmed", at
        session.add(task)
        session.flush()
        tell_step(session, task, "posting.confirm")


def _locked(session: Session, post_id: int) -> Post:
    statement = select(Post).where(Post.id == post_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()
