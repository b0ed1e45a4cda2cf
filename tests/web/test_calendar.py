"""The calendar on the desk: what stands in it, moving by the command line's rules, undo, and one's own link."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from content import people
from content.campaign import SensitiveDay
from content.lifecycle import Post
from content.permission import PERMISSIONS
from content.record import Record
from content.store import now
from tests import factory
from tests.web.browser import Browser
from web import calendar

SignIn = Callable[[str], Browser]
LONDON = "Europe/London"


def _planned(house: factory.House, days: int = 2, zone: str = "UTC", **more: Any) -> Post:
    """A post at ten o'clock, some days from now, with a window of a month."""
    with house.store.write() as session:
        at = now(session)
        due = (at + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
        account = more.pop("account", "site")
        version = factory.version(session, house, closes=timedelta(days=30), accounts=(account,), **more)
        cleared = factory.clearance(session, house, version, valid=timedelta(days=30))
        made = factory.post(session, house, cleared, due=due, account=account)
        made.zone = zone
        session.add(made)
        session.flush()
        return made


def _stored(house: factory.House, post: Post) -> Post:
    with house.store.read() as session:
        return session.get_one(Post, post.id)


def _day(post: Post, days: int = 0) -> str:
    return f"{post.due_at + timedelta(days=days):%Y-%m-%d}"


def _move(browser: Browser, post: Post, **fields: Any) -> Any:
    told = {"zone": "UTC", "was": post.due_at.isoformat(), **fields}
    return browser.post(f"/calendar/posts/{post.id}/move", **told)


def _steps(house: factory.House) -> list[str]:
    with house.store.read() as session:
        found = session.exec(select(Record.action).where(col(Record.action).startswith("post.resch")))
        return list(found)


@pytest.mark.parametrize("view", ["week", "month", "list"])
def test_a_post_stands_on_its_day_with_its_state_in_every_view(
    sign_in: SignIn, house: factory.House, view: str
) -> None:
    post = _planned(house, ref="M-here")
    page = sign_in("alice").get(f"/calendar?view={view}&day={_day(post)}").text
    assert "M-here" in page and "10:00" in page and "Scheduled" in page
    assert f"/calendar/posts/{post.id}?" in page


@pytest.mark.parametrize(
    ("state", "word"),
    [("published", "Published"), ("blocked", "Blocked"), ("expired", "Passed"), ("cancelled", "Cancelled"),
     ("uncertain", "Uncertain"), ("recalled", "Recalled")],
)  # fmt: skip
def test_what_became_of_a_post_stays_in_the_calendar(
    sign_in: SignIn, house: factory.House, state: str, word: str
) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), state)
    page = sign_in("bob").get(f"/calendar?view=list&day={_day(post, -1)}").text
    assert re.search(rf'data-state="{state}">.*?</svg>{word}<', page)


