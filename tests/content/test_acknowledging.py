"""A sensitive date warns until an author or a reviewer says why it is fine for that campaign; a crisis never is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content import acknowledging, crisis, people
from content.campaign import SensitiveDay
from content.checks.engine import FACTS, run
from content.checks.facts.load import Wanted, facts
from content.checks.finding import Finding
from content.errors import Refusal
from content.lifecycle import Post
from content.store import now
from tests import factory
from tests.factory import House

WHY = "The campaign remembers the same people, and says so."


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def a_day(session: Session, house: House, **changed: Any) -> SensitiveDay:
    at = now(session)
    given: dict[str, Any] = {"organisation_id": house.organisation.id, "territory": "GB", "starts_at": at,
                             "ends_at": at + timedelta(days=1), "name": "Remembrance"}  # fmt: skip
    day = SensitiveDay(**(given | changed))
    session.add(day)
    session.flush()
    return day


def codes(session: Session, *posts: Post) -> list[list[str]]:
    """What the check says of each post by what the gate reads."""
    wanted = [Wanted(number, post.leaf_id, now(session), post.id) for number, post in enumerate(posts)]
    found = facts(session, wanted)
    return [
        [one.code for one in run(FACTS["calendar-sensitive"], found[number]) if isinstance(one, Finding)]
        for number in range(len(posts))
    ]


def test_a_day_warns_no_more_for_the_campaign_of_which_somebody_said_why_and_still_for_others(home: House) -> None:
    with home.store.write() as session:
        other = factory.a_campaign(session, home.organisation, home.people["alice"], "autumn", accounts=["site"])
        posts = (factory.cleared_post(session, home), factory.cleared_post(session, home, campaign=other))
        day, second = a_day(session, home), a_day(session, home, territory="*", name="Another")
        assert codes(session, *posts) == [["date", "date"], ["date", "date"]]
        acknowledging.acknowledge(session, home.people["alice"], "spring", day.id or 0, WHY)
        assert codes(session, *posts) == [["date"], ["date", "date"]]
        acknowledging.acknowledge(session, home.people["bob"], "autumn", day.id or 0, WHY)
        acknowledging.acknowledge(session, home.people["lena"], "spring", second.id or 0, WHY)
        assert codes(session, *posts) == [[], ["date"]]


def test_a_crisis_still_stops_whatever_was_said(home: House) -> None:
    with home.store.write() as session:
        post = factory.cleared_post(session, home)
        day = crisis.declare(session, home.people["alice"], "GB", "An attack")
        with pytest.raises(Refusal) as refused:
            acknowledging.acknowledge(session, home.people["bob"], "spring", day.id or 0, WHY)
        assert refused.value.code == "day.crisis"
        assert codes(session, post) == [["crisis"]]


@pytest.mark.parametrize(
    ("who", "campaign", "reason", "code"),
    [
        ("kim", "spring", WHY, "rights.role"), ("alice", "nothing", WHY, "campaign.none"),
        ("alice", "spring", "fine", "day.reason"), ("alice", "spring", "x" * 501, "day.reason"),
    ],
)  # fmt: skip
def test_whoever_may_not_or_says_nothing_changes_nothing(
    home: House, who: str, campaign: str, reason: str, code: str
) -> None:
    with home.store.write() as session, pytest.raises(Refusal) as refused:
        acknowledging.acknowledge(session, home.people[who], campaign, a_day(session, home).id or 0, reason)
    assert refused.value.code == code


def test_a_day_of_elsewhere_or_of_another_organisation_or_one_already_said_is_refused(home: House) -> None:
    with home.store.write() as session:
        other = factory.an_organisation(session, "elsewhere")
        theirs = a_day(session, home, organisation_id=other.id)
        days = (a_day(session, home, territory="FR"), theirs, a_day(session, home))
        acknowledging.acknowledge(session, home.people["bob"], "spring", days[2].id or 0, WHY)
        for day, code in zip(days, ("day.elsewhere", "day.none", "day.said"), strict=True):
            with pytest.raises(Refusal) as refused:
                acknowledging.acknowledge(session, home.people["alice"], "spring", day.id or 0, WHY)
            assert refused.value.code == code


def test_who_said_it_and_why_is_told_and_the_words_go_with_their_person(home: House) -> None:
    with home.store.write() as session:
        day = a_day(session, home)
        a_day(session, home, territory="FR")
        a_day(session, home, starts_at=now(session) + timedelta(days=61), ends_at=now(session) + timedelta(days=62))
        acknowledging.acknowledge(session, home.people["tom"], "spring", day.id or 0, WHY)
        (told,) = acknowledging.days(session, home.people["alice"], "spring")
        assert (told.id, told.by, told.reason) == (day.id, "tom", WHY)
        row = session.exec(select(acknowledging.Acknowledgement)).one()
        assert WHY not in row.reason
        last = session.execute(text("SELECT action, detail FROM record ORDER BY id DESC LIMIT 1")).one()
        assert last[0] == "day.acknowledge" and "remembers" not in last[1]
        people.erase(session, home.people["dana"], home.people["tom"])
        (told,) = acknowledging.days(session, home.people["alice"], "spring")
        assert told.reason == ""


def test_what_was_said_never_changes_and_never_goes(home: House) -> None:
    with home.store.write() as session:
        acknowledging.acknowledge(session, home.people["bob"], "spring", a_day(session, home).id or 0, WHY)
    for statement in ("UPDATE acknowledgement SET campaign_id = 1", "DELETE FROM acknowledgement"):
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.execute(text(statement))
