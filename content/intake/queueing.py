"""Messages as files propose them, and what a file says must refuse them."""

from pydantic import Field

from content.intake.fields import Address, Hashtag, Language, Line, Local, Ref, Shape, TemplateName, Zone


class Wording(Shape):
    """A message in one language: the template and what fills it, where and when it is to go.

    start, not_after: local times in `zone`; without `start` the time is given when queueing.
    rule: an iCalendar RRULE; count: how often at most. connectors, accounts: refs.
    """

    template: TemplateName
    passages: tuple[Ref, ...] = Field(min_length=1)
    stance: Ref | None = None
    connectors: tuple[Ref, ...] = ()
    helplines: tuple[Ref, ...] = ()
    accounts: tuple[Ref, ...] = Field(min_length=1)
    start: Local | None = None
    zone: Zone
    rule: Line | None = None
    count: int | None = Field(default=None, ge=1, le=366)
    not_after: Local | None = None
    hashtags: tuple[Hashtag, ...] = ()
    link: Address | None = None
    translator: Ref | None = None


class Message(Shape):
    """What staff queue, drawing on exactly one narrative.

    `author` and `translator` only add writers (who may then not judge); who imports is a writer in any case.
    """

    ref: Ref
    campaign: Ref
    narrative: Ref
    author: Ref | None = None
    languages: dict[Language, Wording] = Field(min_length=1)


class Expectation(Shape):
    """The sample's own refusals say which checks must stop them; nothing is decided by it."""

    message: Ref
    checks: tuple[Ref, ...] = Field(min_length=1)
    why: Line
