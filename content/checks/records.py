"""The plain records that checks judge: text and facts in, findings out, no database.

None means absent (a check that needs it answers Missing); empty means none. The same records are
built from tables for the gate (`checks/facts/load.py`, `checks/stored.py`) and from JSON for `check --cases`.
Instants are aware UTC datetimes. Languages are ISO 639-1, territories ISO 3166-1 alpha-2 or `*`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from content.agreement import ConsentRecord as ConsentRecord
from content.tags import TagsRecord as TagsRecord


class TermMatcher(Protocol):
    """Finds protected terms, or denied references, without knowing them in clear (content/protect builds it)."""

    def find(self, text: str) -> Sequence[tuple[int, int]]: ...


@dataclass(frozen=True, slots=True)
class QuoteRecord:
    language: str
    text: str
    ref: str = ""
    approved: bool = True  # a translation may be shown as a quotation only when approved for its language


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """Where a stretch of the leaf comes from, as rendering recorded it; offsets in the leaf's joined text."""

    start: int
    end: int
    kind: str
    ref: str
    cleared: bool = False  # that passage, block or template version is cleared for this language and channel


@dataclass(frozen=True, slots=True)
class PassageRecord:
    ref: str
    text: str
    language: str
    cleared: bool
    tags: TagsRecord | None
    cleared_language: str | None = None  # the language the passage was cleared in


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    text: str
    source: str | None = None
    locator: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    ref: str
    publisher: str | None = None
    year: int | None = None
    url: str | None = None
    locator: str | None = None


@dataclass(frozen=True, slots=True)
class HoldRecord:
    start: datetime
    end: datetime | None
    territories: frozenset[str] = frozenset()  # empty = everywhere


@dataclass(frozen=True, slots=True)
class NarrativeRecord:
    ref: str | None = None
    theme: str | None = None
    kind: str | None = None  # individual | aggregate
    display_label: Mapping[str, str] | None = None
    disclosure: str | None = None  # the finest place precision that may be said
    passages: tuple[PassageRecord, ...] | None = None
    quotes: tuple[QuoteRecord, ...] | None = None
    claims: tuple[ClaimRecord, ...] | None = None
    sources: tuple[SourceRecord, ...] | None = None
    protected: TermMatcher | None = None
    minor_at_events: bool | None = None
    holds: tuple[HoldRecord, ...] | None = None
    consent: ConsentRecord | None = None
    mosaic_budget: int | None = None
    exposed: frozenset[str] | None = None  # attributes ever made public, recalled or not
    disclosed: frozenset[str] | None = None  # attributes that the published source gives away itself, tagged by people
    tier: int | None = None  # 1 to 4: how high the risk is (tier.py)


@dataclass(frozen=True, slots=True)
class HelplineRecord:
    ref: str
    line: str | None
    territories: frozenset[str]
    languages: frozenset[str]
    operator: str | None = None  # police | ministry | ngo | faith | state
    phone: str | None = None
    hours: str | None = None
    url: str | None = None
    always_open: bool = False
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    territories: frozenset[str] | None = None
    purpose: str | None = None
    hashtags: frozenset[str] | None = None
    link_hosts: frozenset[str] | None = None
    context_lines: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ShiftRecord:
    """Somebody trained answers replies in these languages, from start to before end."""

    start: datetime
    end: datetime
    languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class ModerationRecord:
    """Who answers those who reply. As it stands here: nobody does."""

    shifts: tuple[ShiftRecord, ...] = ()
    reply_policy: str | None = None  # its address
    escalation: str | None = None  # whom a responder calls when somebody who writes is in distress


@dataclass(frozen=True, slots=True)
class OrganisationRecord:
    languages: frozenset[str] | None = None
    disclosure: Mapping[str, str] | None = None  # exact line per language: publisher + funder type + link
    allowed_domains: frozenset[str] | None = None
    allowed_tags: frozenset[str] | None = None  # # and @
    phones: frozenset[str] | None = None
    helplines: tuple[HelplineRecord, ...] | None = None
    deny: TermMatcher | None = None  # what must not be pointed at
    moderation: ModerationRecord | None = None


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """A picture, film or sound that goes out with a leaf; alt, captions and label by language.

    faces: how many can be seen; releases: of how many a release form is on file; voice: none, actor, altered,
    consented, or whatever else it is; synthetic: what is made or staged (ai_image ai_voice ai_face actor
    reconstruction composite translation …); contrast: the lowest of words in it, inf where it shows none.
    """

    kind: str  # image | illustration | video | audio
    alt: Mapping[str, str] | None = None
    captions: Mapping[str, str] | None = None
    faces: int | None = None
    releases: int | None = None
    voice: str | None = None
    background_cleared: bool | None = None  # somebody looked for windows, roofs and landmarks
    metadata_keys: frozenset[str] | None = None
    minor_visible: bool | None = None
    synthetic: frozenset[str] | None = None
    label: Mapping[str, str] | None = None
    text_only: bool | None = None  # it shows nothing but words
    contrast: float | None = None
    file_name: str | None = None
    drawn: str | None = None  # the words it was drawn from, where we drew it
    drawn_cleared: bool | None = None  # whether people cleared those words
    note: str = ""  # what readers are told before it is shown
    retired: str = ""  # why it may not be shown any more: licence, asked, wrong, other; "": it may
    symbol_match: bool | None = None  # it shows a flag or emblem of the group, or looks like its media


