"""What staff queue, and the unchanging versions of it that people judge and workers send."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from content.store import json_field


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
