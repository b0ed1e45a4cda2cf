"""How pages are made from templates: the shell's words, dates and numbers. Autoescaped, strict.

The interface's digits are 0 to 9 in every language: Babel writes dates and numbers so where nothing else is asked for.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.numbers import format_decimal
from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from content.direction import direction
from web.language import Language, translations
from web.static import address
from web.told import told

PAGES = Path(__file__).parent / "pages"


def page(name: str, language: Language, given: Mapping[str, Any]) -> str:
    """A template with its words in this language. Raises UndefinedError where something was not given."""
    return _environment(language.code).get_template(name).render({**given, "language": language})


def get_ready(code: str, pause: Callable[[], object]) -> None:
    """Every page of this language is compiled, which takes a second for all of them; pause: called after each."""
    made = _environment(code)
    for name in made.list_templates():
        made.get_template(name)
        pause()


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
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension adds it
    # N_: words that are translated where they are shown
    made.globals |= {"static": address, "N_": str, **_sayers(translations(code))}
    made.filters["bdi"] = Markup("<bdi>{}</bdi>").format  # a name within a sentence keeps its own direction
    made.filters["parsed"] = datetime.fromisoformat
    made.filters["told"] = partial(told, code=code)
    place = Locale.parse(code)  # once: to read its name again for each date of a page costs more than the date
    made.filters |= {name: _said(place, how) for name, how in _FORMATS.items()}
    return made


def _sayers(known: NullTranslations) -> dict[str, Callable[..., Markup]]:
    """What Jinja's own newstyle callables answer where everything is escaped. A page says hundreds of sentences and
    most have no values: those are put together once."""

    def ours(text: str) -> Markup:
        return Markup(text)  # noqa: S704  # a sentence of a catalogue; the values that go into it are escaped

    @lru_cache(4096)
    def fixed(text: str) -> Markup:
        return ours(known.ugettext(text)) % {}

    def gettext(text: str, /, **values: Any) -> Markup:
        return ours(known.ugettext(text)) % values if values else fixed(text)

    def ngettext(one: str, several: str, number: int, /, **values: Any) -> Markup:
        return ours(known.ungettext(one, several, number)) % {"num": number, **values}

    return {"gettext": gettext, "ngettext": ngettext}


def _said(code: Locale, how: Any) -> Any:
    def filter_(value: Any, *more: Any) -> str:
        return str(how(value, code, *more))

    if how not in _LASTING:
        return filter_
    kept = lru_cache(4096, typed=True)(filter_)

    def lasting(value: Any, *more: Any) -> str:
        """Two instants that are the same in two zones are no two words for one."""
        return filter_(value, *more) if getattr(value, "tzinfo", None) else kept(value, *more)

    return lasting


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def _day(at: datetime, code: Locale, zone: str = "UTC") -> str:
    return format_date(_local(at, zone), "EEEE d MMMM", locale=code)


def _date(day: date, code: Locale) -> str:
    """A calendar day, which is the same everywhere: Wednesday 25 November."""
    return format_date(day, "EEEE d MMMM", locale=code)


def _moment(at: datetime, code: Locale, zone: str = "UTC") -> str:
    """Wed 25 Nov, 10:00, with the year where it is not this one: the place stands beside it in the page."""
    local = _local(at, zone)
    year = " y" if local.year != datetime.now(UTC).year else ""
    return _minute(local, f"EEE d MMM{year}{COMMA.get(code.language, ',')} HH:mm", code)


def _clock(at: datetime, code: Locale, zone: str = "UTC") -> str:
    """14:04, of that place."""
    return _minute(_local(at, zone), "HH:mm", code)


def _minute(local: datetime, pattern: str, code: Locale) -> str:
    """A local time by its minute: pages say the same ones again and again, and to say one costs Babel the most."""
    return _minutes(local.replace(second=0, microsecond=0, tzinfo=None, fold=0), pattern, code)


@lru_cache(8192)
def _minutes(local: datetime, pattern: str, code: Locale) -> str:
    return str(format_datetime(local, pattern, locale=code))


def _second(at: datetime, code: Locale, zone: str = "UTC") -> str:
    """14:04:11, of that place."""
    return format_datetime(_local(at, zone), "HH:mm:ss", locale=code)


def _number(value: float, code: Locale) -> str:
    return format_decimal(value, locale=code)


def _dated(day: date, code: Locale, pattern: str = "EEEE d MMMM") -> str:
    """A day of a calendar, or a local time, as it stands there."""
    return format_datetime(day, pattern, locale=code) if isinstance(day, datetime) else format_date(day, pattern, code)


def _hour(local: datetime, code: Locale) -> str:
    """14:04, of a time that is local already."""
    return f"{local:%H:%M}"


def _place(zone: str, code: Locale) -> str:
    """The city that a zone is known by."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return str(get_timezone_location(zone, locale=code, return_city=True)) if "/" in zone else city


def _tongue(language: str, code: Locale) -> str:
    """A language by its name: `ar` is Arabic."""
    try:
        return Locale.parse(language).get_language_name(code) or language
    except (UnknownLocaleError, ValueError):
        return language


def _tappable(address: str | None, _: str) -> str:
    """An address that a browser may follow, else nothing: a channel's answer is not ours."""
    return address if address and address.startswith(("https://", "http://")) else ""


def _direction(code: str, _: str) -> str:
    """Of words in a language that need not be one of the interface's."""
    return direction(code)


_LASTING = (_date, _dated, _number, _place, _tongue)  # what they say of a value they will say of it tomorrow
COMMA = {"ar": "،"}
_FORMATS = {
    "day": _day, "date": _date, "moment": _moment, "clock": _clock, "clock_exact": _second, "number": _number,
    "tongue": _tongue, "dated": _dated, "hour": _hour, "place": _place,
    "direction": _direction, "tappable": _tappable,
}  # fmt: skip
