"""From clearances to posts, moving them, and the forecast, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from content import forecast, rescheduling, schedule
from content.errors import Refusal
from content.lifecycle import Action, Post, move, where
from content.message import Version
from content.organisation import Account
from content.record import Record
from content.review import Clearance, Revocation
from content.store import now
from content.zone import local_at
from tests import factory, shortcuts
from tests.factory import House

HOUR = timedelta(hours=1)


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def cleared(session: Session, home: House, **words: Any) -> tuple[Version, Clearance]:
    wait = words.pop("wait", timedelta())
    tier = words.pop("tier", 1)
    valid = words.pop("valid", timedelta(days=14))
    words.setdefault("opens", HOUR)
    made = factory.version(session, home, **words)
    return made, factory.clearance(session, home, made, tier=tier, valid_from=wait, valid=valid)


def posted(home: House, **words: Any) -> list[Post]:
    with home.store.write() as session:
        _, clearance = cleared(session, home, **words)
        return schedule.post(session, clearance)


def later(home: House, hours: float, zone: str = "Europe/London") -> str:
    with home.store.read() as session:
        return local_at(now(session) + timedelta(hours=hours), zone).strftime("%Y-%m-%d %H:%M:%S")


def test_a_clearance_makes_one_post_for_each_account(home: House) -> None:
    made = posted(home, accounts=("site", "facebook-gb"))
    assert [(one.state, one.step) for one in made] == [("scheduled", 0), ("scheduled", 0)]
    assert len({one.account_id for one in made}) == 2


def test_posts_are_made_once(home: House) -> None:
    posted(home)
    with home.store.write() as session:
        assert shortcuts.post_all(session) == 0
        again = session.exec(select(Clearance)).one()
        assert schedule.post(session, again) == []


def test_every_post_has_its_record_row(home: House) -> None:
    made = posted(home, accounts=("site", "facebook-gb"))
    with home.store.read() as session:
        rows = session.exec(select(Record).where(Record.action == "post.schedule")).all()
        assert {row.subject_id for row in rows} == {str(one.id) for one in made}


def test_a_single_post_that_the_wait_overtook_slides_to_the_end_of_the_wait(home: House) -> None:
    (made,) = posted(home, wait=timedelta(hours=12))
    assert timedelta() <= made.due_at - made.valid_from < timedelta(seconds=1)  # on a whole second


def test_a_window_that_closes_within_the_wait_makes_no_post(home: House) -> None:
    assert posted(home, wait=timedelta(hours=12), closes=timedelta(hours=3)) == []


def test_two_campaigns_wanting_one_hour_of_one_account_are_settled_when_planned(home: House) -> None:
    (first,) = posted(home, accounts=("facebook-gb",))
    (second,) = posted(home, accounts=("facebook-gb",), of=home.narrative)
    assert second.state == "scheduled"
    assert second.due_at - first.due_at >= timedelta(hours=4)


def test_a_narrative_shown_this_week_is_blocked_with_the_reason(home: House) -> None:
    posted(home, accounts=("facebook-gb",), closes=timedelta(days=2))
    (second,) = posted(home, accounts=("telegram-ar",), closes=timedelta(days=2))
    assert second.state == "blocked"
    assert second.note.startswith("frequency-cap")


def test_the_public_site_is_exempt_from_caps(home: House) -> None:
    posted(home, accounts=("site",))
    (second,) = posted(home, accounts=("site",))
    assert second.state == "scheduled"


def test_a_revoked_clearance_makes_no_posts(home: House) -> None:
    with home.store.write() as session:
        _, clearance = cleared(session, home)
        session.add(Revocation(clearance_id=clearance.id, by=home.id("bob"), reason="no", at=now(session)))
        session.flush()
        assert shortcuts.post_all(session) == 0


# --- moving ------------------------------------------------------------------------------------------------


def test_a_post_moves_inside_its_window(home: House) -> None:
    (made,) = posted(home)
    start = later(home, 5)
    with home.store.write() as session:
        moved = rescheduling.reschedule(session, home.people["alice"], made.id or 0, start, "Europe/London")
        assert moved.local == start.replace(" ", "T")
        assert moved.due_at > made.due_at


def test_outside_the_window_is_a_new_version(home: House) -> None:
    (made,) = posted(home)
    with pytest.raises(Refusal, match=r"window\.outside"), home.store.write() as session:
        rescheduling.reschedule(session, home.people["alice"], made.id or 0, later(home, 24 * 9), "Europe/London")


def test_before_the_wait_is_over_nothing_can_be_moved_to(home: House) -> None:
    (made,) = posted(home, opens=-HOUR, wait=timedelta(hours=12))
    with pytest.raises(Refusal, match=r"\[waiting\]"), home.store.write() as session:
        rescheduling.reschedule(session, home.people["alice"], made.id or 0, later(home, 2), "Europe/London")


def test_a_past_time_is_refused(home: House) -> None:
    (made,) = posted(home)
    with pytest.raises(Refusal, match=r"window\.past"), home.store.write() as session:
        rescheduling.reschedule(session, home.people["alice"], made.id or 0, later(home, -1), "Europe/London")


def test_a_published_post_cannot_be_moved(home: House) -> None:
    (made,) = posted(home)
    with home.store.write() as session:
        move(session, where([session.get_one(Post, made.id)]), Action.CANCEL, at=now(session))
    with pytest.raises(Refusal, match=r"post\.not_movable"), home.store.write() as session:
        rescheduling.reschedule(session, home.people["alice"], made.id or 0, later(home, 5), "Europe/London")


def test_moving_a_blocked_post_puts_it_back_into_the_plan(home: House) -> None:
    posted(home, accounts=("facebook-gb",), closes=timedelta(days=10))
    (second,) = posted(home, accounts=("telegram-ar",), closes=timedelta(hours=30))
    assert second.state == "blocked"
    with pytest.raises(Refusal, match="frequency-cap"), home.store.write() as session:
        rescheduling.reschedule(session, home.people["alice"], second.id or 0, later(home, 29), "Europe/London")


def test_an_expired_post_comes_back_as_a_new_one_on_the_same_clearance(home: House) -> None:
    (made,) = posted(home)
    with home.store.write() as session:
        move(session, where([session.get_one(Post, made.id)]), Action.EXPIRE, at=now(session))
    with home.store.write() as session:
        again = rescheduling.requeue(session, home.people["alice"], made.id or 0, later(home, 5), "Europe/London")
        assert again.id != made.id
        assert again.clearance_id == made.clearance_id


def test_what_is_asked_for_again_fits_the_clearance_that_stands_now(home: House) -> None:
    """Not the one under which the old post was made: that may have ended, and the later one begins later."""
    (made,) = posted(home, valid=timedelta(days=2))
    with home.store.write() as session:
        move(session, where([session.get_one(Post, made.id)]), Action.EXPIRE, at=now(session))
        version = session.exec(select(Version)).one()
        factory.clearance(session, home, version, round_=2, valid_from=timedelta(days=1))
    with pytest.raises(Refusal, match="waiting"), home.store.write() as session:
        rescheduling.requeue(session, home.people["alice"], made.id or 0, later(home, 5), "Europe/London")
    with home.store.write() as session:
        again = rescheduling.requeue(session, home.people["alice"], made.id or 0, later(home, 72), "Europe/London")
        assert again.clearance_id != made.clearance_id


def test_a_blocked_post_comes_back_to_a_free_time_only(home: House) -> None:
    """Put back beside what took its time meanwhile, it would get that one refused at the send."""
    (first,) = posted(home, accounts=("facebook-gb",))
    with home.store.write() as session:
        move(session, where([session.get_one(Post, first.id)]), Action.BLOCK, at=now(session))
    posted(home, accounts=("facebook-gb",))
    with pytest.raises(Refusal, match="frequency-cap"), home.store.write() as session:
        rescheduling.unblock(session, home.people["bob"], first.id or 0)


def test_a_post_still_in_the_plan_cannot_be_asked_for_again(home: House) -> None:
    (made,) = posted(home)
    with pytest.raises(Refusal, match=r"post\.not_lapsed"), home.store.write() as session:
        rescheduling.requeue(session, home.people["alice"], made.id or 0, later(home, 5), "Europe/London")


def test_cancelling_is_on_the_record(home: House) -> None:
    (made,) = posted(home)
    with home.store.write() as session:
        assert rescheduling.cancel(session, home.people["alice"], made.id or 0).state == "cancelled"
    with home.store.read() as session:
        row = session.exec(select(Record).where(Record.action == "post.cancel")).one()
        assert row.actor == f"person:{home.id('alice')}"


# --- forecast ----------------------------------------------------------------------------------------------


def lines(home: House, days: int = 7) -> list[forecast.Line]:
    with home.store.read() as session:
        return forecast.forecast(session, days)


def test_the_forecast_says_what_goes(home: House) -> None:
    posted(home)
    (line,) = lines(home)
    assert (line.verdict, line.account, line.reasons) == ("goes", "site", ())


def test_the_forecast_says_what_nobody_has_cleared(home: House) -> None:
    with home.store.write() as session:
        factory.version(session, home, opens=HOUR)
    (line,) = lines(home)
    assert line.verdict == "stops"
    assert "clearance.none" in line.reasons[0]


def test_the_forecast_names_the_missing_go(home: House) -> None:
    posted(home, tier=3)
    (line,) = lines(home)
    assert line.verdict == "waits"
    assert any(reason.startswith("go.none") for reason in line.reasons)


def test_the_forecast_sees_a_consent_that_will_have_ended(home: House) -> None:
    with home.store.write() as session:
        at = now(session)
        factory.consent_event(session, home.finding, home.people["kim"], "narrow", valid_until=at + 2 * HOUR)
    posted(home, opens=3 * HOUR)
    (line,) = lines(home)
    assert line.verdict == "stops"
    assert any("consent-current" in reason for reason in line.reasons)


def test_the_forecast_trusts_the_daily_verification_to_go_on(home: House) -> None:
    posted(home, opens=timedelta(days=3))
    assert [line.verdict for line in lines(home)] == ["goes"]


def test_the_forecast_sees_an_account_that_nobody_verifies_any_more(home: House) -> None:
    posted(home, opens=timedelta(days=3))
    with home.store.write() as session:
        account = session.exec(select(Account).where(Account.ref == "site")).one()
        account.identity_verified_at = now(session) - timedelta(days=2)
        session.add(account)
    (line,) = lines(home)
    assert "account-authentic" in line.reasons[0]


def test_the_calendar_file_tells_no_theme_and_no_person(home: House) -> None:
    posted(home)
    with home.store.read() as session:
        text = forecast.planned_feed(session, 7).decode()
    assert "Post · site" in text
    assert "infighting" not in text
    assert "N-2" not in text


def test_the_window_keeps_its_zone(home: House) -> None:
    (made,) = posted(home)
    assert made.zone == "UTC"
    assert datetime.fromisoformat(made.local).replace(tzinfo=UTC) == made.due_at.replace(microsecond=0)


def test_many_clearances_are_posted_in_one_look(home: House) -> None:
    with home.store.write() as session:
        for _ in range(3):
            cleared(session, home)
    with home.store.write() as session:
        assert shortcuts.post_all(session) == 3
        assert len(session.exec(select(Post).where(col(Post.state) == "scheduled")).all()) == 3


def test_a_campaign_s_own_gap_is_between_its_own_posts_only(home: House) -> None:
    with home.store.write() as session:
        other = factory.a_campaign(session, home.organisation, home.people["alice"], "other", min_gap_minutes=360,
                                   accounts=["site"])  # fmt: skip
    (first,) = posted(home)
    (second,) = posted(home, campaign=other)
    (third,) = posted(home, campaign=other)
    assert second.due_at - first.due_at < HOUR
    assert third.due_at - second.due_at >= 6 * HOUR


def test_a_narrative_that_is_booked_out_for_weeks_is_placed_in_no_time(home: House) -> None:
    """While it is looked for, the narrative is locked, and on SQLite everything: a withdrawal must not wait."""
    words: dict[str, Any] = {"accounts": ("facebook-gb",), "closes": timedelta(days=60), "valid": timedelta(days=60)}
    for _ in range(3):
        posted(home, **words)
    queries = 0

    def counted(*_: Any) -> None:
        nonlocal queries
        queries += 1

    event.listen(home.store.engine, "before_cursor_execute", counted)
    (made,) = posted(home, **words)
    first = home.accounts["facebook-gb"].id
    with home.store.read() as session:
        others = [one.due_at for one in session.exec(select(Post).where(Post.account_id == first, Post.id != made.id))]
    assert made.due_at >= min(others) + timedelta(days=30)  # three in thirty days were full
    assert queries < 300


def renewed(session: Session, home: House, clearance: Clearance) -> list[Post]:
    version = session.exec(select(Version).where(Version.digest == clearance.digest)).one()
    return schedule.post(session, factory.clearance(session, home, version, round_=2))


def test_what_somebody_cancelled_does_not_come_back_with_a_renewal(home: House) -> None:
    (made,) = posted(home)
    with home.store.write() as session:
        rescheduling.cancel(session, home.people["alice"], made.id or 0)
        assert renewed(session, home, session.get_one(Clearance, made.clearance_id)) == []


def test_a_clearance_taken_back_while_it_waited_makes_no_posts(home: House) -> None:
    """It was read before the locks; whoever took it back held the campaign's and was first."""
    with home.store.write() as session:
        _, clearance = cleared(session, home)
        session.add(Revocation(clearance_id=clearance.id or 0, by=home.id("bob"), reason="x", at=now(session)))
        session.flush()
        assert schedule.post(session, clearance) == []


def test_where_no_whole_second_is_left_it_goes_at_the_first_instant(home: House) -> None:
    with home.store.write() as session:
        until = now(session).replace(microsecond=900_000) + timedelta(seconds=30) - now(session)
        made = factory.version(session, home, opens=-HOUR, closes=until)
        clearance = factory.clearance(session, home, made, valid_from=until - timedelta(seconds=0.4))
        (post,) = schedule.post(session, clearance)
        assert (post.state, post.due_at) == ("scheduled", clearance.valid_from)
