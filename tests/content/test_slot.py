"""The posting plan: who puts slots into it, and when they are free."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from content import slot
from content.campaign import Campaign
from content.errors import Refusal
from content.lifecycle import Post
from content.record import Record
from content.slot import DAYS, Free, Slot, Wanted
from content.store import now
from content.zone import local_at
from tests import factory

THURSDAY = Wanted("spring", "en", "bluesky-en", "thursday", "18:00", "Europe/London", "evening")


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _add(house: factory.House, wanted: Wanted = THURSDAY, by: str = "alice") -> int:
    with house.store.write() as session:
        return slot.add(session, house.people[by], wanted).id or 0


def _free(house: factory.House, accounts: tuple[str, ...] = (), language: str = "en") -> list[Free]:
    with house.store.read() as session:
        return slot.next_free(session, "spring", language, accounts)


def _steps(session: Session) -> list[str]:
    return [one.action for one in session.exec(select(Record).where(Record.subject == "slot").order_by(Record.id))]


def test_a_slot_stands_in_the_plan_until_it_is_ended_and_both_are_on_the_record(house: factory.House) -> None:
    number = _add(house)
    with house.store.write() as session:
        (one,) = slot.plan(session, house.people["lena"], "spring")
        assert (one.account, one.slot.day, one.slot.local, one.slot.name) == ("bluesky-en", 3, "18:00", "evening")
        slot.end(session, house.people["bob"], number)
        assert slot.plan(session, house.people["lena"], "spring") == []
        assert _steps(session) == ["slot.add", "slot.end"]


def test_an_ended_slot_may_stand_again_and_a_standing_one_not_twice(house: factory.House) -> None:
    number = _add(house)
    with pytest.raises(Refusal, match=r"\[slot.twice\]"):
        _add(house)
    with house.store.write() as session:
        again = slot.wanted_again(session, slot.end(session, house.people["alice"], number))
    assert again == THURSDAY
    assert _add(house, again) != number


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"day": "someday"}, "slot.day"), ({"day": "7"}, "slot.day"), ({"local": "24:00"}, "slot.time"),
        ({"local": "6 pm"}, "slot.time"), ({"language": "xx"}, "slot.language"), ({"account": "none"}, "slot.account"),
        ({"zone": "Mars/Base"}, "window.zone_unknown"), ({"campaign": "none"}, "campaign.none"),
    ],
)  # fmt: skip
def test_what_makes_no_slot_is_refused(house: factory.House, change: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        _add(house, Wanted(**{name: getattr(THURSDAY, name) for name in Wanted.__slots__} | change))
    assert refused.value.code == code


def test_who_plans_nothing_changes_no_plan(house: factory.House) -> None:
    number = _add(house)
    with pytest.raises(Refusal, match=r"\[rights.role\]"):
        _add(house, by="lena")
    with house.store.write() as session, pytest.raises(Refusal, match=r"\[rights.role\]"):
        slot.end(session, house.people["lena"], number)
    with house.store.write() as session, pytest.raises(Refusal, match=r"\[slot.none\]"):
        slot.end(session, house.people["alice"], 99)


def test_a_slot_is_free_on_its_day_and_hour_for_three_weeks(house: factory.House) -> None:
    _add(house)
    found = _free(house)
    assert 2 <= len(found) <= 4
    assert {(one.local.weekday(), f"{one.local:%H:%M}", one.zone, one.accounts) for one in found} == {
        (3, "18:00", "Europe/London", ("bluesky-en",))
    }
    assert found[0].sign == f"{found[0].local:%Y-%m-%dT18:00} Europe/London"
    assert _free(house, ("facebook-gb",)) == [] and _free(house, language="ar") == []


def test_what_is_planned_on_the_account_takes_the_slots_within_its_gap(house: factory.House) -> None:
    with house.store.write() as session:
        post = session.get_one(Post, factory.cleared_post(session, house, account="bluesky-en").id)
        local = local_at(post.due_at + timedelta(hours=1), "Europe/London")
    wanted = Wanted("spring", "en", "bluesky-en", DAYS[local.weekday()], f"{local:%H:%M}", "Europe/London")
    _add(house, wanted)
    days = {one.day for one in _free(house)}
    assert days and local.date() not in days


def test_silent_days_have_no_free_slots(house: factory.House) -> None:
    _add(house)
    first = _free(house)[0].day
    with house.store.write() as session:
        campaign = session.get_one(Campaign, house.campaign.id)
        campaign.blackout = [{"from": str(first), "to": str(first), "policy": "skip"}]
    assert first not in {one.day for one in _free(house)}
    with house.store.write() as session:
        campaign = session.get_one(Campaign, house.campaign.id)
        campaign.blackout = [{"from": str(first), "to": str(first), "policy": "keep"}]
    assert first in {one.day for one in _free(house)}


def test_the_same_hour_on_two_accounts_is_one_time(house: factory.House) -> None:
    _add(house)
    _add(house, Wanted("spring", "en", "facebook-gb", "thursday", "18:00", "Europe/London", "evening"))
    assert {one.accounts for one in _free(house)} == {("bluesky-en", "facebook-gb")}
    assert {one.accounts for one in _free(house, ("facebook-gb",))} == {("facebook-gb",)}


def test_two_people_put_the_same_slot_in_once_even_at_the_database(house: factory.House) -> None:
    number = _add(house)
    with pytest.raises(Exception, match=r"(?i)unique"), house.store.write() as session:
        row = session.get_one(Slot, number).model_dump(exclude={"id"})
        session.add(Slot(**row | {"created_at": now(session)}))
        session.flush()
