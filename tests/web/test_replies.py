"""Who answers replies, on the desk: shifts, hours that nobody covers, the policy, and whom a responder calls."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from content.organisation import Organisation
from content.shift import Shift
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def _tomorrow(house: factory.House) -> str:
    with house.store.read() as session:
        return f"{now(session) + timedelta(days=1):%Y-%m-%d}"


def _shift(house: factory.House, **changed: Any) -> dict[str, Any]:
    given = {"person": "tom", "languages": ["en", "ar"], "day": _tomorrow(house), "start": "18:00", "end": "01:00",
             "zone": "Europe/London", "weeks": "2", "trained": "true"}  # fmt: skip
    return given | changed


def _standing(house: factory.House) -> list[Shift]:
    with house.store.read() as session:
        mine = select(Shift).where(col(Shift.ended_at).is_(None), Shift.person_id == house.id("tom"))
        return list(session.exec(mine))


def test_a_shift_is_entered_shown_and_called_off(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert bob.post("/replies/shifts", **_shift(house)).status_code == 303
    made = _standing(house)
    assert len(made) == 2 and made[0].languages == ["ar", "en"]
    page = bob.get("/replies").text
    assert "Tom Translator" in page and "Arabic" in page and "The shift stands." in page
    assert bob.post(f"/replies/shifts/{made[0].id}/end").status_code == 303
    assert len(_standing(house)) == 1


def test_a_shift_that_makes_no_sense_comes_back_with_what_was_typed(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    answer = bob.post("/replies/shifts", **_shift(house, start="06:00", end="22:00"))
    assert answer.status_code == 422
    assert "for more than 12 hours" in answer.text and 'value="06:00"' in answer.text
    assert bob.post("/replies/shifts", **_shift(house, trained="")).status_code == 422
    assert _standing(house) == []


def test_an_hour_that_nobody_covers_is_named_and_no_longer_once_somebody_does(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        for one in session.exec(select(Shift)):
            one.ended_at = now(session)
            session.add(one)
        words = factory.version(session, house, accounts=("bluesky-en",), closes=timedelta(days=9))
        due = now(session).replace(hour=19, minute=0) + timedelta(days=1)
        factory.post(session, house, factory.clearance(session, house, words), account="bluesky-en", due=due)
    bob = sign_in("bob")
    page = bob.get("/replies").text
    assert "Posts are planned for 1 hour that nobody covers" in page and "Nobody is on shift" in page
    covering = _shift(house, day=f"{due:%Y-%m-%d}", start="18:00", end="02:00", zone="UTC", weeks="1")
    assert bob.post("/replies/shifts", **covering).status_code == 303
    assert "that nobody covers" not in bob.get("/replies").text


def test_a_policy_and_whom_to_call_are_kept_and_an_odd_address_is_not(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    odd = bob.post("/replies/policy", policy="https://elsewhere.example.com/x", call="The duty line")
    assert odd.status_code == 422 and "a page of ours" in odd.text and "The duty line" in odd.text
    assert bob.post("/replies/policy", policy="https://house.example.org/how", call="The duty line").status_code == 303
    with house.store.read() as session:
        kept = session.exec(select(Organisation)).one()
    assert (kept.reply_policy, kept.escalation) == ("https://house.example.org/how", "The duty line")
    assert bob.post("/replies/policy", policy="", call="The duty line").status_code == 303
    assert "not recorded" in bob.get("/replies").text


def test_everybody_reads_it_and_only_some_change_it(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    page = alice.get("/replies").text
    assert "Carol Content" in page and "Enter a shift" not in page and "Call it off" not in page
    assert alice.post("/replies/shifts", **_shift(house)).status_code == 403
    assert alice.post("/replies/policy", policy="", call="x").status_code == 403
    assert alice.post("/replies/shifts/1/end").status_code == 403


def test_a_shift_of_another_organisation_is_not_there(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        other = factory.an_organisation(session, "elsewhere")
        at = now(session)
        row = Shift(organisation_id=other.id or 0, person_id=house.id("tom"), languages=["en"], starts_at=at,
                    ends_at=at + timedelta(hours=5), zone="UTC", entered_by=house.id("tom"), created_at=at)  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id
    bob = sign_in("bob")
    assert "Tom Translator</bdi>" not in bob.get("/replies").text
    assert "No shift" in bob.post(f"/replies/shifts/{number}/end").text
