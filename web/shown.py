"""How pages are made from templates: the shell's words, dates and numbers. Autoescaped, strict.

The interface's digits are 0 to 9 in every language: Babel writes dates and numbers so where nothing else is asked for.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from web.language import Language, translations
from web.static import address

PAGES = Path(__file__).parent / "pages"


def page(name: str, language: Language, given: Mapping[str, Any]) -> str:
    """A template with its words in this language. Raises UndefinedError where something was not given."""
    return _environment(language.code).get_template(name).render({**given, "language": language})


@cache
def _environment(code: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    known = translations(code)
    made.install_gettext_callables(known.ugettext, known.ungettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.globals |= {"static": address, "N_": str}  # N_: words that are translated where they are shown
    made.filters |= {name: _said(code, how) for name, how in _FORMATS.items()}
    return made


def _said(code: str, how: Any) -> Any:
    def filter_(value: Any, *more: Any) -> str:
        return str(how(value, code, *more))

    return filter_


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def _day(at: datetime, code: str, zone: str = "UTC") -> str:
    return format_date(_local(at, zone), "EEEE d MMMM", locale=code)


def _moment(at: datetime, code: str, zone: str = "UTC") -> str:
    """Wed 25 Nov, 10:00, with the year where it is not this one: the place stands beside it in the page."""
    local = _local(at, zone)
    year = " y" if local.year != datetime.now(UTC).year else ""
    return format_datetime(local, f"EEE d MMM{year}, HH:mm", locale=code)


def _number(value: float, code: str) -> str:
    return format_decimal(value, locale=code)


def _language_name(code: str, shown: str) -> str:
    """What the language with this code is called in the interface's own."""
    known = Locale.parse(shown).languages.get(code)
    return str(known) if known else code


def _direction(code: str, _: str) -> str:
    """Of words in a language that need not be one of the interface's."""
    return "rtl" if code in RIGHT_TO_LEFT else "ltr"


RIGHT_TO_LEFT = {"ar", "ckb", "fa", "he", "ps", "ug", "ur"}
_FORMATS = {
    "day": _day, "moment": _moment, "number": _number, "language_name": _language_name, "direction": _direction,
}  # fmt: skip
