"""A narrative in depth: passages with their state, translations, consent, and what protects the person."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from content.consent import ConsentEvent
from content.narrative import Exposure, Narrative
from content.protected_term import ProtectedTerm
from content.stop import Hold
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
WHERE = "/narratives/N-1"
TERM = "Nemo Zanliforth"


def held(house: factory.House, by: str = "kim") -> int:
    with house.store.write() as session:
        at = now(session)
        made = Hold(
            narrative_id=house.narrative.id or 0, kind="asylum", starts_at=at, territories=[], by=house.id(by), at=at
        )
        return factory.building.kept(session, made).id or 0


def story(house: factory.House) -> Narrative:
    with house.store.read() as session:
        return session.get_one(Narrative, house.narrative.id)


def test_tags_are_shown_once_everybody_has_given_theirs(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.passage(session, house.narrative, house.people["alice"], "p9", "A new sentence.", gloss="New.")
        told = {"attributes": ["unit"], "lure": True}
        factory.clearing(session, "passage", made.id or 0, made.entered_by, house.people["bob"], "content", told)
    waits = sign_in("dana").get(WHERE).text
    assert "New." in waits and "could lure" not in waits and "Tags are shown once everybody has given theirs." in waits
    with house.store.write() as session:
        dana = house.people["dana"]
        factory.clearing(session, "passage", made.id or 0, made.entered_by, dana, "safeguarding", {"intensity": 1})
    shown = sign_in("alice").get(WHERE).text
    assert "could lure" in shown and "a unit" in shown and "violence: it is mentioned" in shown


def test_the_head_says_how_much_of_the_person_is_public(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        session.add(Exposure(narrative_id=house.narrative.id or 0, attribute="origin", at=now(session)))
    assert "1 of 3" in sign_in("alice").get(WHERE).text
    assert "where somebody is from" in sign_in("alice").get(f"{WHERE}/protection").text


def test_a_translation_older_than_its_original_is_marked(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        alice = house.people["alice"]
        factory.passage(session, house.narrative, alice, "en-7", "One.")
        factory.passage(session, house.narrative, alice, "ar-7", "واحد.", language="ar")
        factory.passage(session, house.narrative, alice, "fr-7", "Un.", language="fr")
    tom = sign_in("tom")
    page = tom.get(f"{WHERE}/translations").text
    assert "#ar-7" in page and "missing" in page and "Older than its original" not in page
    with house.store.write() as session:
        factory.move_on(session, timedelta(seconds=5))
        factory.passage(session, house.narrative, alice, "en-7", "One and a half.", number=2)
        factory.move_on(session, timedelta(seconds=5))
        factory.passage(session, house.narrative, alice, "fr-7", "Un et demi.", language="fr", number=2)
    assert tom.get(f"{WHERE}/translations").text.count("Older than its original") == 1


def test_a_keeper_enters_what_the_person_allows(sign_in: SignIn, house: factory.House) -> None:
    given = {
        "basis": "direct", "channels": "site, telegram", "languages": "ar", "reach": "fenced", "until": "2031-05-01",
        "element": ["disclosure", "voluntariness"], "reason": "They wrote to us.",
    }  # fmt: skip
    kim = sign_in("kim")
    assert kim.post(f"{WHERE}/grant", **given).status_code == 303
    with house.store.read() as session:
        made = session.exec(select(ConsentEvent).order_by(col(ConsentEvent.id).desc())).first()
    assert made is not None and (made.kind, made.channels, made.reach) == ("grant", ["site", "telegram"], "fenced")
    assert made.elements == {"disclosure": True, "voluntariness": True, "comprehension": False, "competence": False}
    page = kim.get(f"{WHERE}/consent").text
    assert "agreed with us directly" in page and "They wrote to us." not in page


def test_that_the_person_still_agrees_is_written_down(sign_in: SignIn, house: factory.House) -> None:
    assert sign_in("kim").post(f"{WHERE}/reconfirm", by="2031-05-01").status_code == 303
    assert "Confirmed again" in sign_in("alice").get(f"{WHERE}/consent").text


def test_reuse_is_assessed_by_safeguarding_that_did_not_enter_it(sign_in: SignIn, house: factory.House) -> None:
    assert sign_in("kim").post(f"{WHERE}/assess", decision="ok").status_code == 403
    assert sign_in("dana").post(f"{WHERE}/assess", decision="refused").status_code == 303
    assert "Its reuse was refused." in sign_in("alice").get(f"{WHERE}/consent").text
    dana = sign_in("sam")
    assert dana.post(f"{WHERE}/grant", basis="published").status_code == 303
    assert "rights.own" in dana.post(f"{WHERE}/assess", decision="ok").text


def test_staff_see_that_a_narrative_is_not_available_and_never_why(sign_in: SignIn, house: factory.House) -> None:
    held(house)
    for who in ("alice", "bob", "lena"):
        for page in (WHERE, f"{WHERE}/consent", f"{WHERE}/protection"):
            shown = sign_in(who).get(page).text
            assert "Not available for this time." in shown and "asylum" not in shown, (who, page)
    assert "asylum" in sign_in("dana").get(f"{WHERE}/protection").text


def test_a_hold_is_set_and_lifted_by_somebody_else(sign_in: SignIn, house: factory.House) -> None:
    kim, dana = sign_in("kim"), sign_in("dana")
    assert kim.post(f"{WHERE}/hold", kind="trial", until="2031-05-01", territories="GB").status_code == 303
    with house.store.read() as session:
        (made,) = session.exec(select(Hold))
    assert (made.kind, made.territories, made.take_down) == ("trial", ["GB"], False)
    assert "so somebody else lifts it" in kim.get(f"{WHERE}/protection").text
    lift = f"{WHERE}/hold/{made.id}/lift"
    assert "code.wanted" in dana.post(lift).text
    assert "rights.own" in kim.post(lift, proof=True).text
    assert dana.post(lift, proof=True).status_code == 303
    assert "Nothing holds this narrative" in kim.get(f"{WHERE}/protection").text


def test_the_keepers_answers_are_kept(sign_in: SignIn, house: factory.House) -> None:
    kim = sign_in("kim")
    assert kim.post(f"{WHERE}/risk", family_in_reach="yes", reprisal_risk="high", identifiable="no").status_code == 303
    found = story(house)
    assert (found.family_in_reach, found.reprisal_risk, found.minor_at_events) == (True, "high", False)
    assert 'id="family_in_reach-yes" name="family_in_reach" value="yes" checked' in kim.get(f"{WHERE}/protection").text


def test_a_protected_term_goes_one_way(
    sign_in: SignIn, house: factory.House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    kim = sign_in("kim")
    with caplog.at_level(logging.DEBUG):
        done = kim.post(f"{WHERE}/protect", terms=f"{TERM}\n  \nBab Zanli street\n")
        page = kim.get(f"{WHERE}/protection").text
        refused = kim.post(f"{WHERE}/protect", terms=TERM, other="x").text
    assert done.status_code == 303 and "2 terms are protected." in page
    told = capfd.readouterr()
    for text in (done.text, page, refused, caplog.text, told.out, told.err):
        assert "Zanli" not in text
    assert 'autocomplete="off" autocapitalize="none" spellcheck="false"' in page
    with house.store.read() as session:
        rows = session.exec(select(ProtectedTerm)).all()
        assert len(rows) == 2 and "Zanli" not in str([row.model_dump() for row in rows])


@pytest.mark.parametrize("act", ["grant", "reconfirm", "assess", "hold", "hold/1/lift", "risk", "protect", "narrow"])
def test_authors_and_content_reviewers_change_nothing_of_it(sign_in: SignIn, house: factory.House, act: str) -> None:
    held(house)
    for who in ("alice", "bob"):
        assert sign_in(who).post(f"{WHERE}/{act}", proof=True).status_code == 403
    page = sign_in("bob").get(f"{WHERE}/protection").text
    assert 'name="terms"' not in page and "Danger" not in page
