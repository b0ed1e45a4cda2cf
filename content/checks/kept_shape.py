"""The shapes of what people keep up, as JSON gives them: looks at links and hashtags, platforms' rules compared."""

from pydantic import AliasChoices, Field, model_validator

from content.checks.base_shape import Begin, Shape
from content.checks.records import LookRecord
from content.link import parse_link


class LinkCheckShape(Shape):
    """One look at an address: when, what answered, on which host, and whether a copy of the page is kept."""

    url: str
    at: Begin
    status: int = 200
    host: str | None = None
    copy_kept: bool = Field(default=True, validation_alias=AliasChoices("copy", "copy_kept"))

    def record(self) -> LookRecord:
        same = self.host is None or self.host == parse_link(self.url).host
        return LookRecord(self.at, self.status == 200 and same and self.copy_kept)


class HashtagShape(Shape):
    """A hashtag alone, or with when somebody looked at it, and whether others had taken it over."""

    tag: str
    checked_at: Begin | None = None
    taken: bool = False

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: object) -> object:
        return {"tag": given} if isinstance(given, str) else given


class PlatformShape(Shape):
    """policy_checked_at: when the platform's own rules were last compared with our profile of it."""

    policy_checked_at: Begin | None = None
