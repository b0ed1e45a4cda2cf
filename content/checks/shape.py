"""The shapes of a case of `check --cases`, as JSON gives them, and the plain records they become.

Absent keys stay absent (a check then says what it could not see); present and empty means none. Absent
allow-lists count as empty. A bare date of an end means its end: 00:00 UTC of the next day.
"""

import secrets
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from content.checks.base_shape import MAX_LINE as MAX_LINE
from content.checks.base_shape import Begin, End, Shape, named
from content.checks.kept_shape import HashtagShape, LinkCheckShape, PlatformShape
from content.checks.media_shape import Card, Media, Targeting
from content.checks.records import (
    CampaignRecord,
    ClaimRecord,
    ConsentRecord,
    HelplineRecord,
    HoldRecord,
    LookRecord,
    ModerationRecord,
    NarrativeRecord,
    OrganisationRecord,
    PassageRecord,
    QuoteRecord,
    ShiftRecord,
    SourceRecord,
    TagsRecord,
    TermMatcher,
)
from content.formats import ALIASES
from content.link import tag_key
from content.protect import DenyIndex, TermIndex, deny, enter

LANGUAGES = frozenset(["en", "ar", "fr", "de", "tr", "ru", "ur", "id"])
_KEY = secrets.token_bytes(32)  # of this process: the terms of a case are hashed, matched and forgotten


@lru_cache(maxsize=1024)
def _matcher(terms: tuple[str, ...]) -> TermMatcher:
    """The terms as the gate knows them: entered, hashed, and matched by hash."""
    return TermIndex([enter(term, _KEY) for term in terms], _KEY)


@lru_cache(maxsize=1024)
def _denier(references: tuple[str, ...]) -> TermMatcher:
    """The denied references, in the same way."""
    return DenyIndex([hashed for reference in references for hashed in deny(reference, _KEY)], _KEY)


def _formats(names: frozenset[str] | None) -> Any:
    return None if names is None else frozenset(ALIASES.get(name, name) for name in names)


def _each(shapes: tuple[Any, ...] | None, record: Any) -> Any:
    return None if shapes is None else tuple(record(number, shape) for number, shape in enumerate(shapes, start=1))


Words = frozenset[str]


def _language(value: object) -> object:
    return value.lower().partition("-")[0] if isinstance(value, str) else value


Language = Annotated[str, BeforeValidator(_language), Field(pattern=r"^[a-z]{2,3}$")]


# --- shapes ------------------------------------------------------------------------------------------


class TagsShape(Shape):
    attributes: Words = frozenset()
    admits_act: bool = False
    operational: bool = False
    endorses_violence: bool = False
    religious_claim: bool = False
    third_parties: bool = False
    relatives: bool = False
    lure: bool = False
    mocks: bool = False
    intensity: int = Field(default=0, ge=0, le=3)
    place_precision: str = "none"
    date_precision: str = "none"

    def record(self) -> TagsRecord:
        return TagsRecord(**{name: getattr(self, name) for name in TagsShape.model_fields})


class PassageShape(Shape):
    ref: str | None = named("ref id")
    text: str
    language: Language | None = named("language lang")
    cleared: bool | None = None
    cleared_language: Language | None = None
    tags: TagsShape | None = None

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: object) -> object:
        """A passage may be its bare text; its tags may stand beside its text."""
        if isinstance(given, str):
            return {"text": given}
        if isinstance(given, dict) and "tags" not in given:
            beside = given.keys() & TagsShape.model_fields.keys()
            rest = {name: value for name, value in given.items() if name not in beside}
            return rest | {"tags": {name: given[name] for name in beside}} if beside else given
        return given

    def record(self, number: int, language: str) -> PassageRecord:
        told = self.language if self.cleared else None
        return PassageRecord(
            ref=self.ref or str(number),
            text=self.text,
            language=self.language or language,
            cleared=self.cleared is not False,
            tags=self.tags.record() if self.tags else None,
            cleared_language=self.cleared_language or told,
        )


class QuoteShape(Shape):
    text: str
    language: Language = Field(validation_alias=AliasChoices("language", "lang"))
    ref: str = Field(default="", validation_alias=AliasChoices("ref", "id"))
    approved: bool = True

    def record(self) -> QuoteRecord:
        return QuoteRecord(self.language, self.text, self.ref, self.approved)


