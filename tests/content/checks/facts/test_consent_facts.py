"""The consent checks and what a person's situation stops, at an instant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from content.checks import engine
from content.checks.finding import Missing
from content.checks.records import CalendarDay, HoldRecord, SourceRecord
from tests.content.checks import samples as s

DAY = timedelta(days=1)


def codes(check, case):
    return [answer.code for answer in engine.run(engine.FACTS[check], case) if not isinstance(answer, Missing)]


def unseen(check, case):
    return [answer.missing for answer in engine.run(engine.FACTS[check], case) if isinstance(answer, Missing)]


def agreed(case=None, **changes):
    case = case or s.facts()
    return replace(case, narrative=s.narrative(consent=s.consent(**changes)))


ELEMENTS = dict.fromkeys(("disclosure", "voluntariness", "comprehension", "competence"), True)


def test_a_direct_consent_needs_all_four_elements():
    assert codes("consent-basis", agreed(basis="direct", elements=ELEMENTS)) == []
    for name in ELEMENTS:
        assert codes("consent-basis", agreed(basis="direct", elements=ELEMENTS | {name: False})) == [name]
        rest = {key: True for key in ELEMENTS if key != name}
        assert unseen("consent-basis", agreed(basis="direct", elements=rest)) == [f"narrative.consent.elements.{name}"]


def test_a_published_account_needs_an_address_and_an_assessment():
    assert codes("consent-basis", agreed(reuse_decision="refused")) == ["reuse"]
    assert unseen("consent-basis", agreed(reuse_assessed_at=None)) == ["narrative.consent.reuse_assessed_at"]
    nowhere = s.facts(narrative=s.narrative(sources=(SourceRecord("S-1", "A paper"),)))
    assert codes("consent-basis", nowhere) == ["source"]
    assert unseen("consent-basis", s.facts(narrative=s.narrative(sources=None))) == ["narrative.sources"]


def test_one_persons_account_is_no_aggregate():
    assert codes("consent-basis", agreed(basis="aggregate")) == ["aggregate"]
    assert codes("consent-basis", agreed(basis="hearsay")) == ["basis"]
    finding = s.facts(narrative=s.narrative(kind="aggregate", consent=None))
    assert engine.run(engine.FACTS["consent-basis"], finding) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channels": frozenset({"site"})}, "channel"),
        ({"languages": frozenset({"ar"})}, "language"),
        ({"purposes": frozenset({"research"})}, "purpose"),
        ({"uses": frozenset({"image"})}, "use"),
        ({"reach": "fenced"}, "reach"),
        ({"reach": "list"}, "reach"),
        ({"territories": frozenset({"GB", "AT"})}, "territory"),
    ],
)
def test_each_dimension_has_its_own_sub_code(changes, code):
    assert codes("consent-scope", agreed(**changes)) == [code]


def test_an_empty_list_allows_nothing_and_an_absent_one_is_missing():
    nothing = dict.fromkeys(("channels", "languages", "territories", "purposes", "uses"), frozenset())
    assert sorted(codes("consent-scope", agreed(**nothing))) == ["channel", "language", "purpose", "territory", "use"]
    absent = dict.fromkeys(("channels", "languages", "territories", "purposes", "uses", "reach"))
    assert len(unseen("consent-scope", agreed(**absent))) == 6
    assert codes("consent-scope", agreed(**absent)) == []


def test_a_worldwide_account_needs_consent_for_the_world():
    here = frozenset({"GB"})
    fenced = s.facts(account=s.account(reach="fenced", territories=here))
    assert codes("consent-scope", agreed(fenced, territories=here)) == []
    assert codes("consent-scope", agreed(territories=here)) == ["territory"]


def test_a_fenced_account_counts_where_it_reaches():
    wide = s.facts(account=s.account(reach="fenced", territories=frozenset({"GB", "IE"})))
    assert codes("consent-scope", agreed(wide, territories=frozenset({"GB"}))) == ["territory"]


def test_a_caption_goes_out_on_its_channel():
    assert codes("consent-scope", agreed(s.facts(channel="telegram_caption"))) == []
    only = agreed(s.facts(channel="telegram"), channels=frozenset({"telegram_caption"}))
    assert codes("consent-scope", only) == ["channel"]


def test_an_aggregate_finding_asks_nobody_but_keeps_what_is_written():
    silent = s.facts(narrative=s.narrative(kind="aggregate", consent=None))
    for check in ("consent-scope", "consent-current", "consent-withdrawn"):
        assert engine.run(engine.FACTS[check], silent) == []
    bound = s.facts(narrative=s.narrative(kind="aggregate", consent=s.consent(languages=frozenset({"ar"}))))
    assert codes("consent-scope", bound) == ["language"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"until": s.AT}, ["until"]),
        ({"until": s.AT + timedelta(microseconds=1)}, []),
        ({"reconfirm_by": s.AT}, ["reconfirm"]),
        ({"embargo_until": s.AT}, []),
        ({"embargo_until": s.AT + timedelta(microseconds=1)}, ["embargo"]),
        ({"from_": s.AT + DAY}, ["from"]),
    ],
)
def test_the_ends_of_a_consent_are_exact(changes, code):
    assert codes("consent-current", agreed(**changes)) == code


def test_without_an_instant_or_an_end_it_is_not_evaluated():
    assert unseen("consent-current", s.facts(at=None)) == ["at"]
    assert unseen("consent-current", agreed(until=None)) == ["narrative.consent.until"]
    assert unseen("consent-current", agreed(reconfirm_by=None)) == ["narrative.consent.reconfirm_by"]


def test_a_withdrawal_covers_all_or_the_channels_it_names():
    assert codes("consent-withdrawn", agreed(withdrawn=True)) == ["all"]
    for channel, code in (("bluesky", ["channel"]), ("site", [])):
        assert codes("consent-withdrawn", agreed(withdrawn=True, withdrawn_channels=frozenset({channel}))) == code
    caption = s.facts(channel="telegram_caption")
    named = agreed(caption, withdrawn=True, withdrawn_channels=frozenset({"telegram"}))
    assert codes("consent-withdrawn", named) == ["channel"]


def held(start=-DAY, end=DAY, territories=frozenset(), **changes):
    hold = HoldRecord(s.AT + start, None if end is None else s.AT + end, frozenset(territories))
    return s.facts(narrative=s.narrative(holds=(hold,)), **changes)


def test_a_hold_stops_from_its_first_instant_to_its_last():
    assert codes("hold-window", held()) == [""]
    assert codes("hold-window", held(start=timedelta(0), end=None)) == [""]
    assert codes("hold-window", held(end=timedelta(0))) == []
    assert codes("hold-window", held(start=DAY, end=None)) == []


def test_a_hold_for_a_territory_stops_there_and_worldwide():
    fenced = s.account(reach="fenced", territories=frozenset({"GB"}))
    assert codes("hold-window", held(territories={"AT"}, account=fenced)) == []
    assert codes("hold-window", held(territories={"GB"}, account=fenced)) == [""]
    assert codes("hold-window", held(territories={"AT"})) == [""]
    assert unseen("hold-window", held(territories={"AT"}, account=fenced, campaign=None)) == ["campaign.territories"]


def test_a_hold_never_says_why():
    (found,) = engine.run(engine.FACTS["hold-window"], held())
    assert "ot available" in found.reason
    assert not any(word in found.reason for word in ("hold", "reprisal", "trial", "asylum"))


def test_a_crisis_blocks_and_a_date_warns_until_acknowledged():
    check = engine.FACTS["calendar-sensitive"]
    for day, severities in (
        (s.day(kind="crisis"), ["block"]),
        (s.day(kind="crisis", acknowledged=True), ["block"]),
        (s.day(), ["warn"]),
        (s.day(acknowledged=True), []),
        (s.day(end=s.AT), []),
        (s.day(territory="*"), ["warn"]),
    ):
        assert [one.severity for one in engine.run(check, s.facts(calendar=(day,)))] == severities


def test_a_day_elsewhere_is_nobodys_business():
    fenced = s.account(reach="fenced", territories=frozenset({"GB"}))
    elsewhere = (CalendarDay("AT", s.AT - DAY, s.AT + DAY, "a day", "crisis"),)
    assert codes("calendar-sensitive", s.facts(calendar=elsewhere, account=fenced)) == []
    assert codes("calendar-sensitive", s.facts(calendar=elsewhere)) == ["crisis"]


def test_a_new_attribute_over_the_budget_asks_safeguarding():
    check = engine.FACTS["id-mosaic-budget"]
    four = frozenset({"origin", "age", "role", "family"})
    (found,) = engine.run(check, s.facts(attributes=four))
    assert found.severity == "specialist:safeguarding"
    assert engine.run(check, s.facts(attributes=frozenset({"origin", "age", "role"}))) == []
    spent = s.narrative(exposed=four, mosaic_budget=2)
    assert engine.run(check, s.facts(narrative=spent, attributes=frozenset({"age"}))) == []


def test_unknown_is_a_child_for_the_gate():
    answers = engine.run(engine.FACTS["subject-minor"], s.facts(narrative=s.narrative(minor_at_events=None)))
    assert engine.blocks(answers) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"owned": False}, ["owner"]),
        ({"identity_matches": False}, ["identity"]),
        ({"ownership_verified_at": s.AT - timedelta(days=90)}, []),
        ({"ownership_verified_at": s.AT - timedelta(days=90, seconds=1)}, ["ownership-age"]),
        ({"identity_verified_at": s.AT - timedelta(hours=24)}, []),
        ({"identity_verified_at": s.AT - timedelta(hours=24, seconds=1)}, ["identity-age"]),
    ],
)
def test_an_account_is_ours_and_freshly_verified(changes, code):
    assert codes("account-authentic", s.facts(account=s.account(**changes))) == code


def test_a_verification_that_never_was_is_missing():
    bare = s.account(ownership_verified_at=None, identity_verified_at=None, identity_matches=None)
    assert len(unseen("account-authentic", s.facts(account=bare))) == 3


def test_a_helpline_is_tried_every_ninety_days():
    for days, code in ((90, []), (90.01, ["age"])):
        line = s.helpline(verified_at=s.AT - timedelta(days=days))
        assert codes("cta-helpline", s.facts(organisation=s.organisation(helplines=(line,)))) == code
    elsewhere = s.helpline(verified_at=None, territories=frozenset({"AT"}))
    assert engine.run(engine.FACTS["cta-helpline"], s.facts(organisation=s.organisation(helplines=(elsewhere,)))) == []
