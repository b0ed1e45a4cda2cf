"""Who speaks, who helps, and on what ground: disclosure-publisher, cta-helpline, claim-uncited."""

import pytest

from content.checks import engine
from content.checks.finding import Missing
from content.checks.records import ClaimRecord, SourceRecord, SpanRecord
from tests.content.checks import samples as s

GB_AT = frozenset({"GB", "AT"})


def codes(check, case):
    return [answer.code for answer in engine.run(engine.WORDS[check], case) if not isinstance(answer, Missing)]


def unseen(check, case):
    return [answer.missing for answer in engine.run(engine.WORDS[check], case) if isinstance(answer, Missing)]


def test_a_line_broken_elsewhere_is_still_the_line():
    assert codes("disclosure-publisher", s.words(s.DISCLOSURE.replace(" ", "\n"))) == []


@pytest.mark.parametrize("change", [("Lantern", "Latern"), ("a foundation", "foundations"), ("who", "whose")])
def test_a_changed_letter_is_another_line(change):
    assert codes("disclosure-publisher", s.words(s.DISCLOSURE.replace(*change))) == ["line"]


def test_the_link_of_the_disclosure_may_stand_in_the_card():
    line, _, link = s.DISCLOSURE.rpartition(" ")
    assert codes("disclosure-publisher", s.words(line, links=(link,))) == []
    assert codes("disclosure-publisher", s.words(line, links=())) == ["line"]


def test_a_language_without_a_line_blocks():
    assert codes("disclosure-publisher", s.words(language="ar")) == ["language"]


def test_each_part_of_a_thread_says_who_publishes():
    text = f"{s.DISCLOSURE}\nMore words."
    end = len(s.DISCLOSURE)
    parts = ((0, end), (end + 1, len(text)))
    spans = (SpanRecord(0, end, "disclosure", "D", True), SpanRecord(end + 1, len(text), "passage", "p", True))
    (found,) = engine.run(engine.WORDS["disclosure-publisher"], s.words(text, spans=spans, parts=parts))
    assert (found.code, found.span) == ("part", parts[1])
    short = (*spans, SpanRecord(end + 1, end + 5, "disclosure", "D-short", True))
    assert codes("disclosure-publisher", s.words(text, spans=short, parts=parts)) == []


# --- helplines ---------------------------------------------------------------------------------------


def with_line(text, language="en", **changes):
    line = s.helpline(line=text, languages=frozenset({language}), **changes)
    return s.words(text, language=language, organisation=s.organisation(helplines=(line,)))


@pytest.mark.parametrize(
    ("text", "language", "operator"),
    [
        ("Listening Line, police-run, daily 9-5: 0800 555 0123", "en", "police"),
        ("خط الإصغاء، جهة غير حكومية، ٩-٥: 0800 555 0123", "ar", "ngo"),
        ("Ligne d’écoute, service du ministère, 9 h-18 h : 0800 555 0123", "fr", "ministry"),
        ("Zuhörtelefon (NGO), 9 bis 17 Uhr: 0800 555 0123", "de", "ngo"),
        ("Listening Line, a charity, 0800 555 0123, hours: https://line.example.org", "en", "ngo"),
    ],
)
def test_a_line_says_who_answers_and_when_or_where(text, language, operator):
    assert codes("cta-helpline", with_line(text, language, operator=operator)) == []


def test_the_number_is_no_hours():
    assert codes("cta-helpline", with_line("Listening Line, a charity: 0800 555 0123")) == ["hours"]
    assert codes("cta-helpline", with_line("Listening Line, a charity: 0800 555 0123", always_open=True)) == []


def test_who_answers_is_told():
    assert codes("cta-helpline", with_line("Listening Line, daily 9-5: 0800 555 0123")) == ["operator"]
    assert codes("cta-helpline", with_line("Line, a charity, daily 9-5: 0800 555 0123", operator="police")) == [
        "operator"
    ]


