"""What tells who somebody is without naming them: found in full, in four languages, and clean messages left alone."""

import time
from pathlib import Path

import pytest

from content.checks import engine
from content.checks.finding import Answer, Finding, Missing
from content.checks.records import WordsCase
from content.checks.words.identity import pieces
from content.checks.words.lexicons import lexicon
from tests.content.checks import samples as s

CORPUS = Path(__file__).parent / "identity_corpus"
LANGUAGES = ("en", "ar", "fr", "de")
FAMILY = ("id-direct", "id-date-place", "id-relatives", "id-quasi-combination")


def findings(text: str, language: str = "en", **changes: object) -> list[Finding]:
    case = s.words(text, language=language, used_passages=(), **changes)
    return [one for name in FAMILY for one in engine.run(engine.WORDS[name], case) if isinstance(one, Finding)]


def codes(check: str, text: str, language: str = "en", **changes: object) -> list[tuple[str, str]]:
    found = [one for one in findings(text, language, **changes) if one.check == check]
    return [(one.code, text[slice(*one.span)] if one.span else "") for one in found]


# --- the corpus --------------------------------------------------------------------------------------


def _lines(language: str) -> list[str]:
    return [line for line in (CORPUS / f"{language}.txt").read_text("utf-8").splitlines() if line[:1] not in ("", "#")]


def _marked(line: str) -> tuple[str, list[tuple[int, int]]]:
    """The line without its brackets, and the spans that stood between them."""
    text, spans, opened = "", [], 0
    for char in line:
        if char == "[":
            opened = len(text)
        elif char == "]":
            spans.append((opened, len(text)))
        else:
            text += char
    return text, spans


def _whole(text: str, span: tuple[int, int], covered: set[int]) -> bool:
    return all(i in covered for i in range(*span) if text[i].isalnum())


@pytest.mark.parametrize("language", LANGUAGES)
def test_details_are_found_in_full_span(language: str) -> None:
    hits, missed = 0, []
    for text, spans in map(_marked, _lines(language)):
        covered = {i for one in findings(text, language) if one.span for i in range(*one.span)}
        for span in spans:
            if _whole(text, span, covered):
                hits += 1
            else:
                missed.append(text[slice(*span)])
    assert hits / (hits + len(missed)) >= 0.95, missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean_messages_are_left_alone(language: str) -> None:
    clean = [line for line in _lines(language) if "[" not in line]
    assert len(clean) >= 14
    assert [line for line in clean if findings(line, language)] == []


# --- id-quasi-combination ----------------------------------------------------------------------------

COMBINED = (
    ("en", "The 25-year-old teacher from Aleppo joined in 2014."),
    ("fr", "L’infirmière de 25 ans, originaire d’Alep, est partie en 2014."),
    ("de", "Die 25-jährige Lehrerin aus Aleppo ging im Jahr 2014."),
    ("ar", "معلمة عمرها ٢٥ عاماً من حلب التحقت عام ٢٠١٤"),
)


@pytest.mark.parametrize(("language", "text"), COMBINED)
def test_three_kinds_of_detail_go_to_safeguarding_each_by_itself(language: str, text: str) -> None:
    found = codes("id-quasi-combination", text, language)
    kinds = [code for code, _ in found]
    assert {"age", "role", "year"} < set(kinds)
    assert {"origin", "residence"} & set(kinds)
    assert len(kinds) == 4


def test_one_detail_is_shown_and_a_year_alone_is_not() -> None:
    assert codes("id-quasi-combination", "She was a dentist once.") == [("alone", "was a dentist")]
    assert codes("id-quasi-combination", "He left in 2014.") == []


def test_two_kinds_are_enough_where_the_risk_is_high() -> None:
    text = "He was a welder from Tripoli."
    low = codes("id-quasi-combination", text)
    high = codes("id-quasi-combination", text, narrative=s.narrative(tier=3))
    assert [code for code, _ in low] == ["alone", "alone"]
    assert [code for code, _ in high] == ["role", "origin"]


def test_an_unknown_risk_is_said_where_it_decides() -> None:
    case = s.words("He was a welder from Tripoli.", narrative=s.narrative(tier=None))
    assert Missing("id-quasi-combination", "narrative.tier") in engine.run(engine.WORDS["id-quasi-combination"], case)


def test_what_people_tagged_counts_with_what_is_read() -> None:
    tags = s.TagsRecord(attributes=frozenset({"ethnicity", "occupation"}))
    case = s.words("At 19, he left.", used_passages=(s.passage(text="At 19, he left.", tags=tags),))
    found = [one for one in engine.run(engine.WORDS["id-quasi-combination"], case) if isinstance(one, Finding)]
    assert {one.code for one in found} == {"age", "ethnicity", "role"}


def test_what_the_source_says_itself_still_counts_and_is_said() -> None:
    text = "The 25-year-old teacher from Aleppo joined in 2014."
    found = findings(text, narrative=s.narrative(disclosed=frozenset({"age"})))
    assert [one.code for one in found if "published source" in one.reason] == ["age"]
    assert {one.severity for one in found} == {"specialist:safeguarding"}


