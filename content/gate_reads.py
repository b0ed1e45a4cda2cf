"""What the gate reads of posts and their words, in one statement for a batch of any size; the facts are read beside.

Columns only, as they stand now: a Row, never an object that a session has kept from before.
"""

from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Row, Select, String, and_, cast, exists, func, null, select, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from content.checks.rules import RULES
from content.evaluation import asks
from content.given import among
from content.gone import went_out
from content.lifecycle import Post
from content.narrative import Exposure
from content.organisation import Instance, JournalMark, Organisation
from content.record import Record
from content.review import Clearance, Evaluation, Go, Verdict, overtaken, taken_back
from content.stop import Pause

Found = Row[*tuple[Any, ...]]

_APPROVED = (
    select(func.aggregate_strings(col(Verdict.role) + ":" + cast(col(Verdict.reviewer_id), String), " "))
    .where(col(Verdict.digest) == col(Clearance.digest), col(Verdict.round) == col(Clearance.round))
    .where(col(Verdict.answer) == "approve")
    .scalar_subquery()
)
_SAFE = (
    select(func.max(col(Verdict.at)))
    .where(col(Verdict.digest) == col(Clearance.digest), col(Verdict.round) == col(Clearance.round))
    .where(col(Verdict.role) == "safeguarding", col(Verdict.answer) == "approve")
    .correlate(Clearance)
    .scalar_subquery()
)
_other = aliased(Post)
# Other words made something of this person public after safeguarding approved these.
_UNSEEN = exists().where(
    col(Exposure.narrative_id) == col(Post.narrative_id),
    ~exists()
    .where(col(_other.id) == col(Exposure.post_id), col(_other.digest) == col(Post.digest))
    .correlate(Exposure, Post),
    col(Exposure.at) > _SAFE,
)
# The adopted rules let these words pass, as the material now stands, with no more than their clearance holds.
_before = aliased(Evaluation)
_PASSED_BEFORE = exists().where(
    col(_before.digest) == col(Post.digest),
    col(_before.rules) == col(Organisation.rules),
    col(_before.epoch) == col(Organisation.material_epoch),
    col(_before.blocks) == 0,
    ~asks(_before),
)
# The oldest record row that is not sealed, and the oldest that is not written down outside the database yet.
_UNSEALED = select(col(Record.at)).where(col(Record.seq).is_(None)).order_by(col(Record.id)).limit(1).scalar_subquery()
_MARK = select(col(JournalMark.seq)).where(col(JournalMark.id) == 1).scalar_subquery()
_INSIDE = select(col(Record.at)).where(col(Record.seq) > _MARK).order_by(col(Record.seq)).limit(1).scalar_subquery()


@cache
def posts(sqlite: bool) -> Select[*tuple[Any, ...]]:
    """One row a post, oldest first: where it stands, its clearance, what the checks found, and the instance.

    posts: ids. An evaluation is the one under this program's rules and the material of now; NULLs where there is none.
    """
    clock = null() if sqlite else func.clock_timestamp(type_=UTCDateTime())
    return (
        select(
            *(col(getattr(Post, name)) for name in _POST),
            *(col(getattr(Clearance, name)) for name in _CLEARANCE),
            col(Clearance.digest).label("cleared"),
            taken_back(Clearance).label("revoked"),
            overtaken(col(Post.digest)).label("superseded"),
            _APPROVED.label("approved"),
            _UNSEEN.label("unseen"),
            (col(Organisation.rules) == RULES).label("adopted"),
            _PASSED_BEFORE.label("passed_before"),
            col(Evaluation.id).label("evaluation"),
            col(Evaluation.blocks),
            col(Evaluation.tier).label("wanted_tier"),
            *(col(getattr(Evaluation, f"needs_{role}")) for role in _NEEDED),
            col(Instance.kind).label("instance"),
            col(Instance.armed),
            col(Instance.stops),
            col(Instance.clock_offset),
            clock.label("clock"),
            _UNSEALED.label("unsealed"),
            _INSIDE.label("inside"),
            exists().where(col(Pause.lifted_at).is_(None)).label("pauses"),
            went_out().label("went_out"),
        )
        .join(Clearance, col(Clearance.id) == col(Post.clearance_id))
        .join(Organisation, col(Organisation.id) == col(Post.organisation_id))
        .join(Instance, true())
        .outerjoin(
            Evaluation,
            and_(
                col(Evaluation.digest) == col(Post.digest),
                col(Evaluation.rules) == RULES,
                col(Evaluation.epoch) == col(Organisation.material_epoch),
            ),
        )
        .where(among(col(Post.id), "posts"))
        .order_by(col(Post.due_at), col(Post.id))
    )


_NEEDED = ("language", "legal", "religious", "safeguarding")
_POST = (
    "id", "state", "step", "fence", "digest", "language", "tier", "not_before", "not_after", "due_at", "occurrence",
    "clearance_id", "organisation_id", "campaign_id", "narrative_id", "message_id", "account_id", "leaf_id",
)  # fmt: skip
_CLEARANCE = (
    "valid_from", "valid_until", "content_by", "language_by", "legal_by", "religious_by", "safeguarding_by",
)  # fmt: skip

GOES: Select[*tuple[Any, ...]] = select(col(Go.post_id), col(Go.at)).where(among(col(Go.post_id), "posts"))
PAUSES: Select[*tuple[Any, ...]] = select(col(Pause.scope), col(Pause.value), col(Pause.languages)).where(
    col(Pause.lifted_at).is_(None)
)


def approved(row: Found) -> frozenset[str]:
    """The roles that approved the words in the clearance's round, late answers included.

    Safeguarding counts only from somebody who is not the content reviewer.
    """
    return _counting(row.approved or "", row.content_by)


@lru_cache(1024)
def _counting(told: str, content_by: int) -> frozenset[str]:
    given = (one.partition(":") for one in told.split())
    return frozenset(role for role, _, person in given if role != "safeguarding" or int(person) != content_by)


def seal_lag(session: Session, at: datetime) -> timedelta:
    """How long the oldest record row has waited that is not sealed, or not written down outside the database yet."""
    return lag(session.execute(select(_UNSEALED.label("unsealed"), _INSIDE.label("inside"))).one(), at)


def lag(row: Any, at: datetime) -> timedelta:
    """The same of a row that holds both instants."""
    waiting = [one for one in (row.unsealed, row.inside) if one]
    return at - min(waiting) if waiting else timedelta()
