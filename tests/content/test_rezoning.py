"""New zone data: what it would move is shown, moves by everybody's rules when somebody says so, and else stays."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from content import rescheduling, rezoning
from content.lifecycle import Post
from content.record import Record
from content.zone import exact, local_at, zone_version
from tests import factory
from tests.factory import House

LONDON, HOUR = "Europe/London", timedelta(hours=1)


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def noon(days: int) -> datetime:
    return (datetime.now() + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)


def planned(session: Session, house: House, local: datetime, *, was: str = LONDON, tzdata: str = "1999a") -> Post:
    """A post for that time in London, by zone data under which London kept the time of `was`."""
    post = rescheduling.reschedule(
        session, house.people["alice"], factory.cleared_post(session, house).id or 0, f"{local:%Y-%m-%d %H:%M}", LONDON
    )
    post.due_at, post.tzdata = exact(local, was), tzdata
    session.add(post)
    session.flush()
    return post


def test_a_rule_that_changed_is_shown_and_moves_nothing_by_itself(house: House) -> None:
    with house.store.write() as session:
        post = planned(session, house, noon(1), was="Europe/Paris")
        (one,) = rezoning.differences(session)
        assert (one.post_id, one.local, one.tzdata) == (post.id, post.local, "1999a")
        assert (one.was, one.wanted) == (post.due_at, post.due_at + HOUR)
        session.refresh(post)
        assert post.tzdata == "1999a"


def test_moved_it_keeps_its_local_time_under_the_new_data_and_stands_in_the_record(house: House) -> None:
    with house.store.write() as session:
        post = planned(session, house, noon(1), was="Europe/Paris")
        before = (post.local, post.due_at)
        assert rezoning.rezone(session, house.people["alice"]) == []
        session.refresh(post)
        assert (post.local, post.due_at, post.tzdata) == (before[0], before[1] + HOUR, zone_version())
        moved = session.exec(select(Record).where(Record.action == "post.reschedule")).all()
        assert len(moved) == 2  # planned, and moved
        assert rezoning.differences(session) == []


@pytest.mark.parametrize(
    ("was", "tzdata"), [(LONDON, "1999a"), ("Europe/Paris", zone_version())], ids=["same time", "same data"]
)
def test_nothing_is_shown_where_the_time_or_the_data_is_the_same(house: House, was: str, tzdata: str) -> None:
    with house.store.write() as session:
        planned(session, house, noon(1), was=was, tzdata=tzdata)
        assert rezoning.differences(session) == []


def test_what_would_leave_its_window_stays_and_is_said_with_the_reason(house: House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        last = local_at(post.not_after, LONDON).replace(microsecond=0) - timedelta(minutes=1)
        post.local, post.zone, post.tzdata = (last + HOUR).isoformat(), LONDON, "1999a"
        post.due_at = exact(last, LONDON)  # by the old data London was an hour ahead, and this was in time
        session.add(post)
        session.flush()
        (kept,) = rezoning.rezone(session, house.people["alice"])
        assert (kept.difference.post_id, kept.refused.code) == (post.id, "window.outside")
        session.refresh(post)
        assert (post.due_at, post.tzdata) == (exact(last, LONDON), "1999a")
        assert rezoning.differences(session) == [kept.difference]


def test_one_that_stays_holds_up_no_other(house: House) -> None:
    with house.store.write() as session:
        gone = planned(session, house, noon(1), was="Europe/Paris")
        gone.local = datetime(2001, 1, 1, 12).isoformat()  # a time that has passed
        session.add(gone)
        good = planned(session, house, noon(2), was="Europe/Paris")
        kept = rezoning.rezone(session, house.people["alice"])
        assert [one.difference.post_id for one in kept] == [gone.id]
        session.refresh(good)
        assert good.tzdata == zone_version()
