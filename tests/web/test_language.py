"""The interface's words: complete in Arabic, with the same blanks to fill, in all six forms of number."""

import re

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

from web.language import LANGUAGES, catalogues, chosen, translations
from web.shown import PAGES

BLANK = re.compile(r"%\(\w+\)s")


def _said() -> set[object]:
    """Every word and sentence that the pages say."""
    found = extract_from_dir(
        str(PAGES), [("**.html", "jinja2")], {"**.html": {"extensions": "jinja2.ext.i18n"}}, strip_comment_tags=True
    )
    return {message for _, _, message, _, _ in found}


def _translated(code: str) -> list[Message]:
    return [message for one in catalogues(code) for message in one if message.id]


def test_arabic_says_everything_that_the_pages_say() -> None:
    known = {message.id: message.string for message in _translated("ar")}
    assert len(known) == len(_translated("ar")), "something is translated in two files"
    assert len(_said()) > 150
    assert {one for one in _said() if one not in known} == set()
    assert [one for one, said in known.items() if not all([said] if isinstance(said, str) else said)] == []
    assert known.keys() <= _said(), "the catalogue says what no page says"


def test_a_translation_has_the_blanks_of_what_it_translates() -> None:
    for message in _translated("ar"):
        if isinstance(message.id, str):
            assert set(BLANK.findall(message.id)) == set(BLANK.findall(str(message.string))), message.id


def test_arabic_counts_in_six_forms() -> None:
    known = translations("ar")
    said = {known.ungettext("%(n)s account", "%(n)s accounts", n) for n in (0, 1, 2, 3, 11, 100)}
    assert len(said) == 6


@pytest.mark.parametrize(
    ("cookie", "accepted", "code"),
    [(None, "", "en"), (None, "ar-SY,en;q=0.8", "ar"), ("fr", "ar", "fr"), ("xx", "de-DE", "de"), (None, "ja", "en")],
)
def test_the_language_is_the_one_chosen_else_the_first_that_the_browser_asks_for(
    cookie: str | None, accepted: str, code: str
) -> None:
    assert chosen(cookie, accepted) == LANGUAGES[code]
