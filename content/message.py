"""What staff queue, and the unchanging versions of it that people judge and workers send."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    bindparam,
    insert,
)
from sqlmodel import Field, Session, SQLModel, col, func, select

from content import given, people
from content.choosing import raise_all
from content.errors import Refusal
from content.many import insert_many
from content.ordering import Order as Order  # whoever queues gives one
from content.ordering import named, wrong
from content.organisation import of_ours, the_organisation
from content.people import Person
from content.showing import refs_in
from content.stock import OUTLINE, Stock, stock
from content.store import insert_new, json_field, now


class Message(SQLModel, table=True):
    """What staff queue; it draws on exactly one narrative."""

    __table_args__ = (UniqueConstraint("organisation_id", "ref"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    ref: str
    created_at: datetime


class Wording(SQLModel, table=True):
    """A message in one language as queued: which template, passages, accounts and times. `prepare` answers it.

    choices: {template, passages[], stance, quote, connectors{}, hashtags[], link, context, helpline} (refs);
    plan: {start, zone, rule, count, not_after, fold} as typed, local time.
    """

    __table_args__ = (UniqueConstraint("message_id", "language", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    language: str
    number: int
    choices: dict[str, Any] = json_field()
    accounts: list[str] = json_field()  # refs
    plan: dict[str, Any] = json_field()
    author_id: int = Field(foreign_key="person.id")
    translator_id: int | None = Field(default=None, foreign_key="person.id")
    queued_at: datetime
    answered_at: datetime | None = Field(default=None, index=True)
    refused: list[dict[str, str]] | None = json_field(nullable=True)  # [{code, message, todo}]


class Involvement(SQLModel, table=True):
    """Who wrote any version of a message can never judge one, and the other way round: one row a person."""

    __table_args__ = (
        PrimaryKeyConstraint("message_id", "person_id"),
        UniqueConstraint("message_id", "person_id", "side"),
        CheckConstraint("side IN ('wrote', 'judges')", name="side"),
    )
    message_id: int = Field(foreign_key="message.id")
    person_id: int = Field(foreign_key="person.id")
    side: str


class Version(SQLModel, table=True):
    """One message in one language, its leaves and its window. It never changes; an edit makes another."""

    __table_args__ = (
        UniqueConstraint("digest"),
        UniqueConstraint("digest", "message_id", "language"),
        UniqueConstraint("message_id", "language", "number"),
        UniqueConstraint("wording_id"),
        ForeignKeyConstraint(
            ["message_id", "author_id", "wrote"],
            ["involvement.message_id", "involvement.person_id", "involvement.side"],
            name="fk_version_author_wrote",
        ),
        ForeignKeyConstraint(
            ["message_id", "translator_id", "wrote"],
            ["involvement.message_id", "involvement.person_id", "involvement.side"],
            name="fk_version_translator_wrote",
        ),
        CheckConstraint("wrote = 'wrote'", name="wrote"),
        CheckConstraint("not_before <= not_after", name="window"),
        Index("ix_version_opens", "not_before", "id", "not_after"),  # the soonest first, page by page
    )
    id: int | None = Field(default=None, primary_key=True)
    digest: str
    message_id: int = Field(foreign_key="message.id", index=True)
    wording_id: int = Field(foreign_key="wording.id")
    language: str
    number: int
    author_id: int = Field(foreign_key="person.id")
    translator_id: int | None = Field(default=None, foreign_key="person.id")
    wrote: str = "wrote"
    not_before: datetime
    not_after: datetime
    window: dict[str, Any] = json_field()  # content.window.canonical(), as it entered the digest
    rendered_at: datetime


class Leaf(SQLModel, table=True):
    """The exact words one account will get."""

    __table_args__ = (
        UniqueConstraint("version_id", "account_id"),
        Index("ix_leaf_newest", "account_id", "version_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="version.id")
    account_id: int = Field(foreign_key="account.id", index=True)
    account_identity: str  # the remote identity these words were made for
    digest: str
    format: str
    length: int
    unit: str
    limit: int | None = None
    links: list[str] = json_field()
    card: dict[str, Any] | None = json_field(nullable=True)
    media: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))


class LeafPart(SQLModel, table=True):
    """The words of one piece of a thread, with where each stretch of them comes from."""

    __tablename__ = "leaf_part"
    __table_args__ = (PrimaryKeyConstraint("leaf_id", "index"),)
    leaf_id: int = Field(foreign_key="leaf.id")
    index: int
    text: str
    spans: list[list[Any]] = json_field()  # [start, end, kind, ref, source]


class Used(SQLModel, table=True):
    """Which passages, quotes, blocks and template a version stands on: where-used, tags, epochs."""

    __table_args__ = (
        PrimaryKeyConstraint("version_id", "kind", "ref", "number"),
        Index("ix_used_where", "kind", "ref", "version_id"),
    )
    version_id: int = Field(foreign_key="version.id")
    kind: str  # passage | quote | block | template
    ref: str = Field(index=True)
    number: int = 1
    material_id: int  # passage.id, quote.id, block.id, template_version.id


def queue(session: Session, author: Person, order: Order) -> Wording:
    """Queues a message in one language; a second order of the same message and language is its next number.

    Whoever judged any version of the message is refused (`message.judged`), as author, translator or writer.
    Everything else that is wrong comes together: campaign, narrative, language, accounts, times, and what
    choosing.choose refuses.
    """
    raise_all(queue_all(session, author, [order])[0])
    statement = (
        select(Wording)
        .join(Message, col(Message.id) == col(Wording.message_id))
        .where(Message.ref == order.message, Wording.language == order.language)
        .order_by(col(Wording.number).desc())
    )
    return session.exec(statement.limit(1)).one()


def queue_all(session: Session, author: Person, orders: Sequence[Order]) -> list[tuple[Refusal, ...]]:
    """Queues each order by itself, all of them in a few statements; says of each, in turn, why it was refused.

    Nothing is kept of a refused one. Raises Refusal `rights.role` where the author may queue nothing.
    """
    at = now(session)
    people.require(session, author, at, "message.queue")
    known = stock(
        session,
        the_organisation(session),
        campaigns=(order.campaign for order in orders),
        narratives=(order.narrative for order in orders),
        accounts=(ref for order in orders for ref in order.accounts),
        media=refs_in(order.choices for order in orders),
        only=OUTLINE,
    )
    named_people = people.by_refs(session, (ref for order in orders for ref in _others(order)))
    refused = [_refused(known, named_people, order, at) for order in orders]
    good = [order for order, why in zip(orders, refused, strict=True) if not why]
    desk = _Desk(session, author, known, named_people, good, at)
    answers = [why or desk.take(order) for order, why in zip(orders, refused, strict=True)]
    desk.keep()
    return answers


def _others(order: Order) -> list[str]:
    return [*([order.translator] if order.translator else []), *order.writers]


def _refused(known: Stock, named_people: Mapping[str, Person], order: Order, at: datetime) -> tuple[Refusal, ...]:
    """What is wrong with an order before anybody looks at the message it belongs to."""
    try:
        campaign, narrative = named(known, order)
        found = wrong(known, campaign, narrative, order, at)
        for ref in _others(order):
            people.known(named_people, ref)
    except Refusal as refusal:
        return (refusal,)
    return tuple(found)


class _Desk:
    """The messages that good orders belong to, locked until the commit, and the rows to be written for them."""

    def __init__(
        self,
        session: Session,
        author: Person,
        known: Stock,
        named_people: Mapping[str, Person],
        orders: Sequence[Order],
        at: datetime,
    ) -> None:
        self.session, self.author, self.known, self.people, self.at = session, author, known, named_people, at
        self.messages = _messages(session, known, orders, at)
        old = [row.id for row in self.messages.values() if not row.new]
        self.sides = _sides(session, old)
        self.numbers = _last_numbers(session, old)
        self.involved: dict[tuple[int, int], None] = {}
        self.wordings: list[tuple[Any, ...]] = []

    def take(self, order: Order) -> tuple[Refusal, ...]:
        """Makes the next number of its message and language, or says why not."""
        message = self.messages[order.message]
        campaign, narrative = named(self.known, order)
        if (message.campaign_id, message.narrative_id) != (campaign.id, narrative.id):
            return (_of_another(order.message),)
        writers = [self.author, *(self.people[ref] for ref in _others(order))]
        judges = [one for one in writers if self.sides.get((message.id, one.id or 0)) == "judges"]
        if judges:
            return (_has_judged(judges[0], order.message),)
        self.involved |= {(message.id, one.id or 0): None for one in writers}
        self.wordings.append(self._wording(message.id, order))
        return ()

    def _wording(self, message_id: int, order: Order) -> tuple[Any, ...]:
        number = self.numbers[message_id, order.language] = 1 + self.numbers.get((message_id, order.language), 0)
        translator = self.people[order.translator].id if order.translator else None
        accounts = list(dict.fromkeys(order.accounts))
        return message_id, order.language, number, dict(order.choices), accounts, dict(order.plan), translator

    def keep(self) -> None:
        """Writes who wrote what, and the wordings."""
        involved = [key for key in self.involved if key not in self.sides]
        connection, author = self.session.connection(), self.author.id
        insert_many(connection, insert(Involvement), ("message_id", "person_id"), involved, side="wrote")
        insert_many(connection, insert(Wording), _WORDED, self.wordings, author_id=author, queued_at=self.at)


_WORDED = ("message_id", "language", "number", "choices", "accounts", "plan", "translator_id")


def involve(session: Session, message: Message, person: Person, side: str) -> None:
    """Writes down on which side of a message somebody stands, for good. Refuses who stands on the other."""
    key = {"message_id": message.id, "person_id": person.id}
    found = session.get(Involvement, key)
    if found is None:
        session.add(Involvement(message_id=message.id or 0, person_id=person.id or 0, side=side))
        session.flush()
    elif found.side != side and side == "wrote":
        raise _has_judged(person, message.ref)
    elif found.side != side:
        raise Refusal(
            "verdict.own",
            f"{person.ref} wrote a version of {message.ref} and can never judge one.",
            "Ask a reviewer who wrote nothing of it.",
            message.ref,
        )


def version_of(session: Session, digest: str) -> Version:
    """The version with this digest, or with the one that begins so (eight signs at least)."""
    given = {"begins": digest, "ends": f"{digest}g"}
    found = session.exec(_version_like(), params=given).all() if len(digest) >= 8 else []
    if len(found) != 1:
        todo = "`counterpoint review list` shows the digests; eight signs are enough."
        raise Refusal("version.none", f"There is no one version {digest}.", todo)
    version: Version = found[0]
    return version


@cache
def _version_like() -> Any:
    """By its index: digests are written in 0 to f, so whatever begins like one lies before that one with a g."""
    begins, ends = col(Version.digest) >= bindparam("begins"), col(Version.digest) < bindparam("ends")
    mine = select(Version).join(Message, col(Message.id) == col(Version.message_id))
    return mine.where(begins, ends, of_ours(Message.organisation_id)).limit(2)


def newest(session: Session, version: Version) -> int:
    """The newest number of this message and language: made, or queued and not answered yet."""
    found = session.execute(_NEWEST, {"message": version.message_id, "language": version.language}).one()
    return max(found[0] or 0, found[1] or 0)


def _number(table: Any) -> Any:
    same = (table.message_id == bindparam("message"), table.language == bindparam("language"))
    return select(func.max(table.number)).where(*same)


_QUEUED = _number(Wording).where(col(Wording.answered_at).is_(None))
_NEWEST = select(_number(Version).scalar_subquery(), _QUEUED.scalar_subquery())


class _Standing(NamedTuple):
    """A message that orders belong to; new: made for them just now."""

    id: int
    campaign_id: int
    narrative_id: int
    new: bool


def _messages(session: Session, known: Stock, orders: Sequence[Order], at: datetime) -> dict[str, _Standing]:
    """The messages of these names, locked until the commit; made where there is none yet, for the first order of it."""
    organisation = known.organisation.id or 0
    found = _standing(session, organisation, [order.message for order in orders])
    wanted = {order.message: order for order in reversed(orders) if order.message not in found}
    if wanted:
        values = [(*_ids(known, order), ref) for ref, order in sorted(wanted.items())]
        into = insert_new(session, Message).returning(
            col(Message.id), col(Message.ref), col(Message.campaign_id), col(Message.narrative_id)
        )
        names = ("campaign_id", "narrative_id", "ref")
        made = insert_many(session.connection(), into, names, values, organisation_id=organisation, created_at=at)
        found |= {row[1]: _Standing(row[0], row[2], row[3], True) for row in made}
    return found | _standing(session, organisation, wanted.keys() - found.keys())  # those another was quicker to make


def _ids(known: Stock, order: Order) -> tuple[int, int]:
    campaign, narrative = named(known, order)
    return campaign.id or 0, narrative.id or 0


def _standing(session: Session, organisation_id: int, refs: Collection[str]) -> dict[str, _Standing]:
    if not refs:
        return {}
    statement = (
        select(Message.ref, Message.id, Message.campaign_id, Message.narrative_id)
        .where(Message.organisation_id == organisation_id, given.among(Message.ref, "refs", str))
        .order_by(Message.ref)
        .with_for_update()
    )
    rows = session.exec(statement, params={"refs": set(refs)})
    return {row[0]: _Standing(row[1] or 0, row[2], row[3], False) for row in rows}


def _sides(session: Session, message_ids: Collection[int]) -> dict[tuple[int, int], str]:
    """On which side of these messages who stands."""
    statement = select(Involvement.message_id, Involvement.person_id, Involvement.side)
    rows = session.exec(statement.where(given.among(Involvement.message_id, "ids")), params={"ids": message_ids})
    return {(message, person): side for message, person, side in rows}


def _last_numbers(session: Session, message_ids: Collection[int]) -> dict[tuple[int, str], int]:
    statement = (
        select(Wording.message_id, Wording.language, func.max(Wording.number))
        .where(given.among(Wording.message_id, "ids"))
        .group_by(col(Wording.message_id), col(Wording.language))
    )
    rows = session.exec(statement, params={"ids": message_ids})
    return {(message, language): number for message, language, number in rows}


def _of_another(ref: str) -> Refusal:
    return Refusal(
        "message.other",
        f"{ref} already stands for another campaign or narrative.",
        "Give this message a name of its own.",
        ref,
    )


def _has_judged(person: Person, ref: str) -> Refusal:
    return Refusal(
        "message.judged",
        f"{person.ref} has judged a version of {ref} and can never write one.",
        "Let somebody write it who did not.",
        ref,
    )
