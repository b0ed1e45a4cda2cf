"""What stands beside the words is searched like the words: alt texts, captions, labels, file names, the link card."""

import pytest

from content.checks.finding import Finding
from content.checks.words import id_direct, id_protected_term
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
    assert [where for where, _ in beside(s.words(media=media, card=("Title",)))] == [
        "the alt text of image 1",
        "the label of image 1",
        "the file name of image 1",
        "the alt text of video 2",
        "the captions of video 2",
        "the label of video 2",
        "the file name of video 2",
        "the link card",
    ]