class ClaimShape(Shape):
    text: str
    source: str | None = named("source source_id")
    locator: str | None = None

    def record(self) -> ClaimRecord:
        return ClaimRecord(self.text, self.source, self.locator)


class SourceShape(Shape):
    ref: str = Field(default="", validation_alias=AliasChoices("ref", "id"))
    publisher: str | None = None
    year: int | None = None
    url: str | None = None
    locator: str | None = None

    def record(self) -> SourceRecord:
        return SourceRecord(self.ref, self.publisher, self.year, self.url, self.locator)


class HoldShape(Shape):
    kind: str | None = None  # staff never learn it, so no check reads it
    start: Begin = Field(validation_alias=AliasChoices("start", "from"))
    end: End | None = named("end until")
    territories: Words = frozenset()

    def record(self) -> HoldRecord:
        return HoldRecord(self.start, self.end, self.territories)


class ConsentShape(Shape):
    basis: str | None = None
    elements: dict[str, bool] | None = None
    reuse_assessed_at: Begin | None = None
    reuse_decision: str | None = named("reuse_decision decision")
    channels: Words | None = None
    reach: Literal["worldwide", "fenced", "list"] | None = None
    languages: Words | None = None
    territories: Words | None = None
    purposes: Words | None = None
    uses: Words | None = None
    from_: Begin | None = named("from")
    until: End | None = None
    reconfirm_by: End | None = None
    embargo_until: End | None = None
    withdrawn: bool | Begin | None = None
    withdrawn_channels: Words = frozenset()

    def record(self) -> ConsentRecord:
        kept = {name: getattr(self, name) for name in ConsentShape.model_fields}
        stated_none = "reuse_assessed_at" in self.model_fields_set and self.reuse_assessed_at is None
        return ConsentRecord(
            **kept
            | {
                "channels": _formats(self.channels),
                "withdrawn_channels": _formats(self.withdrawn_channels),
                "withdrawn": None if self.withdrawn is None else bool(self.withdrawn),
                # "Assessed: null" says that nobody did; only an absent key says nothing.
                "reuse_decision": self.reuse_decision or ("pending" if stated_none else None),
            }
        )


class NarrativeShape(Shape):
    ref: str | None = named("id ref")
    theme: str | None = None
    kind: Literal["individual", "aggregate"] | None = None
    display_label: dict[str, str] | None = None
    disclosure: str | None = None
    passages: tuple[PassageShape, ...] | None = None
    quotes: tuple[QuoteShape, ...] | None = None
    claims: tuple[ClaimShape, ...] | None = None
    sources: tuple[SourceShape, ...] | None = None
    protected_terms: tuple[str, ...] | None = None
    minor_at_events: bool | Literal["unknown"] | None = None
    holds: tuple[HoldShape, ...] | None = None
    consent: ConsentShape | None = None
    mosaic_budget: int | None = None
    exposed: Words | None = None
    disclosed: Words | None = None
    tier: int | None = Field(default=None, ge=1, le=4, validation_alias=AliasChoices("tier", "risk_tier"))

    def record(self, language: str) -> NarrativeRecord:
        return NarrativeRecord(
            ref=self.ref,
            theme=self.theme,
            kind=self.kind,
            display_label=self.display_label,
            disclosure=self.disclosure,
            passages=_each(self.passages, lambda n, shape: shape.record(n, language)),
            quotes=_each(self.quotes, lambda _, shape: shape.record()),
            claims=_each(self.claims, lambda _, shape: shape.record()),
            sources=_each(self.sources, lambda _, shape: shape.record()),
            protected=None if self.protected_terms is None else _matcher(self.protected_terms),
            minor_at_events=self._minor(),
            holds=_each(self.holds, lambda _, shape: shape.record()),
            consent=self.consent.record() if self.consent else None,
            mosaic_budget=self.mosaic_budget,
            exposed=self.exposed,
            disclosed=self.disclosed,
            tier=self.tier,
        )

    def _minor(self) -> bool | None:
        """Unknown counts as a child; only an absent key says nothing."""
        if "minor_at_events" not in self.model_fields_set:
            return None
        return self.minor_at_events is not False


