"""Clearing material on the desk: what waits for whom, the tags as plain questions, and nothing of another's tags."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from content.clearing import Clearing
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
ADDRESS = "/material/passage/N-1/p9@1"
CALM = {
    **dict.fromkeys(
        ("admits_act", "operational", "endorses_violence", "religious_claim", "third_parties", "relatives", "lure",
         "mocks"),
        "no",
    ),
    "attributes": "none", "intensity": "0", "place_precision": "none", "date_precision": "none", "answer": "clear",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh(house: factory.House) -> int:
    """A passage of N-1 that nobody has cleared, entered by bob."""
    with house.store.write() as session:
        made = factory.passage(
            session, house.narrative, house.people["bob"], "p9", "A new sentence.", proposed_tags={"lure": True}
        )
    return made.id or 0


def answers(house: factory.House, passage: int) -> list[Clearing]:
    with house.store.read() as session:
        return list(session.exec(select(Clearing).where(Clearing.kind == "passage", Clearing.material_id == passage)))


def told(**given: Any) -> dict[str, Any]:
    return {**CALM, **given}


def test_what_waits_is_listed_for_who_may_clear_it(sign_in: SignIn) -> None:
    assert f'href="{ADDRESS}"' in sign_in("carol").get("/material").text
    assert "Nothing waits to be cleared by you" in sign_in("bob").get("/material").text


def test_what_was_answered_meanwhile_is_seen_at_the_next_look(sign_in: SignIn) -> None:
    carol, dana = sign_in("carol"), sign_in("dana")
    tag = carol.get("/material").headers["etag"]
    assert carol.client.get("/material", headers={"if-none-match": tag}).status_code == 304
    dana.post(ADDRESS, **told(answer="refuse", reason="Not these words."))
    fresh = carol.client.get("/material", headers={"if-none-match": tag})
    assert fresh.status_code == 200 and f'href="{ADDRESS}"' not in fresh.text


def test_tags_are_kept_as_they_were_answered(sign_in: SignIn, house: factory.House, fresh: int) -> None:
    given = told(attributes=["origin", "unit"], others="a scar, a scar", admits_act="yes", place_precision="city")
    done = sign_in("dana").post(ADDRESS, **given)
    assert (done.status_code, done.headers["location"]) == (303, "/material")
    (made,) = answers(house, fresh)
    assert (made.role, made.answer) == ("safeguarding", "clear")
    assert made.tags == {
        "attributes": ["a scar", "origin", "unit"], "admits_act": True, "operational": False,
        "endorses_violence": False, "religious_claim": False, "third_parties": False, "relatives": False,
        "lure": False, "mocks": False, "intensity": 0, "place_precision": "city", "date_precision": "none",
    }  # fmt: skip


def test_a_question_left_open_is_asked_again_and_the_others_keep_their_answers(
    sign_in: SignIn, house: factory.House, fresh: int
) -> None:
    again = sign_in("dana").post(ADDRESS, **told(lure="", admits_act="yes"))
    assert again.status_code == 422
    assert 'href="#q-lure"' in again.text and "One answer is missing" in again.text
    assert 'id="admits_act-yes" name="admits_act" value="yes" checked' in again.text
    assert answers(house, fresh) == []


def test_nothing_is_ticked_before_somebody_ticks_it_whatever_a_file_proposed(sign_in: SignIn) -> None:
    page = sign_in("dana").get(ADDRESS).text
    assert "A new sentence." in page and " checked" not in page


def test_the_second_tagger_sees_nothing_of_the_firsts_tags(sign_in: SignIn, house: factory.House) -> None:
    carol = sign_in("carol")
    before = carol.get(ADDRESS).text
    sign_in("dana").post(ADDRESS, **told(attributes="unit", others="limp", lure="yes", intensity="2"))
    marked = [page.partition('<form class="stack loose"')[2] for page in (before, carol.get(ADDRESS).text)]
    plain = [form.partition("<fieldset")[2] for form in marked]
    assert plain[0] == plain[1] and "limp" not in plain[1]
    assert "limp" not in carol.get("/narratives/N-1").text


def test_nobody_clears_what_they_entered(sign_in: SignIn, house: factory.House, fresh: int) -> None:
    bob = sign_in("bob")
    page = bob.get(ADDRESS).text
    assert "You entered this" in page and 'name="answer"' not in page
    assert "rights.own" in bob.post(ADDRESS, **CALM).text
    assert answers(house, fresh) == []


def test_refusing_takes_a_reason_and_not_every_tag(sign_in: SignIn, house: factory.House, fresh: int) -> None:
    dana = sign_in("dana")
    assert dana.post(ADDRESS, answer="refuse").status_code == 422
    assert dana.post(ADDRESS, answer="refuse", reason="Names a street.", place_precision="finer").status_code == 303
    (made,) = answers(house, fresh)
    assert (made.answer, made.tags["place_precision"]) == ("refuse", "finer")


def test_the_next_piece_that_waits_is_shown_after_an_answer(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.block(session, house.organisation, house.people["bob"], "said", "connector", "He said:")
    carol = sign_in("carol")
    assert carol.post(ADDRESS, **CALM).headers["location"] == "/material/block/said@1"
    assert "He said:" in carol.get("/material/block/said@1").text
    assert carol.post("/material/block/said@1", answer="clear").headers["location"] == "/material"


def test_a_template_is_read_as_its_source(sign_in: SignIn) -> None:
    page = sign_in("carol").get("/material/template/infighting/plain").text
    assert "{{ passage.text }}" in page and "infighting" in page


def test_material_that_is_not_there_is_not_there(sign_in: SignIn) -> None:
    assert sign_in("carol").get("/material/passage/N-1/none").status_code == 404


@pytest.mark.parametrize("who", ["alice", "kim", "lena"])
def test_who_clears_nothing_sees_nothing_of_it(sign_in: SignIn, house: factory.House, fresh: int, who: str) -> None:
    browser = sign_in(who)
    assert browser.get("/material").status_code == browser.get(ADDRESS).status_code == 403
    assert browser.post(ADDRESS, **CALM).status_code == 403
    assert answers(house, fresh) == []
