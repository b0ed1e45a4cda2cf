"""A narrative: our record of one person's published testimony, or of an aggregate finding; passages, exposures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, tuple_
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.given import among
from content.once import once
from content.organisation import ours
from content.page import LIMIT, Page, place, sign
from content.store import json_field

THEMES = ("infighting", "brutality", "corrupt_unislamic", "quality_of_life")
_RISKS = "('low', 'medium', 'high')"


class Narrative(SQLModel, table=True):
    """A message draws on exactly one. `public_ref` is random: outsiders may quote it, and it groups nothing."""

    __table_args__ = (
        UniqueConstraint("organisation_id", "ref"),
        UniqueConstraint("public_ref"),
        Index("ix_narrative_theme", "organisation_id", "theme", "ref"),
        CheckConstraint("theme IN ('" + "', '".join(THEMES) + "')", name="theme"),
        CheckConstraint("kind IN ('individual', 'aggregate')", name="kind"),
        CheckConstraint(f"reprisal_risk IN {_RISKS}", name="reprisal_risk"),
        CheckConstraint(f"legal_exposure IN {_RISKS}", name="legal_exposure"),
        CheckConstraint("mosaic_budget >= 0", name="mosaic_budget"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    ref: str
    public_ref: str
    theme: str
    secondary: list[str] = json_field()
    kind: str
    display_label: dict[str, str] = json_field()  # language -> the approved way to refer to the person
    source_line: dict[str, str] = json_field()  # language -> the line rendered under the words
    reprisal_risk: str = "high"
    legal_exposure: str = "high"
    minor_at_events: bool | None = None  # unknown counts as True
    family_in_reach: bool | None = None  # set by the keeper; unknown = ask
    identifiable: bool = False
    open_proceedings: bool = False
    disclosure: str = "country"  # the finest place precision that may be said
    mosaic_budget: int = 3
    first_publisher: str = ""
    first_published: int | None = None  # year
    verification: str = ""
    summary: str = ""  # the editor's, for staff; never published
    editor_notes: str = ""
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime


class Source(SQLModel, table=True):
    """Where the testimony was published, and what that page itself discloses about the person."""

    __table_args__ = (UniqueConstraint("narrative_id", "ref"),)
    id: int | None = Field(default=None, primary_key=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    ref: str
    publisher: str
    year: int | None = None
    url: str
    locator: str = ""
    attributes: list[str] = json_field()


class Quote(SQLModel, table=True):
    """A verbatim fragment with its language and source; a translation stands as a quote only once approved."""

    __table_args__ = (UniqueConstraint("narrative_id", "ref"),)
    id: int | None = Field(default=None, primary_key=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    ref: str
    text: str
    language: str
    original_language: str
    is_translation: bool = False
    approved: bool = True
    source_ref: str


def sources_of(session: Session, narrative: Narrative) -> Sequence[Source]:
    """Where its account was published, in the order in which that was entered."""
    mine = select(Source).where(Source.narrative_id == narrative.id).order_by(col(Source.id))
    return once(session, ("sources", narrative.id), lambda: session.exec(mine).all())


def uses_of(quotes: Iterable[Any]) -> frozenset[str]:
    """What words with these quotes (Quote, or rows that say is_translation) need consent for: text, verbatim …"""
    held = list(quotes)
    wanted = {"text": True, "verbatim": bool(held), "translated": any(quote.is_translation for quote in held)}
    return frozenset(use for use, needed in wanted.items() if needed)


class Passage(SQLModel, table=True):
    """A whole sentence or paragraph, versioned; it never changes. What people tagged it with: clearing.py."""

    __table_args__ = (
        UniqueConstraint("narrative_id", "ref", "number"),
        CheckConstraint("kind IN ('account', 'stance')", name="kind"),
    )
    id: int | None = Field(default=None, primary_key=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    ref: str
    number: int = 1
    kind: str = "account"
    language: str
    text: str
    gloss: str = ""  # in the team's language
    quotes: list[str] = json_field()  # refs of the quotes it holds verbatim
    claims: list[dict[str, Any]] = json_field()  # {text, source, locator}
    proposed_tags: dict[str, Any] = json_field()
    sha256: str
    entered_by: int = Field(foreign_key="person.id")
    created_at: datetime


class Exposure(SQLModel, table=True):
    """An identifying attribute of a narrative made public once; exposures never shrink."""

    __table_args__ = (PrimaryKeyConstraint("narrative_id", "attribute"),)
    narrative_id: int = Field(foreign_key="narrative.id")
    attribute: str
    post_id: int | None = Field(default=None, foreign_key="post.id")
    at: datetime


def exposed(session: Session, narrative_id: int) -> frozenset[str]:
    """What was ever made public of a narrative's person."""
    return frozenset(session.exec(select(Exposure.attribute).where(Exposure.narrative_id == narrative_id)))


def narrative_of(session: Session, ref: str) -> Narrative:
    """The narrative with this reference. Refuses an unknown one."""
    found = session.exec(select(Narrative).where(Narrative.organisation_id == ours(), Narrative.ref == ref)).first()
    if found is None:
        raise Refusal("narrative.none", f"There is no narrative {ref}.", "Look at its spelling, or import it first.")
    return found


def labels(session: Session, refs: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """How the people of these narratives are called, by reference."""
    statement = select(Narrative.ref, Narrative.display_label).where(Narrative.organisation_id == ours())
    wanted = sorted({ref for ref in refs if ref})
    found = session.exec(statement.where(among(Narrative.ref, "refs", str)), params={"refs": wanted}) if wanted else ()
    return dict(iter(found))


def narratives_page(session: Session, after: str = "", limit: int = LIMIT) -> Page[Narrative]:
    """Narratives by theme and reference, a page at a time."""
    statement = select(Narrative).where(Narrative.organisation_id == ours())
    statement = statement.order_by(col(Narrative.theme), col(Narrative.ref)).limit(limit + 1)
    where = place(after, str, str)
    if where is not None:
        statement = statement.where(tuple_(col(Narrative.theme), col(Narrative.ref)) > where)
    rows = session.exec(statement).all()
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), sign(rows[limit - 1].theme, rows[limit - 1].ref) if more else "")
