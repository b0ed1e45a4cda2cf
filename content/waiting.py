"""What waits for one reviewer: the words they may judge, and what is missing of each quorum."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Index,
    Integer,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy import select as rows
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content import people, taking
from content.evaluation import counts_now
from content.given import among
from content.message import Involvement, Message, Version
from content.organisation import Organisation, of_ours
from content.page import LIMIT, MOST, Page, place, sign
from content.people import Person
from content.permission import REVIEWERS
from content.quorum import TIERS, Seats
from content.review import Evaluation
from content.rounds import Round, rounds
from content.store import now
from content.taking import Held

LOOKS = 6  # times a page's worth of candidates is looked through before a short page is shown
RENEWAL = timedelta(days=7)  # how long before its end a clearance is offered for renewal


def _where(words: str) -> dict[str, Any]:
    return {f"{dialect}_where": text(words) for dialect in ("sqlite", "postgresql")}


class Waits(SQLModel, table=True):
    """A version at which a reviewer may have to look, the newest of its message and language; all others have no row.

    cleared_until: None where somebody may have to look now; else the end of a clearance that ends before the window
    does, for then it is to be renewed. language: the version's, for whoever wants the words of one alone. The database
    keeps these rows (content/migrations/waits.py); what stands in one too many is left out by whoever reads the list.
    `tidy` takes out what is over.
    """

    __table_args__ = (
        Index("ix_waits_now", "not_before", "version_id", **_where("cleared_until IS NULL")),
        Index("ix_waits_language", "language", "not_before", "version_id", **_where("cleared_until IS NULL")),
        Index("ix_waits_later", "cleared_until", **_where("cleared_until IS NOT NULL")),
    )
    version_id: int = Field(primary_key=True, foreign_key="version.id")
    cleared_until: datetime | None = None
    not_before: datetime
    not_after: datetime = Field(index=True)
    language: str | None = None


class WaitsAt(SQLModel, table=True):
    """The same by account: a row for each leaf of a version that has a row there. The database keeps these, too."""

    __tablename__ = "waits_at"
    __table_args__ = (Index("ix_waits_at_account", "account_id", "not_before"),)
    leaf_id: int = Field(primary_key=True, foreign_key="leaf.id")
    version_id: int = Field(foreign_key="version.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    campaign_id: int = Field(foreign_key="campaign.id")
    language: str
    not_before: datetime
    not_after: datetime


def untidy(session: Session) -> bool:
    """Whether `tidy` would find anything."""
    found = (exists().where(one) for one in _over_or_ending(now(session)))
    return bool(session.execute(rows(or_(*found))).scalar())


def tidy(session: Session) -> int:
    """Takes out what waits for nobody any more, its window being over; what is to be renewed waits now. How many."""
    over, ending = _over_or_ending(now(session))
    gone = session.execute(delete(Waits).where(over))
    come = session.execute(update(Waits).where(ending).values(cleared_until=None))
    return sum(one.rowcount for one in (gone, come))  # type: ignore[attr-defined]  # a DELETE and an UPDATE count


def _over_or_ending(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return operator.lt(col(Waits.not_after), at), operator.lt(col(Waits.cleared_until), at + RENEWAL)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One version that this person may judge. roles: in which they would answer; missing: of the whole quorum.

    evaluation: the id a verdict names; blocks: findings that stop it, so that it can only be sent back;
    renewal: it is cleared, and that ends before its window does; since: when these words were made.
    """

    digest: str
    message: str
    language: str
    number: int
    round: int
    tier: int
    roles: tuple[str, ...]
    missing: tuple[str, ...]
    evaluation: int
    blocks: int
    not_before: datetime
    not_after: datetime
    since: datetime
    renewal: bool = False
    holder: str = ""
    held_until: datetime | None = None

    @property
    def by(self) -> datetime:
        """Until when all must have answered for it to go at the first time it was planned for."""
        return self.not_before - TIERS[self.tier].wait

    @property
    def last(self) -> datetime:
        """Until when they must have answered for it to go at all."""
        return self.not_after - TIERS[self.tier].wait


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the list is wanted; "", 0 and False for all of it. age: hours that it waits already; mine: in hand."""

    role: str = ""
    tier: int = 0
    language: str = ""
    age: int = 0
    mine: bool = False

    @property
    def sifts(self) -> bool:
        """Whether many words must be looked at for few, none of an index."""
        return bool(self.tier or self.age)

    def words(self, version: Any, tier: int, at: datetime) -> bool:
        """Whether words, or their row, are among it, before anybody looks where their review stands."""
        return (
            self.tier in (0, tier)
            and self.language in ("", version.language)
            and version.rendered_at <= at - timedelta(hours=self.age)
        )


_ALL = Choice()


def waiting(session: Session, person: Person) -> list[Waiting]:
    """What this person may judge now, the soonest first; the first MOST of it."""
    return list(waiting_page(session, person, limit=MOST).items)


def waiting_page(
    session: Session,
    person: Person,
    after: str = "",
    limit: int = LIMIT,
    choice: Choice = _ALL,
    *,
    holders: bool = True,
) -> Page[Waiting]:
    """The same page by page. A page may be shorter than asked for and still have a next one.

    holders: False for whoever does not tell who has which words in hand.
    """
    at = now(session)
    people.require(session, person, at, "waiting.read")
    reader = _Reader(session, person, choice, at)
    where, found = place(after, datetime.fromisoformat, int), list[tuple[Version, Waiting]]()
    each, looks = (LOOKS * (limit + 1), 1) if choice.sifts else (limit + 1, LOOKS)
    for _ in range(looks):
        rows = _open(session, reader, where, each)
        chosen = [row.version_id for row in rows if choice.words(row, row.tier, at)]
        for start in range(0, len(chosen), limit + 1):
            found += reader.lines(chosen[start : start + limit + 1], holders)
            if len(found) > limit:
                return Page(tuple(line for _, line in found[:limit]), _sign(found[limit - 1][0]))
        if len(rows) < each:
            return Page(tuple(line for _, line in found))
        where = (rows[-1].not_before, rows[-1].version_id)
    return Page(tuple(line for _, line in found), sign(*where) if where else "")


class _Reader:
    """Whoever looks at the list, with what they hold and what of it they want."""

    def __init__(self, session: Session, person: Person, choice: Choice, at: datetime) -> None:
        self.session, self.person, self.choice, self.at = session, person, choice, at
        self.roles = people.roles(session, person.id or 0, at)
        self.mine = taking.in_hand(session, person, at) if choice.mine else None

    def lines(self, ids: Sequence[int], holders: bool) -> list[tuple[Version, Waiting]]:
        """Those of these words that wait for this person, in the order given."""
        refs = {version.id: (version, ref) for version, ref in self.session.exec(_NAMED, params={"ids": ids})}
        rows = [refs[key] for key in ids]
        states = rounds(self.session, [version for version, _ in rows], self.at, listed=True)
        held = taking.held(self.session, {*states}, self.at) if holders else {}
        found = ((version, self._line(states[version.digest], ref, held)) for version, ref in rows)
        return [(version, line) for version, line in found if line is not None]

    def _line(self, review: Round, message: str, held: Mapping[str, Held]) -> Waiting | None:
        if review.evaluation is None or review.sent_back is not None:
            return None
        again, version = renewal(review, self.at), review.version
        fresh = review.next() if again else review
        missing, roles = _missing(fresh), answering(review, self.roles, self.person, self.at)
        if not missing or not roles or (self.choice.role and self.choice.role not in roles):
            return None
        holder = held.get(version.digest)
        return Waiting(
            digest=version.digest,
            message=message,
            language=version.language,
            number=version.number,
            round=fresh.number,
            tier=review.evaluation.tier,
            roles=roles,
            missing=missing,
            evaluation=review.evaluation.id or 0,
            blocks=review.evaluation.blocks,
            not_before=version.not_before,
            not_after=version.not_after,
            since=version.rendered_at,
            renewal=again,
            holder=holder.name if holder else "",
            held_until=holder.until if holder else None,
        )


def _sign(version: Version) -> str:
    return sign(version.not_before, version.id or 0)


_NAMED = (
    select(Version, Message.ref)
    .options(defer(Version.window))  # type: ignore[arg-type]  # a column, which no list looks into
    .join(Message, col(Message.id) == col(Version.message_id))
    .where(among(Version.id, "ids"))
)


def _open(session: Session, reader: _Reader, after: tuple[Any, ...] | None, limit: int) -> Sequence[Any]:
    """Versions with an open window whose message this person did not write, the soonest first, as few columns: what
    waits now, and what is to be renewed; each by its own index, then put in one order."""
    since, number = after or (None, None)
    given = {
        "at": reader.at, "person": reader.person.id, "ending": reader.at + RENEWAL, "language": reader.choice.language,
        "since": since, "number": number, "mine": reader.mine or (),
    }  # fmt: skip
    asked = _judgeable(limit, bool(reader.choice.language), reader.mine is not None, after is not None)
    named = {name: given[name] for name in asked.names}
    return session.connection().execute(asked.statement, named).all()


_PLACE = (col(Waits.not_before), col(Waits.version_id))


class _Judgeable(NamedTuple):
    """A statement, and the names of what it is to be given."""

    statement: Any
    names: tuple[str, ...]


@lru_cache(64)
def _judgeable(limit: int, language: bool, mine: bool, after: bool) -> _Judgeable:
    """Built once, for every sheet asks for its neighbours. The number is spelt out, for whoever plans it."""
    most = literal_column(str(limit), Integer())
    until = col(Waits.cleared_until)
    some = _some()
    if language:
        some = some.where(col(Waits.language) == bindparam("language"))
    if mine:
        some = some.where(among(Version.digest, "mine", str))
    if after:
        here = tuple_(bindparam("since", type_=UTCDateTime()), bindparam("number", type_=Integer()))
        some = some.where(tuple_(*_PLACE) > here)
    kinds = (until.is_(None), until < bindparam("ending", type_=UTCDateTime()))
    few = [some.where(which).order_by(*_PLACE).limit(most).subquery() for which in kinds]
    both = union_all(*(rows(*one.c) for one in few)).order_by("not_before", "version_id").limit(most)
    names = {"language": language, "mine": mine, "since": after, "number": after}
    return _Judgeable(both, ("at", "person", "ending", *(name for name, wanted in names.items() if wanted)))


def _some() -> Any:
    # One row at most, by its key. By EXISTS it would be one table more to find the best order for: PostgreSQL planned
    # three milliseconds for a third of one to read, now one. IS NULL it takes for rare, and begins with every version.
    wrote = rows(col(Involvement.side)).where(
        col(Involvement.message_id) == col(Version.message_id),
        col(Involvement.person_id) == bindparam("person"),
        col(Involvement.side) == "wrote",
    )
    return (
        rows(*_PLACE, col(Version.language), col(Version.rendered_at), col(Evaluation.tier))
        .select_from(Waits)
        .join(Version, col(Version.id) == col(Waits.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .join(Evaluation, (col(Evaluation.digest) == col(Version.digest)) & counts_now())
        .where(col(Waits.not_after) >= bindparam("at", type_=UTCDateTime()), of_ours(Message.organisation_id))
        .where(func.coalesce(wrote.scalar_subquery(), "") != "wrote")
    )


def renewal(review: Round, at: datetime) -> bool:
    """Whether these words were cleared, and are to be cleared afresh: that is over, or will be before their window."""
    return review.over or (review.standing and not review.late and _ending(review, at))


def answering(review: Round, held: frozenset[str], person: Person, at: datetime) -> tuple[str, ...]:
    """The roles in which this person, who holds those, would answer now."""
    fresh = review.next() if renewal(review, at) else review
    return _able(fresh, held, _missing(fresh), {one.role for one in fresh.given if one.reviewer_id == person.id})


def _ending(review: Round, at: datetime) -> bool:
    return review.last is not None and review.last.valid_until < min(review.version.not_after, at + RENEWAL)


def _missing(review: Round) -> tuple[str, ...]:
    if review.standing:
        return review.late
    found = review.seats()
    return () if isinstance(found, Seats) else found


def _able(review: Round, held: frozenset[str], missing: Iterable[str], given: set[str]) -> tuple[str, ...]:
    """The roles this person holds, has not answered in, and that something missing asks for."""
    language = f"language:{review.version.language}"
    able = [role for role in REVIEWERS if (language if role == "language" else role) in held and role not in given]
    words = {word.removeprefix("second ") for word in missing}
    asked = set(review.wanted().roles) if "another person" in words and not given else words
    return tuple(role for role in able if role in asked)
