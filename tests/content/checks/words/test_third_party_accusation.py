"""Nobody who can be singled out is accused; "a recruiter lied to him" accuses nobody in particular."""

import pytest

from content.checks import engine
from content.checks.finding import Missing
from tests.content.checks import samples as s

CHECK = engine.WORDS["third-party-accusation"]


def found(text, language="en", **changes):
    return engine.run(CHECK, s.words(text, language=language, **changes))


NAMED = [
    ("en", "Recruiter Tom Harlan lied to him."),
    ("en", "He was sold by Karim Tannous."),
    ("en", "Karim Tannous was a recruiter."),
    ("ar", "خدعه المجنّد خالد طنوس."),
    ("fr", "Karim Tannous a menti à sa famille."),
    ("de", "Karim Tannous hat ihn angeworben."),
]
DESCRIBED = [
    ("en", "The imam of the Noor mosque sent boys to the front."),
    ("en", "She was groomed by a teacher at Millbrook School."),
    ("en", "The commander of Zorba stole their wages."),
    ("en", "His next-door neighbour sold him the ticket."),
    ("en", "The preacher at the mosque in Zorba took money for it."),
    ("en", "He was handed over by the mayor of Zorba."),
    ("en", "The sharia court heard nothing, and the judge of Zorba took bribes."),
    ("ar", "كذب عليه إمام مسجد الهدى."),
    ("ar", "خطيب جامع الفاروق حرّض الشباب على السفر."),
    ("ar", "مدير مدرسة النهضة أرسلهم إلى الحدود."),
    ("fr", "L’imam de la mosquée Annour a envoyé des garçons au front."),
    ("fr", "Elle a été endoctrinée par un professeur du lycée Valmont."),
    ("de", "Der Imam der Nur-Moschee schickte Jungen an die Front."),
    ("de", "Er wurde vom Lehrer der Brunnwald-Schule angeworben."),
]
HARMLESS = [
    ("en", "A recruiter lied to him."),
    ("en", "The imam of the Noor mosque spoke out against recruiters who lied."),
    ("en", "The emir took the best house, he said."),
    ("en", "The commanders stole the wages of their men."),
    ("en", "A teacher at a school in Germany noticed and helped."),
    ("en", "The imam of the Noor mosque warned him and his mother."),
    ("en", "The imam of the Noor mosque was killed by them."),
    ("en", "The imam of the Noor mosque never lied to him."),
    ("en", "A court convicted the imam of the Noor mosque of recruiting."),
    ("fr", "Le tribunal a condamné l’imam de la mosquée Annour, qui avait envoyé des garçons au front."),
    ("ar", "أدانت المحكمة إمام مسجد الهدى لأنه أرسل شبّاناً إلى الجبهة."),
    ("en", "He trusted the imam of the Noor mosque, and they beat him for it."),
    ("en", "The leader of ISIS lied to everyone."),
    ("ar", "كذب عليه أحد المجنّدين."),
    ("ar", "كذب عليه إمام المسجد."),
    ("ar", "نصحه إمام مسجد الهدى بالعودة."),
    ("fr", "Un recruteur lui a menti."),
    ("fr", "L’imam de la mosquée Annour a été tué."),
    ("de", "Ein Anwerber belog ihn."),
    ("de", "Der Imam der Nur-Moschee wurde ermordet."),
    ("de", "Das Gericht hat den Imam der Nur-Moschee verurteilt, weil er Jungen angeworben hat."),
]


@pytest.mark.parametrize(("language", "text"), NAMED)
def test_a_named_person_is_not_accused(language, text):
    assert {one.code for one in found(text, language)} == {"name"}


@pytest.mark.parametrize(("language", "text"), DESCRIBED)
def test_the_one_person_of_a_named_place_is_not_accused(language, text):
    answers = found(text, language)
    assert [one.severity for one in answers] == ["specialist:legal"]


@pytest.mark.parametrize(("language", "text"), HARMLESS)
def test_nobody_in_particular_may_be_accused_and_anybody_praised(language, text):
    assert found(text, language) == []


def test_who_speaks_is_no_third_party():
    narrative = s.narrative(display_label={"en": "Yusuf Hadid"})
    assert found("Yusuf Hadid lied to his family about the journey.", narrative=narrative) == []
    assert found("Yusuf Hadid lied to his family about the journey.") != []


def test_a_language_without_the_lexicon_is_not_evaluated():
    assert found("İmam ona yalan söyledi.", "tr") == [Missing("third-party-accusation", "lexicon.accused.tr")]
