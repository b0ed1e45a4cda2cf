"""Consent is folded from its events: nothing but a new, assessed grant ever widens it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from content import consent
from content.agreement import ConsentRecord
from content.consent import ConsentEvent, scope
from content.errors import Refusal
from content.organisation import Organisation
from tests import factory

START = datetime(2026, 1, 1, tzinfo=UTC)
AT = START + timedelta(days=400)
_words = {
    "channels": ["site", "facebook", "telegram"],
    "languages": ["en", "ar", "fr"],
    "territories": ["GB", "AT", "*"],
    "purposes": ["prevention", "research"],
    "uses": ["text", "verbatim"],
}


def _event(kind: str, **stated: Any) -> ConsentEvent:
    return ConsentEvent(narrative_id=1, kind=kind, by=1, at=START, **stated)


def _numbered(events: list[ConsentEvent]) -> list[ConsentEvent]:
    for number, event in enumerate(events, start=1):
        event.id, event.at = number, START + timedelta(days=number)
    return events


def _refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


_lists = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(words), unique=True) for name, words in _words.items()}
)
_days = st.integers(0, 800).map(lambda day: START + timedelta(days=day))
_dates = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("valid_from", "valid_until", "reconfirm_by", "embargo_until"), _days)
)
_stated = st.builds(
    lambda lists, dates, reach: lists | dates | reach,
    _lists,
    _dates,
    st.fixed_dictionaries({}, optional={"reach": st.sampled_from(consent.REACHES)}),
)
_grants = st.builds(
    lambda stated, basis, proposed: _event("grant", basis=basis, proposed=proposed, **stated),
    _stated,
    st.sampled_from(["direct", "published", "aggregate"]),
    st.booleans(),
)
_narrowings = st.builds(lambda stated: _event("narrow", **stated), _stated)
_withdrawals = st.builds(
    lambda lists: _event("withdraw", **{k: v for k, v in lists.items() if k not in ("purposes", "uses")}), _lists
)
_assessments = st.builds(lambda said: _event("assess", decision=said), st.sampled_from(["ok", "refused"]))
_reconfirmations = st.builds(lambda by: _event("reconfirm", reconfirm_by=by), _days)
_histories = st.lists(st.one_of(_grants, _narrowings, _withdrawals, _assessments, _reconfirmations), max_size=8)


def _allowed(found: ConsentRecord, when: datetime) -> set[tuple[str, ...]]:
    """What may go out then for one person's account: every dimension stated, and nothing closed."""
    dated = (
        (found.from_ is None or when >= found.from_)
        and (found.embargo_until is None or when >= found.embargo_until)
        and found.until is not None
        and when < found.until
        and found.reconfirm_by is not None
        and when < found.reconfirm_by
    )
    if found.basis is None or found.withdrawn or not dated or found.reach is None:
        return set()
    territories = found.territories or frozenset()
    places = {"GB", "AT", "*"} if "*" in territories else set(territories)
    return {
        (channel, language, place, purpose, use, reach)
        for channel in (found.channels or frozenset()) - found.withdrawn_channels
        for language in found.languages or ()
        for place in places
        for purpose in found.purposes or ()
        for use in found.uses or ()
        for reach in consent.REACHES[: consent.REACHES.index(found.reach) + 1]
    }


_instants = st.integers(0, 900).map(lambda day: START + timedelta(days=day, hours=1))


@given(_histories, st.one_of(_withdrawals, _narrowings), _instants)
def test_a_withdrawal_and_a_narrowing_never_widen(
    history: list[ConsentEvent], less: ConsentEvent, when: datetime
) -> None:
    before = _allowed(scope(_numbered(history), AT), when)
    assert _allowed(scope(_numbered([*history, less]), AT), when) <= before


@given(_histories, _grants, _instants)
def test_a_proposed_grant_alone_opens_nothing(history: list[ConsentEvent], more: ConsentEvent, when: datetime) -> None:
    more.proposed = True
    before = _allowed(scope(_numbered(history), AT), when)
    assert _allowed(scope(_numbered([*history, more]), AT), when) == before


@given(_histories, st.lists(st.one_of(_narrowings, _assessments, _reconfirmations), max_size=4), _instants)
def test_after_a_full_withdrawal_nothing_but_a_new_assessed_grant_opens(
    history: list[ConsentEvent], later: list[ConsentEvent], when: datetime
) -> None:
    events = _numbered([*history, _event("withdraw"), *later])
    assert _allowed(scope(events, AT), when) == set()
    assert scope(events, AT).withdrawn is True


@given(_histories, _grants, _instants)
def test_after_any_withdrawal_a_grant_waits_for_its_assessment(
    history: list[ConsentEvent], again: ConsentEvent, when: datetime
) -> None:
    closed = [*history, _event("withdraw")]
    assert _allowed(scope(_numbered([*closed, again]), AT), when) == set()
    reopened = scope(_numbered([*closed, again, _event("assess", decision="ok")]), AT)
    assert (reopened.withdrawn, reopened.basis, reopened.reuse_decision) == (False, again.basis, "ok")


@given(_histories, st.randoms())
def test_the_order_is_that_of_the_ids_however_they_are_given(history: list[ConsentEvent], random: Any) -> None:
    events = _numbered(history)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert scope(shuffled, AT) == scope(events, AT)


