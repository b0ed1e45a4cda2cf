"""What stands beside the words is searched like the words: alt texts, captions, labels, file names, the link card."""

import json

import pytest

from content.checks.case import answer
from content.checks.engine import judge_words
from content.checks.finding import Finding
from content.checks.words import (
    id_date_place,
    id_direct,
    id_protected_term,
    id_pseudonym,
    id_quasi_combination,
    id_relatives,
)
from content.checks.words.beside import beside
from tests.content.checks import samples as s

PLACES = [
    ("the alt text of image 1", {"media": (s.picture(alt={"ar": "{} beside a window in the evening"}),)}),
    ("the captions of video 1", {"media": (s.film(captions={"en": "Then came {} to the door."}),)}),
    ("the label of image 2", {"media": (s.picture(), s.picture(label={"en": "Illustration, not {}"}))}),
    ("the link card", {"card": ("What {} saw",)}),
]


def filled(changes, words):
    """The same with these words in their place."""

    def fill(value):
        return {language: text.format(words) for language, text in value.items()}

    media = tuple(
        s.replace(one, alt=fill(one.alt), captions=fill(one.captions), label=fill(one.label))
        for one in changes.get("media", ())
    )
    return {"media": media, "card": tuple(text.format(words) for text in changes.get("card", ()))}


def found(check, **changes):
    return [one for one in check.check(s.words(**changes)) if isinstance(one, Finding)]


@pytest.mark.parametrize(("where", "changes"), PLACES)
def test_a_protected_term_is_found_there_and_never_named(where, changes):
    narrative = s.narrative(protected=s.Protects("Zeta"))
    (one,) = found(id_protected_term, narrative=narrative, **filled(changes, "Zeta"))
    assert (one.severity, one.span) == ("block", None)
    assert where in one.reason
    assert "Zeta" not in one.reason
    assert found(id_protected_term, narrative=narrative, **filled(changes, "nobody")) == []


@pytest.mark.parametrize(("where", "changes"), PLACES)
@pytest.mark.parametrize(
    ("code", "words"), [("phone", "+49 30 5550 1234"), ("email", "someone@mail.example"), ("handle", "@some_one")]
)
def test_what_leads_to_a_person_is_found_there(where, changes, code, words):
    (one,) = found(id_direct, **filled(changes, words))
    assert (one.code, one.severity, one.span) == (code, "block", None)
    assert where in one.reason
    assert found(id_direct, **filled(changes, "a neighbour")) == []


IDENTIFYING = [
    (id_date_place, "place", "the school on Orchard Street"),
    (id_date_place, "date", "a walk on 14 March 2015"),
    (id_relatives, "name", "her brother Karim"),
    (id_relatives, "work", "her husband, a dentist,"),
    (id_pseudonym, "name", "Abu Yahya"),
]


@pytest.mark.parametrize(("where", "changes"), PLACES[1:])
@pytest.mark.parametrize(("check", "code", "words"), IDENTIFYING)
def test_whoever_must_not_be_known_from_the_words_is_not_known_from_there(check, code, words, where, changes):
    there = [one for one in found(check, **filled(changes, words)) if one.code == code]
    assert [(one.severity, one.span) for one in there] == [("block", None)]
    assert where in there[0].reason
    assert found(check, **filled(changes, "a neighbour")) == []


def test_each_alt_text_is_read_in_its_own_language():
    alt = {"en": "An empty chair", "ar": "كرسي فارغ في المدرسة الواقعة في شارع البساتين", "de": "am 14. März 2015"}
    media = (s.picture(alt=alt),)
    assert {one.code for one in found(id_date_place, media=media)} == {"date", "place"}


def test_what_nobody_can_read_beside_the_words_is_missing():
    media = (s.picture(alt={"en": "An empty chair", "xx": "Xa xe xi"}),)
    for check in (id_date_place, id_relatives, id_quasi_combination):
        (missing,) = check.check(s.words(media=media))
        assert missing.missing.endswith(".xx")


def test_an_alt_text_and_the_words_tell_together_who_somebody_is():
    text = "She is 25 and worked as a teacher."
    assert {one.severity for one in found(id_quasi_combination, text=text)} == {"warn"}
    media = (s.picture(alt={"en": "A woman walks down a street in Raqqa"}),)
    told = found(id_quasi_combination, text=text, media=media)
    assert {one.severity for one in told} == {"specialist:safeguarding"}
    assert {one.code for one in told} == {"age", "role", "residence"}
    (shown,) = [one for one in told if one.span is None]
    assert shown.reason.startswith("In the alt text of image 1: ")


