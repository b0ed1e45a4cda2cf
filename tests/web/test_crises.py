"""Crises on the desk: anybody sets one, two people lift it, and it shows where pauses and days are shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from content import journal
from content.campaign import SensitiveDay
from content.day_notes import touching
from content.settings import settings
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
SET = {"territory": "gb", "name": "An attack in a city", "reason": "Seen on the news."}


def _day(house: factory.House) -> SensitiveDay:
    with house.store.read() as session:
        return session.exec(select(SensitiveDay).where(SensitiveDay.kind == "crisis")).one()


def test_anybody_sets_a_crisis_and_two_people_lift_it(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    assert alice.post("/crises", **SET).status_code == 303
    page = alice.get("/pauses").text
    assert "An attack in a city" in page and "it is lifted" in page and "Say that it may be lifted" not in page
    assert "An attack in a city" in alice.get("/calendar").text
    lift = f"/crises/{_day(house).id}/lift"
    assert alice.post(lift, proof=True).status_code == 403
    assert sign_in("bob").post(lift, proof=True).status_code == 303
    assert _day(house).lifted_at is None
    dana = sign_in("dana")
    assert "Lift it as the second" in dana.get("/pauses").text
    assert dana.post(lift, proof=True).status_code == 303
    assert _day(house).lifted_at is not None
    assert "No crisis stands" in dana.get("/pauses").text


@pytest.mark.parametrize("minutes", [1, 179, 23 * 60])
def test_a_crisis_that_is_set_late_in_the_day_is_that_day_s_already(minutes: int) -> None:
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    at = midnight - timedelta(minutes=minutes)
    day = SensitiveDay(starts_at=at, ends_at=at + timedelta(days=400), name="An attack", territory="GB", kind="crisis")
    assert [one.name for one in touching([day], at.date(), "Europe/London")] == ["An attack"]
    assert [one.name for one in touching([day], midnight.date(), "Europe/London")] == ["An attack"]
    assert list(touching([day], at.date() - timedelta(days=1), "Europe/London")) == []


def test_lifting_asks_for_a_code_each_time(sign_in: SignIn, house: factory.House) -> None:
    sign_in("alice").post("/crises", **SET)
    assert sign_in("bob").post(f"/crises/{_day(house).id}/lift").status_code != 303
    assert _day(house).lifted_at is None


def test_a_crisis_is_written_down_outside_at_once(sign_in: SignIn, house: factory.House) -> None:
    sign_in("alice").post("/crises", **SET)
    told = (settings().journal / journal.STOPS).read_text("utf-8")
    assert '"kind":"crisis"' in told and "attack" not in told


def test_an_odd_crisis_comes_back_with_what_was_typed(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    for wrong, said in (({"territory": "x1"}, "is no territory"), ({"until": "2020-01-01"}, "end before it begins"),
                        ({"until": "soon"}, "no date"), ({"name": ""}, "has a name")):  # fmt: skip
        answer = alice.post("/crises", **(SET | wrong))
        assert answer.status_code == 422 and said in answer.text
    assert "An attack in a city" in alice.post("/crises", **(SET | {"until": "2020-01-01"})).text