@dataclass(frozen=True, slots=True)
class AccountRecord:
    ref: str
    channel: str
    format: str
    reach: str  # worldwide | fenced | list
    territories: frozenset[str] = frozenset()
    persona: bool = False
    owned: bool = False
    ownership_verified_at: datetime | None = None
    identity_verified_at: datetime | None = None
    identity_matches: bool | None = None


@dataclass(frozen=True, slots=True)
class LookRecord:
    """When somebody last looked at something of the outside world, and whether it was as it should be."""

    at: datetime
    good: bool


UNCAPPED = "site"  # the format whose posts no cap counts or stops


@dataclass(frozen=True, slots=True)
class Appearance:
    """One counted post: a message shown to people. Messages, not copies, are counted per narrative."""

    message: str
    narrative: str
    account: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CalendarDay:
    territory: str
    start: datetime
    end: datetime
    name: str
    kind: str = "sensitive"  # sensitive | crisis | holiday | blackout
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Caps:
    per_narrative_7d: int = 1
    per_narrative_30d: int = 3
    per_account_24h: int = 2
    account_gap_hours: float = 4


@dataclass(frozen=True, slots=True)
class WordsCase:
    """What a words check reads: one leaf's text with the records about it. Pure: no instant is needed."""

    text: str  # parts joined by a line feed
    language: str
    channel: str  # the format's name: site x bluesky ...
    parts: tuple[tuple[int, int], ...] = ()  # start, end of each part in text; () = one part
    spans: tuple[SpanRecord, ...] | None = None  # None: bare text, provenance unknown
    narrative: NarrativeRecord | None = None
    campaign: CampaignRecord | None = None
    organisation: OrganisationRecord | None = None
    links: tuple[str, ...] | None = None  # hrefs not visible in the text (the link card)
    used_passages: tuple[PassageRecord, ...] | None = None  # those this leaf stands on
    media: tuple[MediaRecord, ...] | None = None
    card: tuple[str, ...] = ()  # the words of the link card
    tone_ok: bool | None = True  # False: who read it saw ridicule; None: it was asked for, and nobody looked


@dataclass(frozen=True, slots=True)
class FactsCase:
    """What a facts check reads: one leaf for one account at one instant, with everything known then."""

    at: datetime | None  # None only where `check --cases` was given no instant
    language: str
    channel: str
    message: str | None = None
    uses: frozenset[str] | None = None  # text verbatim translated image ...
    attributes: frozenset[str] | None = None  # this message's identifying attributes
    narrative: NarrativeRecord | None = None
    campaign: CampaignRecord | None = None
    organisation: OrganisationRecord | None = None
    account: AccountRecord | None = None
    appearances: tuple[Appearance, ...] | None = None  # others, 30 days around `at`, of this narrative or account
    calendar: tuple[CalendarDay, ...] | None = None
    caps: Caps = field(default_factory=Caps)
    media: tuple[MediaRecord, ...] | None = None
    targeting: tuple[tuple[str, str], ...] | None = None  # (what it goes by, value): ("interest", "university")
    due: datetime | None = None  # a post's planned instant; caps compare plans, so that a second's delay breaks no gap
    links: tuple[str, ...] | None = None  # the addresses that the leaf leads to
    link_looks: Mapping[str, LookRecord] | None = None  # the last look at each, where there was one
    hashtags: tuple[str, ...] | None = None  # that stand in the leaf, as they are written there
    tag_looks: Mapping[str, LookRecord] | None = None  # the last look at each, by what networks compare (link.tag_key)
    policy_checked_at: datetime | None = None  # when the platform's own rules were last compared with our profile
    upkeep: datetime | None = None  # a forecast: what people keep up is judged as it stands now, not as of `at`
