"""The interface's own words in each language, through Babel: what stands in the pages and what the pages say.

Catalogues are text files, a folder a language and a file a part of the desk (`translations/ar/desk.po`); they are
compiled when a process starts. The words of messages and testimony never pass through here.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parent / "translations"
HOME = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the interface. name: as its own speakers write it."""

    code: str
    name: str
    direction: str


LANGUAGES = {
    one.code: one
    for one in (
        Language("en", "English", "ltr"),
        Language("ar", "العربية", "rtl"),
        Language("fr", "Français", "ltr"),
        Language("de", "Deutsch", "ltr"),
    )
}


@cache
def translations(code: str) -> NullTranslations:
    """The catalogue of a language; English stands in the pages themselves."""
    found = catalogues(code)
    if code == HOME or not found:
        return NullTranslations()
    whole = Catalog(locale=code)
    for message in (message for one in found for message in one if message.id):
        whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


def catalogues(code: str) -> list[Catalog]:
    """What stands in the files of this language."""
    return [read_po(BytesIO(path.read_bytes()), locale=code) for path in sorted((FOLDER / code).glob("*.po"))]


def chosen(cookie: str | None, accepted: str) -> Language:
    """The language somebody chose, else the first that their browser asks for and we have."""
    asked = [part.partition(";")[0].strip().partition("-")[0].lower() for part in accepted.split(",")]
    found = next((code for code in (cookie or "", *asked) if code in LANGUAGES), HOME)
    return LANGUAGES[found]
