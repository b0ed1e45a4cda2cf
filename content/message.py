"""What staff queue, and the unchanging versions of it that people judge and workers send."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from content import people
from content.campaign import Campaign
from content.choosing import choose, raise_all
from content.errors import Refusal, Refusals
from content.formats import FORMATS
from content.narrative import Narrative
from content.organisation import Account, the_organisation
from content.people import Person
from content.store import json_field, now
from content.window import Window, parse_window


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

    __table_args__ = (UniqueConstraint("version_id", "account_id"),)
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

    __table_args__ = (PrimaryKeyConstraint("version_id", "kind", "ref", "number"),)
    version_id: int = Field(foreign_key="version.id")
    kind: str  # passage | quote | block | template
    ref: str = Field(index=True)
    number: int = 1
    material_id: int  # passage.id, quote.id, block.id, template_version.id


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody queues. choices and plan as in Wording; accounts: refs; writers: refs of others who wrote it."""

    message: str
    campaign: str
    narrative: str
    language: str
    choices: Mapping[str, Any]
    accounts: Sequence[str]
    plan: Mapping[str, Any]
    translator: str | None = None
    writers: Sequence[str] = field(default=())


def queue(session: Session, author: Person, order: Order) -> Wording:
    """Queues a message in one language; a second order of the same message and language is its next number.

    Whoever judged any version of the message is refused (`message.judged`), as author, translator or writer.
    Everything else that is wrong comes together: campaign, narrative, language, accounts, times, and what
    choosing.choose refuses.
    """
    at = now(session)
    people.require(session, author, at, "author", "translator")
    campaign, narrative = named(session, order)
    refusals = [*_misplaced(session, campaign, order), *_unmade(session, campaign, narrative, order, at)]
    translator = people.by_ref(session, order.translator) if order.translator else None
    others = [people.by_ref(session, ref) for ref in order.writers]
    raise_all(refusals)
    message = _message(session, order.message, campaign, narrative, at)
    for person in (author, translator, *others):
        if person is not None:
            involve(session, message, person, "wrote")
    wording = Wording(
        message_id=message.id or 0,
        language=order.language,
        number=1 + _last_number(session, message, order.language),
        choices=dict(order.choices),
        accounts=list(dict.fromkeys(order.accounts)),
        plan=dict(order.plan),
        author_id=author.id or 0,
        translator_id=translator.id if translator else None,
        queued_at=at,
    )
    session.add(wording)
    session.flush()
    return wording


def involve(session: Session, message: Message, person: Person, side: str) -> None:
    """Writes down on which side of a message somebody stands, for good. Refuses who stands on the other."""
    key = {"message_id": message.id, "person_id": person.id}
    found = session.get(Involvement, key)
    if found is None:
        session.add(Involvement(message_id=message.id or 0, person_id=person.id or 0, side=side))
        session.flush()
    elif found.side != side and side == "wrote":
        raise Refusal(
            "message.judged",
            f"{person.ref} has judged a version of {message.ref} and can never write one.",
            "Let somebody write it who did not.",
            message.ref,
        )
    elif found.side != side:
        raise Refusal(
            "verdict.own",
            f"{person.ref} wrote a version of {message.ref} and can never judge one.",
            "Ask a reviewer who wrote nothing of it.",
            message.ref,
        )


def planned_window(plan: Mapping[str, Any], at: datetime) -> Window:
    """The window a plan asks for, counted from `at`. Raises Refusal `window.*`."""
    start = plan.get("start")
    if not start:
        raise Refusal("window.no_start", "The plan says no time.", "Give a local time such as 2027-03-01 10:00.")
    return parse_window(
        str(start),
        str(plan.get("zone") or ""),
        rule=str(plan.get("rule") or ""),
        count=plan.get("count"),
        until=plan.get("until"),
        not_after=plan.get("not_after"),
        fold=plan.get("fold"),
        now=at,
    )


def version_of(session: Session, digest: str) -> Version:
    """The version with this digest, or with the one that begins so (eight signs at least)."""
    statement = select(Version).where(col(Version.digest).startswith(digest, autoescape=True)).limit(2)
    found = session.exec(statement).all() if len(digest) >= 8 else []
    if len(found) != 1:
        raise Refusal(
            "version.none",
            f"There is no one version {digest}.",
            "`counterpoint review list` shows the digests; eight signs are enough.",
        )
    return found[0]


