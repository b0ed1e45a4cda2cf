"""Filling a posting plan: messages without times go to its free slots, in order, and no hour is given twice."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import Session, col, select

from content import schedule
from content.campaign import Campaign
from content.errors import Refusal
from content.filling import Placed, fill
from content.lifecycle import Post
from content.message import Wording
from content.narrative import Narrative
from content.ordering import Order
from content.slot import DAYS, Wanted, add
from content.store import now
from content.zone import local_at
from tests import factory
from tests.factory import House

ZONE = "Europe/London"
_DAY = timedelta(days=1)


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def slots(
    house: House, account: str, *days: str, at: str = "18:00", language: str = "en", campaign: str = "spring"
) -> None:
    with house.store.write() as session:
        for day in days or DAYS:
            add(session, house.people["alice"], Wanted(campaign, language, account, day, at, ZONE))


def order(message: str, accounts: Sequence[str] = ("bluesky-en",), **more: object) -> Order:
    choices = {"template": "infighting/plain", "passages": ["p2"], "stance": "s2"}
    return replace(Order(message, "spring", "N-2", "en", choices, accounts, {}), **more)  # type: ignore[arg-type]


def filled(house: House, *orders: Order, first: str = "", check: bool = False, by: str = "alice") -> list[Placed]:
    with house.store.write() as session:
        return fill(session, house.people[by], orders, first, check=check)


def another(session: Session, house: House, ref: str) -> None:
    """A second campaign on the same accounts."""
    row = session.get_one(Campaign, house.campaign.id).model_dump(exclude={"id"})
    session.add(Campaign(**row | {"ref": ref}))


def more_stories(house: House, *refs: str) -> None:
    """Aggregate findings whose caps do not meet: a message draws on one of them each."""
    with house.store.write() as session:
        for ref in refs:
            made = factory.narrative(session, house.organisation, house.people["alice"], ref, kind="aggregate")
            factory.passage(session, made, house.people["alice"], "p2", factory.PASSAGE)
            factory.passage(session, made, house.people["alice"], "s2", factory.STANCE, kind="stance")


def codes(placed: Placed) -> set[str]:
    return {one.code for one in placed.why}


def test_messages_take_the_free_slots_in_the_order_given(house: House) -> None:
    slots(house, "bluesky-en")
    more_stories(house, "N-3", "N-4")
    got = filled(house, order("W-1"), order("W-2", narrative="N-3"), order("W-3", narrative="N-4"))
    days = [one.local.date() for one in got if one.local]
    assert days == [days[0] + timedelta(days=n) for n in range(3)]
    assert {f"{one.local:%H:%M}" for one in got} == {"18:00"}
    with house.store.read() as session:
        plans = session.exec(select(Wording.plan).order_by(col(Wording.id))).all()
        assert days[0] > local_at(now(session), ZONE).date()  # tomorrow at the earliest
    assert plans == [{"start": f"{day} 18:00", "zone": ZONE} for day in days]


def test_a_dry_run_says_the_same_and_queues_nothing(house: House) -> None:
    slots(house, "bluesky-en", "monday")
    shown = filled(house, order("W-1"), order("W-2"), check=True)
    with house.store.read() as session:
        assert session.exec(select(Wording)).all() == []
    assert [(one.order, one.at) for one in filled(house, order("W-1"), order("W-2"))] == [
        (one.order, one.at) for one in shown
    ]


def test_one_narrative_keeps_its_week_whichever_slots_are_free(house: House) -> None:
    slots(house, "bluesky-en")
    times = [one.at for one in filled(house, *(order(f"W-{n}") for n in range(4)))]
    assert all(two - one >= timedelta(days=7) for one, two in pairwise(times) if one and two)
    assert times[0] and times[3] and times[3] - times[0] >= timedelta(days=30)  # three in thirty days


def test_two_campaigns_that_want_one_hour_get_two_though_nobody_has_made_the_first_ones_words(house: House) -> None:
    with house.store.write() as session:
        another(session, house, "autumn")
    more_stories(house, "N-3")
    for campaign in ("spring", "autumn"):
        slots(house, "bluesky-en", campaign=campaign)
    (first,) = filled(house, order("W-1"))
    (second,) = filled(house, order("W-2", narrative="N-3", campaign="autumn"))
    assert first.at and second.at and second.at - first.at == timedelta(days=1)


def test_words_that_wait_for_reviewers_hold_their_hour(house: House) -> None:
    slots(house, "bluesky-en")
    (free,) = filled(house, order("W-1"), check=True)
    assert free.at
    with house.store.write() as session:
        opens = free.at - now(session)
        factory.version(session, house, accounts=("bluesky-en",), of=house.narrative, opens=opens)
    (next_,) = filled(house, order("W-1"), check=True)
    assert next_.at == free.at + timedelta(days=1)


def test_a_planned_post_holds_its_hour_on_its_account_alone(house: House) -> None:
    slots(house, "bluesky-en")
    slots(house, "facebook-gb")
    (free,) = filled(house, order("W-1"), check=True)
    with house.store.write() as session:
        post = session.get_one(Post, factory.cleared_post(session, house, account="bluesky-en", of=house.narrative).id)
        assert free.at
        post.due_at = min(free.at, post.not_after)
        moved = post.due_at
    here, there = filled(house, order("W-1"), order("W-2", ("facebook-gb",)), check=True)
    assert here.at and there.at and abs(here.at - moved) >= timedelta(hours=4)


def test_a_message_goes_to_all_its_accounts_at_one_hour_or_nowhere(house: House) -> None:
    slots(house, "bluesky-en", "monday", "thursday")
    slots(house, "facebook-gb", "thursday")
    (both,) = filled(house, order("W-1", ("bluesky-en", "facebook-gb")))
    assert both.local and both.local.weekday() == 3
    (nowhere,) = filled(house, order("W-2", ("bluesky-en", "site")))
    assert codes(nowhere) == {"slots.none"} and "site" in nowhere.why[0].message
    slots(house, "site", "friday")
    (apart,) = filled(house, order("W-2", ("bluesky-en", "site")))
    assert codes(apart) == {"slots.apart"}


def test_languages_of_one_message_share_the_site_s_hour_and_other_messages_do_not(house: House) -> None:
    with house.store.write() as session:
        made = house.people["alice"]
        session.get_one(Campaign, house.campaign.id).languages = ["en", "ar"]
        factory.block(session, house.organisation, made, "disclosure-ar", "disclosure", "نص", language="ar")
        spoken = {"language": "ar", "languages": ["ar"], "territories": ["GB"], "phone": "0800 000 0000"}
        factory.block(session, house.organisation, made, "help-ar", "helpline", "نص", **spoken)
        factory.passage(session, house.finding, made, "p3", "نص", language="ar")
        factory.passage(session, house.finding, made, "s3", "نص", language="ar", kind="stance")
    slots(house, "site", "monday")
    slots(house, "site", "monday", language="ar")
    more_stories(house, "N-3")
    arabic = {"template": "infighting/plain", "passages": ["p3"], "stance": "s3"}
    one, two, other = filled(
        house, order("W-1", ("site",)), order("W-1", ("site",), language="ar", choices=arabic),
        order("W-2", ("site",), narrative="N-3"),
    )  # fmt: skip
    assert (one.why, two.why) == ((), ()) and one.at == two.at
    assert one.at and other.at == one.at + timedelta(days=7)


def test_who_has_no_room_is_told_and_takes_nothing_from_the_others(house: House) -> None:
    slots(house, "bluesky-en", "monday")
    good, bad, last = filled(house, order("W-1"), order("W-2", campaign="none"), order("W-3"))
    assert codes(bad) == {"message.campaign"} and good.at and last.at == good.at + timedelta(days=7)


def test_a_first_day_is_kept_and_what_is_planned_there_too(house: House) -> None:
    slots(house, "bluesky-en")
    (one,) = filled(house, order("W-1"), first="2027-06-01")
    (two,) = filled(house, order("W-2"), first="2027-06-01")
    assert one.local and f"{one.local:%Y-%m-%d %H:%M}" == "2027-06-01 18:00"
    assert one.at and two.at == one.at + 7 * _DAY


def test_more_than_the_plan_holds_comes_back_with_the_reason(house: House) -> None:
    slots(house, "bluesky-en", "monday")
    got = filled(house, *(order(f"W-{n}") for n in range(30)))
    assert {code for one in got if one.at is None for code in codes(one)} == {"slots.full"}
    assert [one.at is None for one in got] == sorted(one.at is None for one in got)
    with house.store.read() as session:
        assert len(session.exec(select(Wording)).all()) == sum(one.at is not None for one in got)


def test_what_stands_in_the_queue_stays_and_is_not_queued_again(house: House) -> None:
    slots(house, "bluesky-en")
    (first,) = filled(house, order("W-1"))
    (again,) = filled(house, order("W-1"))
    assert (again.stands, again.at) == (True, first.at)
    with house.store.write() as session:
        session.exec(select(Wording)).one().refused = [{"code": "x", "message": "x", "todo": "x"}]
    (tried,) = filled(house, order("W-1"))
    assert not tried.stands and tried.at


def test_a_time_of_its_own_is_kept_and_a_rule_takes_no_slot(house: House) -> None:
    slots(house, "bluesky-en")
    more_stories(house, "N-3")
    (free,) = filled(house, order("W-1"), check=True)
    assert free.at and free.local
    own = order("W-2", narrative="N-3", plan={"start": f"{free.local:%Y-%m-%d %H:%M}", "zone": ZONE})
    slotted, kept, ruled = filled(house, order("W-1"), own, order("W-3", plan={"rule": "FREQ=WEEKLY", "zone": ZONE}))
    assert (kept.at, codes(ruled)) == (free.at, {"slots.rule"})
    assert slotted.at == free.at + timedelta(days=1)


def test_who_fills_at_the_same_moment_waits_and_gets_the_next_hour(house: House) -> None:
    slots(house, "bluesky-en")
    more_stories(house, "N-3")
    with ThreadPoolExecutor(1) as pool:
        with house.store.write() as session:
            (one,) = fill(session, house.people["alice"], [order("W-1")])
            other = pool.submit(filled, house, order("W-2", narrative="N-3"))
            assert not wait([other], timeout=0.5).done
        (two,) = other.result(timeout=10)
    assert one.at and two.at == one.at + _DAY


def test_only_who_may_queue_fills_a_plan(house: House) -> None:
    with pytest.raises(Refusal, match=r"\[rights.role\]"):
        filled(house, order("W-1"), by="lena")
    with pytest.raises(Refusal, match=r"\[slots.day\]"):
        filled(house, order("W-1"), first="soon")


def test_posts_are_made_at_the_very_hours_that_were_given(house: House) -> None:
    """What was settled when queueing is not moved when posts are made."""
    slots(house, "bluesky-en", "monday", "tuesday")
    more_stories(house, "N-3")
    for one, narrative in zip(filled(house, order("W-1"), order("W-2", narrative="N-3")), "23", strict=True):
        with house.store.write() as session:
            of = session.exec(select(Narrative).where(Narrative.ref == f"N-{narrative}")).one()
            assert one.at
            ahead = one.at - now(session)
            words = factory.version(session, house, accounts=("bluesky-en",), of=of, opens=ahead, closes=ahead + _DAY)
            (post,) = schedule.post(session, factory.clearance(session, house, words))
            assert abs(post.due_at - one.at) < timedelta(seconds=1)
