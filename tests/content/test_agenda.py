"""What stands in the plan on some days: bounded, named where it is not all, and counted where it is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from content import agenda, rescheduling, unposted
from content.agenda import Wish
from content.campaign import Campaign
from content.caps_left import rooms
from content.checks.facts.frequency_cap import most
from content.errors import Refusal
from content.lifecycle import Post
from content.store import now
from content.unposted import Opening
from content.zone import local_at, offers, restated, written
from tests import factory


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _wish(session: Session, days: int = 40) -> Wish:
    today = now(session).date()
    return Wish(today - timedelta(days=1), today + timedelta(days=days))


def _post(session: Session, house: factory.House, due: datetime, account: str = "site") -> Post:
    version = factory.version(session, house, closes=timedelta(days=30), accounts=(account,))
    cleared = factory.clearance(session, house, version, valid=timedelta(days=30))
    return factory.post(session, house, cleared, account=account, due=due)


def test_accounts_beyond_the_bound_are_named_and_come_next(house: factory.House) -> None:
    with house.store.read() as session:
        wish = replace(_wish(session), accounts=3)
        first = agenda.agenda(session, wish)
        second = agenda.agenda(session, replace(wish, after=first.more))
    assert [one.ref for one in (*first.accounts, *second.accounts)] == sorted(house.accounts)
    assert (first.more, second.more) == ("site", "") or (first.more != "" and second.more == "")


def test_an_account_with_more_posts_than_are_read_is_named(
    house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "EACH", 2)
    with house.store.write() as session:
        for hours in (1, 2, 3):
            _post(session, house, now(session) + timedelta(hours=hours))
        _post(session, house, now(session) + timedelta(hours=4), "bluesky-en")
        found = agenda.agenda(session, _wish(session))
    assert (len(found.entries), found.cut) == (3, frozenset({"site"}))


def test_posts_of_the_days_before_do_not_use_up_the_bound(
    house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "EACH", 2)
    with house.store.write() as session:
        noon = (now(session) + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)
        for hours in (-2, -1, 0, 13):
            _post(session, house, noon + timedelta(hours=hours))
        found = agenda.agenda(session, Wish(noon.date() + timedelta(days=1), noon.date() + timedelta(days=1)))
    assert ([one.local.hour for one in found.entries], found.cut) == ([1], frozenset())


def test_a_day_is_counted_where_the_audience_reads_it_or_where_it_is_asked_for(house: factory.House) -> None:
    with house.store.write() as session:
        late = (now(session) + timedelta(days=2)).replace(hour=23, minute=30, second=0, microsecond=0)
        _post(session, house, late)
        own = Wish(late.date(), late.date())
        told = {zone: len(agenda.agenda(session, replace(own, zone=zone)).entries) for zone in ("", "Asia/Tokyo")}
    assert told == {"": 1, "Asia/Tokyo": 0}


def test_the_caps_tell_what_is_used_and_what_is_left(house: factory.House) -> None:
    with house.store.write() as session:
        at = (now(session) + timedelta(days=3)).replace(microsecond=0)
        post = _post(session, house, at, "bluesky-en")
        _post(session, house, at + timedelta(days=5), "bluesky-en")
        told = {one.days: (one.used, one.most, one.left) for one in rooms(session, post)}
        assert rooms(session, _post(session, house, at)) == ()
    assert told == {0: (1, 2, 1), 7: (2, 1, 0), 30: (2, 3, 1)}


def test_only_times_that_would_go_are_offered(house: factory.House) -> None:
    with house.store.write() as session:
        at = (now(session) + timedelta(days=3)).replace(microsecond=0)
        post = _post(session, house, at, "bluesky-en")
        taken = _post(session, house, at + timedelta(days=10), "bluesky-en")
        found = rescheduling.free_times(session, post)
    assert found and all(abs(one - taken.due_at) >= timedelta(days=7) and one != at for one in found)


def test_a_move_from_where_it_no_longer_stands_moves_nothing(house: factory.House) -> None:
    with house.store.write() as session:
        post = _post(session, house, (now(session) + timedelta(days=3)).replace(microsecond=0))
        stood = post.due_at
        alice, start = house.people["alice"], written(stood + timedelta(days=1), "UTC")
        rescheduling.reschedule(session, alice, post.id or 0, start, "UTC", stood)
        with pytest.raises(Refusal, match="moved meanwhile"):
            rescheduling.reschedule(session, alice, post.id or 0, written(stood, "UTC"), "UTC", stood)
        assert post.due_at == stood + timedelta(days=1)


def test_the_fullest_window_around_a_time_is_counted() -> None:
    start = datetime(2027, 1, 1)
    times = [start + timedelta(days=day) for day in (0, 1, 5, 6, 20)]
    span = timedelta(days=3)
    assert [most(times, one, span) for one in times] == [2, 2, 2, 2, 1]


def test_an_instant_is_written_so_that_a_fold_leaves_no_doubt() -> None:
    first, second = offers(datetime(2027, 10, 31, 1, 30), "Europe/London")
    assert offers(datetime(2027, 10, 31, 12), "Europe/London") == ()
    assert [restated(one, "Europe/London", "UTC")[:16] for one in (first, second)] == [
        "2027-10-31T00:30", "2027-10-31T01:30",
    ]  # fmt: skip


def _waiting(session: Session, wish: Wish) -> set[tuple[str, str]]:
    found = (one for one in agenda.agenda(session, wish).entries if not one.post)
    return {(one.account, one.stops[0].partition(":")[0]) for one in found}


def test_words_that_wait_stand_under_the_accounts_that_are_looked_at_and_no_others(house: factory.House) -> None:
    with house.store.write() as session:
        factory.version(session, house, opens=timedelta(hours=5), accounts=("site", "bluesky-en"))
        factory.version(session, house, opens=timedelta(days=90), closes=timedelta(days=91), accounts=("site",))
        wish = _wish(session)
        assert _waiting(session, wish) == {("site", "clearance.none"), ("bluesky-en", "clearance.none")}
        assert _waiting(session, replace(wish, account="site")) == {("site", "clearance.none")}
        assert _waiting(session, replace(wish, language="ar")) == set()
        assert _waiting(session, replace(wish, campaign="spring", account="site")) == {("site", "clearance.none")}
        assert _waiting(session, replace(wish, campaign="no-such")) == set()


@pytest.mark.parametrize(("soonest", "at_first"), [(1, 1), (2, 1), (3, 2), (4, 1), (300, 2), (300, 80)])
def test_a_list_that_looks_at_few_words_shows_those_that_come_first_wherever_their_days_are_counted(
    house: factory.House, monkeypatch: pytest.MonkeyPatch, soonest: int, at_first: int
) -> None:
    monkeypatch.setattr(agenda, "SOONEST", soonest)
    monkeypatch.setattr(agenda, "AT_FIRST", at_first)
    with house.store.write() as session:
        # What opens five hours later in Los Angeles has the earlier time there, and stands first.
        for hours, zone in ((30, "UTC"), (35, "America/Los_Angeles"), (36, "Pacific/Auckland"), (400, "Asia/Tokyo")):
            opens = timedelta(hours=hours)
            factory.version(session, house, opens=opens, closes=opens + timedelta(days=1), zone=zone)
        wish = _wish(session)
        whole = agenda.agenda(session, wish).entries
        assert [one.zone for one in whole] == ["America/Los_Angeles", "UTC", "Pacific/Auckland", "Asia/Tokyo"]
        fewer = len(agenda.agenda(session, replace(wish, enough=1)).entries)
        assert fewer < len(whole) or at_first > len(whole)
        for place, one in enumerate(whole):
            assert agenda.agenda(session, replace(wish, enough=place + 1)).entries[: place + 1] == whole[: place + 1]
            beyond = agenda.agenda(session, replace(wish, enough=1, beyond=agenda.mark(one))).entries
            assert beyond[: place + 2] == whole[: place + 2]


@pytest.mark.parametrize("zone", ["Europe/London", "Antarctica/Troll"])
def test_words_that_open_before_the_clocks_are_put_back_may_have_a_local_time_before_that_one(zone: str) -> None:
    opens = datetime(2026, 10, 25, 0, 55, tzinfo=UTC)
    later = local_at(opens + timedelta(minutes=10), zone).isoformat()
    assert later < local_at(opens, zone).isoformat()
    assert agenda._local_of(Opening(opens, 1), zone) <= later


@pytest.mark.parametrize("enough", [0, 1, 40])
def test_more_words_of_an_account_than_are_read_are_said_to_be_more(
    house: factory.House, monkeypatch: pytest.MonkeyPatch, enough: int
) -> None:
    monkeypatch.setattr(unposted, "OF_ACCOUNT", 2)
    with house.store.write() as session:
        wish = replace(_wish(session), enough=enough)
        factory.version(session, house, opens=timedelta(hours=5), accounts=("site",))
        assert not agenda.agenda(session, wish).many
        factory.version(session, house, opens=timedelta(hours=6), accounts=("site",))
        assert agenda.agenda(session, wish).many


def test_cleared_words_whose_time_falls_on_a_dark_day_say_so(house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, opens=timedelta(days=2), closes=timedelta(days=3), accounts=("site",))
        factory.clearance(session, house, version, valid=timedelta(days=30))
        wish = _wish(session)
        assert _waiting(session, wish) == set()
        day = f"{now(session) + timedelta(days=2):%Y-%m-%d}"
        campaign = session.exec(select(Campaign).where(Campaign.ref == "spring")).one()
        campaign.blackout = [{"from": day, "to": day, "policy": "skip", "name": "Quiet day"}]
        session.add(campaign)
        session.flush()
        assert _waiting(session, wish) == {("site", "blackout")}
