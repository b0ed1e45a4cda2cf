"""The interface's words: complete in Arabic, with the same blanks to fill, in all six forms of number."""

import re

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

from content.errors import Refusal
from content.formats import FORMATS
from content.people import ROLES
from web.language import LANGUAGES, catalogues, chosen, translations
from web.shown import PAGES, page

BLANK = re.compile(r"%\(\w+\)s")


def _said() -> set[object]:
    """Every word and sentence that the pages say."""
    found = extract_from_dir(
        str(PAGES), [("**.html", "jinja2")], {"**.html": {"extensions": "jinja2.ext.i18n"}}, strip_comment_tags=True
    )
    return {message for _, _, message, _, _ in found}


def _translated(code: str) -> list[Message]:
    """What pages say; the sentences of the program itself have a context (test_told)."""
    return [message for one in catalogues(code) for message in one if message.id and not message.context]


def test_arabic_says_everything_that_the_pages_say() -> None:
    known = {message.id: message.string for message in _translated("ar")}
    assert len(known) == len(_translated("ar")), "something is translated in two files"
    assert len(_said()) > 150
    assert {one for one in _said() if one not in known} == set()
    assert [one for one, said in known.items() if not all([said] if isinstance(said, str) else said)] == []
    assert known.keys() <= _said(), "the catalogue says what no page says"


@pytest.mark.parametrize("code", ["ar", "fr", "de"])
def test_a_translation_has_the_blanks_of_what_it_translates(code: str) -> None:
    for message in _translated(code):
        if isinstance(message.id, str):
            assert set(BLANK.findall(message.id)) == set(BLANK.findall(str(message.string))), message.id
        for said in message.string if isinstance(message.id, tuple) else ():
            assert set(BLANK.findall(said)) <= set(BLANK.findall(message.id[1])), message.id


@pytest.mark.parametrize(("code", "forms"), [("fr", 2), ("de", 2)])
def test_a_language_that_is_begun_says_only_what_pages_say_and_says_it_whole(code: str, forms: int) -> None:
    known = {message.id: message.string for message in _translated(code)}
    assert len(known) == len(_translated(code)) > 100 and known.keys() <= _said()
    for said in known.values():
        assert all([said] if isinstance(said, str) else [len(said) == forms, *said])


def test_a_refusal_whose_sentence_is_not_known_is_said_by_its_code_with_its_english_beside_it() -> None:
    """In languages that are begun; in Arabic each is said itself (test_told)."""
    refusal = Refusal("verdict.own", "bob wrote a part of M-1.", "Ask another.")
    english, arabic = page_of("refused.html", "en", refusal), page_of("refused.html", "ar", refusal)
    assert "شاركتَ في كتابة هذه الرسالة" in arabic and "bob wrote a part of M-1." in arabic
    assert 'lang="en" dir="ltr"' in arabic and english.count("wrote") == 1
    assert "bob did" in page_of("refused.html", "ar", Refusal("no.such_code", "bob did.", "Nothing."))


@pytest.mark.parametrize("name", [*ROLES, *sorted({shape.unit for shape in FORMATS.values()})])
def test_roles_and_units_have_a_name_in_every_language(name: str) -> None:
    table = (PAGES / "names.html").read_text("utf-8")
    said = re.search(rf'"{re.escape(name)}": gettext\("([^"]+)"\)', table)
    assert said
    for code in ("ar", "fr", "de"):
        assert said[1] in {message.id for message in _translated(code)}, code


def page_of(name: str, code: str, refusal: Refusal) -> str:
    return page(name, LANGUAGES[code], {"refusals": [refusal]})


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
