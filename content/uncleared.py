"""What waits to be cleared: for one person page by page, and one piece of it with all that its answer stands on.

Whoever reads here may tag next, so nothing of what somebody else tagged, or a file proposed as tags, is shown.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, PrimaryKeyConstraint, case, exists, or_, tuple_
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col, select

from content import people
from content.block import Block
from content.clearing import Clearing, Material, material
from content.narrative import Narrative, Passage, Quote, Source
from content.organisation import ours
from content.page import LIMIT, MOST, Page, place, sign
from content.people import Person
from content.store import now
from content.template_version import TemplateVersion

Key = tuple[str, int]


class Uncleared(SQLModel, table=True):
    """The newest version of a piece of material that lacks an answer; all others have no row.

    content, safeguarding: whether that role must still clear it. The database keeps these rows
    (content/migrations/uncleared.py).
    """

    __table_args__ = (
        PrimaryKeyConstraint("kind", "material_id"),
        Index("ix_uncleared_since", "since", "kind", "material_id"),
    )
    kind: str
    material_id: int
    entered_by: int = Field(foreign_key="person.id")
    since: datetime
    content: bool
    safeguarding: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One version of a passage, block or template, as its words stand. sort: a passage's or a block's kind, or ''."""

    kind: str
    ref: str
    number: int
    sort: str
    language: str
    text: str
    gloss: str
    since: datetime

    @property
    def version(self) -> str:
        """The reference of exactly these words."""
        return f"{self.ref}@{self.number}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece beside what it stands on. label: how the person is called; facts: name and value, as entered;
    quotes, claims, sources: of a passage. own: this person entered it; answered: they have answered; newer: a newer
    version stands; needs: the roles that clear it."""

    piece: Piece
    needs: frozenset[str]
    own: bool
    answered: bool
    newer: bool
    label: Mapping[str, str]
    facts: tuple[tuple[str, str], ...]
    quotes: tuple[Quote, ...]
    claims: tuple[Mapping[str, Any], ...]
    sources: tuple[Source, ...]


def waiting_page(session: Session, person: Person, after: str = "", limit: int = LIMIT) -> Page[Piece]:
    """What this person may clear, the oldest first, a page at a time."""
    at = now(session)
    people.require(session, person, at, "material.clear")
    where = place(after, datetime.fromisoformat, str, int)
    found = _open(session, person, people.roles(session, person.id or 0, at), where, limit + 1)
    pieces = _pieces(session, [(one.kind, one.material_id) for one in found[:limit]])
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(pieces), sign(last.since, last.kind, last.material_id) if last else "")


def waiting(session: Session, person: Person) -> list[dict[str, str]]:
    """The first MOST of it as plain records, for the command line."""
    found = waiting_page(session, person, limit=MOST).items
    names = ("kind", "ref", "language", "text", "gloss")
    return [{name: getattr(piece, name) for name in names} for piece in found]


def evidence(session: Session, person: Person, kind: str, ref: str) -> Evidence:
    """One piece, whoever asks being one who clears. Refuses an unknown one (`material.none`)."""
    people.require(session, person, now(session), "material.clear")
    what = material(session, kind, ref)
    piece = _pieces(session, [(kind, what.id)])[0]
    mine = exists().where(
        col(Clearing.kind) == kind, col(Clearing.material_id) == what.id, col(Clearing.person_id) == person.id
    )
    told = _of_passage(session, what) if kind == "passage" else _Told()
    return Evidence(
        piece=piece,
        needs=what.needed,
        own=what.entered_by == person.id,
        answered=bool(session.exec(select(mine)).one()),
        newer=material(session, kind, piece.ref).id != what.id,
        facts=_facts(session, kind, what.id),
        label=told.label,
        quotes=told.quotes,
        claims=told.claims,
        sources=told.sources,
    )


def _open(
    session: Session, person: Person, held: Collection[str], after: tuple[Any, ...] | None, limit: int
) -> Sequence[Uncleared]:
    answered = exists().where(
        col(Clearing.kind) == col(Uncleared.kind), col(Clearing.material_id) == col(Uncleared.material_id),
        col(Clearing.person_id) == person.id,
    )  # fmt: skip
    order = (col(Uncleared.since), col(Uncleared.kind), col(Uncleared.material_id))
    statement = (
        select(Uncleared)
        .where(or_(*_wanted(held)), col(Uncleared.entered_by) != person.id, ~answered, _home() == ours())
        .order_by(*order)
        .limit(limit)
    )
    return session.exec(statement if after is None else statement.where(tuple_(*order) > after)).all()


def _wanted(held: Collection[str]) -> list[ColumnElement[bool]]:
    return [col(getattr(Uncleared, role)).is_(True) for role in ("content", "safeguarding") if role in held]


def _home() -> ColumnElement[Any]:
    """Whose it is, looked up a piece at a time: asked whether it exists, PostgreSQL reads every passage there is."""
    kind, key = col(Uncleared.kind), col(Uncleared.material_id)
    block = rows(col(Block.organisation_id)).where(col(Block.id) == key)
    template = rows(col(TemplateVersion.organisation_id)).where(col(TemplateVersion.id) == key)
    told = rows(col(Narrative.organisation_id)).join(Passage, col(Passage.narrative_id) == col(Narrative.id))
    passage = told.where(col(Passage.id) == key)
    of = {"block": block, "template": template, "passage": passage}
    return case({name: one.scalar_subquery() for name, one in of.items()}, value=kind)


def _pieces(session: Session, keys: Sequence[Key]) -> list[Piece]:
    """The pieces in the order of the keys; a query a kind."""
    found: dict[Key, Piece] = {}
    for kind, read in _READ.items():
        if ids := [key for one, key in keys if one == kind]:
            found |= {(kind, key): piece for key, piece in read(session, ids)}
    return [found[key] for key in keys]


def _passages(session: Session, ids: Collection[int]) -> Iterable[tuple[int, Piece]]:
    of = col(Narrative.id) == col(Passage.narrative_id)
    statement = select(Passage, Narrative.ref).join(Narrative, of).where(col(Passage.id).in_(ids))
    for row, ref in session.exec(statement):
        name = f"{ref}/{row.ref}"
        piece = Piece("passage", name, row.number, row.kind, row.language, row.text, row.gloss, row.created_at)
        yield row.id or 0, piece


def _blocks(session: Session, ids: Collection[int]) -> Iterable[tuple[int, Piece]]:
    for row in session.exec(select(Block).where(col(Block.id).in_(ids))):
        yield (
            row.id or 0,
            Piece("block", row.ref, row.number, row.kind, row.language, row.text, row.gloss, row.created_at),
        )


def _templates(session: Session, ids: Collection[int]) -> Iterable[tuple[int, Piece]]:
    for row in session.exec(select(TemplateVersion).where(col(TemplateVersion.id).in_(ids))):
        languages = ",".join(row.languages)
        yield row.id or 0, Piece("template", row.name, row.number, "", languages, row.source, "", row.created_at)


_READ: dict[str, Callable[[Session, Collection[int]], Iterable[tuple[int, Piece]]]] = {
    "passage": _passages,
    "block": _blocks,
    "template": _templates,
}


@dataclass(frozen=True, slots=True)
class _Told:
    label: Mapping[str, str] = field(default_factory=dict)
    quotes: tuple[Quote, ...] = ()
    claims: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[Source, ...] = ()


def _of_passage(session: Session, what: Material) -> _Told:
    row = session.get_one(Passage, what.id)
    of = session.get_one(Narrative, row.narrative_id)
    quotes = select(Quote).where(Quote.narrative_id == of.id, col(Quote.ref).in_(row.quotes))
    sources = select(Source).where(Source.narrative_id == of.id).order_by(col(Source.id))
    return _Told(
        of.display_label, tuple(session.exec(quotes.order_by(col(Quote.ref)))), tuple(row.claims),
        tuple(session.exec(sources)),
    )  # fmt: skip


def _facts(session: Session, kind: str, key: int) -> tuple[tuple[str, str], ...]:
    """What was entered beside the words."""
    if kind == "template":
        row = session.get_one(TemplateVersion, key)
        told = {"theme": row.theme, "languages": row.languages, "channels": row.channels}
    elif kind == "block":
        block = session.get_one(Block, key)
        names = ("territories", "languages", "operator", "phone", "hours", "address", "note")
        told = {name: getattr(block, name) for name in names}
    else:
        return ()
    plain = {name: ", ".join(value) if isinstance(value, list) else value for name, value in told.items()}
    return tuple((name, str(value)) for name, value in plain.items() if value)
