"""What waits to be looked at, in one cheap read: beat rings for it, and a worker that hears no ring looks itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlmodel import Session, col

from content.lifecycle import Post, State
from content.message import Wording
from content.organisation import Account, Organisation
from content.record import Record
from content.review import Clearance, Revocation
from content.store import Store, now, wall

CAP = 0.25  # seconds between two looks at most
RING_AHEAD = 1.0  # seconds before a post is due
SLOW = 15.0  # seconds: what no row announces is looked at this often
NAMES = ("release_due", "recall", "prepare", "reconcile", "seal", "verify")


@dataclass(frozen=True, slots=True)
class Waiting:
    """`due`: seconds to the next due post, None where none is scheduled; `work`: whether each look has something."""

    due: float | None
    work: Mapping[str, bool]

    def rest(self) -> float:
        """How long nobody needs to look: until the next due post is a moment away, a quarter of a second at most."""
        if self.due is None:
            return CAP
        return min(CAP, max(0.01, self.due - RING_AHEAD if self.due > RING_AHEAD else CAP))


def waiting(store: Store) -> Waiting:
    """Reads it. Raises whatever the database raises."""
    with store.read() as session:
        at, clock = now(session), wall(session)
        next_due = _next_due(session, at)
        due = (next_due - at).total_seconds() if next_due else None
        questions = _questions(at, clock)
        row = session.execute(select(*questions.values())).one()
    work = dict(zip(questions, map(bool, row), strict=True))
    return Waiting(due, {"release_due": due is not None and due <= RING_AHEAD, **work})


def _next_due(session: Session, at: datetime) -> datetime | None:
    """The first scheduled post that may be looked at; those put aside for a while are passed over."""
    statement = (
        select(col(Post.due_at))
        .where(col(Post.state) == State.SCHEDULED, or_(col(Post.retry_at).is_(None), col(Post.retry_at) <= at))
        .order_by(col(Post.due_at))
        .limit(1)
    )
    return session.execute(statement).scalar()


def _questions(at: datetime, clock: datetime) -> dict[str, ColumnElement[bool]]:
    free = or_(col(Post.fence).is_(None), col(Post.lease_until) < clock)
    ready = or_(col(Post.retry_at).is_(None), col(Post.retry_at) <= at)
    lapsed = exists().where(col(Post.fence).is_not(None), col(Post.lease_until) < clock)
    revoked = exists().where(col(Revocation.clearance_id) == col(Clearance.id))
    return {
        "recall": exists().where(col(Post.state) == State.RECALLING, free, ready),
        "prepare": or_(
            exists().where(col(Wording.answered_at).is_(None)),
            exists().where(col(Clearance.posted_at).is_(None), ~revoked),
            exists().where(col(Organisation.evaluated_epoch) < col(Organisation.material_epoch)),
        ),
        "reconcile": or_(lapsed, exists().where(col(Post.state) == State.UNCERTAIN, free, ready)),
        "seal": exists().where(col(Record.seq).is_(None)),
        "verify": exists().where(col(Account.verify_wanted_at).is_not(None), col(Account.disabled_at).is_(None)),
    }
