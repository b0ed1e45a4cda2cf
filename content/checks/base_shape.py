"""What the shapes of a case share: keys beside those that are read are named, dates become instants."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

MAX_LINE = 1_000_000  # characters of one case
_ONE_DAY = timedelta(days=1)


def _begin(value: object) -> object:
    return _instant(value, timedelta(0))


def _end(value: object) -> object:
    return _instant(value, _ONE_DAY)


def _instant(value: object, bare_date_adds: timedelta) -> object:
    """An aware UTC instant from ISO 8601; a bare date is 00:00 UTC, of the next day where it names an end."""
    if not isinstance(value, str):
        raise ValueError("must be a date or an instant in ISO 8601, such as 2027-03-01T12:00:00Z")
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), time(0), UTC) + bare_date_adds
        instant = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise ValueError("is no date or instant in ISO 8601, such as 2027-03-01T12:00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError("does not say its zone; end it with Z or an offset such as +01:00")
    return instant.astimezone(UTC)


Begin = Annotated[datetime, BeforeValidator(_begin)]
End = Annotated[datetime, BeforeValidator(_end)]


class Shape(BaseModel):
    """Keys that no check reads are named, not refused: see `unread`."""

    model_config = ConfigDict(extra="allow", frozen=True, str_max_length=MAX_LINE)


def named(name: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(*name.split()))