@given(_histories, st.integers(0, 10))
def test_what_narrows_counts_before_its_day_and_what_widens_only_from_it(history: list[ConsentEvent], day: int) -> None:
    """A stop that was committed is never judged away by a clock that runs behind."""
    events = _numbered(history)
    stops = [e for e in events if e.kind in ("withdraw", "narrow")]
    at = START + timedelta(days=day)
    late = [e for e in events if e.kind not in ("withdraw", "narrow") and e.at > at]
    assert scope(events, at) == scope([e for e in events if e in stops or e not in late], at)


def _full(**more: Any) -> ConsentEvent:
    stated: dict[str, Any] = {
        "basis": "direct", "reach": "worldwide", "valid_until": AT + timedelta(days=900),
        "reconfirm_by": AT + timedelta(days=900), **_words,
    }  # fmt: skip
    return _event("grant", **(stated | more))


def test_a_withdrawal_of_one_channel_leaves_the_others() -> None:
    found = scope(_numbered([_full(), _event("withdraw", channels=["site"])]), AT)
    assert (found.withdrawn, found.withdrawn_channels) == (False, {"site"})
    assert found.channels == {"facebook", "telegram"}


def test_a_withdrawal_of_one_territory_closes_the_whole_world_too() -> None:
    found = scope(_numbered([_full(), _event("withdraw", territories=["GB"])]), AT)
    assert found.territories == {"AT"}


def test_an_assessment_counts_for_the_grants_before_it_only() -> None:
    published = _full(basis="published")
    found = scope(_numbered([published, _event("assess", decision="ok"), _full(basis="published")]), AT)
    assert found.reuse_assessed_at is None


def test_a_refused_assessment_closes_what_was_proposed() -> None:
    found = scope(_numbered([_full(proposed=True), _event("assess", decision="refused")]), AT)
    assert (found.basis, found.reuse_decision) == (None, "refused")


def test_a_narrowing_before_the_assessment_binds_after_it() -> None:
    events = [_full(proposed=True), _event("narrow", channels=["site"]), _event("assess", decision="ok")]
    assert scope(_numbered(events), AT).channels == {"site"}


def test_an_open_list_of_an_aggregate_finding_is_narrowed_to_what_is_named() -> None:
    granted = _full(basis="aggregate", channels=None)
    found = scope(_numbered([granted, _event("narrow", channels=["site"])]), AT)
    assert found.channels == {"site"}


@pytest.fixture
def house(db: str):
    with factory.opened(db) as store:
        yield factory.house(store)


def test_the_stored_events_fold_to_the_scope_in_force(house: factory.House) -> None:
    with house.store.read() as session:
        found = consent.scopes(session, [house.narrative.id or 0], consent.now(session))[house.narrative.id or 0]
    assert found.basis == "published"
    assert found.reuse_decision == "ok"
    assert found.channels == {"site", "facebook", "telegram", "bluesky"}


def test_who_entered_a_grant_cannot_assess_it(house: factory.House) -> None:
    with house.store.write() as session:
        consent.add(session, house.people["dana"], house.narrative, "grant", basis="published")
    with _refused("rights.own"), house.store.write() as session:
        consent.add(session, house.people["dana"], house.narrative, "assess", decision="ok")
    with house.store.write() as session:
        consent.add(session, house.people["sam"], house.narrative, "assess", decision="ok")


def test_only_keeper_and_safeguarding_touch_consent(house: factory.House) -> None:
    for ref in ("alice", "bob", "lena"):
        with _refused("rights.role"), house.store.write() as session:
            consent.add(session, house.people[ref], house.narrative, "grant", basis="direct")
    with _refused("rights.role"), house.store.write() as session:
        consent.add(session, house.people["kim"], house.narrative, "assess", decision="ok")


def test_a_reason_is_stored_encrypted(house: factory.House) -> None:
    with house.store.write() as session:
        event = consent.add(
            session, house.people["kim"], house.narrative, "reconfirm", reason="by letter", reconfirm_by=AT
        )
        assert "letter" not in event.reason


def test_another_s_later_grant_does_not_let_anybody_assess_their_own(house: factory.House) -> None:
    """The assessment would agree to both."""
    with house.store.write() as session:
        consent.add(session, house.people["dana"], house.narrative, "grant", basis="published", channels=["x"])
        consent.add(session, house.people["kim"], house.narrative, "grant", basis="published")
    with _refused("rights.own"), house.store.write() as session:
        consent.add(session, house.people["dana"], house.narrative, "assess", decision="ok")
    with house.store.write() as session:
        consent.add(session, house.people["sam"], house.narrative, "assess", decision="ok")
        consent.add(session, house.people["kim"], house.narrative, "grant", languages=["en"])
        consent.add(session, house.people["dana"], house.narrative, "assess", decision="ok")


def test_testimony_given_to_us_directly_has_every_stored_result_made_again(house: factory.House) -> None:
    """It raises the tier: what was cleared as a published account must not go out under that clearance."""
    with house.store.write() as session:
        before = session.exec(select(Organisation.material_epoch)).one()
        consent.add(session, house.people["kim"], house.narrative, "grant", basis="direct")
        assert session.exec(select(Organisation.material_epoch)).one() == before + 1
