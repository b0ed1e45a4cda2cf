"""What must not glorify, teach, promise, admit, wound or lecture; and what people who left may say of it all."""

from dataclasses import replace

import pytest

from content.checks import engine
from content.checks.finding import Finding, Missing
from content.checks.records import TagsRecord
from tests.content.checks import samples as s

FAMILY = (
    "glorify-or-lure",
    "residual-endorsement",
    "op-detail",
    "graphic-violence",
    "legal-self-incrimination",
    "legal-promise",
    "tone-lecture",
    "amp-slogan-symbol",
)
TAGS = {
    "op-detail": ({"operational": True}, "specialist:safeguarding"),
    "residual-endorsement": ({"endorses_violence": True}, "specialist:content"),
    "graphic-violence": ({"intensity": 2}, "specialist:content"),
}
PASSAGES = {
    "op-detail": "He escaped hidden in a truck under sacks of flour.",
    "residual-endorsement": "He says the dead soldiers deserved to die.",
    "graphic-violence": "He saw people crucified in the square.",
}
THE_FOUR = (
    ("en", "They killed other Muslims and called it faith."),
    ("en", "Brigades that had come to help fought one another."),
    ("en", "Leaders lived well and kept what was meant for the poor."),
    ("en", "There was no power, little food and nothing to do but wait."),
    ("en", "The pay he had been promised never came, and the house did not exist."),
    ("en", "He was told of adventure; what he found was chores and fear."),
    ("ar", "قتلوا مسلمين مثلهم وسمّوا ذلك إيماناً."),
    ("ar", "لم يكن هناك كهرباء ولا طعام كافٍ."),
    ("ar", "الراتب الذي وُعد به لم يصل قط."),
    ("fr", "Ils tuaient d’autres musulmans et appelaient cela la foi."),
    ("fr", "Les chefs gardaient pour eux ce qui revenait aux pauvres."),
    ("fr", "La solde promise n’est jamais venue."),
    ("de", "Sie töteten andere Muslime und nannten es Glauben."),
    ("de", "Es gab keinen Strom, wenig Essen und nichts zu tun."),
    ("de", "Der versprochene Lohn kam nie."),
)


def found(check, text, language="en", **changes):
    answers = engine.run(engine.WORDS[check], s.words(text, language=language, **changes))
    return [one for one in answers if isinstance(one, Finding)]


def codes(check, text, language="en", **changes):
    return [one.code for one in found(check, text, language, **changes)]


def cleared(check, **tags):
    """A leaf that is the passage of this check, cleared with these tags."""
    text = PASSAGES[check]
    return {"used_passages": (s.passage(text=text, tags=TagsRecord(**tags)),)}


@pytest.mark.parametrize("check", FAMILY)
@pytest.mark.parametrize(("language", "text"), THE_FOUR, ids=[text for _, text in THE_FOUR])
def test_the_four_narratives_can_be_told(check, language, text):
    assert found(check, text, language) == []


@pytest.mark.parametrize("check", FAMILY)
def test_a_language_without_lexicon_is_not_evaluated(check):
    answers = engine.run(engine.WORDS[check], s.words("Onlara maaş verdiler.", language="tr"))
    assert any(isinstance(one, Missing) and one.missing.startswith("lexicon.") for one in answers)
    assert not any(isinstance(one, Finding) for one in answers)


@pytest.mark.parametrize("check", FAMILY)
def test_the_publishers_own_lines_are_not_judged(check):
    text = "You must obey!! Fighters get a free house, nobody will ever charge you, and smugglers wait near the border."
    pieces = (text, "disclosure", "D-1@1"), ("\n", "template", "x"), ("He left.", "passage", "p")
    assert engine.run(engine.WORDS[check], s.composed(*pieces)) == []


@pytest.mark.parametrize("check", TAGS)
def test_what_nobody_cleared_is_blocked(check):
    (finding, *_) = found(check, PASSAGES[check], used_passages=())
    assert (finding.severity, finding.code != "disagrees") == ("block", True)


@pytest.mark.parametrize("check", TAGS)
def test_a_detector_that_disagrees_with_a_tag_asks_a_person_and_does_not_overrule_the_taggers(check):
    findings = found(check, PASSAGES[check], **cleared(check))
    assert {one.severity for one in findings} == {TAGS[check][1]}
    assert {one.code for one in findings} == {"disagrees"}


@pytest.mark.parametrize("check", ["op-detail", "residual-endorsement"])
def test_where_the_tag_says_it_the_tag_alone_is_reported(check):
    assert codes(check, PASSAGES[check], **cleared(check, **TAGS[check][0])) == [""]


def test_violence_that_people_tagged_may_stand_behind_a_content_note():
    passage = PASSAGES["graphic-violence"]
    allowed = cleared("graphic-violence", intensity=2)
    assert codes("graphic-violence", f"Content note: cruelty. {passage}", **allowed) == []
    assert codes("graphic-violence", passage, **allowed) == ["note"]