def accounts_of(session: Session, organisation_id: int, refs: Iterable[str]) -> dict[str, Account]:
    """The organisation's accounts by ref."""
    statement = select(Account).where(Account.organisation_id == organisation_id, col(Account.ref).in_(list(refs)))
    return {row.ref: row for row in session.exec(statement)}


def named(session: Session, order: Order) -> tuple[Campaign, Narrative]:
    """The campaign and the narrative that an order names. Refuses unknown ones."""
    organisation = the_organisation(session)
    campaign = session.exec(
        select(Campaign).where(Campaign.organisation_id == organisation.id, Campaign.ref == order.campaign)
    ).first()
    narrative = session.exec(
        select(Narrative).where(Narrative.organisation_id == organisation.id, Narrative.ref == order.narrative)
    ).first()
    if campaign is None:
        raise _unknown("campaign", order.campaign, order)
    if narrative is None:
        raise _unknown("narrative", order.narrative, order)
    return campaign, narrative


def _unknown(what: str, ref: str, order: Order) -> Refusal:
    return Refusal(f"message.{what}", f"There is no {what} {ref}.", "Import it first.", order.message)


def _misplaced(session: Session, campaign: Campaign, order: Order) -> list[Refusal]:
    """What is wrong with where the message is to go."""
    found = []
    if order.language not in campaign.languages:
        found.append(
            Refusal(
                "message.language",
                f"{campaign.ref} does not speak “{order.language}” (only {', '.join(campaign.languages)}).",
                "Choose another campaign, or add the language to it.",
                order.message,
            )
        )
    if not order.accounts:
        found.append(Refusal("message.accounts", "No account is named.", "Choose at least one.", order.message))
    known = accounts_of(session, campaign.organisation_id, order.accounts)
    problems = ((ref, _unusable(known.get(ref), ref, campaign, order.language)) for ref in order.accounts)
    return found + [Refusal("message.account", words, _OTHER_ACCOUNT, order.message) for _, words in problems if words]


_OTHER_ACCOUNT = "Choose one of the campaign's accounts that is in use."


def _unusable(account: Account | None, ref: str, campaign: Campaign, language: str) -> str:
    if account is None:
        return f"There is no account {ref}."
    if ref not in campaign.accounts:
        return f"The account {ref} does not belong to {campaign.ref}."
    if account.disabled_at is not None:
        return f"The account {ref} is switched off."
    if account.format not in FORMATS:
        return f"The account {ref} has a format nobody knows ({account.format})."
    if account.languages and language not in account.languages:
        return f"The account {ref} does not speak “{language}”."
    return ""


def _unmade(session: Session, campaign: Campaign, narrative: Narrative, order: Order, at: datetime) -> list[Refusal]:
    """What is wrong with the words and the times."""
    found: list[Refusal] = []
    for step in (
        lambda: choose(session, campaign, narrative, order.language, order.choices),
        lambda: planned_window(order.plan, at),
    ):
        try:
            step()
        except Refusal as refusal:
            found.append(refusal)
        except Refusals as several:
            found += several.refusals
    return found


def _message(session: Session, ref: str, campaign: Campaign, narrative: Narrative, at: datetime) -> Message:
    """The message of this name, locked until the commit; made where there is none yet."""
    statement = select(Message).where(Message.organisation_id == campaign.organisation_id, Message.ref == ref)
    found = session.exec(statement.with_for_update()).first()
    if found is None:
        found = Message(
            organisation_id=campaign.organisation_id,
            campaign_id=campaign.id or 0,
            narrative_id=narrative.id or 0,
            ref=ref,
            created_at=at,
        )
        session.add(found)
        session.flush()
    if (found.campaign_id, found.narrative_id) != (campaign.id, narrative.id):
        raise Refusal(
            "message.other",
            f"{ref} already stands for another campaign or narrative.",
            "Give this message a name of its own.",
            ref,
        )
    return found


def _last_number(session: Session, message: Message, language: str) -> int:
    statement = select(func.max(Wording.number)).where(Wording.message_id == message.id, Wording.language == language)
    return session.exec(statement).one() or 0
