"""Hate and tone: what is said of communities and of people, by whom, and what may be said all the same."""

import json
from pathlib import Path

import pytest

from content.checks import engine
from content.checks.finding import Finding, Missing
from tests.content.checks import samples as s

HATE = ("dehumanise-sectarian", "anti-muslim", "incitement")
CASES = json.loads((Path(__file__).parent / "hate_cases.json").read_text(encoding="utf-8"))


def found(text, language="en", checks=HATE):
    case = s.words(text, language=language)
    answers = (answer for check in checks for answer in engine.run(engine.WORDS[check], case))
    return {(one.check, one.severity) for one in answers if isinstance(one, Finding)}


@pytest.mark.parametrize("language", ["en", "ar", "fr", "de"])
def test_most_of_the_corpus_is_told_apart(language):
    mine = [case for case in CASES if case["language"] == language]
    hits = {case["text"]: bool(found(case["text"], language)) for case in mine}
    hateful, harmless = ([c for c in mine if c["hate"] is kind] for kind in (True, False))
    assert sum(hits[case["text"]] for case in hateful) >= 0.8 * len(hateful)
    assert sum(hits[case["text"]] for case in harmless) <= 0.03 * len(harmless)


@pytest.mark.parametrize(
    ("language", "text", "check", "severity"),
    [
        ("en", "They are vermin.", "dehumanise-sectarian", "specialist:content"),
        ("en", "Migrants are vermin.", "dehumanise-sectarian", "block"),
        ("en", "The returnees are nothing but rats.", "dehumanise-sectarian", "specialist:content"),
        ("en", "Kurds moved in next door. They are all rats.", "dehumanise-sectarian", "specialist:content"),
        ("en", "I think Somalis are lazy.", "dehumanise-sectarian", "specialist:content"),
        ("en", "Why are Kurds so stupid?", "dehumanise-sectarian", "specialist:content"),
        ("en", "M u s l i m s are pigs", "dehumanise-sectarian", "specialist:content"),
        ("en", "Musilms are scum", "dehumanise-sectarian", "block"),
        ("en", "Islam teaches violence.", "anti-muslim", "specialist:content"),
        ("en", "Moderate Muslims must apologise.", "anti-muslim", "specialist:content"),
        ("en", "Find them and make them pay.", "incitement", "specialist:content"),
        ("en", "Kill all the migrants.", "incitement", "block"),
        ("ar", "اللاجئون حشرات.", "dehumanise-sectarian", "specialist:content"),
        ("ar", "الإسلام دين إرهاب.", "anti-muslim", "specialist:content"),
        ("ar", "انتقموا من عائلاتهم.", "incitement", "specialist:content"),
        ("fr", "Les migrants sont de la vermine.", "dehumanise-sectarian", "block"),
        ("fr", "L’islam prêche la haine.", "anti-muslim", "specialist:content"),
        ("fr", "Retrouvez-les et faites-leur payer.", "incitement", "specialist:content"),
        ("de", "Migranten sind Ungeziefer.", "dehumanise-sectarian", "block"),
        ("de", "Der Islam lehrt Gewalt.", "anti-muslim", "specialist:content"),
        ("de", "Findet sie und lasst sie bezahlen.", "incitement", "specialist:content"),
    ],
)
def test_it_finds_hate(language, text, check, severity):
    assert (check, severity) in found(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Muslim families were first to warn."),
        ("en", "The fighters killed fellow Muslims and treated refugees like animals."),
        ("en", "The commanders took the money meant for widows and fought each other."),
        ("en", "Migrants are not vermin."),
        ("en", "Calling migrants vermin is wrong."),
        ("en", "He said revenge would only have kept it going."),
        ("en", "Do not take revenge on their families."),
        ("en", "Mice live in our kitchen. They are vermin."),
        ("en", "My landlord is a parasite."),
        ("ar", "كانت عائلات مسلمة أول من حذّر."),
        ("ar", "اللاجئون ليسوا حشرات."),
        ("ar", "لا تنتقموا من عائلاتهم."),
        ("fr", "Des familles musulmanes ont été les premières à donner l’alerte."),
        ("fr", "Les migrants ne sont pas de la vermine."),
        ("fr", "Ne vous vengez pas de leurs familles."),
        ("de", "Muslimische Familien warnten als Erste."),
        ("de", "Migranten sind kein Ungeziefer."),
        ("de", "Nehmt keine Rache an ihren Familien."),
    ],
)
def test_it_lets_harmless_words_pass(language, text):
    assert found(text, language, (*HATE, "mockery")) == set()


def test_a_slur_that_is_quoted_and_rejected_is_counter_speech():
    assert found("They shouted “rafida”. Calling people that is wrong.") == set()
    assert found("They shouted “rafida”.") == {("dehumanise-sectarian", "block")}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "These clowns cried over a music player."),
        ("en", "He ran home 😂"),
        ("en", "Such brave men. /s"),
        ("en", "Look at his ugly beard."),
        ("ar", "هؤلاء المهرجون بكوا."),
        ("fr", "Ces guignols ont pleuré."),
        ("de", "Diese Witzfiguren haben geweint."),
    ],
)
def test_it_finds_ridicule(language, text):
    assert found(text, language, ("mockery",)) == {("mockery", "block")}


@pytest.mark.parametrize(
    "text", ["He wrote home that he was tired and afraid.", "They laughed at us and called us cowards."]
)
def test_hardship_told_plainly_is_no_ridicule(text):
    assert found(text, checks=("mockery",)) == set()


@pytest.mark.parametrize("check", [*HATE, "mockery"])
def test_a_language_without_its_lexicon_is_not_evaluated(check):
    (answer,) = engine.run(engine.WORDS[check], s.words("Bir cümle.", language="tr"))
    assert answer == Missing(check, f"lexicon.{check.replace('-', '_')}.tr")
