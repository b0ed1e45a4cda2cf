"""Messages as files propose them, and what a file says must refuse them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from content.errors import Refusal
from content.intake.fields import (
    Address,
    Hashtag,
    Language,
    Line,
    Local,
    Ref,
    Shape,
    TemplateName,
    Zone,
    local_text,
)
from content.window import Window, parse_window
from content.zone import local_at


class Wording(Shape):
    """A message in one language: the template and what fills it, where and when it is to go.

    start, not_after: local times in `zone`; without `start` the time is given when queueing.
    rule: an iCalendar RRULE; count: how often; fold: 0 or 1, the first or second of an hour that comes twice.
    connectors: the template's name for one -> the block's ref. accounts: refs.
    """

    template: TemplateName
    passages: tuple[Ref, ...] = Field(min_length=1)
    stance: Ref | None = None
    quote: Ref | None = None
    connectors: Mapping[Ref, Ref] = Field(default_factory=dict)
    context: Ref | None = None
    helpline: Ref | None = None
    accounts: tuple[Ref, ...] = Field(min_length=1)
    start: Local | None = None
    zone: Zone
    rule: Line | None = None
    count: int | None = Field(default=None, ge=1, le=366)
    fold: Literal[0, 1] | None = None
    not_after: Local | None = None
    hashtags: tuple[Hashtag, ...] = ()
    link: Address | None = None
    media: tuple[Ref, ...] = ()
    translator: Ref | None = None


class Message(Shape):
    """What staff queue, drawing on exactly one narrative.

    `author` and `translator` only add writers (who may then not judge); who imports is a writer in any case.
    """

    ref: Ref
    campaign: Ref
    narrative: Ref
    author: Ref | None = None
    languages: Mapping[Language, Wording] = Field(min_length=1)


class Expectation(Shape):
    """The sample's own refusals say which checks must stop them; nothing is decided by it."""

    message: Ref
    checks: tuple[Ref, ...] = Field(min_length=1)
    why: Line


def times_of(wording: Wording, now: datetime) -> dict[str, str | int]:
    """The wording's times as they are stored: start and not_after as date and time, counted from `now`."""
    today = local_at(now, wording.zone).date()
    times = {"start": wording.start, "not_after": wording.not_after}
    found: dict[str, str | int] = {name: local_text(text, today) for name, text in times.items() if text}
    others = {"zone": wording.zone, "rule": wording.rule, "count": wording.count, "fold": wording.fold}
    return found | {name: value for name, value in others.items() if value is not None}


def window_of(wording: Wording, now: datetime) -> Window | None:
    """The window the wording asks for; None where the start is given when queueing. Raises Refusal."""
    if wording.start is None:
        return None
    times = times_of(wording, now)
    return parse_window(
        str(times["start"]),
        wording.zone,
        rule=wording.rule or "",
        count=wording.count,
        not_after=str(times["not_after"]) if wording.not_after else None,
        fold=wording.fold,
        now=now,
    )


def untimely(message: Message, now: datetime | None, where: str) -> list[Refusal]:
    """What is wrong with the message's times at that instant; nothing where no instant is given."""
    found: list[Refusal] = []
    if now is None:
        return found
    for wording in message.languages.values():
        try:
            window_of(wording, now)
        except Refusal as refusal:
            found.append(Refusal(refusal.code, refusal.message, refusal.todo, where))
    return found
