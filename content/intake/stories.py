"""Narratives, the events of their consent, and holds, as files propose them."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from content.intake.fields import (
    Address,
    Attribute,
    Format,
    Language,
    Line,
    Reach,
    Ref,
    Risk,
    Shape,
    Territory,
    Text,
    Theme,
    Translated,
    Use,
)
from content.intake.refusing import refuse


class Source(Shape):
    """Where it was published. `attributes`: what it tells about the person; a verbatim quote spends them."""

    ref: Ref
    publisher: Line
    year: int | None = Field(default=None, ge=1990, le=2100)
    url: Address
    locator: Line
    attributes: tuple[Attribute, ...] = ()


class Quote(Shape):
    """A verbatim fragment. `original_language` is what the person spoke; `source` a source's ref."""

    ref: Ref
    text: Text
    language: Language
    original_language: Language
    is_translation: bool
    source: Ref


class Tags(Shape):
    """What the writer of the file thinks of a passage; people tag it again, blind, before it is cleared."""

    attributes: tuple[Attribute, ...] = ()
    admits_act: bool = False
    operational: bool = False
    endorses_violence: bool = False
    religious_claim: bool = False
    third_parties: bool = False
    relatives: bool = False
    lure: bool = False
    mocks: bool = False
    intensity: int = Field(default=0, ge=0, le=3)
    place_precision: Literal["none", "country", "region", "city", "finer"] = "none"
    date_precision: Literal["none", "year", "month", "day"] = "none"


class Claim(Shape):
    """A number, superlative or generalisation as it stands in the passage, and where it is shown."""

    text: Line
    source: Ref
    locator: Line


class Passage(Shape):
    """One whole sentence or paragraph. `gloss`: what it says in the team's language, where it is in another."""

    ref: Ref
    language: Language
    kind: Literal["account", "stance"] = "account"
    text: Text
    gloss: Text | None = None
    tags: Tags = Tags()
    quotes: tuple[Ref, ...] = ()
    claims: tuple[Claim, ...] = ()

    @model_validator(mode="after")
    def _claims_stand_in_the_text(self) -> Self:
        for claim in self.claims:
            if claim.text not in self.text:
                refuse(
                    "intake.claim",
                    "A claim's text does not stand in its passage.",
                    "Copy the words of the passage that make the claim.",
                )
        return self


class Narrative(Shape):
    """Our record of one person's published testimony, or of a finding about many.

    `summary` is the team's, never published; `disclosure` is the finest place precision that may be said.
    No answer for `minor_at_events` counts as yes; none for `family_in_reach` means: nobody knows yet, ask.
    """

    ref: Ref
    theme: Theme
    secondary: tuple[Theme, ...] = ()
    kind: Literal["individual", "aggregate"]
    display_label: Translated = Field(min_length=1)
    summary: Text | None = None
    reprisal_risk: Risk
    legal_exposure: Risk
    minor_at_events: bool | None = None
    family_in_reach: bool | None = None
    identifiable: bool = False
    open_proceedings: bool = False
    first_publisher: Line | None = None
    first_published: int | None = Field(default=None, ge=1990, le=2100)
    verification: Line | None = None
    mosaic_budget: int = Field(default=3, ge=0, le=10)
    disclosure: Literal["none", "country", "region", "city"] = "country"
    sources: tuple[Source, ...] = Field(min_length=1)
    quotes: tuple[Quote, ...] = ()
    passages: tuple[Passage, ...] = ()
    source_line: Translated = Field(default_factory=dict)
    editor_notes: Text | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        sources = _once("source", [source.ref for source in self.sources])
        quotes = _once("quote", [quote.ref for quote in self.quotes])
        _once("passage", [passage.ref for passage in self.passages])
        _known("source", (quote.source for quote in self.quotes), sources)
        for passage in self.passages:
            _known("quote", passage.quotes, quotes)
            _known("source", (claim.source for claim in passage.claims), sources)
            if passage.language not in self.display_label:
                refuse(
                    "intake.label",
                    f"Passage {passage.ref} is in `{passage.language}`, which `display_label` lacks.",
                    "Add the approved way to refer to the person in that language.",
                )
        return self


class Elements(Shape):
    """The four things that make a person's own consent one."""

    disclosure: bool
    voluntariness: bool
    comprehension: bool
    competence: bool


class Reuse(Shape):
    """What the file's writer suggests about using published words again; safeguarding decides."""

    proposed: Literal["ok", "refused"] | None = None
    note: Text | None = None


class ConsentEvent(Shape):
    """One event over a scope. Empty lists allow nothing; `until` is the last day that is allowed.

    channels: formats, for that is where the words appear; territories: `*` is worldwide.
    """

    ref: Ref
    narrative: Ref
    kind: Literal["grant", "narrow", "reconfirm", "withdraw", "assess"]
    basis: Literal["direct", "published", "aggregate"] | None = None
    elements: Elements | None = None
    reuse: Reuse | None = None
    channels: tuple[Format, ...] | None = None
    reach: Reach | None = None
    languages: tuple[Language, ...] | None = None
    territories: tuple[Territory, ...] | None = None
    purposes: tuple[Ref, ...] | None = None
    uses: tuple[Use, ...] | None = None
    starts: date | None = None
    until: date | None = None
    embargo_until: date | None = None
    reconfirm_by: date | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        scope = (self.channels, self.reach, self.languages, self.territories, self.purposes, self.uses)
        if self.kind == "grant" and (self.basis is None or None in scope):
            refuse(
                "intake.consent",
                "A grant names its basis and all of its scope; what is left out would be a guess.",
                "Add basis, channels, reach, languages, territories, purposes and uses.",
            )
        if self.basis == "direct" and self.elements is None:
            refuse(
                "intake.consent",
                "Direct consent needs its four elements.",
                "Add elements: disclosure, voluntariness, comprehension, competence.",
            )
        if self.kind == "assess" and self.reuse is None:
            refuse("intake.consent", "An assessment says what it proposes.", "Add reuse: proposed, note.")
        return self


class Hold(Shape):
    """A dated stop. `starts` and `until` are days; no `until` means until somebody lifts it."""

    ref: Ref
    narrative: Ref
    kind: Literal["reprisal", "relocation", "asylum", "trial", "family_in_area", "medical"]
    starts: date
    until: date | None = None
    territories: tuple[Territory, ...] = ()
    take_down: bool = False


class Publication(Shape):
    """What was published of a person before Counterpoint, or beside it, and what it gave away. `channel`: a format.

    The address tells one publication from another and is not kept. No address: another record is another publication.
    """

    narrative: Ref
    channel: Format
    at: date
    address: Address | None = None
    attributes: tuple[Attribute, ...]


def _once(word: str, refs: list[str]) -> frozenset[str]:
    known = frozenset(refs)
    if len(known) < len(refs):
        twice = next(ref for ref in refs if refs.count(ref) > 1)
        problem = f"The {word} {twice} stands twice in this narrative."
        refuse("intake.duplicate", problem, "Give one another ref.")
    return known


def _known(word: str, refs: Iterator[str] | tuple[str, ...], known: frozenset[str]) -> None:
    for ref in refs:
        if ref not in known:
            problem = f"There is no {word} {ref} in this narrative."
            refuse("intake.unknown_ref", problem, f"Add the {word} or mend its ref.")
