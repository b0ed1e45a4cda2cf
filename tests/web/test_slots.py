"""The posting plan on the desk: a campaign's page changes it, composing and the calendar offer what is free."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from sqlmodel import select

from content import slot
from content.slot import Free, Slot, Wanted
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
FORM = {"language": "en", "account": "bluesky-en", "day": "thursday", "local": "18:00", "zone": "Europe/London"}


def _add(house: factory.House) -> int:
    with house.store.write() as session:
        return slot.add(session, house.people["alice"], Wanted("spring", **FORM)).id or 0


def _next(house: factory.House) -> Free:
    with house.store.read() as session:
        return slot.next_free(session, "spring", "en")[0]


def test_a_plan_without_slots_says_what_they_are_for(sign_in: SignIn, house: factory.House) -> None:
    assert "No slot stands here yet" in sign_in("alice").get("/campaigns/spring").text


def test_a_slot_is_put_in_and_taken_out_with_undo(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    done = alice.post("/campaigns/spring/slots", **FORM, name="evening")
    page = alice.get("/campaigns/spring").text
    assert (done.status_code, "evening" in page, "Free next" in page) == (303, True, True)
    with house.store.read() as session:
        number = session.exec(select(Slot.id)).one()
    done = alice.post(f"/campaigns/spring/slots/{number}/end")
    page = alice.get("/campaigns/spring").text
    assert done.status_code == 303 and ">Undo" in page and "No slot stands here yet" in page
    alice.post("/campaigns/spring/slots", **FORM, name="evening")
    assert "evening" in alice.get("/campaigns/spring").text


def test_what_makes_no_slot_is_said_on_the_page_and_what_was_typed_is_kept(
    sign_in: SignIn, house: factory.House
) -> None:
    answer = sign_in("alice").post("/campaigns/spring/slots", **FORM | {"local": "6 pm", "zone": "Europe/Paris"})
    assert answer.status_code == 422 and "is no time of a day" in answer.text and 'value="Europe/Paris"' in answer.text


def test_who_plans_nothing_reads_the_plan_only(sign_in: SignIn, house: factory.House) -> None:
    number, lena = _add(house), sign_in("lena")
    page = lena.get("/campaigns/spring").text
    assert "bluesky-en" in page and "/slots" not in page
    assert lena.post("/campaigns/spring/slots", **FORM).status_code == 403
    assert lena.post(f"/campaigns/spring/slots/{number}/end").status_code == 403


def test_composing_offers_the_next_free_times_and_one_fills_the_fields(sign_in: SignIn, house: factory.House) -> None:
    _add(house)
    alice, free = sign_in("alice"), _next(house)
    where = f"/compose?campaign=spring&narrative={house.narrative.ref}&language=en"
    assert f'name="slot" value="{free.sign}"' in alice.get(where).text
    sent = {"draft": "d" * 22, "campaign": "spring", "narrative": house.narrative.ref, "language": "en"}
    page = alice.post("/compose/preview", **sent, start="", zone="Asia/Tokyo", slot=free.sign).text
    assert f'value="{free.sign.partition(" ")[0]}"' in page and 'name="zone" value="Europe/London"' in page


@pytest.mark.parametrize("slot_", ["", "now", "2026-12-03T18:00", '2026-12-03T18:00 "><b>'])
def test_what_is_no_free_time_fills_nothing(sign_in: SignIn, house: factory.House, slot_: str) -> None:
    where = f"/compose?campaign=spring&narrative={house.narrative.ref}&language=en&slot={quote(slot_)}"
    page = sign_in("alice").get(where).text
    assert re.search(r'id="start" name="start" type="datetime-local" value=""', page) and "<b>" not in page


def test_the_calendar_s_week_shows_what_is_free_and_leads_to_composing(sign_in: SignIn, house: factory.House) -> None:
    _add(house)
    free = _next(house)
    page = sign_in("alice").get(f"/calendar?day={free.day}").text
    assert 'class="free" href="/compose?slot=' in page
    assert '<span class="free">' in sign_in("lena").get(f"/calendar?day={free.day}").text
