"""Proposing words from the composer: they wait for others to clear them, and a protected term is not kept."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import select

from content import clearing, protected_term
from content.block import Block
from content.narrative import Passage, Source
from content.record import Record
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
ABOUT = {"narrative": "N-2", "language": "en", "campaign": "spring"}
WORDS = "Nobody there had time for the sick."


def _passages(house: factory.House) -> dict[str, Passage]:
    with house.store.read() as session:
        return {one.ref: one for one in session.exec(select(Passage).where(Passage.narrative_id == house.finding.id))}


def test_a_passage_that_is_proposed_waits_to_be_cleared(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    answer = alice.post("/compose/propose", **ABOUT, text=WORDS)
    assert answer.headers["location"] == "/compose?campaign=spring&narrative=N-2&language=en"
    made = _passages(house)["en-1"]
    assert (made.text, made.entered_by, made.number) == (WORDS, house.id("alice"), 1)
    with house.store.read() as session:
        assert clearing.cleared(session, "passage", [made.id or 0]) == set()
        told = select(Record).where(Record.action == "material.propose", Record.subject == "passage")
        assert session.exec(told).all()
    page = alice.get(answer.headers["location"]).text
    assert WORDS in page and "not cleared yet" in page


def test_a_translation_is_written_beside_its_original(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    page = alice.get("/compose/propose?narrative=N-2&language=ar&of=p2").text
    assert factory.PASSAGE in re.sub(r"<[^>]+>", "", page) and 'dir="rtl"' in page
    alice.post("/compose/propose", **{**ABOUT, "language": "ar"}, of="p2", text="لم يجد أحد وقتاً للمرضى.", gloss=WORDS)
    made = _passages(house)["ar-1"]
    assert (made.language, made.gloss) == ("ar", WORDS)


def test_a_connector_is_proposed_by_its_name(sign_in: SignIn, house: factory.House) -> None:
    sign_in("alice").post("/compose/propose", **ABOUT, kind="connector", name="and_then", text="And then:")
    with house.store.read() as session:
        made = session.exec(select(Block).where(Block.ref == "and_then-en")).one()
    assert (made.kind, made.text) == ("connector", "And then:")


def test_a_connector_that_exists_is_not_written_over(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("alice").post("/compose/propose", **ABOUT, kind="connector", name="in_their_words", text="Now:")
    assert answer.status_code == 422 and "There is a in_their_words-en already" in answer.text
    with house.store.read() as session:
        assert len(session.exec(select(Block).where(Block.ref == "in_their_words-en")).all()) == 1


def test_words_with_a_protected_term_are_not_kept_and_the_try_is_counted_once(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        own = house.organisation.id or 0
        protected_term.protect(session, house.people["kim"], own, house.narrative.id or 0, "Marzena Quill")
    alice = sign_in("alice")
    for text in ("She met Marzena Quill there.", "She met Marzena Quill twice."):
        answer = alice.post("/compose/propose", **ABOUT, text=text)
        assert answer.status_code == 422 and "Safeguarding needs to see this." in answer.text
        assert "N-1" not in answer.text
    assert "en-1" not in _passages(house)
    with house.store.read() as session:
        assert len(session.exec(select(protected_term.TermHit)).all()) == 1


def test_empty_words_are_refused_and_the_form_is_kept(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("alice").post("/compose/propose", **ABOUT, text=" ", gloss="Kept")
    assert answer.status_code == 422 and "Kept" in answer.text and "summary-error" in answer.text
    assert "en-1" not in _passages(house)


def test_who_may_propose_nothing_proposes_nothing(sign_in: SignIn, house: factory.House) -> None:
    lena = sign_in("lena")
    assert lena.get("/compose/propose?narrative=N-2&language=en").status_code == 403
    assert lena.post("/compose/propose", **ABOUT, text=WORDS).status_code == 403
    assert "en-1" not in _passages(house)


def _source(house: factory.House) -> str:
    with house.store.read() as session:
        return session.exec(select(Source.ref).where(Source.narrative_id == house.finding.id)).first() or _cited(house)


def _cited(house: factory.House) -> str:
    with house.store.write() as session:
        told = {"publisher": "Press", "year": 2015, "url": "https://x.example"}
        session.add(Source(narrative_id=house.finding.id or 0, ref="report", **told))
    return "report"


def test_a_passage_carries_its_claims_with_source_and_page(sign_in: SignIn, house: factory.House) -> None:
    source, alice = _source(house), sign_in("alice")
    rows = {"claim": ["Nobody", "", ""], "source": [source] * 3, "locator": ["p. 7", "", ""]}
    assert "Claims in a passage" in alice.get("/compose/propose?narrative=N-2&language=en").text
    alice.post("/compose/propose", **ABOUT, text=WORDS, **rows)
    assert _passages(house)["en-1"].claims == [{"text": "Nobody", "source": source, "locator": "p. 7"}]


@pytest.mark.parametrize(
    ("claim", "source", "locator", "said"),
    [("Everybody", "", "p. 7", "does not stand in its passage"), ("Nobody", "none", "p. 7", "names no source of N-2"),
     ("Nobody", "", "", "locator")],
)  # fmt: skip
def test_a_claim_without_words_source_or_page_is_refused_and_kept_in_the_form(
    sign_in: SignIn, house: factory.House, claim: str, source: str, locator: str, said: str
) -> None:
    alice, known = sign_in("alice"), _source(house)
    rows = {"claim": [claim], "source": [source or known], "locator": [locator]}
    answer = alice.post("/compose/propose", **ABOUT, text=WORDS, **rows)
    assert answer.status_code == 422 and said in answer.text and f'value="{claim}"' in answer.text
    assert "en-1" not in _passages(house)
