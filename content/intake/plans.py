"""Organisation, accounts, blocks, campaigns and calendar days, as files propose them."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from content.intake.fields import (
    Address,
    Channel,
    Format,
    Hashtag,
    Host,
    Language,
    Line,
    Reach,
    Ref,
    Shape,
    Territory,
    Text,
    Theme,
    Yearly,
    Zone,
)
from content.intake.refusing import refuse

CAPS = {"per_narrative_7d": 1, "per_narrative_30d": 3, "per_account_24h": 2}
LEAST_GAP = 4.0  # hours


class Organisation(Shape):
    """Who publishes. `about` is the page per language that says who pays; disclosure lines are blocks."""

    ref: Ref
    name: Line
    home_language: Language
    languages: tuple[Language, ...] = Field(min_length=1)
    funder_type: Literal["foundation", "government", "donations", "university", "membership", "mixed"]
    about: Mapping[Language, Address] = Field(default_factory=dict)
    domains: tuple[Host, ...] = ()
    tags: tuple[Line, ...] = ()
    phones: tuple[Line, ...] = ()


class Account(Shape):
    """One profile of the organisation. `format`: what it says; `channel`: how it leaves."""

    ref: Ref
    channel: Channel
    format: Format
    name: Line
    handle: Line
    remote_identity: Line
    reach: Reach
    territories: tuple[Territory, ...] = ()
    languages: tuple[Language, ...] = Field(min_length=1)
    settings: Mapping[Ref, str | int | bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _reach_fits(self) -> Self:
        if self.reach == "worldwide" and self.territories not in ((), ("*",)):
            refuse(
                "intake.reach",
                "A worldwide account cannot be kept to territories.",
                "Write reach: fenced, if the channel really fences it, or leave the territories out.",
            )
        if self.reach == "fenced" and (not self.territories or "*" in self.territories):
            refuse("intake.reach", "A fenced account names its territories.", "List them, or say worldwide.")
        return self


class Block(Shape):
    """Standard text. A helpline has facts of its own: operator, phone, hours or the address where they stand.

    languages: what its people speak. note: for the team.
    """

    ref: Ref
    kind: Literal["disclosure", "context", "helpline", "connector"]
    language: Language
    text: Text
    gloss: Text | None = None
    territories: tuple[Territory, ...] = ()
    languages: tuple[Language, ...] = ()
    operator: Literal["police", "ministry", "ngo", "faith", "state"] | None = None
    phone: Line | None = None
    hours: Line | None = None
    address: Address | None = None
    always_open: bool = False
    note: Text | None = None

    @model_validator(mode="after")
    def _a_helpline_can_be_reached(self) -> Self:
        facts = (self.operator, self.phone, self.hours, self.address, self.territories, self.languages)
        if self.kind != "helpline":
            if any(facts) or self.always_open:
                refuse("intake.block", f"A {self.kind} has no phone, hours or places.", "Remove them.")
            return self
        if not (self.operator and self.territories and self.languages and (self.phone or self.address)):
            refuse(
                "intake.helpline",
                "A helpline needs its operator, territories, languages, and a phone or an address.",
                "Add what is missing.",
            )
        if not (self.hours or self.address or self.always_open):
            refuse(
                "intake.helpline",
                "Nobody can tell when this helpline answers.",
                "Add hours, the address where they stand, or always_open: true.",
            )
        if self.phone and self.phone not in self.text:
            refuse("intake.helpline", "The phone does not stand in the text.", "Write both alike.")
        return self


class Caps(Shape):
    """How often; a campaign may only be stricter than the defaults."""

    per_narrative_7d: int = Field(default=1, ge=0)
    per_narrative_30d: int = Field(default=3, ge=0)
    per_account_24h: int = Field(default=2, ge=0)
    account_gap_hours: float = Field(default=4.0, le=168)

    @model_validator(mode="after")
    def _only_stricter(self) -> Self:
        laxer = [name for name, most in CAPS.items() if getattr(self, name) > most]
        laxer += ["account_gap_hours"] if self.account_gap_hours < LEAST_GAP else []
        if laxer:
            refuse(
                "intake.laxer",
                f"A campaign may only be stricter than the default: {', '.join(laxer)}.",
                "Lower the number (raise it for the gap) or leave it out.",
            )
        return self


class Blackout(Shape):
    """Days from `first` to `last`, both included, and what happens to a time that falls on one."""

    first: date
    last: date
    policy: Literal["skip", "shift", "keep"] = "skip"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            refuse("intake.day", "The blackout ends before it begins.", "Exchange first and last.")
        return self


class Policy(Shape):
    """`tier_min`: the least tier of its messages; `blackout`: days on which its times are not kept."""

    tier_min: int = Field(default=1, ge=1, le=4)
    min_gap_hours: float = Field(default=0, ge=0, le=8760)
    blackout: tuple[Blackout, ...] = ()


class Campaign(Shape):
    """A GAMMMA+ brief and what it may use. `context` and `accounts` are refs."""

    ref: Ref
    name: Line
    goal: Text
    audience: Text
    message: Text
    messenger: Text
    media: tuple[Line, ...] = Field(min_length=1)
    action: Text
    monitoring: Text
    purpose: Ref
    themes: tuple[Theme, ...] = ()
    languages: tuple[Language, ...] = Field(min_length=1)
    territories: tuple[Territory, ...] = Field(min_length=1)
    zone: Zone
    hashtags: tuple[Hashtag, ...] = ()
    link_hosts: tuple[Host, ...] = ()
    context: tuple[Ref, ...] = ()
    accounts: tuple[Ref, ...] = Field(min_length=1)
    caps: Caps = Caps()
    policy: Policy = Policy()


class CalendarDay(Shape):
    """A day that matters in a territory (`*`: everywhere): each year on `yearly`, or once from `day`."""

    ref: Ref
    territory: Territory
    name: Line
    kind: Literal["sensitive", "crisis", "holiday"]
    yearly: Yearly | None = None
    day: date | None = None
    days: int = Field(default=1, ge=1, le=60)

    @model_validator(mode="after")
    def _has_one_day(self) -> Self:
        if (self.yearly is None) == (self.day is None):
            refuse("intake.day", "A calendar day has either `yearly` or `day`.", "Write yearly: 11-13.")
        return self
