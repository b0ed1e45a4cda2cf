"""What a leaf is made of: template-integrity and text-provenance."""

from dataclasses import replace

import pytest

from content.checks import engine
from content.checks.finding import Missing
from content.checks.records import TagsRecord
from tests.content.checks import samples as s


def codes(check, case):
    return [answer.code for answer in engine.run(engine.WORDS[check], case)]


@pytest.mark.parametrize(
    "text",
    [
        "Hello {{ name }}.",
        "{% if x %}",
        "Dear {name}",
        "Dear ${name}",
        "left by {# note",
        "TODO write this",
        "undefined said so",
        "as told by None in 2015",
        "None",
        "[insert quote here]",
        "%(name)s left",
        "Lorem ipsum dolor",
        "the [NAME] left",
    ],
)
def test_what_is_left_of_a_template_blocks(text):
    assert codes("template-integrity", s.words(text))


@pytest.mark.parametrize(
    "text",
    [
        "None of them dared refuse.",
        "“None of us slept.”",
        "Null Toleranz, sagte er.",
        "He left [the group] and [ISIS] behind.",
        "100% sure, 5 %",
        "todo el mundo",
        "The rules were undefinable.",
    ],
)
def test_prose_is_no_template(text):
    assert codes("template-integrity", s.words(text)) == []


def test_the_span_of_a_left_over_is_exact():
    (found,) = engine.run(engine.WORDS["template-integrity"], s.words("Hello {{ name }}."))
    assert found.span == (6, 16)


def test_an_uncleared_passage_blocks_and_is_named():
    case = s.words()
    spans = (replace(case.spans[0], cleared=False), *case.spans[1:])
    (found,) = engine.run(engine.WORDS["text-provenance"], replace(case, spans=spans))
    assert (found.code, found.span) == ("uncleared", (0, len(s.PASSAGE)))
    assert "N-1/p1@1" in found.reason


def test_a_stretch_of_no_known_kind_blocks():
    assert codes("text-provenance", s.composed(("Alice says so", "guess", "x"))) == ["unattributed"]


def test_words_between_spans_block():
    case = s.composed(("A", "passage", "p"), (" secret ", "template", "t"), ("B", "passage", "p"))
    gap = replace(case, spans=(case.spans[0], case.spans[2]))
    (found,) = engine.run(engine.WORDS["text-provenance"], gap)
    assert (found.code, found.span) == ("unattributed", (2, 8))


def test_a_line_feed_between_parts_is_nobodys():
    case = s.composed(("A", "passage", "p"), ("\n", "template", "t"), ("B", "passage", "p"))
    assert codes("text-provenance", replace(case, spans=(case.spans[0], case.spans[2]))) == []


def test_a_value_of_a_closed_set_needs_no_clearing():
    case = s.composed(("2015", "closed", "date"))
    assert codes("text-provenance", replace(case, spans=(replace(case.spans[0], cleared=False),))) == []


def test_a_quote_inside_a_cleared_passage_is_judged_with_it():
    case = s.composed((s.PASSAGE, "passage", "N-1/p1@1"))
    inner = replace(case.spans[0], start=2, end=8, kind="quote", cleared=False)
    assert codes("text-provenance", replace(case, spans=(*case.spans, inner))) == []


def test_bare_text_is_covered_exactly_by_what_is_given():
    text = f"{s.PASSAGE}\n{s.DISCLOSURE}\n{s.HELPLINE}"
    assert codes("text-provenance", s.words(text)) == []
    (found,) = engine.run(engine.WORDS["text-provenance"], s.words(f"{text} He crossed at night."))
    assert (found.code, s.words(f"{text} He crossed at night.").text[slice(*found.span)]) == (
        "uncovered",
        "He crossed at night.",
    )


def test_a_longer_word_does_not_cover_a_shorter_passage():
    case = s.words("He hid", narrative=s.narrative(passages=(s.passage(text="He hi"),)))
    assert codes("text-provenance", case) == ["uncovered"]


def test_an_uncleared_passage_covers_nothing():
    case = s.words(s.PASSAGE, narrative=s.narrative(passages=(s.passage(cleared=False),)))
    assert codes("text-provenance", case) == ["uncovered"]


def test_present_and_empty_passages_cover_nothing():
    assert codes("text-provenance", s.words("Alice left.", narrative=s.narrative(passages=()))) == ["uncovered"]


def test_without_passages_bare_text_is_not_evaluated():
    (answer,) = engine.run(engine.WORDS["text-provenance"], s.words("x", narrative=s.narrative(passages=None)))
    assert answer == Missing("text-provenance", "narrative.passages")


# --- tags --------------------------------------------------------------------------------------------


def tagged(**tags):
    return s.passage(tags=TagsRecord(**tags))


@pytest.mark.parametrize(
    ("check", "tags", "severity"),
    [
        ("legal-self-incrimination", {"admits_act": True}, "specialist:legal"),
        ("religious-verdict", {"religious_claim": True}, "specialist:religious"),
        ("residual-endorsement", {"endorses_violence": True}, "block"),
        ("op-detail", {"operational": True}, "block"),
        ("graphic-violence", {"intensity": 3}, "block"),
        ("third-party-accusation", {"third_parties": True}, "specialist:legal"),
        ("id-relatives", {"relatives": True}, "block"),
        ("glorify-or-lure", {"lure": True}, "block"),
    ],
)
def test_a_tag_speaks_where_the_passage_stands(check, tags, severity):
    (found,) = engine.run(engine.WORDS[check], s.words(used_passages=(tagged(**tags),)))
    assert (found.severity, found.span) == (severity, (0, len(s.PASSAGE)))


@pytest.mark.parametrize("name", ["third_parties", "relatives", "lure"])
def test_that_nobody_tagged_it_does_not_quieten_a_detector(name):
    said = {
        "third_parties": ("third-party-accusation", "Recruiter Tom Harlan lied to him."),
        "relatives": ("id-relatives", "Her brother still lives in Beta."),
        "lure": ("glorify-or-lure", "They paid him well and gave him a free house."),
    }
    check, text = said[name]
    found = engine.run(engine.WORDS[check], s.words(text, used_passages=(s.passage(text=text, tags=TagsRecord()),)))
    assert found
    assert "disagrees" not in {one.code for one in found}


def test_tags_of_a_passage_that_is_not_used_say_nothing():
    case = s.words(narrative=s.narrative(passages=(tagged(operational=True),)))
    assert codes("op-detail", case) == []


def test_intensity_two_needs_a_content_note_before_it():
    hard = (tagged(intensity=2),)
    assert codes("graphic-violence", s.words(used_passages=hard)) == ["note"]
    noted = f"Content note: cruelty.\n{s.PASSAGE}"
    assert codes("graphic-violence", s.words(noted, used_passages=hard)) == []
    after = f"{s.PASSAGE}\nContent note: cruelty."
    assert codes("graphic-violence", s.words(after, used_passages=hard)) == ["note"]
    apart = s.words(noted, used_passages=hard, parts=((0, 22), (23, len(noted))))
    assert codes("graphic-violence", apart) == ["note"]


def test_a_language_is_signed_off_unless_the_passage_was_cleared_in_it():
    check = engine.WORDS["language-signoff"]
    assert engine.run(check, s.words()) == []
    for used in ((s.passage(cleared_language="ar"),), (s.passage(), s.passage(cleared_language="ar")), ()):
        (found,) = engine.run(check, s.words(used_passages=used))
        assert found.severity == "specialist:language"
    (unknown,) = engine.run(check, s.words(used_passages=(s.passage(cleared_language=None),)))
    assert isinstance(unknown, Missing)
