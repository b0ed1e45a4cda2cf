"""language-mismatch: what is declared is what readers get, whoever is named or quoted in it."""

import json
from pathlib import Path

import pytest

from content.checks.finding import Finding, Missing
from content.checks.records import OrganisationRecord, WordsCase
from content.checks.words import language_mismatch
from content.checks.words.languages import script
from tests.content.checks import samples as s

LANGUAGES = frozenset("en ar fr de tr ru ur id".split())
TEXTS = {
    "en": [
        "The promised salary never came, and my wife sold her rings.",
        "Anyone who asked a question was taken away before dawn.",
        "We were told to be patient.",
        "I'm not proud of it, but I won't hide it either.",
        "Their own judges took bribes from the traders.",
    ],
    "fr": [
        "Le salaire promis n'est jamais arrivé, et ma femme a vendu ses bagues.",
        "Celui qui posait une question disparaissait avant l'aube.",
        "On nous demandait d'être patients.",
        "Je n'en suis pas fier, mais je ne le cache pas.",
        "Leurs propres juges prenaient l'argent des commerçants.",
    ],
    "de": [
        "Der versprochene Lohn kam nie, und meine Frau verkaufte ihre Ringe.",
        "Wer eine Frage stellte, wurde noch vor dem Morgen abgeholt.",
        "Wir sollten nur Geduld haben.",
        "Ich bin nicht stolz darauf, aber ich verstecke es auch nicht.",
        "Ihre eigenen Richter nahmen Geld von den Händlern.",
    ],
    "ar": [
        "لم يصل الراتب الموعود أبدا، وباعت زوجتي خواتمها.",
        "من طرح سؤالا أخذوه قبل الفجر.",
        "طلبوا منا أن نصبر فقط.",
        "لست فخورا بذلك لكنني لا أخفيه.",
        "قضاتهم أنفسهم أخذوا الرشوة من التجار.",
    ],
    "tr": ["Söz verilen maaş hiç gelmedi ve eşim yüzüklerini sattı.", "Soru soranı şafaktan önce götürdüler."],
    "ru": ["Обещанная зарплата так и не пришла.", "Кто задавал вопросы, того уводили до рассвета."],
    "ur": ["وعدہ کی گئی تنخواہ کبھی نہیں آئی۔", "جو سوال کرتا تھا اسے صبح سے پہلے لے جاتے تھے۔"],
    "id": ["Gaji yang dijanjikan tidak pernah datang.", "Siapa yang bertanya dibawa pergi sebelum pagi."],
    "fa": ["حقوقی که وعده داده بودند هرگز نرسید.", "هر که می‌پرسید پیش از صبح او را می‌بردند."],
}
ALL = [(language, text) for language, texts in TEXTS.items() for text in texts]


def answers(text, language, languages=LANGUAGES, **more):
    case = WordsCase(text, language, "site", organisation=OrganisationRecord(languages=languages), **more)
    return list(language_mismatch.check(case))


@pytest.mark.parametrize(("language", "text"), ALL)
def test_a_text_in_its_declared_language_is_left_alone(language, text):
    assert answers(text, language, LANGUAGES | {language}) == []


@pytest.mark.parametrize(("language", "text"), ALL)
def test_a_text_in_another_language_goes_to_the_language_reviewer(language, text):
    for declared in ("en", "fr", "de", "ar"):
        if declared != language:
            (found,) = answers(text, declared, LANGUAGES | {language})
            assert found.severity == "specialist:language"
            assert text[slice(*found.span)] == text