def test_a_helpline_is_known_by_its_number_however_it_is_grouped():
    text = "Run by a charity, daily 9-5: ٠٨٠٠-٥٥٥ ٠١٢٣"
    assert codes("cta-helpline", s.words(text)) == []
    assert codes("cta-helpline", s.words(text + "4")) == ["line"]


def test_every_territory_has_its_own():
    case = s.words(campaign=s.campaign(territories=GB_AT))
    assert codes("cta-helpline", case) == ["territory"]
    assert codes("cta-helpline", s.words("nothing shown")) == ["line"]
    assert codes("cta-helpline", s.words(language="fr")) == ["territory"]


def test_one_complete_line_is_enough():
    bad = s.helpline(ref="H-2", line=None, phone="0800 555 0123", operator="police")
    assert codes("cta-helpline", s.words(organisation=s.organisation(helplines=(bad, s.helpline())))) == []


def test_an_unknown_operator_or_language_is_not_evaluated():
    assert unseen("cta-helpline", with_line(s.HELPLINE, operator=None)) == ["organisation.helplines.H-1.operator"]
    assert unseen("cta-helpline", with_line(s.HELPLINE, "es")) == ["lexicon.operators.es.ngo"]
    assert unseen("cta-helpline", s.words(campaign=None)) == ["campaign.territories"]


# --- claims ------------------------------------------------------------------------------------------

SOURCED = "\nSource: The Daily Example, 2015."
CLAIM = ClaimRecord("58 public accounts", "S-1", "p. 1")


def claiming(text, *claims, **changes):
    return s.words(text + SOURCED, narrative=s.narrative(claims=claims), **changes)


@pytest.mark.parametrize(
    "text",
    [
        "60% of fighters want to leave.",
        "Researchers counted 58 public accounts.",
        "Most recruits came for money.",
        "It was the worst of times.",
        "Thousands of people fled.",
        "قرأ الباحثون ٥٨ رواية.",
    ],
)
def test_a_number_or_a_generalisation_without_a_claim_blocks(text):
    assert codes("claim-uncited", claiming(text))


def test_a_claim_with_source_and_locator_covers_it():
    text = "Researchers counted 58 public accounts."
    assert codes("claim-uncited", claiming(text, CLAIM)) == []
    assert codes("claim-uncited", claiming(text, ClaimRecord(CLAIM.text, "S-1", None))) == ["number"]


def test_the_same_figure_in_another_script_is_the_same_claim():
    assert codes("claim-uncited", claiming("قرأ الباحثون ٥٨ رواية.", CLAIM, language="ar")) == []
    assert codes("claim-uncited", claiming("قرأ الباحثون ٥٩ رواية.", CLAIM, language="ar")) == ["number"]


@pytest.mark.parametrize(
    "text",
    [
        "She left in early 2015.",
        "None of them dared refuse.",
        "Call 0800 555 0123, or see https://daily.example.org/2014/12 #Team7",
        "They said nothing. 1/2",
        "The forest was quiet.",
        s.HELPLINE,
    ],
)
def test_years_addresses_counters_and_standard_lines_claim_nothing(text):
    assert codes("claim-uncited", claiming(text)) == []


def test_claims_that_never_cite_the_narratives_own_source_block():
    assert codes("claim-uncited", claiming("58 public accounts", ClaimRecord(CLAIM.text, "S-9", "p. 1"))) == [
        "own-source"
    ]


def test_a_source_line_is_shown():
    assert codes("claim-uncited", s.words("Words alone.")) == ["source-line"]
    assert codes("claim-uncited", s.words("Words, as The Daily Example wrote.")) == []
    assert codes("claim-uncited", s.words(narrative=s.narrative(sources=()))) == ["no-source"]
    assert codes("claim-uncited", s.composed((s.PASSAGE + SOURCED, "passage", "p"))) == ["source-line"]


def test_without_sources_or_lexicon_it_is_not_evaluated():
    case = s.words(narrative=s.narrative(claims=None, sources=(SourceRecord("S-1"),)))
    assert unseen("claim-uncited", case) == ["narrative.claims"]
    assert unseen("claim-uncited", s.words(language="es")) == ["lexicon.claims.es"]
