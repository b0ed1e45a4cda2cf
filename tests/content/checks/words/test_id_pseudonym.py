"""One person's story refers to that person by the approved label alone."""

from content.checks.finding import Finding, Missing
from content.checks.records import NarrativeRecord, SpanRecord, WordsCase
from content.checks.words import id_pseudonym

LABELS = {"en": "a former member", "de": "eine ehemalige Anhängerin", "ar": "عضو سابق"}
NARRATIVE = NarrativeRecord(kind="individual", display_label=LABELS)


def codes(text: str, language: str = "en", **more: object) -> list[str]:
    narrative = more.pop("narrative", NARRATIVE)
    found = id_pseudonym.check(WordsCase(text, language, "site", narrative=narrative, **more))  # type: ignore[arg-type]
    return [answer.code for answer in found if isinstance(answer, Finding)]


def test_the_label_and_pronouns_pass_and_another_name_does_not() -> None:
    assert codes("A former member says she was afraid.") == []
    assert codes("Abu Rayhan agreed.") == ["name"]
    assert codes("قالت أم رقية إنها نادمة", "ar") == ["name"]


def test_a_declined_label_is_the_label() -> None:
    named = NarrativeRecord(kind="individual", display_label={"de": "die junge Alice"})
    assert codes("Mit der jungen Alice sprachen Forscher.", "de", narrative=named) == []


def test_announcing_another_name_is_found() -> None:
    assert codes("She was known as Sparrow there.") == ["announced"]
    assert codes("Er nannte sich Falke.", "de") == ["announced"]


def test_what_people_cleared_is_not_judged_again() -> None:
    text = "Alice asked. Bob Miller answered."
    spans = (SpanRecord(0, 12, "passage", "p1", cleared=True), SpanRecord(13, len(text), "passage", "p2"))
    found = list(id_pseudonym.check(WordsCase(text, "en", "site", narrative=NARRATIVE, spans=spans)))
    assert [answer.span for answer in found if isinstance(answer, Finding)] == [(13, 23)]


def test_a_language_without_an_approved_label_is_refused() -> None:
    assert codes("Une ancienne membre raconte.", "fr") == ["label"]


def test_an_aggregate_has_no_pseudonym_and_missing_data_is_said() -> None:
    assert codes("Abu Rayhan agreed.", narrative=NarrativeRecord(kind="aggregate")) == []
    assert list(id_pseudonym.check(WordsCase("Hi", "en", "x", narrative=NarrativeRecord(kind="individual")))) == [
        Missing("id-pseudonym", "narrative.display_label")
    ]
