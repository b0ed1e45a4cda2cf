"""What may not be said may not be said beside the words either: alt texts, captions, labels and notes are read too."""

import pytest

from content.checks import engine, rules
from content.checks.finding import Finding, Missing
from content.checks.words.beside import READERS
from content.tags import TagsRecord
from tests.content.checks import samples as s

HATE = "Refugees are nothing but vermin."
SAID = {
    "dehumanise-sectarian": HATE,
    "anti-muslim": "Islam means war.",
    "incitement": "Find them and make them pay.",
    "mockery": "These clowns cried over a music player.",
    "glorify-or-lure": "They paid him well and every family had a furnished flat.",
    "op-detail": "Take the bus to the last village, then a man in a white van will wait behind the petrol station.",
    "graphic-violence": "He saw people crucified.",
    "residual-endorsement": "He says real jihad is with another group.",
    "religious-verdict": "Those fighters are not Muslims.",
    "legal-promise": "Come back now and you will walk free.",
    "legal-self-incrimination": "She guarded prisoners for a month.",
    "victim-erasure": "They shot Sunnis and left the real enemy alone.",
    "amp-slogan-symbol": "They shouted “baqiya”.",
    "tone-lecture": "You must obey the law!!",
    "third-party-accusation": "Ahmad Halabi tortured the prisoners.",
    "hidden-characters": "An empty st\u200breet with closed shops.",
    "link-safety": "Read it at http://somewhere.example/x.",
    "hashtag-hygiene": "A wall with #SomebodyElsesTag on it.",
    "template-integrity": "{{ alt }} with closed shops on both sides",
}
ABOUT_THE_LEAF = {  # or about the media themselves, or figures and quotations
    "text-provenance", "quote-fidelity", "disclosure-publisher", "cta-helpline", "claim-uncited", "platform-profile",
    "language-signoff", "accessibility", "synthetic-undisclosed", "media-metadata", "media-face-voice",
}  # fmt: skip
OF_THEMSELVES = {
    "id-direct", "id-protected-term", "id-pseudonym", "id-quasi-combination", "id-date-place", "id-relatives",
}  # fmt: skip


def at(case):
    found = engine.judge_words(case)
    return {(one.check, one.at) for one in found if isinstance(one, Finding) and one.at}


def film(**more):
    return s.words(media=(s.film(**more),), campaign=s.campaign(), organisation=s.organisation())


def test_every_check_on_words_reads_them_or_is_about_something_else():
    assert set(SAID) | {"language-mismatch", "amp-propaganda-ref"} == READERS
    assert set(rules.WORDS) == READERS | ABOUT_THE_LEAF | OF_THEMSELVES
    assert not READERS & (ABOUT_THE_LEAF | OF_THEMSELVES)


@pytest.mark.parametrize("check", SAID)
def test_what_a_check_finds_in_the_words_it_finds_in_an_alt_text(check):
    words = SAID[check]
    assert check in {one.check for one in engine.judge_words(s.words(words)) if isinstance(one, Finding)}
    assert (check, "media.1.alt") in at(film(alt={"en": words}))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"captions": {"en": HATE}}, "captions"), ({"label": {"en": HATE}}, "label"), ({"note": HATE}, "note"),
        ({"alt": {"en": HATE}}, "alt"),
    ],
)  # fmt: skip
def test_a_finding_says_in_which_text_of_which_medium_it_is(given, where):
    case = s.words(media=(s.picture(), s.film(**given)))
    found = [one for one in engine.judge_words(case) if one.check == "dehumanise-sectarian"]
    named = {"alt": "alt text"}.get(where, where)
    assert found and all(one.reason.startswith(f"In the {named} of video 2: ") for one in found)
    assert {(one.at, one.span) for one in found} == {(f"media.2.{where}", None)}


def test_captions_are_read_over_the_ends_of_their_lines():
    assert ("dehumanise-sectarian", "media.1.captions") in at(
        film(captions={"en": "Refugees are nothing\nbut vermin."})
    )


def test_an_alt_text_in_another_language_than_its_own_is_noticed():
    case = film(alt={"en": "Eine leere Straße mit geschlossenen Läden auf beiden Seiten am frühen Abend"})
    assert ("language-mismatch", "media.1.alt") in at(case)


def test_plain_descriptions_are_left_alone():
    for alt in (
        "An empty street with 3 closed shops on both sides", "A woman's hands holding a loaf of bread",
        "A sign that says “Bakery”, and nobody in front of it",
    ):  # fmt: skip
        assert at(film(alt={"en": alt}, captions={"en": "They said there was bread.\nThere was none."})) == set()


def test_what_people_tagged_counts_in_a_card_of_the_same_words():
    """A detector does not overrule them there, as it does not in the text."""
    told = SAID["op-detail"]
    plain = s.passage(text=told, tags=TagsRecord())
    card = s.picture(kind="illustration", alt={"en": told}, drawn=told, drawn_cleared=True)
    found = [
        one
        for one in engine.judge_words(s.words(told, used_passages=(plain,), media=(card,)))
        if isinstance(one, Finding) and one.at
    ]
    assert {(one.severity, one.code) for one in found if one.check == "op-detail"} == {
        ("specialist:safeguarding", "disagrees")
    }


def test_what_could_not_be_seen_is_said_once():
    case = s.words("Kurze Worte.", language="xx", media=(s.picture(alt={"xx": "Kurze Worte."}),))
    found = [one for one in engine.judge_words(case) if isinstance(one, Missing)]
    assert found and len(found) == len(set(found))


def test_a_leaf_that_shows_nothing_is_read_once(monkeypatch):
    monkeypatch.setattr(engine, "read_too", lambda case: pytest.fail("nothing is shown"))
    engine.judge_words(s.words(HATE))


def test_a_whole_film_s_captions_take_no_check_beyond_its_time():
    line = "They promised bread for everyone and she stood in line and went home with none."
    words = "\n".join(f"{line[number % 20 :]} {number}" for number in range(2000))
    assert not [one for one in engine.judge_words(film(captions={"en": words})) if getattr(one, "code", "") == "slow"]
