"""When rules or material change, every live clearance is looked at again: it stands, or its posts wait."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from content.evaluation import answered, evaluate, stale, unanswered
from content.exposing import missing
from content.lifecycle import Action, Post, State, move, where
from content.message import version_of
from content.organisation import Organisation
from content.record import Step, write_all
from content.review import Clearance, Evaluation, Revocation
from content.store import now

NOTE = "evaluation."  # how the notes of posts begin that wait for an answer; the gate writes the same codes


def reevaluate(session: Session, limit: int) -> int:
    """Evaluates up to `limit` words anew and blocks or unblocks the posts of their clearances.

    Returns how many words were evaluated and posts moved.
    """
    digests = stale(session, limit)
    at = now(session)
    for digest in digests:
        evaluate(session, version_of(session, digest), at)
    if not digests:
        all_seen(session)
    return len(digests) + settle(session, at, limit)


def behind(session: Session) -> list[tuple[int | None, int]]:
    """(organisation, material epoch) where the material changed and not everything has been looked at since."""
    statement = select(Organisation.id, Organisation.material_epoch)
    return list(session.exec(statement.where(col(Organisation.evaluated_epoch) < col(Organisation.material_epoch))))


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
            .where(col(Organisation.evaluated_epoch) != epoch)
            .values(evaluated_epoch=epoch)
        )


def settle(session: Session, at: datetime, limit: int = 1000, digest: str | None = None) -> int:
    """Blocks scheduled posts whose words now need an answer, unblocks those whose answer came; returns how many."""
    posts = _pending(session, digest)
    found = _evaluations(session, posts)
    late = answered(session, [clearance for clearance, _ in found.values()])
    moved = 0
    for clearance_id, (clearance, evaluation) in sorted(found.items()):
        note = _problem(clearance, evaluation, late[clearance_id])
        moved += _apply(session, clearance, evaluation, posts[clearance_id], note, at)
        if moved >= limit:
            break
    return moved


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


def _pending(session: Session, digest: str | None) -> dict[int, list[Post]]:
    """Posts that may have to wait, or wait for an answer, by clearance."""
    statement = select(Post).where(
        or_(
            col(Post.state) == str(State.SCHEDULED),
            (col(Post.state) == str(State.BLOCKED)) & col(Post.note).startswith(NOTE),
        )
    )
    if digest is not None:
        statement = statement.where(Post.digest == digest)
    found: dict[int, list[Post]] = defaultdict(list)
    for post in session.exec(statement.execution_options(populate_existing=True)):
        found[post.clearance_id].append(post)
    return found


def _evaluations(session: Session, posts: dict[int, list[Post]]) -> dict[int, tuple[Clearance, Evaluation]]:
    """The clearances of these posts, not revoked, each with the evaluation of its words that counts now."""
    organisations = {one.organisation_id for group in posts.values() for one in group}
    statement = (
        select(Clearance, Evaluation)
        .join(Evaluation, col(Evaluation.digest) == col(Clearance.digest))
        .join(
            Organisation,
            (col(Organisation.rules) == col(Evaluation.rules))
            & (col(Organisation.material_epoch) == col(Evaluation.epoch)),
        )
        .outerjoin(Revocation, col(Revocation.clearance_id) == col(Clearance.id))
        .where(col(Clearance.id).in_(list(posts)), col(Revocation.id).is_(None))
        .where(col(Organisation.id).in_(organisations))
    )
    return {row[0].id or 0: (row[0], row[1]) for row in session.exec(statement)}