class CampaignShape(Shape):
    territories: Words | None = None
    purpose: str | None = None
    hashtags: tuple[HashtagShape, ...] = ()
    link_hosts: Words = frozenset()
    link_check: tuple[LinkCheckShape, ...] | None = named("link_check link_checks")
    context_lines: tuple[str, ...] | None = None

    def record(self) -> CampaignRecord:
        tags = frozenset(one.tag for one in self.hashtags)
        return CampaignRecord(self.territories, self.purpose, tags, self.link_hosts, self.context_lines)

    def tag_looks(self) -> dict[str, LookRecord]:
        """The looks at the hashtags for which one is told."""
        return {tag_key(one.tag): LookRecord(one.checked_at, not one.taken) for one in self.hashtags if one.checked_at}

    def link_looks(self) -> dict[str, LookRecord]:
        """The newest look at each address."""
        looks = sorted(self.link_check or (), key=lambda look: look.at)
        return {look.url: look.record() for look in looks}


class HelplineShape(Shape):
    ref: str | None = named("ref id name")
    line: str | dict[str, str] | None = None
    territories: Words = frozenset()
    languages: Words = Field(default=frozenset(), validation_alias=AliasChoices("languages", "langs"))
    operator: str | None = None
    phone: str | None = None
    hours: str | None = None
    url: str | None = named("url address")
    always_open: bool = False
    verified_at: Begin | None = None

    def record(self, number: int, language: str) -> HelplineRecord:
        kept = {name: getattr(self, name) for name in HelplineShape.model_fields}
        line = self.line.get(language) if isinstance(self.line, dict) else self.line
        return HelplineRecord(**kept | {"ref": self.ref or str(number), "line": line})


class ShiftShape(Shape):
    start: Begin = Field(validation_alias=AliasChoices("start", "from"))
    end: End = Field(validation_alias=AliasChoices("end", "until"))
    languages: Words = Field(default=frozenset(), validation_alias=AliasChoices("languages", "langs"))

    def record(self) -> ShiftRecord:
        return ShiftRecord(self.start, self.end, self.languages)


class ModerationShape(Shape):
    shifts: tuple[ShiftShape, ...] = ()
    reply_policy: str | None = None
    escalation: str | None = None

    def record(self) -> ModerationRecord:
        return ModerationRecord(tuple(shift.record() for shift in self.shifts), self.reply_policy, self.escalation)


class OrganisationShape(Shape):
    languages: Words = LANGUAGES
    disclosure: dict[str, str] | None = None
    allowed_domains: Words = frozenset()
    allowed_tags: Words = frozenset()
    phones: Words = frozenset()
    helplines: tuple[HelplineShape, ...] | None = None
    moderation: ModerationShape | None = None
    deny: tuple[str, ...] | None = None

    def record(self, language: str) -> OrganisationRecord:
        own = self.languages if "languages" in self.model_fields_set else LANGUAGES | {language}
        return OrganisationRecord(
            languages=own,
            disclosure=self.disclosure,
            allowed_domains=self.allowed_domains,
            allowed_tags=self.allowed_tags,
            phones=self.phones,
            helplines=_each(self.helplines, lambda n, shape: shape.record(n, language)),
            moderation=self.moderation.record() if self.moderation else None,
            deny=None if self.deny is None else _denier(self.deny),
        )


class MessageShape(Shape):
    """tone_ok: whether somebody read it for ridicule and saw none. Not given: it is read when it is cleared."""

    tone_ok: bool | None = None

    def tone(self) -> bool | None:
        return self.tone_ok if "tone_ok" in self.model_fields_set else True


class CaseShape(Shape):
    id: str | int
    text: str
    language: Language
    channel: str
    at: Begin | None = None
    narrative: NarrativeShape | None = None
    campaign: CampaignShape = CampaignShape()
    organisation: OrganisationShape = OrganisationShape()
    links: tuple[str, ...] | None = None
    uses: Words = frozenset({"text"})
    media: Media = None
    card: Card = ()
    message: MessageShape = MessageShape()
    targeting: Targeting = None
    platform: PlatformShape = PlatformShape()
