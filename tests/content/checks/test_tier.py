"""The table of tiers: the strictest that applies counts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from content.checks.stored import Cases
from content.checks.tier import Case, Reason, family_unknown, judge, strictest
from content.checks.tier import reasons as reasons_of
from content.message import Version
from content.narrative import Narrative
from content.tags import TagsRecord
from tests import factory
from tests.factory import House


def narrative(kind: str = "individual", **more: Any) -> Narrative:
    values = {"reprisal_risk": "low", "minor_at_events": False, "family_in_reach": False}
    fixed = {"identifiable": False, "open_proceedings": False}
    return Narrative(kind=kind, **(values | fixed | more))


def reasons(session: Session, version: Version) -> list[Reason]:
    cases = Cases(session, [version])
    return reasons_of(cases.known, cases.standing(version))


def tier(session: Session, version: Version) -> int:
    return strictest(reasons(session, version))


def tier_of(case: Case) -> int:
    return strictest(judge(case))


def test_an_aggregate_finding_is_tier_1() -> None:
    assert tier_of(Case(narrative("aggregate"))) == 1


def test_what_is_unknown_of_a_person_raises_nothing_for_an_aggregate() -> None:
    unknown = narrative("aggregate", minor_at_events=None, family_in_reach=None)
    assert tier_of(Case(unknown)) == 1
    assert not family_unknown(unknown)


def test_one_persons_published_account_is_tier_2() -> None:
    assert tier_of(Case(narrative())) == 2
    assert tier_of(Case(narrative(reprisal_risk="medium"))) == 2


@pytest.mark.parametrize(
    "case",
    [
        Case(narrative(reprisal_risk="high")),
        Case(narrative(), direct=True),
        Case(narrative(), first_use=True),
        Case(narrative("aggregate"), first_use=True),
        Case(narrative(), tags=(TagsRecord(), TagsRecord(admits_act=True))),
        Case(narrative("aggregate"), tags=(TagsRecord(religious_claim=True),)),
        Case(narrative("aggregate", reprisal_risk="high")),
    ],
)
def test_what_asks_for_three_people(case: Case) -> None:
    assert tier_of(case) == 3


@pytest.mark.parametrize(
    "more",
    [
        {"minor_at_events": True},
        {"minor_at_events": None},
        {"identifiable": True},
        {"open_proceedings": True},
        {"family_in_reach": True},
    ],
)
def test_what_only_a_board_may_open(more: dict[str, Any]) -> None:
    assert tier_of(Case(narrative(**more))) == 4
    assert tier_of(Case(narrative(reprisal_risk="high", **more), direct=True)) == 4


def test_a_relative_nobody_asked_about_is_a_question_and_no_tier() -> None:
    unknown = narrative(family_in_reach=None)
    assert family_unknown(unknown)
    assert tier_of(Case(unknown)) == 2
    assert not family_unknown(narrative(family_in_reach=True))


def test_a_campaign_may_only_be_stricter() -> None:
    plain = Case(narrative("aggregate"))
    assert [tier_of(replace(plain, campaign_min=n)) for n in (1, 2, 3)] == [1, 2, 3]
    assert tier_of(replace(plain, narrative=narrative(reprisal_risk="high"), campaign_min=2)) == 3


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def test_the_rows_of_a_version_decide(house: House) -> None:
    with house.store.write() as session:
        assert tier(session, factory.version(session, house)) == 1
        assert tier(session, factory.version(session, house, of=house.narrative)) == 2


def test_a_language_is_tier_3_until_one_message_in_it_was_published(house: House) -> None:
    with house.store.write() as session:
        first = factory.version(session, house, language="ar")
        assert [one.code for one in reasons(session, first)] == ["first_use"]
        publish(session, house, first)
        assert tier(session, factory.version(session, house, language="ar")) == 1
        assert tier(session, factory.version(session, house, language="fr")) == 3


def publish(session: Session, house: House, version: Any) -> None:
    cleared = factory.clearance(session, house, version, tier=1)
    factory.brought(session, factory.post(session, house, cleared), "published")


def test_direct_testimony_and_strict_tags_are_read_from_rows(house: House) -> None:
    with house.store.write() as session:
        own = factory.version(session, house, of=house.narrative)
        factory.consented(session, house, house.narrative, basis="direct")
        assert [one.code for one in reasons(session, own)] == ["individual", "direct"]
        finding = factory.version(session, house)
        carol = house.people["carol"]
        passage = house.passages["p2"]
        tags = {"religious_claim": True}
        factory.clearing(session, "passage", passage.id or 0, passage.entered_by, carol, "content", tags)
        assert [one.code for one in reasons(session, finding)] == ["religious_claim"]


def test_a_campaigns_own_minimum_is_read_from_its_row(house: House) -> None:
    with house.store.write() as session:
        strict = factory.a_campaign(session, house.organisation, house.people["alice"], "strict", tier_min=3)
        assert tier(session, factory.version(session, house, campaign=strict)) == 3