def test_the_reason_says_what_it_reads_as():
    (found,) = answers(TEXTS["fr"][0], "de")
    assert "reads as French, and is declared German" in found.reason
    (found,) = answers(TEXTS["ru"][0], "de")
    assert "reads as Russian" in found.reason
    (found,) = answers(TEXTS["ar"][0], "de")
    assert "reads as a language in Arabic letters" in found.reason
    (found,) = answers("Ήθελε μόνο να γυρίσει σπίτι.", "de")
    assert "reads as a language in letters of another script" in found.reason


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "عمل في مخيم Al-Hol مع منظمة Médecins Sans Frontières سنة كاملة."),
        ("en", "She said: “Ich wollte nur noch nach Hause zu meinen Kindern.” Then she left."),
        ("de", "Er zeigte auf ein Schild: «On ne passe pas sans papiers ici». Dann drehte er um."),
        (
            "fr",
            "Il en parle chaque semaine. #LeavingThemWasTheBestThingEver https://lantern.example.org/what-they-said",
        ),
        ("en", "Jean-Luc Tremblay, Bruxelles"),
        ("fr", "Hamburg"),
        ("de", "OK!"),
        ("ar", "2015"),
        ("en", "👍👍"),
        ("en", ""),
    ],
)
def test_names_quotes_tags_and_too_little_are_no_evidence(language, text):
    assert answers(text, language) == []


def test_each_line_of_a_bare_text_is_a_block():
    text = "He missed the smell of his mother's kitchen.\nElle a compris trop tard que tout était faux.\nNobody came."
    (found,) = answers(text, "en")
    assert text[slice(*found.span)] == "Elle a compris trop tard que tout était faux."


def test_a_sentence_left_untranslated_in_a_block_is_seen():
    left = "Niemand durfte die Stadt ohne ein Papier des Kommandanten verlassen."
    text = f"They promised him a house near the river and a wage. {left} So he stayed for two more winters."
    (found,) = answers(text, "en")
    assert text[slice(*found.span)] == left


def test_each_span_is_a_block_and_a_source_line_is_none():
    case = s.composed(
        (s.PASSAGE, "passage", "N-1/p1@1"),
        ("\n", "template", "t@1"),
        ("Er spricht, damit andere ihm nicht folgen.", "stance", "N-1/s1@1"),
        ("\n", "template", "t@1"),
        ("Quelle: die Zeitung des Tages, die nicht mehr erscheint", "source_line", "N-1"),
        organisation=s.organisation(languages=LANGUAGES),
    )
    (found,) = language_mismatch.check(case)
    assert isinstance(found, Finding)
    assert found.span is not None
    assert case.text[slice(*found.span)] == "Er spricht, damit andere ihm nicht folgen."


def test_only_the_languages_of_the_organisation_compete():
    dutch = "Ze zeiden dat de weg makkelijk zou zijn."
    (found,) = answers(dutch, "de", frozenset({"de", "nl"}))
    assert "Dutch" in found.reason
    assert all("Dutch" not in found.reason for found in answers(dutch, "de", frozenset({"de", "en"})))


def test_a_language_alone_in_its_script_competes_with_those_most_written_in_it():
    (found,) = answers(TEXTS["fr"][0], "en", frozenset({"en", "ar"}))
    assert "French" in found.reason
    assert answers(TEXTS["en"][0], "en", frozenset({"en", "ar"})) == []
    (found,) = answers(TEXTS["ur"][0], "ar", frozenset({"en", "ar"}))
    assert "Urdu" in found.reason


def test_kurdish_is_written_in_two_scripts():
    assert answers("Wan got rê hêsan e û kes birçî nabe.", "ku", LANGUAGES | {"ku"}) == []
    assert answers("ئەوان گوتیان ڕێگا ئاسانە و کەس برسی نابێت.", "ku", LANGUAGES | {"ku"}) == []


def test_a_language_without_profile_and_an_unknown_organisation_are_not_judged():
    assert answers("Hér er ekkert brauð.", "is") == [Missing("language-mismatch", "lexicon.languages.is")]
    assert list(language_mismatch.check(WordsCase("Words.", "en", "site"))) == [
        Missing("language-mismatch", "organisation.languages")
    ]


def test_every_profile_says_where_its_words_come_from_and_lists_them_as_they_are_looked_up():
    book = json.loads((Path(language_mismatch.__file__).parent / "data" / "languages.json").read_text("utf-8"))
    assert book["version"]
    assert book["owner"]
    assert book["licence"]
    for name, profile in book["languages"].items():
        words = " ".join(profile["words"]).split()
        assert len(words) > 100, name
        assert all(language_mismatch._listed_form(word) == word for word in words), name
        assert {script(word[0]) for word in words} == {profile["script"]}, name
