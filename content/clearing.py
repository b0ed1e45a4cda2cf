"""Clearing of material: people confirm passages, blocks and templates, tagging blind; the stricter tag wins.

A passage of an individual needs two people other than who entered it, one of them safeguarding; everything
else needs one content reviewer other than who entered it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from content.block import Block
from content.errors import Refusal
from content.narrative import Narrative, Passage
from content.once import once
from content.organisation import ours, raise_epoch
from content.people import Person, roles, seal_words
from content.record import Step, by, write
from content.store import json_field, now
from content.tags import DATES, PLACES, SEEN, TagsRecord, strictest
from content.template_version import TemplateVersion

KINDS = ("passage", "block", "template")
_BOTH = frozenset({"content", "safeguarding"})
_ONE = frozenset({"content"})


class Clearing(SQLModel, table=True):
    """One person's answer on one version of one piece of material."""

    __table_args__ = (
        UniqueConstraint("kind", "material_id", "person_id"),
        CheckConstraint("kind IN ('passage', 'block', 'template')", name="kind"),
        CheckConstraint("role IN ('content', 'safeguarding')", name="role"),
        CheckConstraint("answer IN ('clear', 'refuse')", name="answer"),
        CheckConstraint("person_id <> entered_by", name="not_ones_own"),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    material_id: int  # passage.id, block.id or template_version.id; versions never change or go
    person_id: int = Field(foreign_key="person.id")
    entered_by: int = Field(foreign_key="person.id")  # copied, so that the database refuses one's own
    role: str
    answer: str
    tags: dict[str, Any] = json_field()
    reason: str = ""
    at: datetime


@dataclass(frozen=True, slots=True)
class Material:
    """One version of a passage, block or template, as far as clearing it goes. needed: the roles that must clear it."""

    kind: str
    id: int
    organisation_id: int
    entered_by: int
    needed: frozenset[str]


def clear(
    session: Session,
    person: Person,
    kind: str,
    ref: str,
    *,
    answer: str = "clear",
    tags: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Clearing:
    """One person's answer (`clear` | `refuse`) on the version `ref` names (the newest without `@number`).

    A passage must be tagged in the same step; nobody is shown what another tagged. Raises Refusal `rights.own`,
    `rights.role`, `clearing.twice`, `clearing.tags`, `material.none`.
    """
    what = material(session, kind, ref)
    raise_epoch(session, what.organisation_id)
    at = now(session)
    role = _role(session, person, what, ref, at)
    made = Clearing(
        kind=kind,
        material_id=what.id,
        person_id=person.id or 0,
        entered_by=what.entered_by,
        role=role,
        answer=_answer(answer, reason),
        tags=_tags(kind, tags),
        reason=seal_words(session, person.id or 0, reason, "clearing", at),
        at=at,
    )
    session.add(made)
    session.flush()
    detail = {"clearing": made.id, "role": role, "answer": answer}
    write(session, Step(by(person.id), "material.clear", kind, what.id, detail), at=at)
    return made


def cleared(session: Session, kind: str, ids: Collection[int]) -> set[int]:
    """Those of the ids that the people demanded have cleared and nobody refused."""
    if not ids:
        return set()
    statement = select(Clearing).where(col(Clearing.kind) == kind, col(Clearing.material_id).in_(ids))
    given: dict[int, list[Clearing]] = {}
    for row in session.exec(statement):
        given.setdefault(row.material_id, []).append(row)
    individual = _individual(session, given) if kind == "passage" else set()
    return {key for key, rows in given.items() if _enough(rows, _BOTH if key in individual else _ONE)}


def tags(session: Session, passage_ids: Collection[int]) -> dict[int, TagsRecord | None]:
    """What people tagged each passage with, the stricter winning; None until somebody else than its enterer did."""
    return once(session, ("tags", frozenset(passage_ids)), lambda: _given_tags(session, passage_ids))


def _given_tags(session: Session, passage_ids: Collection[int]) -> dict[int, TagsRecord | None]:
    found: dict[int, list[TagsRecord]] = {key: [] for key in passage_ids}
    if not found:
        return {}
    statement = select(Clearing.material_id, Clearing.tags).where(
        col(Clearing.kind) == "passage", col(Clearing.material_id).in_(found)
    )
    for key, value in session.exec(statement):
        found[key].append(tags_record(value))
    return {key: strictest(values) for key, values in found.items()}


def tags_record(value: Mapping[str, Any]) -> TagsRecord:
    """Stored tags as the checks read them. What is not named was not seen."""
    known = {field.name: value[field.name] for field in fields(TagsRecord) if field.name in value}
    return TagsRecord(**(known | {"attributes": frozenset(known.get("attributes", ()))}))


def material(session: Session, kind: str, ref: str) -> Material:
    """The version that `ref` names: N-12/p1, helpline-gb-en, infighting/plain; with @number an older one."""
    name, _, number = ref.partition("@")
    wanted = int(number) if number.isdecimal() else None
    if kind == "passage":
        found = _passage(session, name, wanted)
    elif kind in KINDS:
        found = _standard(session, kind, name, wanted)
    else:
        raise Refusal("material.kind", f"There is no material of kind {kind}.", f"Use {', '.join(KINDS)}.")
    if found is None:
        raise Refusal("material.none", f"There is no {kind} {ref}.", "Look at its spelling, or import it first.")
    return found


def _passage(session: Session, name: str, number: int | None) -> Material | None:
    narrative, _, ref = name.rpartition("/")
    statement = (
        select(Passage, Narrative)
        .join(Narrative, col(Narrative.id) == col(Passage.narrative_id))
        .where(Narrative.organisation_id == ours(), Narrative.ref == narrative, Passage.ref == ref)
        .order_by(col(Passage.number).desc())
    )
    if number is not None:
        statement = statement.where(Passage.number == number)
    row = session.exec(statement).first()
    if row is None:
        return None
    needed = _BOTH if row[1].kind == "individual" else _ONE
    return Material("passage", row[0].id or 0, row[1].organisation_id, row[0].entered_by, needed)


def _standard(session: Session, kind: str, name: str, number: int | None) -> Material | None:
    row: Block | TemplateVersion | None
    if kind == "block":
        blocks = select(Block).where(Block.organisation_id == ours(), Block.ref == name)
        blocks = blocks.order_by(col(Block.number).desc())
        row = session.exec(blocks if number is None else blocks.where(Block.number == number)).first()
    else:
        files = select(TemplateVersion).where(TemplateVersion.organisation_id == ours(), TemplateVersion.name == name)
        files = files.order_by(col(TemplateVersion.number).desc())
        row = session.exec(files if number is None else files.where(TemplateVersion.number == number)).first()
    return Material(kind, row.id or 0, row.organisation_id, row.entered_by, _ONE) if row else None


def _role(session: Session, person: Person, what: Material, ref: str, at: datetime) -> str:
    """In which role this person answers: one that is still wanted before one that is there already."""
    if person.id == what.entered_by:
        raise Refusal("rights.own", f"Whoever entered {ref} cannot clear it.", "Ask a reviewer who did not.")
    rows = session.exec(select(Clearing).where(Clearing.kind == what.kind, Clearing.material_id == what.id)).all()
    if any(row.person_id == person.id for row in rows):
        raise Refusal("clearing.twice", f"You have already answered on {ref}.", "A changed text is a new version.")
    usable = roles(session, person.id or 0, at) & what.needed
    if not usable:
        raise Refusal(
            "rights.role",
            f"Clearing {ref} takes somebody who is {' or '.join(sorted(what.needed))}.",
            "Ask such a person; `counterpoint user list` shows who that is.",
        )
    missing = usable - {row.role for row in rows}
    return max(missing or usable)  # safeguarding before content: the rarer one


def _answer(answer: str, reason: str) -> str:
    if answer not in ("clear", "refuse") or (answer == "refuse" and not reason.strip()):
        raise Refusal("clearing.answer", "Say clear, or refuse with a reason.", "Give --reason with a refusal.")
    return answer


def _tags(kind: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    if kind != "passage":
        return {}
    if given is None:
        raise Refusal(
            "clearing.tags",
            "A passage is tagged when it is cleared: which attributes it gives away, whether it admits an act …",
            "Give an option for each thing you see in it (`counterpoint clear --help`), or --no-tags.",
        )
    if wrong := [name for name, value in given.items() if not _fits(name, value)]:
        raise Refusal("clearing.tags", f"These tags cannot be read: {', '.join(sorted(wrong))}.", _TAGS_HELP)
    return dict(given)


def _fits(name: str, value: object) -> bool:
    match name:
        case "attributes":
            return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
        case _ if name in SEEN:
            return isinstance(value, bool)
        case "intensity":
            return type(value) is int and 0 <= value <= 3
        case "place_precision":
            return value in PLACES
        case "date_precision":
            return value in DATES
        case _:
            return False


_TAGS_HELP = (
    f"Use attributes (a list), {', '.join(SEEN)} (true or false), intensity "
    f"(0 to 3), place_precision ({' '.join(PLACES)}), date_precision ({' '.join(DATES)})."
)


def _enough(rows: Iterable[Clearing], needed: frozenset[str]) -> bool:
    answers = list(rows)
    return all(row.answer == "clear" for row in answers) and needed <= {row.role for row in answers}


def _individual(session: Session, passage_ids: Iterable[int]) -> set[int]:
    statement = (
        select(Passage.id)
        .join(Narrative, col(Narrative.id) == col(Passage.narrative_id))
        .where(col(Passage.id).in_(list(passage_ids)), col(Narrative.kind) == "individual")
    )
    return {key for key in session.exec(statement) if key is not None}
