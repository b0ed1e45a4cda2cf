"""The publisher rules on nobody's faith; a person may say what they felt, and tell what the group called others."""

import pytest

from content.checks import engine
from content.checks.finding import Missing
from content.checks.records import QuoteRecord, TagsRecord
from tests.content.checks import samples as s


def codes(text, language="en", **changes):
    case = s.words(text, language=language, **{"used_passages": ()} | changes)
    return {one.code for one in engine.run(engine.WORDS["religious-verdict"], case) if not isinstance(one, Missing)}


VERDICTS = [
    ("en", "Those men were never Muslims."),
    ("en", "They are apostates and nothing else."),
    ("en", "Someone who does this is not a real Muslim."),
    ("en", "He said they are not Muslims."),
    ("en", "The Shia are kuffar."),
    ("en", "They cannot call themselves Muslims."),
    ("en", "These people are not true believers."),
    ("ar", "هؤلاء القادة ليسوا مسلمين."),
    ("ar", "إنهم خوارج."),
    ("ar", "خرجوا عن الإسلام."),
    ("fr", "Ces combattants ne sont pas de vrais musulmans."),
    ("fr", "Ils sont tous des apostats."),
    ("fr", "Ce sont des mécréants."),
    ("de", "Diese Männer sind keine Muslime."),
    ("de", "Sie sind alle Abtrünnige."),
]
RULINGS = [
    ("en", "Islam strictly forbids the killing of guests."),
    ("en", "Their rule had nothing to do with Islam."),
    ("en", "According to the Quran there is no compulsion."),
    ("en", "Allah will punish whoever helped them."),
    ("en", "True Islam is found elsewhere."),
    ("en", "Smoking is haram."),
    ("en", "Every Muslim must speak out."),
    ("en", "No religion allows this, least of all Islam."),
    ("en", "They betrayed the teachings of the prophet."),
    ("ar", "الإسلام ينهى عن الغدر."),
    ("ar", "لا يمتّون إلى الإسلام بصلة."),
    ("ar", "يحرّم القرآن الظلم."),
    ("ar", "ما فعلوه يخالف تعاليم الدين."),
    ("fr", "Le Coran interdit le mensonge."),
    ("fr", "Ce qu’ils faisaient n’avait rien à voir avec la religion."),
    ("de", "Der Koran verbietet Lügen."),
    ("de", "Ihre Strafen waren unislamisch."),
    ("de", "Der Prophet hat das nie gelehrt."),
]
HARMLESS = [
    ("en", "He said he felt they were far from his faith."),
    ("en", "Most of those who died there were Muslims."),
    ("en", "They punished neighbours who were not Muslim, and Muslims too."),
    ("en", "The commanders called anyone who asked a question an unbeliever."),
    ("en", "Recruiters told her that the Shia were apostates."),
    ("en", "She was looking for true Islam and found checkpoints and fines."),
    ("en", "A former member told a paper that what he saw was un-Islamic."),
    ("en", "The sharia court ordered him to pay, and the judge kept the money."),
    ("en", "They were far from the front and had nothing to do with the attack."),
    ("en", "Contrary to the promises, there was no water."),
    ("en", "Smoking was forbidden by the group, and leaders smoked."),
    ("en", "Nobody should say that they are not Muslims."),
    ("en", "He prayed every day and read the Quran with his mother."),
    ("en", "She said that as a Muslim she could not accept it."),
    ("en", "He asked what Islam says about debt, and was beaten."),
    ("en", "He was told that God would reward him."),
    ("ar", "كان معظم من ماتوا هناك مسلمين."),
    ("ar", "كان يظن أنه سيعيش بين مسلمين صادقين."),
    ("ar", "قال إنه شعر بأنهم بعيدون عن دينه."),
    ("ar", "وصفوا كل من خالفهم بأنه مرتد."),
    ("ar", "قال عبد الله إنه لم يجد ماء."),
    ("ar", "فرض التنظيم على السكان ضريبة."),
    ("fr", "La plupart des morts étaient musulmans."),
    ("fr", "Il s’est senti loin de sa foi, a-t-il dit."),
    ("fr", "Ils traitaient les voisins d’apostats."),
    ("fr", "Fumer était interdit par la police du groupe."),
    ("de", "Die meisten Toten waren Muslime."),
    ("de", "Er fühlte, dass sie weit weg von seinem Glauben waren."),
    ("de", "Sie nannten alle Nachbarn Ungläubige."),
    ("de", "Rauchen war in der Stadt verboten."),
    ("de", "Sie hoffte, unter guten Muslimen zu leben."),
    ("fr", "Elle pensait vivre parmi de vrais croyants."),
]


@pytest.mark.parametrize(("language", "text"), VERDICTS)
def test_nobody_is_called_a_believer_or_none(language, text):
    assert "verdict" in codes(text, language)


@pytest.mark.parametrize(("language", "text"), RULINGS)
def test_nothing_is_said_in_the_name_of_a_faith(language, text):
    assert codes(text, language) & {"ruling", "verdict"}


@pytest.mark.parametrize(("language", "text"), HARMLESS)
def test_what_people_felt_what_the_group_said_and_who_died_may_be_told(language, text):
    assert codes(text, language) == set()


QUOTE = "they are not Muslims to me, I said, they are not Muslims"
WITH_QUOTE = f"A former member spoke of it: “{QUOTE}”."


@pytest.mark.parametrize(("claims", "expected"), [(True, {""}), (False, set())])
def test_inside_a_faithful_quotation_the_tag_of_its_passage_decides(claims, expected):
    passage = s.passage(text=WITH_QUOTE, tags=TagsRecord(religious_claim=claims))
    narrative = s.narrative(quotes=(QuoteRecord("en", QUOTE),))
    assert codes(WITH_QUOTE, used_passages=(passage,), narrative=narrative) == expected


def test_quotation_marks_alone_hide_nothing():
    words = "A former member spoke of it: “Those men are not Muslims”."
    passage = s.passage(text=words, tags=TagsRecord())
    assert codes(words, used_passages=(passage,), narrative=s.narrative(quotes=())) == {"verdict"}


def test_a_language_without_the_lexicon_is_not_evaluated():
    answers = engine.run(engine.WORDS["religious-verdict"], s.words("Onlar Müslüman değil.", language="tr"))
    assert answers == [Missing("religious-verdict", "lexicon.religion.tr")]
