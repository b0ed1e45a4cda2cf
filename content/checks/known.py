"""What the words checks and the tier read about many versions at once: each row once, whatever stands on it."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from content import clearing, denied
from content.block import Block
from content.campaign import Campaign
from content.clearing import Clearing
from content.composing import Use
from content.consent import ConsentEvent
from content.errors import Refusal
from content.keys import Keys
from content.lifecycle import Post, PostHistory, State
from content.narrative import Narrative, Passage, Quote, Source
from content.organisation import Organisation
from content.people import RoleGrant
from content.protect import DenyIndex, HashedTerm, TermIndex
from content.protected_term import ProtectedTerm
from content.stock import lots
from content.template_version import TemplateVersion

Made = TypeVar("Made")
CLEARED = ("passage", "block", "template")


@dataclass(frozen=True, slots=True)
class Standing:
    """What one version stands on."""

    campaign_id: int
    narrative_id: int
    language: str
    uses: tuple[Use, ...]

    def ids(self, kind: str) -> list[int]:
        """Of the material of this kind."""
        return [use.material_id for use in self.uses if use.kind == kind]


class Weighed:
    """What the tier of a batch of versions goes by.

    The organisations are read first: what changes meanwhile raises an epoch that the results then lag behind.
    """

    def __init__(self, session: Session, standings: Sequence[Standing]) -> None:
        plans, told = {one.campaign_id for one in standings}, {one.narrative_id for one in standings}
        rows: Iterable[Organisation] = session.exec(_fresh(select(Organisation)))
        self.organisations = {row.id: row for row in rows}
        self.campaigns: dict[int, Campaign] = _by_id(session, Campaign, plans)
        self.narratives: dict[int, Narrative] = _by_id(session, Narrative, told)
        self.tags = clearing.tags(session, {key for one in standings for key in one.ids("passage")})
        self.direct = _direct(session, told)
        self.unused = _unused(session, {(self.organisation(one).id, one.language) for one in standings})

    def organisation(self, standing: Standing) -> Organisation:
        """Whose version it is."""
        return self.organisations[self.campaigns[standing.campaign_id].organisation_id]


class Known(Weighed):
    """Everything a batch of versions needs, its tier included."""

    def __init__(self, session: Session, standings: Sequence[Standing]) -> None:
        super().__init__(session, standings)
        told = {one.narrative_id for one in standings}
        used = {kind: {key for one in standings for key in one.ids(kind)} for kind in (*CLEARED, "quote")}
        self.passages: dict[int, Passage] = _by_id(session, Passage, used["passage"])
        self.templates: dict[int, TemplateVersion] = _by_id(session, TemplateVersion, used["template"])
        self.quotes: dict[int, list[Quote]] = _below(session, Quote, told)
        self.sources: dict[int, list[Source]] = _below(session, Source, told)
        self.blocks = _blocks(session, {one.language for one in standings})
        self.holding = _holding(session, {one.narrative_id for one in standings if one.ids("quote")})
        held = {row.id or 0 for rows in self.holding.values() for row in rows}
        self.cleared = {kind: clearing.cleared(session, kind, used[kind] | held) for kind in ("passage",)}
        self.cleared |= {kind: clearing.cleared(session, kind, used[kind]) for kind in ("block", "template")}
        self.spoken = _spoken(session, used["passage"])
        self.terms = {key: protected_terms(session, key or 0) for key in self.organisations}
        self.denied = {key: denied_references(session, key or 0) for key in self.organisations}
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key before, else what `make` answers."""
        if key not in self._made:
            self._made[key] = make()
        found: Made = self._made[key]
        return found


def _fresh(statement: Any) -> Any:
    return statement.execution_options(populate_existing=True)


