"""The kinds of value a file may hold, each refusing with its own code and the next step.

A PydanticCustomError's type is the stable code; its `todo` is what to do next. The input is never repeated
in an error: a file may hold what must not reach a terminal's scroll-back or a log.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from content.errors import Refusal
from content.formats import FORMATS, find_format
from content.promised import PROMISED
from content.zone import known_zone, read_local


class Shape(BaseModel):
    """What every record in a file is: closed, unchanging, strictly typed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TEMPLATE = re.compile(r"[a-z_]{1,40}/[a-z0-9_-]{1,60}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
_TAG = re.compile(r"\w{1,100}")
MAX_TEXT, MAX_LINE = 10_000, 500


def _fail(code: str, message: str, todo: str) -> PydanticCustomError:
    return PydanticCustomError(code, message, {"todo": todo})


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
        raise _fail("intake.text", f"This text is empty or over {MAX_TEXT} characters.", "Write or shorten it.")
    return value


def _one_line(value: str) -> str:
    value = _text(value)
    if "\n" in value or len(value) > MAX_LINE:
        raise _fail("intake.text", f"This must be one line of at most {MAX_LINE} characters.", "Shorten it.")
    return value


def _language(value: str) -> str:
    if not re.fullmatch("[a-z]{2}", value):
        raise _fail("intake.language", "A language is two small letters (ISO 639-1).", "Write en, ar, fr, de.")
    return value


def _territory(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}|\*", value):
        raise _fail("intake.territory", "A territory is two capitals (ISO 3166-1) or `*`.", "Write GB, AT, FR or '*'.")
    return value


def _zone(value: str) -> str:
    try:
        return known_zone(value.strip())
    except Refusal as refusal:
        raise _fail(refusal.code, refusal.message, refusal.todo) from None


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
        raise _fail("intake.hashtag", "A hashtag is letters, digits, underscores.", "Write one word, no spaces.")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z]{2,63}", value):
        raise _fail("intake.host", "This is no host name.", "Write it small and bare: pages.example.org.")
    return value


def _template(value: str) -> str:
    if not _TEMPLATE.fullmatch(value):
        raise _fail("intake.template", "A template is named theme/name.", "`counterpoint template check` lists them.")
    return value


def _channel(value: str) -> str:
    if value not in PROMISED:
        raise _fail("intake.value", "There is no channel of that name.", f"Use one of {', '.join(PROMISED)}.")
    return value


def _format(value: str) -> str:
    try:
        return find_format(value).name
    except Refusal as refusal:
        raise _fail(refusal.code, "There is no format of that name.", f"Use one of {', '.join(FORMATS)}.") from None


def _local(value: str) -> str:
    if _RELATIVE.fullmatch(value):
        return value
    try:
        read_local(value)
    except Refusal as refusal:
        todo = "Write 2031-05-04 18:30, or +2d 18:30 for half past six in two days."
        raise _fail(refusal.code, "This is no date and time.", todo) from None
    return value


def _yearly(value: str) -> str:
    try:
        date.fromisoformat(f"2024-{value}")  # a leap year, so that 02-29 is a day
    except ValueError:
        raise _fail("intake.day", "This is no day of the year.", "Write month and day: 11-13.") from None
    return value


_RELATIVE = re.compile(r"\+([0-9]{1,3})d ([01][0-9]|2[0-3]):([0-5][0-9])")


def local_text(text: str, today: date) -> str:
    """A `Local` field as date and time: `+2d 18:30` counted from `today`, the day in the message's zone."""
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return text
    days, hour, minute = relative.groups()
    return f"{today + timedelta(days=int(days))} {hour}:{minute}"


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
Translated = Mapping[Language, Line]

Theme = Literal["infighting", "brutality", "corrupt_unislamic", "quality_of_life"]
Risk = Literal["low", "medium", "high"]
Reach = Literal["worldwide", "fenced", "list"]
Format = Annotated[str, AfterValidator(_format)]
Channel = Annotated[str, AfterValidator(_channel)]
Attribute = Literal[
    "age", "year", "origin", "residence", "role", "occupation", "unit", "body_mark", "family", "ethnicity"
]
Use = Literal["text", "verbatim", "translated", "image", "audio", "video", "paid", "partner_share"]
