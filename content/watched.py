"""The statements that health asks: each stops at CAP rows and has an index, whatever the tables hold.

Instants are given as they are, or as parameters: health builds each once and asks it again and again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, literal_column, null, or_, select, text, union_all
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from content import posting
from content.checks.rules import RULES
from content.circuit import Circuit
from content.lifecycle import LOOK_AT, WAITS, Attempt, Post, State
from content.message import Message, Version, Wording
from content.organisation import Account, Heartbeat, Instance, JournalMark, Organisation
from content.pace import Pace
from content.posting import Posting
from content.record import Head, Record
from content.review import Evaluation
from content.stop import Hold, Pause
from content.stranger import Stranger
from content.watch import Appeal

CAP = 1000  # nothing is counted beyond it: "1000" means that many or more
SHOWN = 20
BEGINNING = 60  # characters of a note
RECENT = 500  # intents whose lateness is told
LATELY = timedelta(hours=1)  # they began within it
At = datetime | ColumnElement[datetime]
_SURPLUS = (text("surplus"), text("state NOT IN ('recalled', 'cancelled')"))


def counted(some: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(some.subquery())


def oldest_of(some: Select[Any]) -> Select[Any, Any]:
    """(how many, the oldest) of the rows of a capped statement with a column `at`."""
    rows = some.subquery()
    return select(func.count().label("number"), func.min(rows.c.at).label("oldest"))


def together(several: Mapping[str, Select[Any]]) -> Select[Any, Any, Any]:
    """(name, how many, the oldest) of each of several capped statements, in one: a look asks for a dozen of them."""
    named = [oldest_of(some).add_columns(literal(name).label("name")) for name, some in several.items()]
    return select(union_all(*named).subquery())


def scheduled() -> Select[Any]:
    return select(col(Post.due_at).label("at")).where(_is(State.SCHEDULED)).limit(CAP)


def due(at: At) -> Select[Any]:
    """Since when those wait that may be looked at and whose account lets them through."""
    return _looked_at(at, col(Pace.account_id).is_(None))


def kept_back(at: At) -> Select[Any]:
    """Since when those wait that wait for their account's pace or circuit."""
    return _looked_at(at, col(Pace.account_id).is_not(None))


def _looked_at(at: At, paced: ColumnElement[bool]) -> Select[Any]:
    first = (
        select(LOOK_AT.label("since"), col(Post.account_id))
        .where(WAITS, at >= LOOK_AT)
        .order_by(LOOK_AT)
        .limit(2 * CAP)
        .subquery()
    )
    shut = (col(Pace.account_id) == first.c.account_id) & (col(Pace.next_at) > at)
    return select(first.c.since.label("at")).select_from(first).outerjoin(Pace, shut).where(paced)


def circuits() -> Select[Any, Any, Any]:
    """(account, code, since when) of each open circuit, the longest first."""
    return (
        select(col(Account.ref), col(Circuit.code), col(Circuit.opened_at))
        .join(Account, col(Account.id) == col(Circuit.account_id))
        .where(col(Circuit.until).is_not(None))
        .order_by(col(Circuit.opened_at))
        .limit(CAP)
    )


def open_circuits() -> Select[Any]:
    return select(col(Circuit.opened_at).label("at")).where(col(Circuit.until).is_not(None)).limit(CAP)


def backups() -> Select[Any]:
    """When the last backup was made."""
    return select(func.max(col(Record.at))).where(
        col(Record.subject) == literal_column("'backup'"), col(Record.action) == literal_column("'backup.make'")
    )


def lapsed(clock: At) -> Select[Any]:
    return (
        select(col(Post.lease_until).label("at"))
        .where(col(Post.fence).is_not(None), col(Post.lease_until) < clock)
        .order_by(col(Post.lease_until))
        .limit(CAP)
    )


def standing(state: State, since: At | None = None) -> Select[Any]:
    """When posts came to stand in this state, the oldest first; what is in people's hands is counted apart."""
    statement: Select[Any] = (
        select(col(Post.changed_at).label("at")).where(_is(state)).order_by(col(Post.changed_at)).limit(CAP)
    )
    if state in BY_HAND:
        statement = statement.where(col(Post.id).not_in(posting.in_hands(BY_HAND[state])))
    return statement if since is None else statement.where(col(Post.changed_at) >= since)


# state -> the kind of task that means nothing is wrong with a post that stands there
BY_HAND = {State.UNCERTAIN: "post", State.RECALLING: "recall"}


def postings() -> Select[Any]:
    """Since when what is to be posted by hand is under way."""
    return _tasks("post", Posting.opened_at)


def unconfirmed() -> Select[Any]:
    """Since when somebody says that a post is out, which nobody else has seen."""
    return _tasks("post", Posting.done_at).where(col(Posting.state) == literal_column("'done'"))


def overdue(at: At) -> Select[Any]:
    """Since when what was to be taken down by hand should have been down."""
    return _tasks("recall", Posting.deadline).where(col(Posting.deadline) < at)


def takedowns() -> Select[Any]:
    """Since when what is to be taken down by hand is under way."""
    return _tasks("recall", Posting.opened_at)


def _tasks(kind: str, column: Any) -> Select[Any]:
    mine: Select[Any] = select(col(column).label("at")).where(posting.UNDER_WAY, col(Posting.kind) == kind)
    return mine.order_by(col(Posting.deadline)).limit(CAP)


