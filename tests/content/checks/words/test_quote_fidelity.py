"""A quotation is a marked cut of a stored quote, token by token, or it does not go out."""

import pytest

from content.checks.finding import Finding, Missing
from content.checks.records import NarrativeRecord, OrganisationRecord, QuoteRecord, SpanRecord, WordsCase
from content.checks.words import quote_fidelity

SAID = "We had no bread for nine days, and my neighbour shared his rice with us."
QUOTES = (QuoteRecord("en", SAID), QuoteRecord("ar", "كانوا يسمحون لنا بالخروج يوماً واحداً"))


def answers(text: str, language: str = "en", **more: object) -> list[Finding]:
    narrative = NarrativeRecord(quotes=more.pop("quotes", QUOTES))  # type: ignore[arg-type]
    found = quote_fidelity.check(WordsCase(text, language, "site", narrative=narrative, **more))  # type: ignore[arg-type]
    return [answer for answer in found if isinstance(answer, Finding)]


@pytest.mark.parametrize(
    "text",
    [
        f"“{SAID}”",
        f"«{SAID}»",
        f"„{SAID}“",
        "She says: “We had no bread for nine days.”",
        "“We had no bread […] and my neighbor shared his rice with us.”",
        "“… my neighbour shared his rice …”",
        "“We [the women] had no bread for nine days”",
        "We had no bread for nine days, she said.",
        "She had no bread for nine days; a neighbour helped.",
    ],
)
def test_a_faithful_cut_passes(text: str) -> None:
    assert answers(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "“We had bread for nine days”",
        "“We had no bread for ten days”",
        "“We had no bread, and my neighbour shared his rice with us.”",
        "“my neighbour shared his rice with us […] We had no bread”",
        "“We had no bread for nine days?”",
        "“no bread for nine day”",
        "We had bread for nine days, and my neighbour shared his rice with us.",
        "We had no bread for nine days, and my neighbour shared his rice with us, and I regret nothing.",
        "“I regret every single day of it”",
    ],
)
def test_an_altered_or_unknown_quotation_blocks(text: str) -> None:
    assert [finding.severity for finding in answers(text)] == ["block"]


def test_an_omission_that_swallows_the_negation_goes_to_a_reviewer() -> None:
    quotes = (QuoteRecord("en", "I did not ever believe them"),)
    (finding,) = answers("“I did […] believe them”", quotes=quotes)
    assert (finding.code, finding.severity) == ("omission", "specialist:content")


def test_arabic_spelling_may_vary_but_part_of_a_word_is_no_word() -> None:
    assert answers("«كانوا يسمحون لنا بالخروج يوما واحدا»", "ar") == []
    assert [f.code for f in answers("«كانوا سمحون لنا بالخروج»", "ar")] == ["altered"]


def test_a_translation_must_be_approved_and_of_the_leafs_language() -> None:
    proposed = (QuoteRecord("fr", "Nous n'avions pas de pain", approved=False), *QUOTES)
    assert [f.code for f in answers("« Nous n’avions pas de pain »", "fr", quotes=proposed)] == ["translation"]
    assert [f.code for f in answers("« We had no bread »", "fr")] == ["language"]


def test_somebody_elses_words_that_the_text_rejects_are_a_warning() -> None:
    assert [f.severity for f in answers("Recruiters speak of a “land of plenty”. That is a lie.")] == ["warn"]
    assert [f.severity for f in answers("He found a “land of plenty”.")] == ["block"]


def test_marks_around_the_publishers_name_are_no_quotation() -> None:
    line = "Published by «Open Doors House»."
    spans = (SpanRecord(0, 9, "passage", "p1", cleared=True), SpanRecord(10, 10 + len(line), "disclosure", "d1"))
    assert answers(f"He left.  {line}", spans=spans) == []
    assert answers(f"He left. {line}", organisation=OrganisationRecord(disclosure={"en": line})) == []


def test_a_span_taken_from_a_quote_is_judged_even_without_marks() -> None:
    text = "We had no bread for three days"
    assert [f.code for f in answers(text, spans=(SpanRecord(0, len(text), "quote", "q1"),))] == ["altered"]


def test_without_a_record_of_quotes_a_quotation_cannot_be_judged() -> None:
    assert list(quote_fidelity.check(WordsCase("“Hello there”", "en", "x"))) == [
        Missing("quote-fidelity", "narrative.quotes")
    ]
    assert list(quote_fidelity.check(WordsCase("Hello there", "en", "x"))) == []
