"""No victims are passed over, and who speaks of victims carries a line that names them all."""

from dataclasses import replace

import pytest

from content.checks import engine
from content.checks.finding import Finding, Missing
from content.checks.records import QuoteRecord
from tests.content.checks import samples as s


def answers(text, language="en", **campaign):
    case = s.words(text, language=language, campaign=s.campaign(**campaign))
    return engine.run(engine.WORDS["victim-erasure"], case)


def codes(text, language="en"):
    return {one.code for one in answers(text, language) if isinstance(one, Finding)}


TARGETS = [
    ("en", "They shot Sunni farmers and left the real enemy alone."),
    ("en", "They killed villagers instead of fighting the regime."),
    ("en", "They should have attacked the Shia."),
    ("en", "They turned on fellow Muslims rather than the unbelievers."),
    ("en", "Those villages were legitimate targets."),
    ("en", "They forgot who the enemy was and killed Sunnis."),
    ("de", "Statt das Regime zu bekämpfen, töteten sie Muslime."),
    ("fr", "Ils se sont trompés d’ennemi."),
    ("ar", "قاتلوا المسلمين بدلاً من محاربة النظام."),
    ("ar", "تركوا العدو الحقيقي وشأنه."),
    ("ar", "كانت تلك القرى أهدافاً مشروعة."),
    ("fr", "Ils tuaient des villageois au lieu de combattre les mécréants."),
    ("fr", "Ils oubliaient le vrai ennemi."),
    ("de", "Sie töteten Bauern, statt gegen das Regime zu kämpfen."),
    ("de", "Den wahren Feind ließen sie in Ruhe."),
]
ONLY = [
    ("en", "Only Muslims suffered under them."),
    ("en", "The real victims are Muslims."),
    ("en", "Muslims were the only victims."),
    ("en", "It was Sunnis alone who paid."),
    ("ar", "لم يتضرر إلا المسلمون."),
    ("ar", "المسلمون هم الضحايا الوحيدون."),
    ("fr", "Seuls les musulmans ont souffert."),
    ("de", "Nur Muslime litten unter ihnen."),
]
HARMLESS = [
    ("en", "They turned on people of every faith, including their own."),
    ("en", "Not only Muslims suffered under them."),
    ("en", "Rival groups fought each other instead of helping the families they had come to help."),
    ("en", "Instead of fighting, he ran."),
    ("en", "He left the army and never fought again."),
    ("en", "He was sent to fight the Kurds and fled."),
    ("en", "The real victims are all who lived under them, of every faith."),
    ("de", "Statt zu kämpfen, floh er."),
    ("en", "Recruiters had told him that the Kurds were the real enemy."),
    ("en", "No village was a legitimate target."),
    ("en", "Their main targets were civilians, many of them Muslims."),
    ("ar", "قتلوا أناساً من كل دين ومذهب."),
    ("ar", "اقتتلت الفصائل ولم يُساعَد الناس."),
    ("fr", "Les factions se battaient entre elles au lieu d’aider les familles."),
    ("fr", "Des musulmans aussi ont souffert."),
    ("de", "Nicht nur Muslime litten unter ihnen."),
    ("de", "Die Gruppen kämpften gegeneinander, statt den Familien zu helfen."),
]


@pytest.mark.parametrize(("language", "text"), TARGETS)
def test_nobody_is_made_the_rightful_target(language, text):
    assert "target" in codes(text, language)


@pytest.mark.parametrize(("language", "text"), ONLY)
def test_none_but_one_s_own_is_said_to_have_suffered(language, text):
    assert "only" in codes(text, language)


@pytest.mark.parametrize(("language", "text"), HARMLESS)
def test_brutality_and_infighting_may_be_told(language, text):
    assert codes(text, language) == set()


KILLED = [
    ("en", "They executed people in the square."), ("ar", "أعدموا أناساً في الساحة."),
    ("fr", "Ils ont exécuté des gens sur la place."), ("de", "Sie haben Menschen auf dem Platz hingerichtet."),
]  # fmt: skip
LINES = [
    "Yazidis, Christians, Shia, Kurds and Sunnis were all among its victims.",
    "أضرّ التنظيم بالإيزيديين والمسيحيين والشيعة والأكراد والسُّنّة.",
    "Ses victimes étaient yézidies, chrétiennes, chiites, kurdes et sunnites.",
    "Unter den Opfern waren Jesiden, Christen, Schiiten, Kurden und Sunniten.",
]


@pytest.mark.parametrize(("language", "text"), KILLED)
@pytest.mark.parametrize("line", LINES)
def test_a_campaign_that_speaks_of_victims_names_them_in_a_line(language, text, line):
    assert answers(text, language, context_lines=(line,)) == []
    found = answers(text, language, context_lines=("They harmed many.",))
    assert [(one.code, one.severity, one.span) for one in found] == [("context", "specialist:religious", None)]
    assert [one.code for one in answers(text, language, context_lines=())] == ["context"]
    assert answers(text, language, context_lines=None) == [Missing("victim-erasure", "campaign.context_lines")]


def test_a_line_that_leaves_one_of_them_out_is_none():
    assert answers(KILLED[0][1], context_lines=(s.CONTEXT.replace("Kurdish", "other"),)) != []


def test_words_about_power_cuts_owe_no_line():
    assert answers("There was no power, and no work.", context_lines=None) == []


def test_a_person_s_own_words_are_shown_with_the_line_that_answers():
    said = "they killed villagers instead of fighting the regime"
    text = f"A former member said: “{said}”."
    case = s.words(text, narrative=s.narrative(quotes=(QuoteRecord("en", said),)))
    assert [one.code for one in engine.run(engine.WORDS["victim-erasure"], case)] == ["quoted"]
    bare = replace(case, campaign=s.campaign(context_lines=()))
    assert [one.code for one in engine.run(engine.WORDS["victim-erasure"], bare)] == ["context", "quoted"]
    assert codes(text) == {"target"}, "nobody recorded that anybody said so"


def test_a_language_without_the_lexicon_is_not_evaluated():
    assert answers("Insanlar öldü.", "tr") == [Missing("victim-erasure", "lexicon.erasure.tr")]