def notes() -> Select[Any, Any]:
    """How the notes of blocked posts begin, long enough for any code, and how many begin so."""
    note = func.substr(col(Post.note), 1, BEGINNING).label("note")
    some = select(note).where(_is(State.BLOCKED)).order_by(col(Post.changed_at)).limit(CAP).subquery()
    return select(some.c.note, func.count()).group_by(some.c.note)


def surplus() -> Select[Any]:
    return select(col(Post.changed_at).label("at")).where(*_SURPLUS).limit(CAP)


def surplus_posts() -> Select[Any]:
    return select(col(Post.id)).where(*_SURPLUS).order_by(col(Post.id)).limit(SHOWN)


def open_wordings() -> Select[Any]:
    return select(col(Wording.queued_at).label("at")).where(col(Wording.answered_at).is_(None)).limit(CAP)


def unsealed() -> Select[Any]:
    return select(col(Record.at).label("at")).where(col(Record.seq).is_(None)).order_by(col(Record.id)).limit(CAP)


def not_evaluated(at: At) -> Select[Any]:
    newest = (
        select(col(Version.digest), col(Version.message_id), col(Version.not_after))
        .order_by(col(Version.id).desc())
        .limit(CAP)
        .subquery()
    )
    known = exists().where(
        col(Evaluation.digest) == newest.c.digest,
        col(Evaluation.rules) == RULES,
        col(Evaluation.epoch) == col(Organisation.material_epoch),
    )
    return (
        select(func.count())
        .select_from(newest)
        .join(Message, col(Message.id) == newest.c.message_id)
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .where(newest.c.not_after >= at, ~known)
    )


def recent(since: At) -> Select[Any, Any]:
    """When the last intents began, and when each post was due."""
    last = select(col(Attempt.post_id), col(Attempt.began_at)).order_by(col(Attempt.id).desc()).limit(RECENT).subquery()
    return (
        select(last.c.began_at, col(Post.due_at))
        .select_from(last)
        .join(Post, col(Post.id) == last.c.post_id)
        .where(last.c.began_at >= since)
    )


def pauses() -> Select[Any]:
    return select(col(Pause.at).label("at")).where(col(Pause.lifted_at).is_(None)).limit(CAP)


def holds(at: At) -> Select[Any]:
    stands = or_(col(Hold.ends_at).is_(None), col(Hold.ends_at) > at)
    return select(col(Hold.at).label("at")).where(col(Hold.lifted_at).is_(None), stands).limit(CAP)


def behind() -> Select[Any]:
    """Organisations whose words the worker has not all evaluated as rules and material now stand."""
    late = or_(
        col(Organisation.evaluated_epoch) < col(Organisation.material_epoch), col(Organisation.evaluated_rules) != RULES
    )
    return select(col(Organisation.id)).where(late).limit(1)


def single(sqlite: bool) -> Select[*tuple[Any, ...]]:
    """What there is one of, in one row: the instance, its clock, and how far record and journal have come."""
    mark = select(col(JournalMark.seq)).limit(1).scalar_subquery()
    exported = select(col(Head.at)).where(col(Head.seq) > mark).order_by(col(Head.seq)).limit(1)
    return select(
        *(col(getattr(Instance, name)) for name in ("kind", "armed", "arm_asked", "clock_offset", "least_program")),
        (null() if sqlite else func.clock_timestamp(type_=UTCDateTime())).label("clock"),
        literal_column("(SELECT version_num FROM alembic_version LIMIT 1)").label("schema"),
        backups().scalar_subquery().label("backup"),
        select(func.max(col(Head.seq))).scalar_subquery().label("sealed"),
        select(func.max(col(Attempt.id))).scalar_subquery().label("intents"),
        mark.label("mark"),
        exported.scalar_subquery().label("not_exported"),
        behind().exists().label("behind"),
    ).where(col(Instance.id) == 1)


def programs() -> Select[Any, Any, Any]:
    """(name, last sign of life, detail) of each program."""
    columns = (col(Heartbeat.name), col(Heartbeat.at), col(Heartbeat.detail))
    return select(*columns).order_by(col(Heartbeat.name)).limit(CAP)


def accounts() -> Select[Any]:
    return select(col(Account.identity_verified_at).label("at")).where(col(Account.disabled_at).is_(None)).limit(CAP)


def unverified(identity: At, ownership: At) -> Select[Any]:
    """Accounts in use whose identity or ownership nobody confirmed since then."""
    return accounts().where(
        or_(_old(Account.identity_verified_at, identity), _old(Account.ownership_verified_at, ownership))
    )


def strangers() -> Select[Any]:
    """Posts of others on our accounts that nobody has answered."""
    waits = (col(Stranger.raised_at).is_not(None), col(Stranger.answered_at).is_(None))
    return select(col(Stranger.raised_at).label("at")).where(*waits).order_by(col(Stranger.raised_at)).limit(CAP)


def appeals() -> Select[Any]:
    """Posts that vanished or were changed, whose appeal nobody has closed."""
    since = col(Appeal.opened_at)
    return select(since.label("at")).where(col(Appeal.closed_at).is_(None)).order_by(since).limit(CAP)


def _is(state: State) -> ColumnElement[bool]:
    """Spelt out, so that the plan with the partial index holds for every call."""
    condition: ColumnElement[bool] = col(Post.state) == literal_column(f"'{state}'")
    return condition


def _old(column: Any, before: At) -> ColumnElement[bool]:
    return or_(col(column).is_(None), col(column) < before)
