"""Rules, settings and helplines on the desk: what holds, what a new version changes, and two people adopting it."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlmodel import select

from content.block import HelplineCheck
from content.checks import shipped
from content.checks.rules import CHECKS, RULES
from content.organisation import Adoption
from content.rulebook import Rulebook, differences
from content.settings import KNOWN, load
from content.store import now
from tests import factory
from tests.web.browser import Browser
from web import settings as page_of_settings

SignIn = Callable[[str], Browser]
OLD = "2026-01-01.1+0123456789ab"


def _upgraded(house: factory.House, **told: object) -> None:
    """As if an older program had founded it. told: what its rules held, if that was kept."""
    with house.store.write() as session:
        at, by = now(session), (house.id("bob"), house.id("dana"))
        session.add(Adoption(organisation_id=house.organisation.id or 0, rules=OLD, proposed_by=by[0], proposed_at=at,
                             confirmed_by=by[1], confirmed_at=at))  # fmt: skip
        if told:
            session.add(Rulebook(rules=OLD, told=told, at=at))
        session.flush()
        session.execute(text("UPDATE organisation SET rules = :old"), {"old": OLD})


def test_the_rules_that_hold_are_shown_with_whom_each_protects(sign_in: SignIn) -> None:
    page = sign_in("alice").get("/rules").text
    assert RULES in page and "Nothing waits" in page and "the person behind the words" in page
    assert all(check in page for check in CHECKS)


def test_two_people_adopt_the_rules_that_a_new_program_brings(sign_in: SignIn, house: factory.House) -> None:
    _upgraded(house)
    bob, dana = sign_in("bob"), sign_in("dana")
    assert "What the adopted rules held was not kept" in bob.get("/rules").text
    assert "code.wanted" in bob.post("/rules/propose", rules=RULES).text
    assert bob.post("/rules/propose", proof=True, rules=RULES).status_code == 303
    assert "You have proposed them" in bob.get("/rules").text
    assert "rules.second" in bob.post("/rules/confirm", proof=True, rules=RULES).text
    assert dana.post("/rules/confirm", proof=True, rules=RULES).status_code == 303
    page = dana.get("/rules").text
    assert "Nothing waits" in page and "by bob and dana" in page
    with house.store.read() as session:
        assert session.exec(select(Rulebook.rules)).all() == [RULES], "what they held is not kept for the next time"


def test_what_new_rules_change_is_shown_line_by_line(sign_in: SignIn, house: factory.House) -> None:
    held = {name: dict(shipped.shipped()[name]) for name in ("checks", "limits", "lexicons")}
    held["limits"]["hashtag-hygiene.most"] = 5
    del held["checks"]["mockery"]
    _upgraded(house, **held)
    page = sign_in("alice").get("/rules").text
    assert '<del><bdi dir="ltr">5</bdi></del>' in page and "hashtag-hygiene.most" in page
    assert "mockery." in page and "incitement." not in page


def test_a_form_for_other_rules_than_the_program_has_adopts_nothing(sign_in: SignIn, house: factory.House) -> None:
    _upgraded(house)
    answer = sign_in("bob").post("/rules/propose", proof=True, rules="2099-01-01.1+ffffffffffff")
    assert (answer.status_code, "form.other" in answer.text) == (409, True)


def test_an_author_proposes_no_rules(sign_in: SignIn, house: factory.House) -> None:
    _upgraded(house)
    alice = sign_in("alice")
    assert "/rules/propose" not in alice.get("/rules").text
    assert "rights.role" in alice.post("/rules/propose", proof=True, rules=RULES).text


def test_rules_that_are_the_same_differ_in_nothing() -> None:
    assert differences(shipped.shipped(), shipped.shipped()) == ()


def test_settings_say_where_each_comes_from_and_no_secret(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk:s3cr3t-word@db.example/desk")
    monkeypatch.setattr(page_of_settings, "told", load)
    page = sign_in("alice").get("/settings").text
    assert all(name in page for name in KNOWN)
    assert "environment DATABASE_URL" in page and "s3cr3t-word" not in page and "hidden" in page
    assert "Open House" in page and "Published by Open House" in page


def test_a_helpline_is_verified_by_whoever_has_just_called_it(sign_in: SignIn, house: factory.House) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    line = next(one for one in house.blocks.values() if one.kind == "helpline")
    assert "0800 000 0000" in alice.get("/helplines").text
    assert "I have just called" not in alice.get("/helplines").text
    assert "rights.role" in alice.post(f"/helplines/{line.ref}/verify").text
    assert bob.post(f"/helplines/{line.ref}/verify").headers["location"] == "/helplines"
    with house.store.read() as session:
        tried = session.exec(select(HelplineCheck.by).where(HelplineCheck.block_id == line.id)).all()
    assert house.id("bob") in tried
    assert bob.post("/helplines/nothing/verify").status_code == 404
