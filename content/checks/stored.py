"""The words cases of what is composed or stored: each leaf with the rows it stands on, as plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content.block import Block
from content.checks.facts.load import helpline_record
from content.checks.known import Known, Standing, Weighed
from content.checks.records import (
    CampaignRecord,
    ClaimRecord,
    MediaRecord,
    NarrativeRecord,
    OrganisationRecord,
    PassageRecord,
    QuoteRecord,
    SourceRecord,
    SpanRecord,
    WordsCase,
)
from content.checks.shown import media_records
from content.checks.tier import Reason, reasons, tier
from content.composing import Composed, ComposedLeaf, Use
from content.made_of import used_by
from content.message import Leaf, LeafPart, Message, Used, Version
from content.narrative import Passage
from content.rendering import normal
from content.stock import lots
from content.template_version import TemplateVersion


@dataclass(frozen=True, slots=True)
class _Words:
    """One leaf, wherever it comes from. spans per part: (start, end, kind, ref, source)."""

    format: str
    texts: tuple[str, ...]
    spans: tuple[Sequence[Sequence[Any]], ...]
    links: tuple[str, ...]
    card: Mapping[str, Any] | None
    media: Sequence[Mapping[str, Any]] = ()


class Cases:
    """The words cases of stored versions, from rows read once for all of them."""

    def __init__(self, session: Session, versions: Sequence[Version]) -> None:
        self.messages = _messages(session, versions)
        self.leaves = _leaves(session, versions)
        self.parts = _parts(session, [leaf for leaves in self.leaves.values() for leaf in leaves])
        self._standings = _standings(session, versions, self.messages)
        self.known = Known(session, [*self._standings.values()])

    def standing(self, version: Version) -> Standing:
        """What the version stands on."""
        return self._standings[version.id or 0]

    def of(self, version: Version) -> list[tuple[Leaf, WordsCase]]:
        """Each leaf of the version with what the words checks read about it."""
        around = _Around(self.known, self.standing(version))
        return [(leaf, around.case(_stored(leaf, self.parts[leaf.id or 0]))) for leaf in self.leaves[version.id or 0]]


def weighed(session: Session, version: Version, message: Message) -> list[Reason]:
    """Why a version has the tier it has, as its material stands now."""
    uses = tuple(Use(*one) for one in used_by(session, version))
    standing = Standing(message.campaign_id, message.narrative_id, version.language, uses)
    return reasons(Weighed(session, [standing]), standing)


def words_cases(session: Session, version: Version) -> list[tuple[Leaf, WordsCase]]:
    """Each stored leaf of a version with what the words checks read about it."""
    return Cases(session, [version]).of(version)


def composed_cases(known: Known, standing: Standing, composed: Composed) -> list[tuple[ComposedLeaf, WordsCase]]:
    """The same for what was composed and is not stored."""
    around = _Around(known, standing)
    return [(leaf, around.case(_fresh(leaf))) for leaf in composed.leaves]


def _messages(session: Session, versions: Sequence[Version]) -> dict[int, Message]:
    ids = {version.message_id for version in versions}
    return {
        row.id or 0: row for some in lots(ids) for row in session.exec(select(Message).where(_in(Message.id, some)))
    }


def _leaves(session: Session, versions: Sequence[Version]) -> dict[int, list[Leaf]]:
    found: dict[int, list[Leaf]] = {version.id or 0: [] for version in versions}
    for some in lots(found):
        for leaf in session.exec(select(Leaf).where(_in(Leaf.version_id, some)).order_by(col(Leaf.id))):
            found[leaf.version_id].append(leaf)
    return found


def _parts(session: Session, leaves: Sequence[Leaf]) -> dict[int, list[LeafPart]]:
    found: dict[int, list[LeafPart]] = {leaf.id or 0: [] for leaf in leaves}
    for some in lots(found):
        for part in session.exec(select(LeafPart).where(_in(LeafPart.leaf_id, some)).order_by(col(LeafPart.index))):
            found[part.leaf_id].append(part)
    return found


def _standings(session: Session, versions: Sequence[Version], messages: Mapping[int, Message]) -> dict[int, Standing]:
    uses: dict[int, list[Use]] = {version.id or 0: [] for version in versions}
    for some in lots(uses):
        columns = (col(Used.version_id), col(Used.kind), col(Used.ref), col(Used.number), col(Used.material_id))
        for version, *use in session.execute(rows(*columns).where(_in(Used.version_id, some))):
            uses[version].append(Use(*use))
    return {
        version.id or 0: Standing(message.campaign_id, message.narrative_id, version.language, tuple(used))
        for version in versions
        for message, used in ((messages[version.message_id], uses[version.id or 0]),)
    }


def _in(column: Any, values: Sequence[int]) -> Any:
    return col(column).in_(values)


def _stored(leaf: Leaf, parts: Sequence[LeafPart]) -> _Words:
    texts, spans = tuple(part.text for part in parts), tuple(part.spans for part in parts)
    return _Words(leaf.format, texts, spans, tuple(leaf.links), leaf.card, leaf.media)


def _fresh(leaf: ComposedLeaf) -> _Words:
    spans = tuple([(s.start, s.end, s.kind, s.ref, s.source) for s in part.spans] for part in leaf.parts)
    return _Words(
        leaf.account.format, tuple(part.text for part in leaf.parts), spans, leaf.links, leaf.card, leaf.media
    )


class _Around:
    """Everything about the leaves of one version that does not differ from leaf to leaf."""

    def __init__(self, known: Known, standing: Standing) -> None:
        self.known, self.language, self.uses = known, standing.language, standing.uses
        self.tier = tier(known, standing)
        self.campaign = known.campaigns[standing.campaign_id]
        self.narrative = known.narratives[standing.narrative_id]
        self.organisation = known.organisation(standing)
        self.passages = [known.passages[key] for key in sorted(set(standing.ids("passage")))]
        self.templates = [known.templates[key] for key in sorted(set(standing.ids("template")))]
        self.cleared = known.cleared
        self.quotes = known.quotes.get(standing.narrative_id, [])
        self.sources = known.sources.get(standing.narrative_id, [])
        self.used_blocks = frozenset(standing.ids("block"))
        self.media_ids = sorted(set(standing.ids("medium")))
        self.material = {(use.kind, f"{use.ref}@{use.number}"): use.material_id for use in reversed(standing.uses)}

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
            media=self._media(words.media),
            card=tuple(one for name in ("title", "text") if (one := (words.card or {}).get(name))),
        )

    def _media(self, entries: Sequence[Mapping[str, Any]]) -> tuple[MediaRecord, ...]:
        known = [self.known.media[key] for key in self.media_ids]
        seen = {"passage": self.cleared["passage"], "quote": self._cleared_quote_ids if known else ()}
        return media_records(entries, known, self.language, seen)

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
                return any(self._fits(row, format_name) for row in self.templates)
            case _:
                return self._material("block", ref) in self.cleared["block"]

    def _fits(self, row: TemplateVersion, format_name: str) -> bool:
        return row.id in self.cleared["template"] and self.language in row.languages and format_name in row.channels

    def _material(self, kind: str, ref: str) -> int | None:
        return self.material.get((kind, ref))

    @cached_property
    def _cleared_quotes(self) -> frozenset[str]:
        """Quotes that people read: those that stand in a passage they cleared, and are approved as quotations."""
        holding, seen = self.known.holding.get(self.narrative.id or 0, []), self.cleared["passage"]
        held = {ref for row in holding if row.id in seen for ref in row.quotes}
        approved = (quote.ref for quote in self.quotes if quote.approved and quote.ref in held)
        return frozenset(f"{self.narrative.ref}/{ref}@1" for ref in approved)

    @cached_property
    def _cleared_quote_ids(self) -> frozenset[int]:
        names = {f"{self.narrative.ref}/{quote.ref}@1": quote.id or 0 for quote in self.quotes}
        return frozenset(names[ref] for ref in self._cleared_quotes)

    @cached_property
    def used(self) -> tuple[PassageRecord, ...]:
        """The passages these words stand on, stance included."""
        return tuple(self._passage(row) for row in self.passages)

    def _passage(self, row: Passage) -> PassageRecord:
        key = row.id or 0
        cleared = key in self.cleared["passage"]
        return PassageRecord(
            ref=f"{self.narrative.ref}/{row.ref}",
            text=normal(row.text),
            language=row.language,
            cleared=cleared,
            tags=self.known.tags.get(key),
            cleared_language=self._cleared_in(row) if cleared else None,
        )

    def _cleared_in(self, row: Passage) -> str:
        """The language in which people read it: its own where one of them knows it, else that of the gloss."""
        home = self.organisation.home_language
        return row.language if row.language == home or (row.id or 0, row.language) in self.known.spoken else home

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
            claims=tuple(_claim(claim) for row in self.passages for claim in row.claims),
            sources=tuple(SourceRecord(s.ref, s.publisher, s.year, s.url, s.locator) for s in self.sources),
            protected=self.known.terms[self.organisation.id],
            minor_at_events=narrative.minor_at_events,
            mosaic_budget=narrative.mosaic_budget,
            disclosed=frozenset(name for source in self.sources for name in source.attributes),
            tier=self.tier,
        )

    @property
    def campaign_record(self) -> CampaignRecord:
        return self.known.once(("campaign", self.campaign.id, self.language, self.used_blocks), self._campaign)

    def _campaign(self) -> CampaignRecord:
        campaign = self.campaign
        lines = [b.text for b in self._blocks() if b.kind == "context" and b.ref in campaign.context_blocks]
        return CampaignRecord(
            territories=frozenset(campaign.territories),
            purpose=campaign.purpose,
            hashtags=frozenset(campaign.hashtags),
            link_hosts=frozenset(campaign.link_hosts),
            context_lines=tuple(lines),
        )

    @property
    def organisation_record(self) -> OrganisationRecord:
        key = ("organisation", self.organisation.id, self.language, self.used_blocks)
        return self.known.once(key, self._organisation)

    def _organisation(self) -> OrganisationRecord:
        organisation, blocks = self.organisation, self._blocks()
        return OrganisationRecord(
            languages=frozenset(organisation.languages),
            disclosure=self._disclosure(blocks),
            allowed_domains=frozenset(organisation.allowed_domains),
            allowed_tags=frozenset(organisation.allowed_tags),
            phones=frozenset(organisation.phones),
            helplines=tuple(helpline_record(block, None) for block in blocks if block.kind == "helpline"),
            deny=self.known.denied[organisation.id],
        )

    def _disclosure(self, blocks: Sequence[Block]) -> Mapping[str, str]:
        """The line these words carry; where they carry none, the one they should."""
        lines = [block for block in blocks if block.kind == "disclosure"]
        best = min(lines, key=lambda block: (block.id not in self.used_blocks, block.ref, -block.number), default=None)
        return {self.language: best.text} if best else {}

    def _blocks(self) -> list[Block]:
        """The newest version of every block in this language, and the versions these words use."""
        rows = self.known.blocks.get((self.organisation.id or 0, self.language), [])
        newest = {row.ref: row.id for row in rows}
        return [row for row in rows if row.id in self.used_blocks or newest[row.ref] == row.id]


def _claim(value: Mapping[str, Any]) -> ClaimRecord:
    return ClaimRecord(str(value.get("text", "")), value.get("source"), value.get("locator"))
