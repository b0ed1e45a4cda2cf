"""The words cases of what is composed or stored: each leaf with the rows it stands on, as plain records."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from sqlmodel import Session, col, select

from content import clearing
from content.block import Block
from content.campaign import Campaign
from content.checks.facts.load import helpline_record
from content.checks.records import (
    CampaignRecord,
    ClaimRecord,
    HelplineRecord,
    NarrativeRecord,
    OrganisationRecord,
    PassageRecord,
    QuoteRecord,
    SourceRecord,
    SpanRecord,
    TermMatcher,
    WordsCase,
)
from content.clearing import Clearing
from content.composing import Composed, ComposedLeaf, Use
from content.keys import Keys
from content.message import Leaf, LeafPart, Message, Used, Version
from content.narrative import Narrative, Passage, Quote, Source
from content.organisation import Organisation
from content.people import RoleGrant
from content.protect import HashedTerm, TermIndex
from content.protected_term import ProtectedTerm
from content.rendering import normal
from content.template_version import TemplateVersion


@dataclass(frozen=True, slots=True)
class _Words:
    """One leaf, wherever it comes from. spans per part: (start, end, kind, ref, source)."""

    format: str
    texts: tuple[str, ...]
    spans: tuple[Sequence[Sequence[Any]], ...]
    links: tuple[str, ...]


def words_cases(session: Session, version: Version) -> list[tuple[Leaf, WordsCase]]:
    """Each stored leaf of a version with what the words checks read about it."""
    message = session.get_one(Message, version.message_id)
    used = session.exec(select(Used).where(Used.version_id == version.id)).all()
    uses = [Use(row.kind, row.ref, row.number, row.material_id) for row in used]
    around = _Around(session, message.campaign_id, message.narrative_id, version.language, uses)
    leaves = session.exec(select(Leaf).where(Leaf.version_id == version.id).order_by(col(Leaf.id))).all()
    parts = _parts(session, leaves)
    return [(leaf, around.case(_stored(leaf, parts[leaf.id or 0]))) for leaf in leaves]


def composed_cases(
    session: Session, campaign: Campaign, narrative: Narrative, language: str, composed: Composed
) -> list[tuple[ComposedLeaf, WordsCase]]:
    """The same for what was composed and is not stored."""
    around = _Around(session, campaign.id or 0, narrative.id or 0, language, composed.uses)
    return [(leaf, around.case(_fresh(leaf))) for leaf in composed.leaves]


def _stored(leaf: Leaf, parts: Sequence[LeafPart]) -> _Words:
    return _Words(
        leaf.format, tuple(part.text for part in parts), tuple(part.spans for part in parts), tuple(leaf.links)
    )


def _fresh(leaf: ComposedLeaf) -> _Words:
    spans = tuple([(s.start, s.end, s.kind, s.ref, s.source) for s in part.spans] for part in leaf.parts)
    return _Words(leaf.account.format, tuple(part.text for part in leaf.parts), spans, leaf.links)


def _parts(session: Session, leaves: Sequence[Leaf]) -> dict[int, list[LeafPart]]:
    found: dict[int, list[LeafPart]] = {leaf.id or 0: [] for leaf in leaves}
    statement = select(LeafPart).where(col(LeafPart.leaf_id).in_(list(found))).order_by(col(LeafPart.index))
    for part in session.exec(statement):
        found[part.leaf_id].append(part)
    return found


class _Around:
    """Everything about the leaves of one version that does not differ from leaf to leaf, read once."""

    def __init__(
        self, session: Session, campaign_id: int, narrative_id: int, language: str, uses: Iterable[Use]
    ) -> None:
        self.session, self.language, self.uses = session, language, tuple(uses)
        self.campaign = session.get_one(Campaign, campaign_id, populate_existing=True)
        self.narrative = session.get_one(Narrative, narrative_id, populate_existing=True)
        self.organisation = session.get_one(Organisation, self.campaign.organisation_id)
        self.passages = self._rows(Passage, "passage")
        self.templates = self._rows(TemplateVersion, "template")
        self.cleared = {
            kind: clearing.cleared(session, kind, self._ids(kind)) for kind in ("passage", "block", "template")
        }
        self.quotes = _of(session, Quote, self.narrative)
        self.sources = _of(session, Source, self.narrative)
        self.blocks = self._blocks()
        self.tags = clearing.tags(session, self._ids("passage"))
        self.spoken = _spoken(session, self._ids("passage"))

    def case(self, words: _Words) -> WordsCase:
        """What the checks read of this leaf."""
        text = "\n".join(words.texts)
        starts = list(accumulate((len(one) + 1 for one in words.texts), initial=0))
        parts = tuple((at, at + len(one)) for at, one in zip(starts, words.texts, strict=False))
        spans = tuple(
            self._span(text, at, span, words.format)
            for at, of_part in zip(starts, words.spans, strict=False)
            for span in of_part
        )
        return WordsCase(
            text=text,
            language=self.language,
            channel=words.format,
            parts=parts if len(parts) > 1 else (),
            spans=spans,
            narrative=self.narrative_record,
            campaign=self.campaign_record,
            organisation=self.organisation_record,
            links=tuple(link for link in words.links if link not in text),
            used_passages=self.used,
        )

    def _span(self, text: str, at: int, span: Sequence[Any], format_name: str) -> SpanRecord:
        start, end, kind, ref = at + span[0], at + span[1], str(span[2]), str(span[3])
        return SpanRecord(start, end, kind, ref, self._is_cleared(kind, ref, text[start:end], format_name))

    def _is_cleared(self, kind: str, ref: str, words: str, format_name: str) -> bool:
        match kind:
            case "passage" | "stance":
                return self._material("passage", ref) in self.cleared["passage"]
            case "quote":
                return ref in self._cleared_quotes
            case "source_line":
                return normal(self.narrative.source_line.get(self.language, "")) == words
            case "template":
                return any(self._fits(row, format_name) for row in self.templates.values())
            case _:
                return self._material("block", ref) in self.cleared["block"]

    def _fits(self, row: TemplateVersion, format_name: str) -> bool:
        return row.id in self.cleared["template"] and self.language in row.languages and format_name in row.channels

    def _material(self, kind: str, ref: str) -> int | None:
        found = (use.material_id for use in self.uses if use.kind == kind and f"{use.ref}@{use.number}" == ref)
        return next(found, None)

    @cached_property
    def _cleared_quotes(self) -> frozenset[str]:
        """Quotes that people read: those that stand in a passage they cleared, and are approved as quotations."""
        rows = _of(self.session, Passage, self.narrative)
        holding = [row for row in rows if row.quotes]
        seen = clearing.cleared(self.session, "passage", [row.id for row in holding if row.id is not None])
        held = {ref for row in holding if row.id in seen for ref in row.quotes}
        approved = (quote.ref for quote in self.quotes if quote.approved and quote.ref in held)
        return frozenset(f"{self.narrative.ref}/{ref}@1" for ref in approved)

    @cached_property
    def used(self) -> tuple[PassageRecord, ...]:
        """The passages these words stand on, stance included."""
        return tuple(self._passage(row) for row in self.passages.values())

    def _passage(self, row: Passage) -> PassageRecord:
        key = row.id or 0
        cleared = key in self.cleared["passage"]
        return PassageRecord(
            ref=f"{self.narrative.ref}/{row.ref}",
            text=normal(row.text),
            language=row.language,
            cleared=cleared,
            tags=self.tags.get(key),
            cleared_language=self._cleared_in(row) if cleared else None,
        )

    def _cleared_in(self, row: Passage) -> str:
        """The language in which people read it: its own where one of them knows it, else that of the gloss."""
        home = self.organisation.home_language
        return row.language if row.language == home or (row.id or 0, row.language) in self.spoken else home

    @cached_property
    def narrative_record(self) -> NarrativeRecord:
        narrative = self.narrative
        return NarrativeRecord(
            ref=narrative.ref,
            theme=narrative.theme,
            kind=narrative.kind,
            display_label=narrative.display_label,
            disclosure=narrative.disclosure,
            passages=self.used,
            quotes=tuple(QuoteRecord(q.language, q.text, q.ref, q.approved) for q in self.quotes),
            claims=tuple(_claim(claim) for row in self.passages.values() for claim in row.claims),
            sources=tuple(SourceRecord(s.ref, s.publisher, s.year, s.url, s.locator) for s in self.sources),
            protected=protected_terms(self.session, self.organisation.id or 0),
            minor_at_events=narrative.minor_at_events,
            mosaic_budget=narrative.mosaic_budget,
        )

    @cached_property
    def campaign_record(self) -> CampaignRecord:
        campaign = self.campaign
        lines = [b.text for b in self.blocks if b.kind == "context" and b.ref in campaign.context_blocks]
        return CampaignRecord(
            territories=frozenset(campaign.territories),
            purpose=campaign.purpose,
            hashtags=frozenset(campaign.hashtags),
            link_hosts=frozenset(campaign.link_hosts),
            context_lines=tuple(lines),
        )

    @cached_property
    def organisation_record(self) -> OrganisationRecord:
        organisation = self.organisation
        return OrganisationRecord(
            languages=frozenset(organisation.languages),
            disclosure=self._disclosure(),
            allowed_domains=frozenset(organisation.allowed_domains),
            allowed_tags=frozenset(organisation.allowed_tags),
            phones=frozenset(organisation.phones),
            helplines=self._helplines(),
        )

    def _disclosure(self) -> Mapping[str, str]:
        """The line these words carry; where they carry none, the one they should."""
        used = self._ids("block")
        lines = [block for block in self.blocks if block.kind == "disclosure" and block.language == self.language]
        best = min(lines, key=lambda block: (block.id not in used, block.ref, -block.number), default=None)
        return {self.language: best.text} if best else {}

    def _helplines(self) -> tuple[HelplineRecord, ...]:
        lines = [block for block in self.blocks if block.kind == "helpline" and block.language == self.language]
        return tuple(helpline_record(block, None) for block in lines)

    def _blocks(self) -> list[Block]:
        """The newest version of every block in this language, and the versions these words use."""
        statement = (
            select(Block)
            .where(Block.organisation_id == self.organisation.id, Block.language == self.language)
            .order_by(col(Block.number))
        )
        rows = self.session.exec(statement).all()
        newest, used = {row.ref: row.id for row in rows}, self._ids("block")
        return [row for row in rows if row.id in used or newest[row.ref] == row.id]

    def _ids(self, kind: str) -> set[int]:
        return {use.material_id for use in self.uses if use.kind == kind}

    def _rows(self, table: Any, kind: str) -> dict[int, Any]:
        rows = self.session.exec(select(table).where(table.id.in_(self._ids(kind))).order_by(table.id))
        return {row.id: row for row in rows}


def _of(session: Session, table: Any, narrative: Narrative) -> list[Any]:
    return list(session.exec(select(table).where(table.narrative_id == narrative.id).order_by(table.id)))


def _claim(value: Mapping[str, Any]) -> ClaimRecord:
    return ClaimRecord(str(value.get("text", "")), value.get("source"), value.get("locator"))


def _spoken(session: Session, passage_ids: set[int]) -> set[tuple[int, str]]:
    """Which passages were cleared by somebody who held that language's role then."""
    statement = (
        select(Clearing.material_id, RoleGrant.language)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Clearing.person_id))
        .where(Clearing.kind == "passage", col(Clearing.material_id).in_(passage_ids), Clearing.answer == "clear")
        .where(RoleGrant.role == "language", col(RoleGrant.valid_from) <= col(Clearing.at))
        .where(col(RoleGrant.revoked_at).is_(None) | (col(RoleGrant.revoked_at) > col(Clearing.at)))
    )
    return {(key, language or "") for key, language in session.exec(statement)}


# --- protected terms ---------------------------------------------------------------------------------

_MOST = 8
_indexes: dict[tuple[object, ...], TermIndex] = {}


def protected_terms(session: Session, organisation_id: int) -> TermMatcher | None:
    """Finds every term of the whole organisation; None (so: not evaluated) without the key. Kept while unchanged."""
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
        _indexes[place] = TermIndex([HashedTerm.from_json(dict(value)) for value in rows], keys.terms)
    return _indexes[place]