# --- id-date-place -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "code", "shown"),
    [
        ("en", "She left on 14 March near the border.", "date", "14 March"),
        ("en", "It was 2016-02-03 when they came.", "date", "2016-02-03"),
        ("en", "They hid in the village of Tell Hamra.", "place", "village of Tell Hamra"),
        ("en", "He guarded the Nur mosque.", "place", "Nur mosque"),
        ("fr", "Elle est partie le 14 mars 2015.", "date", "14 mars 2015"),
        ("fr", "On l’a gardée à la prison de Sarrin.", "place", "prison de Sarrin"),
        ("de", "Sie ging am 14. März 2015 fort.", "date", "14. März 2015"),
        ("de", "Er kam in das Dorf Tell Hamra.", "place", "Dorf Tell Hamra"),
        ("ar", "غادرت يوم ١٤ آذار ٢٠١٥", "date", "١٤ آذار ٢٠١٥"),
        ("ar", "اختبأت في قرية الوادي", "place", "قرية الوادي"),
    ],
)
def test_days_and_places_finer_than_a_city_block(language: str, text: str, code: str, shown: str) -> None:
    found = codes("id-date-place", text, language)
    assert any(one == code and shown in words for one, words in found)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "She left Syria in March 2015."),
        ("en", "Source: The Evening Post, 14 March 2015."),
        ("en", "The interview was published on 14 March 2015."),
        ("en", "After 11 September 2001 everything changed."),
        ("fr", "Elle est partie au printemps 2015."),
        ("de", "Sie verließ das Lager im März 2015."),
        ("ar", "غادرت سوريا في آذار ٢٠١٥"),
    ],
)
def test_months_countries_and_the_days_of_sources_may_stand(language: str, text: str) -> None:
    assert codes("id-date-place", text, language) == []


def test_a_passage_tagged_with_a_day_blocks_and_one_tagged_otherwise_is_read_again() -> None:
    text = "She left on 14 March."

    def answers(**tags: str) -> list[Answer]:
        case = s.words(text, used_passages=(s.passage(text=text, tags=s.TagsRecord(**tags)),))
        return engine.run(engine.WORDS["id-date-place"], case)

    assert {one.severity for one in answers(date_precision="day") if isinstance(one, Finding)} == {"block"}
    assert [one.code for one in answers() if isinstance(one, Finding)] == ["disagrees"]


def test_a_narrative_may_allow_finer_places() -> None:
    assert (
        codes("id-date-place", "They hid in the village of Tell Hamra.", narrative=s.narrative(disclosure="finer"))
        == []
    )


# --- id-relatives ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "Her brother still lives in Beta.", "status"),
        ("en", "His cousin in Leipzig wrote to him.", "place"),
        ("en", "My sister Jonna wrote to me.", "name"),
        ("en", "Her uncle, a goldsmith, begged her.", "work"),
        ("fr", "Son frère vit encore là-bas.", "status"),
        ("de", "Sein Vater wurde später verhaftet.", "status"),
        ("ar", "شقيقها ما زال يعيش في حمص", "status"),
    ],
)
def test_a_relative_with_a_name_place_work_or_fate_blocks(language: str, text: str, code: str) -> None:
    assert code in [one for one, _ in codes("id-relatives", text, language)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Her family asked her to come home."),
        ("en", "Mothers wept and brothers turned on each other. Aleppo fell silent."),
        ("fr", "Sa famille lui a demandé de rentrer."),
        ("de", "Ihre Familie bat sie, nach Hause zu kommen."),
        ("ar", "طلبت منها عائلتها أن تعود"),
    ],
)
def test_relatives_in_general_may_stand(language: str, text: str) -> None:
    assert codes("id-relatives", text, language) == []


# --- the lexicons ------------------------------------------------------------------------------------


def test_the_publishers_own_lines_are_not_judged() -> None:
    line = "Published by the Lantern House, Vienna, since 14 March 2015."
    assert findings(line, organisation=s.organisation(disclosure={"en": line})) == []


def test_a_language_without_a_lexicon_is_not_evaluated() -> None:
    case = WordsCase("Merhaba", "tr", "site")
    assert pieces("Merhaba", "tr") == ()
    for name in ("id-quasi-combination", "id-date-place", "id-relatives"):
        assert any(
            isinstance(one, Missing) and "lexicon" in one.missing for one in engine.run(engine.WORDS[name], case)
        )


@pytest.mark.parametrize("name", ["identity", "places", "occupations", "relatives"])
def test_the_data_says_whose_it_is_and_where_it_comes_from(name: str) -> None:
    book = lexicon(name)
    assert all(book[key] for key in ("version", "owner", "licence", "source", "about"))
    for case in book["cases"]:
        kinds = {piece.category for piece in pieces(case["text"], case["language"])}
        kinds |= {one.check for one in findings(case["text"], case["language"]) if one.check == "id-relatives"}
        assert (case["code"] in kinds) is case["found"], case["text"]


def test_phrases_keep_to_linear_time() -> None:
    for trap in ("the only ", "from Aleppo ", "14 ", "Abu ", "his brother "):
        start = time.perf_counter()
        findings(trap * 1000)
        assert time.perf_counter() - start < 10, trap
