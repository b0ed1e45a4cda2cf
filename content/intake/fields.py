"""The kinds of value a file may hold, each refusing with its own code and the next step.

A PydanticCustomError's type is the stable code; its `todo` is what to do next. The input is never repeated
in an error: a file may hold what must not reach a terminal's scroll-back or a log.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Shape(BaseModel):
    """What every record in a file is: closed, unchanging, strictly typed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TEMPLATE = re.compile(r"[a-z_]{1,40}/[a-z0-9_-]{1,60}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
_TAG = re.compile(r"\w{1,100}")
_ZONES = frozenset(available_timezones())
MAX_TEXT, MAX_LINE = 10_000, 500


def _fail(code: str, message: str, todo: str) -> PydanticCustomError:
    return PydanticCustomError(code, message, {"todo": todo})  # type: ignore[arg-type]


def _ref(value: str) -> str:
    if not _REF.fullmatch(value):
        raise _fail(
            "intake.ref",
            "A reference is 1 to 64 of the letters A-Z a-z, digits, dot, dash and underscore.",
            "Choose a short one that names nobody, such as N-13.",
        )
    return value


def _text(value: str) -> str:
    value = unicodedata.normalize("NFC", value.strip())
    if _CONTROL.search(value):
        raise _fail("intake.text", "A control character stands in this text.", "Remove it.")
    if not value or len(value) > MAX_TEXT:
        raise _fail("intake.text", f"This text is empty or longer than {MAX_TEXT} characters.", "Write or shorten it.")
    return value


def _one_line(value: str) -> str:
    value = _text(value)
    if "\n" in value or len(value) > MAX_LINE:
        raise _fail("intake.text", f"This must be one line of at most {MAX_LINE} characters.", "Shorten it.")
    return value


def _language(value: str) -> str:
    if not re.fullmatch("[a-z]{2}", value):
        raise _fail("intake.language", "A language is two small letters (ISO 639-1).", "Write en, ar, fr, de …")
    return value


def _territory(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}|\*", value):
        raise _fail(
            "intake.territory", "A territory is two capitals (ISO 3166-1) or `*`.", "Write GB, AT, FR … or '*'."
        )
    return value


def _zone(value: str) -> str:
    if value not in _ZONES:
        raise _fail("window.zone", "This time zone is not known.", "Use an IANA name such as Europe/Vienna.")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        good = False
    if not good or len(value) > 2000 or re.search(r"\s", value):
        raise _fail("intake.address", "This is no web address.", "Write it whole, beginning with https://.")
    return value


def _hashtag(value: str) -> str:
    value = value.removeprefix("#")
    if not _TAG.fullmatch(value):
        raise _fail("intake.hashtag", "A hashtag is letters, digits and underscores.", "Write one word, no spaces.")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z]{2,63}", value):
        raise _fail("intake.host", "This is no host name.", "Write it small and bare: pages.example.org.")
    return value


def _template(value: str) -> str:
    if not _TEMPLATE.fullmatch(value):
        raise _fail("intake.template", "A template is named theme/name.", "`template check` lists those there are.")
    return value


def _local(value: str) -> str:
    if _RELATIVE.fullmatch(value):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or len(value) < 16:
        raise _fail(
            "window.local_time",
            "This is no local date and time; offsets and Z are left out, the zone stands beside it.",
            "Write 2031-05-04T18:30, or +2d 18:30 for half past six two days from now.",
        )
    return value


def _yearly(value: str) -> str:
    try:
        date.fromisoformat(f"2024-{value}")  # a leap year, so that 02-29 is a day
    except ValueError:
        raise _fail("intake.day", "This is no day of the year.", "Write month and day: 11-13.") from None
    return value


_RELATIVE = re.compile(r"\+([0-9]{1,3})d ([01][0-9]|2[0-3]):([0-5][0-9])")


def local_time(text: str, today: date) -> datetime:
    """The naive local time meant by a `Local` field; `today` is the day in the message's zone."""
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return datetime.fromisoformat(text)
    days, hour, minute = map(int, relative.groups())
    return datetime.combine(date.fromordinal(today.toordinal() + days), datetime.min.time()).replace(
        hour=hour, minute=minute
    )


Ref = Annotated[str, AfterValidator(_ref)]
Text = Annotated[str, AfterValidator(_text)]
Line = Annotated[str, AfterValidator(_one_line)]
Language = Annotated[str, AfterValidator(_language)]
Territory = Annotated[str, AfterValidator(_territory)]
Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
Host = Annotated[str, AfterValidator(_host)]
TemplateName = Annotated[str, AfterValidator(_template)]
Local = Annotated[str, AfterValidator(_local)]
Yearly = Annotated[str, AfterValidator(_yearly)]
Translated = dict[Language, Line]

Theme = Literal["infighting", "brutality", "corrupt_unislamic", "quality_of_life"]
Risk = Literal["low", "medium", "high"]
Reach = Literal["worldwide", "fenced", "list"]
Format = Literal[
    "site", "x", "bluesky", "mastodon", "telegram", "telegram_caption", "sms", "facebook", "instagram", "email_subject"
]
Attribute = Literal[
    "age", "year", "origin", "residence", "role", "occupation", "unit", "body_mark", "family", "ethnicity"
]
Use = Literal["text", "verbatim", "translated", "image", "audio", "video", "paid", "partner_share"]