def test_words_in_review_stand_where_they_would_go(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.version(session, house, ref="M-waits", opens=timedelta(days=1))
        factory.evaluation(session, made)
    page = sign_in("alice").get(f"/calendar?view=list&day={made.not_before:%Y-%m-%d}").text
    assert "M-waits" in page and "In review" in page and "draggable" not in page


@pytest.mark.parametrize(
    ("asked", "seen"),
    [("account=site", True), ("account=bluesky-en", False), ("campaign=spring&account=site", True),
     ("language=en", True), ("language=ar", False)],
)  # fmt: skip
def test_filters_leave_out_what_they_say(sign_in: SignIn, house: factory.House, asked: str, seen: bool) -> None:
    post = _planned(house, ref="M-some")
    assert ("M-some" in sign_in("alice").get(f"/calendar?day={_day(post)}&{asked}").text) is seen


def test_moving_moves_by_the_verb_of_the_command_line_and_says_so(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    alice = sign_in("alice")
    done = _move(alice, post, day=_day(post, 1), time="15:30")
    assert done.status_code == 303
    after = _stored(house, post)
    assert (after.due_at, _steps(house)) == (post.due_at + timedelta(days=1, hours=5, minutes=30), ["post.reschedule"])
    page = alice.get(done.headers["location"]).text
    assert "Moved to" in page and "Undo" in page


def test_undo_moves_back_by_the_same_verb(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    alice = sign_in("alice")
    page = alice.get(_move(alice, post, day=_day(post, 1), time="10:00").headers["location"]).text
    toast = page[page.index('class="toast"') :]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', toast))
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items() if name != "mark"}
    done = alice.post(f"/calendar/posts/{post.id}/move", **fields)
    assert (done.status_code, _stored(house, post).due_at) == (303, post.due_at)
    assert _steps(house) == ["post.reschedule"] * 2
    page = alice.get(done.headers["location"]).text
    assert "Moved back" in page and ">Undo" not in page


def test_undo_does_not_overrule_whoever_moved_it_since(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    alice = sign_in("alice")
    _move(alice, post, day=_day(post, 1), time="10:00")
    again = _move(alice, post, day=_day(post, 2), time="10:00")  # from a page that shows where it stood before
    assert (again.status_code, "was moved meanwhile" in again.text) == (409, True)
    assert _stored(house, post).due_at == post.due_at + timedelta(days=1)


def test_a_time_outside_is_refused_in_prose_and_what_was_typed_is_kept(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    answer = _move(sign_in("alice"), post, day=_day(post, 40), time="09:45")
    assert (answer.status_code, _stored(house, post).due_at) == (422, post.due_at)
    assert "lies outside the window" in answer.text
    assert f'value="{_day(post, 40)}"' in answer.text and 'value="09:45"' in answer.text


def test_a_time_that_the_caps_forbid_is_refused_here_too(sign_in: SignIn, house: factory.House) -> None:
    first, second = (_planned(house, days, account="bluesky-en") for days in (2, 4))
    answer = _move(sign_in("alice"), second, day=_day(first), time="11:00")
    assert (answer.status_code, _stored(house, second).due_at) == (422, second.due_at)
    assert "would be shown more than once in 7 days" in answer.text


def test_a_day_on_which_an_account_has_nothing_left_says_so(sign_in: SignIn, house: factory.House) -> None:
    alice, first = sign_in("alice"), _planned(house, account="bluesky-en")
    assert "The day is full" not in alice.get(f"/calendar?day={_day(first)}").text
    _planned(house, account="bluesky-en")
    assert alice.get(f"/calendar?day={_day(first)}").text.count("The day is full") == 1


def test_free_times_are_offered_and_each_is_taken(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    alice = sign_in("alice")
    page = alice.get(f"/calendar/posts/{post.id}").text
    offers = re.findall(r'name="start" value="([^"]+)"', page)
    assert offers, page
    assert _move(alice, post, start=offers[0]).status_code == 303
    assert _stored(house, post).due_at == datetime.fromisoformat(offers[0]).astimezone(UTC)


def _at(house: factory.House, day: datetime) -> Post:
    """A post in London with a window over that day."""
    with house.store.write() as session:
        ahead = day - now(session)
        factory.move_on(session, ahead - timedelta(days=3))
    return _planned(house, 1, LONDON)


@pytest.mark.parametrize(
    ("day", "time", "offers"),
    [("2027-03-28", "01:30", ("2027-03-28T00:30", "2027-03-28T02:30")),
     ("2027-10-31", "01:30", ("2027-10-31T01:30+01:00", "2027-10-31T01:30+00:00"))],
)  # fmt: skip
def test_a_time_that_the_clocks_skip_or_show_twice_is_refused_with_both_offers(
    sign_in: SignIn, house: factory.House, day: str, time: str, offers: tuple[str, str]
) -> None:
    post = _at(house, datetime.fromisoformat(f"{day}T00:00+00:00"))
    alice = sign_in("alice")
    answer = _move(alice, post, day=day, time=time, zone=LONDON)
    assert (answer.status_code, _stored(house, post).due_at) == (422, post.due_at)
    assert re.findall(r'name="start" value="([^"]+)"><bdi', answer.text) == list(offers)
    assert _move(alice, post, start=offers[1], zone=LONDON).status_code == 303


@pytest.mark.parametrize(("day", "said"), [("2027-03-28", "23 hours in London"), ("2027-10-31", "25 hours in London")])
def test_a_day_on_which_the_clocks_change_says_how_long_it_is(
    sign_in: SignIn, house: factory.House, day: str, said: str
) -> None:
    alice = sign_in("alice")
    assert said in alice.get(f"/calendar?day={day}").text
    assert "hours in London" not in alice.get("/calendar?day=2027-06-15").text


def test_my_time_counts_the_days_where_i_am(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house, ref="M-late")
    alice = sign_in("alice")
    page = alice.get(f"/calendar?view=list&times=mine&zone=Asia/Tokyo&day={_day(post)}").text
    assert "19:00" in page and "Tokyo" in page
    kept = alice.get(f"/calendar?view=list&times=mine&day={_day(post)}").text
    assert "19:00" in kept
    done = _move(alice, post, start=f"{_day(post, 1)} 19:00", zone="Asia/Tokyo")
    assert done.status_code == 303
    after = _stored(house, post)
    assert (after.zone, after.due_at) == ("UTC", post.due_at + timedelta(days=1))


def test_a_zone_that_does_not_exist_is_said_and_kept(sign_in: SignIn) -> None:
    answer = sign_in("alice").get("/calendar?zone=Europe/Londn")
    assert answer.status_code == 422
    assert "Did you mean Europe/London?" in answer.text and 'value="Europe/Londn"' in answer.text


def test_sensitive_days_and_blackouts_stand_on_their_days(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        at = now(session).replace(hour=0, minute=0, second=0, microsecond=0)
        key = house.organisation.id or 0
        session.add(SensitiveDay(organisation_id=key, territory="GB", starts_at=at, ends_at=at + timedelta(days=1),
                                 name="A day of remembrance"))  # fmt: skip
        campaign = session.get_one(type(house.campaign), house.campaign.id)
        campaign.blackout = [{"from": f"{at:%Y-%m-%d}", "to": f"{at:%Y-%m-%d}", "policy": "skip", "name": "Quiet day"}]
        session.add(campaign)
    page = sign_in("alice").get("/calendar").text
    assert "A day of remembrance" in page and "choose with care" in page
    assert "Quiet day" in page and "nothing goes out" in page


def test_what_will_be_stopped_says_why_before_it_is(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    with house.store.write() as session:
        factory.consent_event(session, house.finding, house.people["kim"], "withdraw")
    page = sign_in("alice").get(f"/calendar?day={_day(post)}").text
    assert "1 post here will be stopped" in page and "Will stop" in page
    assert "What will stop it" in sign_in("alice").get(f"/calendar/posts/{post.id}").text


def test_cancelling_takes_it_out_and_it_can_be_planned_again(sign_in: SignIn, house: factory.House) -> None:
    post = _planned(house)
    alice = sign_in("alice")
    assert alice.post(f"/calendar/posts/{post.id}/cancel").status_code == 303
    assert _stored(house, post).state == "cancelled"
    assert "Plan it again" in alice.get(f"/calendar/posts/{post.id}").text
    again = alice.post(f"/calendar/posts/{post.id}/again", day=_day(post, 1), time="10:00", zone="UTC")
    assert again.status_code == 303
    with house.store.read() as session:
        assert session.exec(select(Post.due_at).where(Post.state == "scheduled")).all() == [
            post.due_at + timedelta(days=1)
        ]


@pytest.mark.parametrize("act", ["move", "cancel", "again"])
def test_whoever_may_only_look_moves_and_cancels_nothing(sign_in: SignIn, house: factory.House, act: str) -> None:
    post = _planned(house)
    olga = sign_in(_onlooker(house))
    page = olga.get(f"/calendar/posts/{post.id}").text
    assert f"/calendar/posts/{post.id}/" not in page and "draggable" not in olga.get("/calendar").text
    answer = olga.post(f"/calendar/posts/{post.id}/{act}", **({} if act == "cancel" else {"start": "2030-01-01 10:00"}))
    assert (answer.status_code, _stored(house, post).state) == (403, "scheduled")


def _onlooker(house: factory.House) -> str:
    """Somebody without any role of those who plan."""
    takes = set(PERMISSIONS["post.plan"].roles)
    with house.store.read() as session:
        held = {ref: people.roles(session, house.id(ref), now(session)) for ref in house.people}
    return next(ref for ref, roles in held.items() if not roles & takes)


def test_an_unknown_post_is_not_there(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    assert alice.get("/calendar/posts/999").status_code == 404
    assert alice.post("/calendar/posts/999/move", start="2030-01-01 10:00").status_code == 404


_NO_DAY = "WyJzb29uIiwiYSIsImIiXQ"  # a sign of a place in a list: ["soon", "a", "b"]


@pytest.mark.parametrize(
    "query",
    ["view=moon&day=yesterday", "day=0001-01-01", "place=x&view=list", f"place={_NO_DAY}&view=list", "zone=%00"],
)
def test_an_address_that_makes_no_sense_breaks_nothing(sign_in: SignIn, query: str) -> None:
    assert sign_in("alice").get(f"/calendar?{query}").status_code in (200, 422)


def test_a_month_shows_a_few_of_a_full_day_and_leads_to_the_rest(sign_in: SignIn, house: factory.House) -> None:
    posts = [_planned(house, ref=f"M-full{number}") for number in range(5)]
    page = sign_in("alice").get(f"/calendar?view=month&day={_day(posts[0])}").text
    assert page.count('class="entry"') == 3 and "2 more" in page
    more = sign_in("alice").get(f"/calendar?view=list&day={_day(posts[0])}").text
    assert all(f"M-full{number}" in more for number in range(5))


@pytest.mark.parametrize("times", ["", "&times=mine&zone=Asia/Tokyo"])
def test_the_pages_of_a_list_show_each_post_once_and_each_begins_where_the_one_before_ended(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch, times: str
) -> None:
    monkeypatch.setattr(calendar, "_IN_A_LIST", 2)
    posts = [_planned(house, days, ref=f"M-paged{number}") for number, days in enumerate((2, 2, 2, 3, 7))]
    alice, seen, address = sign_in("alice"), list[str](), f"/calendar?view=list&day={_day(posts[0])}{times}"
    while address and len(seen) < 9:
        page = alice.get(address).text
        seen += re.findall(r'<bdi dir="ltr">(M-paged[^<]+)</bdi>', page)
        address = next(iter(re.findall(r'href="([^"]*place=[^"]*)" rel="next"', page)), "").replace("&amp;", "&")
    assert sorted(seen) == sorted(f"M-paged{number}" for number in range(5))


def _link(page: str) -> str:
    return re.findall(r'id="feed" value="https://desk.example([^"]+)"', page)[0]


def test_a_link_of_one_s_own_shows_the_plan_with_neutral_titles_until_it_is_taken_back(
    sign_in: SignIn, house: factory.House, stranger: TestClient
) -> None:
    _planned(house, ref="M-secret")
    alice = sign_in("alice")
    alice.post("/calendar/link")
    link = _link(alice.get("/calendar").text)
    answer = stranger.get(link)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert "BEGIN:VEVENT" in answer.text and "site · en" in answer.text
    for word in ("M-secret", "spring", "N-1", "N-2", "Spring"):
        assert word not in answer.text
    assert 'id="feed"' not in sign_in("bob").get("/calendar").text
    alice.post("/calendar/link/close")
    assert (stranger.get(link).status_code, 'id="feed"' in alice.get("/calendar").text) == (404, False)


def test_a_new_link_ends_the_one_before(sign_in: SignIn, house: factory.House, stranger: TestClient) -> None:
    alice = sign_in("alice")
    links = []
    for _ in range(2):
        alice.post("/calendar/link")
        links.append(_link(alice.get("/calendar").text))
    assert [stranger.get(one).status_code for one in links] == [404, 200]


def _bent(link: str) -> Iterable[str]:
    start, _, rest = link.rpartition("/")
    number, _, secret = rest.partition("-")
    yield f"{start}/{number}.ics"
    yield f"{start}/{number}-.ics"
    yield f"{start}/{number}-{'A' * (len(secret) - 4)}.ics"
    yield f"{start}/1-{secret}"
    yield f"{start}/9999999999999999999-{secret}"
    yield f"{start}/{number}-ü{secret}"


def test_no_guess_opens_the_plan(sign_in: SignIn, house: factory.House, stranger: TestClient) -> None:
    alice = sign_in("alice")
    alice.post("/calendar/link")
    link = _link(alice.get("/calendar").text)
    assert [stranger.get(one).status_code for one in _bent(link)] == [404] * 6


def test_the_link_of_somebody_switched_off_opens_nothing(
    sign_in: SignIn, house: factory.House, stranger: TestClient
) -> None:
    alice = sign_in("alice")
    alice.post("/calendar/link")
    link = _link(alice.get("/calendar").text)
    with house.store.write() as session:
        person = session.get_one(type(house.people["alice"]), house.id("alice"))
        person.disabled_at = now(session)
        session.add(person)
    assert stranger.get(link).status_code == 404
