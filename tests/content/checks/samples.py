"""Cases that the tests of the checks start from: one leaf that every check passes, and ways to spoil it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from content.checks.records import (
    AccountRecord,
    Appearance,
    CalendarDay,
    CampaignRecord,
    ConsentRecord,
    FactsCase,
    HelplineRecord,
    LookRecord,
    MediaRecord,
    ModerationRecord,
    NarrativeRecord,
    OrganisationRecord,
    PassageRecord,
    QuoteRecord,
    ShiftRecord,
    SourceRecord,
    SpanRecord,
    TagsRecord,
    WordsCase,
)

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
PASSAGE = "A former member says daily life was hard."
STANCE = "He speaks so that others do not follow."
SOURCE = "Source: The Daily Example, 2015."
DISCLOSURE = "Published by the Lantern Project, funded by a foundation. https://lantern.example.org/who"
CONTEXT = "They harmed Yazidi, Christian, Shia, Kurdish and Sunni people alike."
HELPLINE = "Worried? Listening Line, run by a charity, daily 9-5: 0800 555 0123."
PIECES = (
    (PASSAGE, "passage", "N-1/p1@1"),
    (" ", "template", "quality_of_life/plain@1"),
    (STANCE, "stance", "N-1/s1@1"),
    ("\n", "template", "quality_of_life/plain@1"),
    (SOURCE, "source_line", "N-1"),
    ("\n", "template", "quality_of_life/plain@1"),
    (DISCLOSURE, "disclosure", "D-1@1"),
    ("\n", "template", "quality_of_life/plain@1"),
    (HELPLINE, "helpline", "H-1@1"),
)


class NoTerms:
    """Protects nothing."""

    def find(self, text: str) -> list[tuple[int, int]]:
        return []


class Protects:
    """Protects one word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def find(self, text: str) -> list[tuple[int, int]]:
        at = text.find(self.word)
        return [] if at < 0 else [(at, at + len(self.word))]


def laid(pieces: tuple[tuple[str, str, str], ...]) -> tuple[str, tuple[SpanRecord, ...]]:
    text, spans = "", []
    for words, kind, ref in pieces:
        spans.append(SpanRecord(len(text), len(text) + len(words), kind, ref, cleared=True))
        text += words
    return text, tuple(spans)


def helpline(**changes: Any) -> HelplineRecord:
    whole = HelplineRecord(
        ref="H-1",
        line=HELPLINE,
        territories=frozenset({"GB"}),
        languages=frozenset({"en"}),
        operator="ngo",
        phone="0800 555 0123",
        hours="daily 09:00-17:00",
        verified_at=AT - timedelta(days=5),
    )
    return replace(whole, **changes)


def passage(**changes: Any) -> PassageRecord:
    whole = PassageRecord("N-1/p1@1", PASSAGE, "en", cleared=True, tags=TagsRecord(), cleared_language="en")
    return replace(whole, **changes)


def consent(**changes: Any) -> ConsentRecord:
    whole = ConsentRecord(
        basis="published",
        reuse_assessed_at=AT - timedelta(days=5),
        reuse_decision="ok",
        channels=frozenset({"bluesky", "site", "facebook", "telegram"}),
        reach="worldwide",
        languages=frozenset({"en", "ar"}),
        territories=frozenset({"*"}),
        purposes=frozenset({"prevention"}),
        uses=frozenset({"text", "verbatim"}),
        from_=AT - timedelta(days=30),
        until=AT + timedelta(days=30),
        reconfirm_by=AT + timedelta(days=20),
        withdrawn=False,
    )
    return replace(whole, **changes)


def narrative(**changes: Any) -> NarrativeRecord:
    whole = NarrativeRecord(
        ref="N-1",
        theme="quality_of_life",
        kind="individual",
        display_label={"en": "a former member"},
        disclosure="country",
        passages=(passage(),),
        quotes=(QuoteRecord("en", "nobody was allowed to complain"),),
        claims=(),
        sources=(SourceRecord("S-1", "The Daily Example", 2015, "https://daily.example.org/1", "p. 3"),),
        protected=NoTerms(),
        minor_at_events=False,
        holds=(),
        consent=consent(),
        mosaic_budget=3,
        exposed=frozenset({"origin"}),
        disclosed=frozenset(),
        tier=2,
    )
    return replace(whole, **changes)


def campaign(**changes: Any) -> CampaignRecord:
    whole = CampaignRecord(
        territories=frozenset({"GB"}),
        purpose="prevention",
        hashtags=frozenset({"#LeavingISIS"}),
        link_hosts=frozenset({"help.example.org"}),
        context_lines=(CONTEXT,),
    )
    return replace(whole, **changes)


