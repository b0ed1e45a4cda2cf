"""Seasons on a campaign's page: other times for a while, with undo, and nothing for who only reads."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from content import seasonal, slot
from content.season import Season
from content.seasonal import Instead
from content.slot import DAYS, Wanted
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
WHERE = "/campaigns/spring/seasons"


@pytest.fixture(autouse=True)
def plan(house: factory.House) -> None:
    with house.store.write() as session:
        for day in DAYS:
            slot.add(session, house.people["alice"], Wanted("spring", "en", "bluesky-en", day, "18:00"))


def _form(house: factory.House, **more: str) -> dict[str, str]:
    with house.store.read() as session:
        today = now(session).date()
    days = {"begins": str(today), "ends": str(today + timedelta(days=60))}
    return {"name": "Ramadan", **days, "local": "21:30", **more}


def _stand(house: factory.House) -> int:
    with house.store.write() as session:
        return seasonal.instead(session, house.people["alice"], Instead("spring", **_form(house))).id or 0


def test_a_season_is_put_in_shown_and_the_free_times_follow_it(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    done = alice.post(WHERE, **_form(house))
    page = alice.get("/campaigns/spring").text
    assert done.status_code == 303 and "The other times hold" in page
    assert "Ramadan" in page and "instead of" in page and "21:30</" in page.replace(" <", "<")
    with house.store.read() as session:
        free = slot.next_free(session, "spring", "en")
    assert {f"{one.local:%H:%M}" for one in free} == {"21:30"}


def test_a_season_without_a_time_says_that_nothing_goes(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    alice.post(WHERE, **_form(house, local=""))
    assert "nothing at" in alice.get("/campaigns/spring").text


def test_it_is_taken_out_and_had_back(sign_in: SignIn, house: factory.House) -> None:
    number, alice = _stand(house), sign_in("alice")
    done = alice.post(f"{WHERE}/{number}/end")
    page = alice.get("/campaigns/spring").text
    assert done.status_code == 303 and ">Undo" in page and "Ramadan</bdi>" not in page
    assert alice.post(f"{WHERE}/{number}/again").status_code == 303
    assert "Ramadan</bdi>" in alice.get("/campaigns/spring").text


def test_what_makes_no_season_is_said_on_the_page_and_what_was_typed_is_kept(
    sign_in: SignIn, house: factory.House
) -> None:
    _stand(house)
    answer = sign_in("alice").post(WHERE, **_form(house, name="Summer"))
    assert answer.status_code == 422 and "have other times already" in answer.text and 'value="Summer"' in answer.text
    with house.store.read() as session:
        assert len(session.exec(select(Season)).all()) == 1


def test_who_plans_nothing_reads_the_seasons_only(sign_in: SignIn, house: factory.House) -> None:
    number, lena = _stand(house), sign_in("lena")
    page = lena.get("/campaigns/spring").text
    assert "Ramadan" in page and "/seasons" not in page
    assert lena.post(WHERE, **_form(house)).status_code == 403
    assert lena.post(f"{WHERE}/{number}/end").status_code == 403
    assert lena.post(f"{WHERE}/{number}/again").status_code == 403