def test_a_detail_in_two_alt_texts_is_one_kind():
    alt = {"en": "A teacher from behind", "de": "Eine Lehrerin von hinten"}
    media = (s.picture(alt=alt), s.picture(alt={"en": "A teacher at a board"}))
    assert {one.code for one in found(id_quasi_combination, media=media, text="She waited.")} == {"alone"}


def test_who_speaks_for_somebody_is_no_detail_of_theirs():
    media = (s.film(label={"en": "Spoken by an actor"}),)
    assert found(id_quasi_combination, media=media, text="She waited.") == []


def test_tags_and_an_alt_text_count_together_too():
    tagged = (s.passage(tags=s.TagsRecord(attributes=frozenset({"age", "role"}))),)
    media = (s.picture(alt={"en": "A woman walks down a street in Raqqa"}),)
    assert found(id_quasi_combination, used_passages=tagged) == []
    assert {one.code for one in found(id_quasi_combination, used_passages=tagged, media=media)} == {
        "age", "role", "residence",
    }  # fmt: skip


def test_the_publisher_may_name_itself_on_the_card():
    for check in (id_date_place, id_relatives, id_quasi_combination, id_pseudonym):
        assert found(check, card=(s.DISCLOSURE, s.HELPLINE)) == []


def test_a_file_name_is_read_in_english_whatever_the_message_is_in():
    media = (s.picture(file_name="aleppo_school_2014.jpg"),)
    narrative = s.narrative(display_label={"ar": "عضو سابق"})
    text = "قال عضو سابق إن الحياة كانت صعبة."
    told = found(id_date_place, text=text, language="ar", narrative=narrative, media=media)
    assert [one.code for one in told] == ["place"]
    assert "aleppo" not in told[0].reason


def test_a_case_of_a_file_may_hold_them_all():
    media = {"kind": "image", "alt": "A woman in Raqqa", "captions": {"en": "her brother Karim"}, "file_name": "a.png"}
    line = {"id": 1, "language": "en", "channel": "x", "text": "She waited.", "media": media, "card": "Abu Yahya"}
    told, unread = answer(json.dumps(line | {"narrative": {"kind": "individual", "display_label": {"en": "a member"}}}))
    wheres = {(one["check"], one["reason"].partition(":")[0]) for one in told["findings"]}
    assert ("id-relatives", "In the captions of image 1") in wheres
    assert ("id-pseudonym", "In the link card") in wheres
    assert ("id-quasi-combination", "In the alt text of image 1") in wheres
    assert unread == ()


def test_no_finding_there_repeats_a_protected_term():
    narrative = s.narrative(protected=s.Protects("Karim"), display_label={"en": "Karim"})
    media = (s.picture(alt={"en": "Her brother Karim, with Abu Yahya, on 14 March 2015"}),)
    told = [one for one in judge_words(s.words(narrative=narrative, media=media)) if isinstance(one, Finding)]
    assert {"id-protected-term", "id-relatives", "id-pseudonym", "id-date-place"} <= {one.check for one in told}
    assert not any("Karim" in one.reason for one in told)


def test_a_file_name_is_read_in_words():
    narrative = s.narrative(protected=s.Protects("blue door bakery"))
    for name in ("blue_door_bakery.jpg", "blue-door-bakery.2019.jpg", "at+blue%door_bakery.png"):
        (one,) = found(id_protected_term, narrative=narrative, media=(s.picture(file_name=name),))
        assert "the file name of image 1" in one.reason


def test_what_the_organisation_publishes_may_stand_there():
    card = (s.DISCLOSURE, "Listening Line 0800 555 0123")
    assert found(id_direct, card=card) == []


def test_each_place_is_named():
    media = (s.picture(label={"en": "Illustration"}), s.film())
    assert [one.where for one in beside(s.words(media=media, card=("Title",), language="en"))] == [
        "the alt text of image 1",
        "the label of image 1",
        "the file name of image 1",
        "the alt text of video 2",
        "the captions of video 2",
        "the label of video 2",
        "the file name of video 2",
        "the link card",
    ]