def organisation(**changes: Any) -> OrganisationRecord:
    whole = OrganisationRecord(
        languages=frozenset({"en", "ar"}),
        disclosure={"en": DISCLOSURE},
        allowed_domains=frozenset({"lantern.example.org"}),
        allowed_tags=frozenset({"@lantern"}),
        phones=frozenset({"0800 555 0123"}),
        helplines=(helpline(),),
        moderation=moderation(),
        deny=NoTerms(),
    )
    return replace(whole, **changes)


def moderation(**changes: Any) -> ModerationRecord:
    """Somebody is on shift around AT."""
    shift = ShiftRecord(AT - timedelta(hours=3), AT + timedelta(hours=6), frozenset({"en"}))
    whole = ModerationRecord((shift,), "https://lantern.example.org/replies", "the duty counsellor")
    return replace(whole, **changes)


def picture(**changes: Any) -> MediaRecord:
    """An empty chair, of which everything is recorded."""
    whole = MediaRecord(
        kind="image",
        alt={"en": "An empty chair beside a window with closed curtains"},
        captions={},
        faces=0,
        releases=0,
        voice="none",
        background_cleared=True,
        metadata_keys=frozenset(),
        minor_visible=False,
        synthetic=frozenset(),
        label={},
        text_only=False,
        contrast=inf,
        file_name="9f2c4b7a1d3e5f60.png",
        symbol_match=False,
    )
    return replace(whole, **changes)


def film(**changes: Any) -> MediaRecord:
    """An actor speaks over drawn pictures."""
    whole = picture(
        kind="video",
        captions={"en": "We were told that it would be easy."},
        voice="actor",
        label={"en": "Spoken by an actor"},
        file_name="0b1c2d3e4f5a6b7c.mp4",
    )
    return replace(whole, **changes)


def words(text: str | None = None, **changes: Any) -> WordsCase:
    """A leaf that passes; with a text of its own it has no spans, as in `check --cases`."""
    whole, spans = laid(PIECES)
    case = WordsCase(
        text=whole,
        language="en",
        channel="facebook",
        spans=spans,
        narrative=narrative(),
        campaign=campaign(),
        organisation=organisation(),
        used_passages=(passage(),),
        media=(),
    )
    bare = {} if text is None else {"text": text, "spans": None}
    return replace(case, **bare | changes)


def composed(*pieces: tuple[str, str, str], **changes: Any) -> WordsCase:
    """A leaf of exactly these pieces: (words, kind, ref)."""
    text, spans = laid(pieces)
    return words(**{"text": text, "spans": spans} | changes)


def account(**changes: Any) -> AccountRecord:
    whole = AccountRecord(
        ref="A-1",
        channel="paper",
        format="bluesky",
        reach="worldwide",
        owned=True,
        ownership_verified_at=AT - timedelta(days=10),
        identity_verified_at=AT - timedelta(hours=1),
        identity_matches=True,
    )
    return replace(whole, **changes)


LINK = "https://lantern.example.org/help"


def look(days: float = 1, *, good: bool = True) -> LookRecord:
    """Somebody looked so many days before AT."""
    return LookRecord(AT - timedelta(days=days), good)


def facts(**changes: Any) -> FactsCase:
    """A leaf that may go out now."""
    whole = FactsCase(
        at=AT,
        language="en",
        channel="bluesky",
        message="M-1",
        uses=frozenset({"text"}),
        attributes=frozenset({"origin"}),
        narrative=narrative(),
        campaign=campaign(),
        organisation=organisation(),
        account=account(),
        appearances=(),
        calendar=(),
        media=(),
        targeting=(),
        links=(LINK,),
        link_looks={LINK: look()},
        hashtags=("#OpenLantern",),
        tag_looks={"#openlantern": look()},
        policy_checked_at=AT - timedelta(days=1),
    )
    return replace(whole, **changes)


def day(**changes: Any) -> CalendarDay:
    """A day around AT in GB."""
    whole = CalendarDay("GB", AT - timedelta(hours=12), AT + timedelta(hours=12), "a day of mourning")
    return replace(whole, **changes)


def appearance(message: str, days: float = 0, **changes: Any) -> Appearance:
    """Another post of the same narrative on another account, `days` before AT."""
    whole = Appearance(message, "N-1", "A-2", "facebook", AT - timedelta(days=days))
    return replace(whole, **changes)