def test_words_beside_a_cleared_passage_are_still_blocked():
    text = f"{PASSAGES['op-detail']} Two smugglers waited at the river."
    severities = {one.severity for one in found("op-detail", text, **cleared("op-detail"))}
    assert severities == {"block", "specialist:safeguarding"}


def test_an_admission_goes_to_the_legal_reviewer_in_the_first_and_third_person():
    for text in ("She guarded prisoners for a month.", "I recruited friends from my old school."):
        (finding,) = found("legal-self-incrimination", text)
        assert (finding.severity, finding.code) == ("specialist:legal", "act")


@pytest.mark.parametrize(
    "text",
    [
        "She saw how prisoners were treated.",
        "He refused to guard prisoners.",
        "He never carried a weapon.",
        "She heard how others had recruited boys.",
    ],
)
def test_what_was_seen_or_refused_is_no_admission(text):
    assert found("legal-self-incrimination", text) == []


def test_a_report_about_many_people_admits_nothing_of_one_speaker():
    many = {"narrative": s.narrative(kind="aggregate")}
    assert found("legal-self-incrimination", "He guarded prisoners for a month.", **many) == []
    tagged = {"used_passages": (s.passage(text="He left.", tags=TagsRecord(admits_act=True)),)}
    assert codes("legal-self-incrimination", "He left.", **many, **tagged) == [""]


def test_a_reward_is_a_lure_until_the_text_says_what_became_of_it():
    assert "lure" in codes("glorify-or-lure", "They paid him four hundred dollars and gave free houses.")
    assert codes("glorify-or-lure", "They promised him a house. It did not exist.") == []
    assert codes("glorify-or-lure", "Commanders got new cars while families went hungry.") == []


def test_a_promise_without_its_end_is_shown_to_the_author():
    (finding, *_) = found("glorify-or-lure", "The group promised every recruit a car.")
    assert (finding.severity, finding.code) == ("warn", "promise")


def test_those_who_leave_or_resist_may_be_called_brave():
    assert found("glorify-or-lure", "It takes courage to leave the group.") == []
    assert "praise" in codes("glorify-or-lure", "The fighters were heroes.")


def test_a_guarantee_goes_to_the_legal_reviewer_and_an_honest_offer_does_not():
    for text in ("Come home, nobody will charge you.", "Your name will stay secret, guaranteed."):
        assert {one.severity for one in found("legal-promise", text)} == {"specialist:legal"}
    for text in ("You can ask in confidence what your options are.", "We cannot promise that you will not be charged."):
        assert found("legal-promise", text) == []


def test_a_slogan_blocks_and_the_groups_own_name_needs_a_qualifier():
    assert [one.severity for one in found("amp-slogan-symbol", "They shouted “baqiya”.")] == ["block"]
    assert [one.severity for one in found("amp-slogan-symbol", "He lived in the caliphate.")] == ["warn"]
    assert found("amp-slogan-symbol", "He lived in the so-called caliphate.") == []


def test_a_slogan_that_the_text_rejects_is_only_shown():
    text = "Recruiters repeated “remaining and expanding”, and that was a lie."
    assert [(one.severity, one.code) for one in found("amp-slogan-symbol", text)] == [("warn", "distanced")]


def test_everything_about_tone_is_a_warning():
    text = "You MUST obey the law!! Our values will win. Wake up!"
    assert {one.severity for one in found("tone-lecture", text)} == {"warn"}
    assert {"must", "exclamation", "capitals", "ours", "order"} == set(codes("tone-lecture", text))


def test_one_exclamation_mark_is_enough():
    assert codes("tone-lecture", "He is home!") == []
    assert codes("tone-lecture", "He is home! At last!") == ["exclamation"]


def test_abbreviations_do_not_shout():
    assert codes("tone-lecture", "ICSR and CNAPR, ACT Early, UN.") == []
    assert codes("tone-lecture", "They DESTROYED EVERYTHING there.") == ["capitals"]


@pytest.mark.parametrize("language", ["en", "ar", "fr", "de"])
def test_a_long_sentence_is_hard_to_read(language):
    word = {"ar": "كتاب", "de": "Haus"}.get(language, "book")
    assert codes("tone-lecture", " ".join([word] * 20) + ".", language) == []
    assert codes("tone-lecture", " ".join([word] * 40) + ".", language) == ["reading"]


def test_every_reason_says_what_to_do():
    for check in FAMILY:
        for finding in found(
            check, "They SHOUTED AT EVERYBODY!! You must obey. He says real jihad is with another group."
        ):
            assert finding.reason.count(".") >= 2


def test_a_leaf_of_the_sample_stays_clean():
    for check in FAMILY:
        assert engine.run(engine.WORDS[check], replace(s.words())) == []
