"""What leads straight to a person is found; what the organisation publishes of itself may stand."""

import time

import pytest

from content.checks.finding import Finding
from content.checks.records import (
    HelplineRecord,
    NarrativeRecord,
    OrganisationRecord,
    SourceRecord,
    SpanRecord,
    WordsCase,
)  # fmt: skip
from content.checks.words import id_direct


def found(text: str, language: str = "en", **more: object) -> list[tuple[str, str]]:
    answers = id_direct.check(WordsCase(text, language, "site", **more))  # type: ignore[arg-type]
    return [(a.code, text[slice(*a.span)] if a.span else "") for a in answers if isinstance(a, Finding)]


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("Mail bob.k@example.com today", "email", "bob.k@example.com"),
        ("Call +44 7700 900123.", "phone", "+44 7700 900123"),
        ("Call (202) 555-0143.", "phone", "(202) 555-0143"),
        ("هاتف: ٠٧٧٠٩٠٠١٢٣٤", "phone", "٠٧٧٠٩٠٠١٢٣٤"),
        ("Ask @alice_w about it", "handle", "@alice_w"),
        ("Join https://t.me/+AbCdEf123 now", "handle", "https://t.me/+AbCdEf123"),
        ("Signal: alice.42", "handle", "Signal: alice.42"),
        ("at 36.20213, 37.13426 exactly", "coordinates", "36.20213, 37.13426"),
        ("at 36°12'7\"N 37°8'3\"E", "coordinates", "36°12'7\"N 37°8'3\"E"),
        ("her passport no. K 7712098 expired", "document", "passport no. K 7712098"),
        ("Aktenzeichen 14/20815", "document", "Aktenzeichen 14/20815"),
        ("جواز سفر رقم ٤٤٥٥٦٦٧", "document", "جواز سفر رقم ٤٤٥٥٦٦٧"),
        ("He lives at 7 Elm Street, Leeds.", "address", "7 Elm Street, Leeds"),
        ("Sie wohnt in der Gartenstraße 12, 1050 Wien", "address", "Gartenstraße 12, 1050 Wien"),
        ("au 3 rue des Tilleuls, 69001 Lyon", "address", "3 rue des Tilleuls, 69001 Lyon"),
    ],
)
def test_contact_details_documents_and_doors_are_found(text: str, code: str, shown: str) -> None:
    assert (code, shown) in found(text)


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Bilal Sabbagh was afraid.", "en", "Bilal Sabbagh"),
        ("It was told by Umm Rayhan al-Tunisi.", "en", "Umm Rayhan al-Tunisi"),
        ("My brother Jonas wrote to me.", "en", "Jonas"),
        ("Ask Dr. Zyntra Mollow about it.", "en", "Zyntra Mollow"),
        ("Zyntra Mollow, 23, came home.", "en", "Zyntra Mollow"),
        ("« J’ai eu peur », dit Sophie Lambert.", "fr", "Sophie Lambert"),
        ("Das erzählt Lukas Brandner heute.", "de", "Lukas Brandner"),
        ("وصلت مريم الخطيب أمس", "ar", "مريم الخطيب"),
        ("كتبت لأبي مصعب التونسي", "ar", "مصعب التونسي"),
    ],
)
def test_names_of_people_are_found(text: str, language: str, name: str) -> None:
    assert any(code == "name" and name in shown for code, shown in found(text, language))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A former member says the promises were empty.", "en"),
        ("Researchers counted 58 public accounts between 2013 and 2015.", "en"),
        ("The Prophet Muhammad taught mercy; Saddam Hussein ruled then.", "en"),
        ("Johns Hopkins University wrote about Port Said and Iraq.", "en"),
        ("On Monday he said: never again. 40% agreed, 1 of 200.", "en"),
        ("Nur Nachbarn blieben. Die Nase war kalt.", "de"),
        ("Une ancienne membre raconte l’hiver à la maison.", "fr"),
        ("قال عضو سابق إن الحياة كانت صعبة على الجميع", "ar"),
        ("الحمد لله، كان كريماً وسعيداً بعد ذلك", "ar"),
    ],
)
def test_clean_messages_pass(text: str, language: str) -> None:
    assert found(text, language) == []


def test_the_organisations_own_numbers_tags_and_lines_may_stand() -> None:
    organisation = OrganisationRecord(
        disclosure={"en": "Published by the Maria Keller House."},
        allowed_tags=frozenset({"@ourhouse"}),
        phones=frozenset({"+44 800 555 0199"}),
        helplines=(HelplineRecord("h1", None, frozenset({"GB"}), frozenset({"en"}), phone="0808 555 0100"),),
    )
    text = "Talk: 0800 555 0199 or 0808 5550100, @OurHouse, t.me/ourhouse. Published by the Maria Keller House."
    assert found(text, organisation=organisation) == []
    assert found(text.replace("0199", "0198"), organisation=organisation) == [("phone", "0800 555 0198")]


def test_the_label_and_a_sources_publisher_may_stand() -> None:
    narrative = NarrativeRecord(display_label={"en": "Charlie"}, sources=(SourceRecord("s", "Lambert & Sophie"),))
    assert found("Charlie left. Source: Lambert & Sophie.", narrative=narrative) == []


def test_the_publishers_own_spans_are_not_searched_for_names() -> None:
    text = "He left. Source: Daniel Brown, 2015."
    spans = (SpanRecord(0, 8, "passage", "p", cleared=True), SpanRecord(9, len(text), "source_line", "s"))
    assert found(text, spans=spans) == []
    assert found(text) == [("name", "Daniel Brown")]


def test_a_link_behind_the_card_is_read_too() -> None:
    assert found("Read on.", links=("https://instagram.com/alice.w",)) == [("handle", "")]


def test_patterns_keep_to_linear_time() -> None:
    traps = (
        "1 " * 4000,
        "a." * 4000 + "@",
        "Rue de " * 2000,
        "Abu " * 2000,
        "+1-" * 3000,
        "passport " * 2000,
        "A'" * 4000,
    )
    for trap in traps:
        start = time.perf_counter()
        found(trap)
        assert time.perf_counter() - start < 2, trap[:12]
