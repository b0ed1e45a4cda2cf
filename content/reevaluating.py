"""When rules or material change, every live clearance is looked at again: it stands, or its posts wait."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal_column, update
from sqlmodel import Session, col, or_, select

from content.checks.rules import RULES
from content.evaluation import answered, asks, counts_now, evaluate_all, stale_versions, unanswered
from content.exposing import missing
from content.lifecycle import Action, Post, State, move, where
from content.message import Message
from content.organisation import Organisation
from content.record import Step, write_all
from content.review import Clearance, Evaluation, taken_back
from content.store import now

NOTE = "evaluation."  # how the notes of posts begin that wait for an answer; the gate writes the same codes


def reevaluate(session: Session, limit: int) -> int:
    """Evaluates up to `limit` words anew and blocks or unblocks the posts of their clearances.

    Returns how many words were evaluated and posts moved.
    """
    versions = stale_versions(session, limit)
    at = now(session)
    done = evaluate_all(session, versions, at)
    if not versions:
        all_seen(session)
    return done + settle(session, at, sweep=True)


def behind(session: Session) -> list[tuple[int | None, int]]:
    """(organisation, material epoch) where the material or the rules changed and not everything has been looked at."""
    statement = select(Organisation.id, Organisation.material_epoch)
    late = or_(
        col(Organisation.evaluated_epoch) < col(Organisation.material_epoch), col(Organisation.evaluated_rules) != RULES
    )
    return list(session.exec(statement.where(late)))


def all_seen(session: Session) -> None:
    """Writes down that nothing is left to evaluate or expose, unless the material changed while we looked.

    The epochs are read first: what is missing is looked for in material at least as new.
    """
    epochs = behind(session)
    if not epochs or missing(session):
        return
    for key, epoch in epochs:
        session.execute(
            update(Organisation)
            .where(col(Organisation.id) == key, col(Organisation.material_epoch) == epoch)
            .values(evaluated_epoch=epoch, evaluated_rules=RULES)
        )


def settle(
    session: Session, at: datetime, digests: Collection[str] | None = None, *, sweep: bool = False, limit: int = 1000
) -> int:
    """Blocks scheduled posts whose words now need an answer, unblocks those whose answer came; returns how many.

    digests: of these words only; without, every post that waits for an answer is asked after, and with `sweep` every
    scheduled one too.
    """
    if digests is not None and not _any_cleared(session, digests):
        return 0
    found = _to_free(session, digests, limit)
    if sweep or digests is not None:
        found |= _to_stop(session, digests, limit)
    if not found:
        return 0
    posts = _pending(session, found)
    late = answered(session, [clearance for clearance, _ in found.values()])
    return sum(
        _apply(session, clearance, evaluation, posts[key], _problem(clearance, evaluation, late[key]), at)
        for key, (clearance, evaluation) in sorted(found.items())
    )


def _problem(clearance: Clearance, found: Evaluation, late: frozenset[str]) -> str:
    if found.blocks:
        return f"{NOTE}blocks: A check now stops these words."
    missing = unanswered(found, clearance, late)
    return f"{NOTE}needs: Now also needed: {', '.join(missing)}." if missing else ""


def _apply(
    session: Session, clearance: Clearance, found: Evaluation, posts: Sequence[Post], note: str, at: datetime
) -> int:
    state, action = (State.SCHEDULED, Action.BLOCK) if note else (State.BLOCKED, Action.UNBLOCK)
    ids = move(session, where([post for post in posts if post.state == state]), action, at=at, note=note)
    if ids:
        code = note.partition(":")[0]
        looked = {"evaluation": found.id, "blocks": found.blocks, "code": code}
        steps = [Step("worker:", f"post.{action}", "post", key, {"code": code}) for key in ids]
        first = Step("worker:", "clearance.reevaluate", "clearance", clearance.id or 0, looked)
        write_all(session, [first, *steps], at)
    return len(ids)


def _any_cleared(session: Session, digests: Collection[str]) -> bool:
    statement = select(Clearance.id).where(col(Clearance.digest).in_(digests))
    return session.exec(statement.limit(1)).first() is not None


Found = dict[int, tuple[Clearance, Evaluation]]


def _to_stop(session: Session, digests: Collection[str] | None, limit: int) -> Found:
    """Clearances with scheduled posts whose evaluation asks for more than stands in them; late answers aside."""
    scheduled = exists().where(_of_clearance(), col(Post.state) == str(State.SCHEDULED))
    return _clearances(session, or_(col(Evaluation.blocks) > 0, asks()), scheduled, digests, limit)


def _to_free(session: Session, digests: Collection[str] | None, limit: int) -> Found:
    """Clearances with posts that wait for an answer, where only a late answer could still be missing."""
    blocked = col(Post.state) == literal_column(f"'{State.BLOCKED}'")  # spelt out, so that its index is used
    waits = select(Post.digest).where(blocked, col(Post.note).startswith(NOTE))
    strict = or_(col(Evaluation.blocks) > 0, col(Evaluation.tier) > col(Clearance.tier))
    return _clearances(session, ~strict, col(Clearance.digest).in_(waits), digests, limit)


def _of_clearance() -> Any:
    return (col(Post.digest) == col(Clearance.digest)) & (col(Post.clearance_id) == col(Clearance.id))


def _clearances(session: Session, asked: Any, has: Any, digests: Collection[str] | None, limit: int) -> Found:
    """Such clearances, not revoked, each with the evaluation of its words that counts now, by id."""
    statement = (
        select(Clearance, Evaluation)
        .join(Evaluation, col(Evaluation.digest) == col(Clearance.digest))
        .join(Message, col(Message.id) == col(Clearance.message_id))
        .join(Organisation, (col(Organisation.id) == col(Message.organisation_id)) & counts_now())
        .where(asked, has, ~taken_back(Clearance))
        .order_by(col(Clearance.id))
        .limit(limit)
    )
    if digests is not None:
        statement = statement.where(col(Clearance.digest).in_(digests))
    return {row[0].id or 0: (row[0], row[1]) for row in session.exec(statement)}


def _pending(session: Session, found: Found) -> dict[int, list[Post]]:
    """Posts of these clearances that may have to wait, or wait for an answer."""
    waits = (col(Post.state) == str(State.BLOCKED)) & col(Post.note).startswith(NOTE)
    posts: dict[int, list[Post]] = defaultdict(list)
    statement = select(Post).where(
        col(Post.digest).in_({clearance.digest for clearance, _ in found.values()}),
        col(Post.clearance_id).in_(found),
        or_(col(Post.state) == str(State.SCHEDULED), waits),
    )
    for post in session.exec(statement.execution_options(populate_existing=True)) if found else ():
        posts[post.clearance_id].append(post)
    return posts
