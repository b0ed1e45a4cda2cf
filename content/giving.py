"""The clearance: written once the quorum is complete; posts of the same words from earlier rounds come under it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from content.lifecycle import PENDING, Action, Post, State, move, where
from content.people import Person
from content.quorum import TIERS, Seats
from content.record import Step, by, write, write_all
from content.reevaluating import NOTE
from content.review import Clearance, Evaluation
from content.rounds import Round

SUPERSEDED = "version.superseded: A newer version of these words is cleared."
REVOKED = "clearance.revoked: A reviewer took the clearance back."
REPLACED = "clearance.replaced: Cleared anew under another tier."
_HEALED = (NOTE, "clearance.", "id-mosaic-budget")  # how the notes of posts begin that a fresh clearance answers


def give(session: Session, review: Round, person: Person, needs: frozenset[str], at: datetime) -> Clearance | None:
    """The clearance, where the seats are full, nothing blocks and nobody sent the words back.

    needs: specialists that facts ask for, beside those of the evaluation. Valid from the end of the tier's wait.
    """
    if review.sent_back is not None or review.evaluation is None or review.evaluation.blocks:
        return None
    seats = review.seats(needs)
    if not isinstance(seats, Seats):
        return None
    made = _clearance(review, review.evaluation, seats, at)
    session.add(made)
    session.flush()
    older = _older(session, made)  # first of all: what is being begun just now stands before this in the record
    detail = {"digest": made.digest, "round": made.round, "tier": made.tier}
    write(session, Step(by(person.id), "clearance.give", "clearance", made.id or 0, detail), at=at)
    _take_over(session, person, made, at)
    move_each_state(session, person, older, Action.CANCEL, SUPERSEDED, at)
    return made


def move_each_state(
    session: Session, person: Person, posts: Sequence[Post], action: Action, note: str, at: datetime
) -> None:
    """The same for posts in several states."""
    for state in sorted({post.state for post in posts}):
        among = [post for post in posts if post.state == state]
        lease = {"lease_until": None, "fence": None} if state == State.CLAIMED else {}
        move_posts(session, person, among, action, note, at, **lease)


def move_posts(
    session: Session, person: Person, posts: Sequence[Post], action: Action, note: str, at: datetime, **changes: Any
) -> list[int]:
    """Moves posts that share a state and records each; returns the ids that moved."""
    moved = move(session, where(posts), action, at=at, note=note, **changes)
    code = note.partition(":")[0]
    write_all(session, (Step(by(person.id), f"post.{action}", "post", key, {"code": code}) for key in moved), at)
    return moved


def _clearance(review: Round, found: Evaluation, seats: Seats, at: datetime) -> Clearance:
    version, terms = review.version, TIERS[found.tier]
    board: tuple[int | None, ...] = seats.board or (None, None, None)
    return Clearance(
        digest=version.digest,
        message_id=version.message_id,
        language=version.language,
        round=review.number,
        tier=found.tier,
        evaluation_id=found.id or 0,
        needs_language=found.needs_language,
        needs_legal=found.needs_legal,
        needs_religious=found.needs_religious,
        content_by=seats.content,
        safeguarding_by=seats.safeguarding,
        third_by=seats.third,
        third_role=seats.third_role,
        language_by=seats.language,
        legal_by=seats.legal,
        religious_by=seats.religious,
        board1_by=board[0],
        board2_by=board[1],
        board3_by=board[2],
        not_before=version.not_before,
        not_after=version.not_after,
        valid_from=at + terms.wait,
        valid_until=at + terms.wait + terms.validity,
        cleared_at=at,
    )


def _take_over(session: Session, person: Person, made: Clearance, at: datetime) -> None:
    """Pending posts of these words come under the fresh clearance where its tier and validity hold them.

    Those that waited for exactly this are scheduled again; those of another tier are cancelled, and made anew.
    """
    posts = _earlier(session, made)
    held = [post for post in posts if post.tier == made.tier and made.valid_from <= post.due_at < made.valid_until]
    if held:
        session.execute(
            update(Post)
            .where(col(Post.id).in_([post.id for post in held]))
            .values(clearance_id=made.id, valid_from=made.valid_from, valid_until=made.valid_until)
        )
    move_posts(session, person, _waiting(held), Action.UNBLOCK, "", at)
    other = [post for post in _waiting(posts) if post.tier != made.tier]
    move_posts(session, person, other, Action.CANCEL, REPLACED, at)


def _earlier(session: Session, made: Clearance) -> Sequence[Post]:
    statement = select(Post).where(
        Post.digest == made.digest,
        Post.clearance_id != made.id,
        col(Post.state).in_([str(State.SCHEDULED), str(State.BLOCKED)]),
    )
    return session.exec(statement.execution_options(populate_existing=True)).all()


def _older(session: Session, made: Clearance) -> Sequence[Post]:
    """Pending posts of older versions of the same message in the same language, locked."""
    pending = col(Post.state).in_([str(state) for state in PENDING])
    same = (Post.message_id == made.message_id) & (Post.language == made.language) & (Post.digest != made.digest)
    statement = select(Post).where(same, pending).order_by(col(Post.id)).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).all()


def _waiting(posts: Iterable[Post]) -> list[Post]:
    return [post for post in posts if post.state == State.BLOCKED and post.note.startswith(_HEALED)]