def _by_id(session: Session, table: Any, ids: Collection[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for some in lots(ids):
        rows = session.exec(_fresh(select(table).where(table.id.in_(some)).order_by(table.id)))
        found |= {row.id: row for row in rows}
    return found


def _below(session: Session, table: Any, narratives: Collection[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for some in lots(narratives):
        for row in session.exec(select(table).where(table.narrative_id.in_(some)).order_by(table.id)):
            found[row.narrative_id].append(row)
    return found


def _blocks(session: Session, languages: Collection[str]) -> dict[tuple[int, str], list[Block]]:
    """Every version of every block of these languages, by organisation and language, the oldest first."""
    found: dict[tuple[int, str], list[Block]] = defaultdict(list)
    statement = select(Block).where(col(Block.language).in_(languages)).order_by(col(Block.number), col(Block.id))
    for row in session.exec(statement):
        found[row.organisation_id, row.language].append(row)
    return found


def _holding(session: Session, narratives: Collection[int]) -> dict[int, list[Passage]]:
    """The passages of these narratives that hold a quote."""
    return {key: [row for row in rows if row.quotes] for key, rows in _below(session, Passage, narratives).items()}


def _spoken(session: Session, passage_ids: Collection[int]) -> set[tuple[int, str]]:
    """Which passages were cleared by somebody who held that language's role then."""
    found: set[tuple[int, str]] = set()
    for some in lots(passage_ids):
        statement = (
            select(Clearing.material_id, RoleGrant.language)
            .join(RoleGrant, col(RoleGrant.person_id) == col(Clearing.person_id))
            .where(Clearing.kind == "passage", col(Clearing.material_id).in_(some), Clearing.answer == "clear")
            .where(RoleGrant.role == "language", col(RoleGrant.valid_from) <= col(Clearing.at))
            .where(col(RoleGrant.revoked_at).is_(None) | (col(RoleGrant.revoked_at) > col(Clearing.at)))
        )
        found |= {(key, language or "") for key, language in session.exec(statement)}
    return found


def _direct(session: Session, narratives: Collection[int]) -> set[int]:
    """Narratives with the person's own consent."""
    found: set[int] = set()
    for some in lots(narratives):
        statement = select(ConsentEvent.narrative_id).where(
            col(ConsentEvent.narrative_id).in_(some), ConsentEvent.kind == "grant", ConsentEvent.basis == "direct"
        )
        found |= set(session.exec(statement))
    return found


def _unused(session: Session, asked: Collection[tuple[int | None, str]]) -> set[tuple[int | None, str]]:
    """Those (organisation, language) of which nothing was published yet, the organisation's own language left out."""
    return {(key, language) for key, language in asked if _first_use(session, key or 0, language)}


def _first_use(session: Session, organisation_id: int, language: str) -> bool:
    if session.get_one(Organisation, organisation_id).home_language == language:
        return False
    statement = (
        select(Post.id)
        .join(PostHistory, col(PostHistory.post_id) == col(Post.id))
        .where(Post.organisation_id == organisation_id, Post.language == language)
        .where(PostHistory.to_state == str(State.PUBLISHED))
    )
    return session.exec(statement.limit(1)).first() is None


# --- protected terms ---------------------------------------------------------------------------------

_MOST = 8
_indexes: dict[tuple[object, ...], TermIndex] = {}


def protected_terms(session: Session, organisation_id: int) -> TermIndex | None:
    """Finds every term of the whole organisation. Kept while unchanged.

    None (so: not evaluated, and the gate blocks) without the key, or where one term is of another version or key:
    whoever cannot look for all of them must not say that none was found.
    """
    keys: Keys | None = session.info.get("keys")
    if keys is None:
        return None
    statement = select(ProtectedTerm.id, ProtectedTerm.at).where(
        ProtectedTerm.organisation_id == organisation_id, col(ProtectedTerm.retired_at).is_(None)
    )
    standing = tuple(session.exec(statement.order_by(col(ProtectedTerm.id))))
    place = (threading.get_ident(), keys.terms, tuple(tuple(row) for row in standing))
    if place not in _indexes:
        if len(_indexes) >= _MOST:
            _indexes.clear()
        rows = session.exec(select(ProtectedTerm.hashed).where(col(ProtectedTerm.id).in_([row[0] for row in standing])))
        try:
            _indexes[place] = TermIndex([HashedTerm.from_json(dict(value)) for value in rows], keys.terms)
        except Refusal:
            return None
    return _indexes[place]


def denied_references(session: Session, organisation_id: int) -> DenyIndex | None:
    """Finds what the organisation denies; None (so: not evaluated) without the key."""
    keys: Keys | None = session.info.get("keys")
    if keys is None:
        return None
    return DenyIndex(map(bytes.fromhex, denied.standing(session, organisation_id)), keys.terms)
