"""What the checks found on exact words, stored once for each digest, rules and material."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from content.checks.stored import words_cases
from content.composing import compose
from content.evaluation import HIDDEN, ORACLE, answered, current, for_authors, stale, unanswered
from content.message import Used, Version, queue
from content.organisation import raise_epoch
from content.protect import enter
from content.protected_term import ProtectedTerm, TermHit, alarms
from content.record import Record
from content.review import Evaluation
from content.store import now
from tests import factory, shortcuts
from tests.factory import KEYS, House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def made(session: Session, house: House, **more: Any) -> Version:
    """A version as prepare makes it."""
    wording = queue(session, house.people["alice"], factory.order(session, **more))
    return shortcuts.store_version(session, wording, compose(session, wording), now(session))


PERSON = {"narrative": "N-1", "choices": {"template": "infighting/plain", "passages": ["p1"], "stance": "s1"}}


def protect(session: Session, house: House, term: str) -> None:
    """A protected term of N-1, as the keeper enters it."""
    hashed = enter(term, KEYS.terms).as_json()
    row = ProtectedTerm(organisation_id=house.organisation.id or 0, narrative_id=house.narrative.id or 0, hashed=hashed,
                        sealed="", entered_by=house.id("kim"), at=now(session))  # fmt: skip
    session.add(row)
    raise_epoch(session, house.organisation.id or 0)


def stopped(found: Evaluation) -> set[str]:
    return {one["check"] for one in found.answers if one["severity"] in ("block", "not_evaluated")}


def test_cleared_words_pass_every_check_and_need_nobody_special(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, accounts=("site", "facebook-gb", "bluesky-en"))
        found = shortcuts.evaluate(session, version, now(session))
    assert found.answers == []
    assert (found.blocks, found.tier) == (0, 1)
    assert not (found.needs_language or found.needs_legal or found.needs_religious or found.needs_safeguarding)


def test_the_words_of_the_link_card_are_read_beside_the_text_and_no_media_are_known_to_be_none(house: House) -> None:
    with house.store.write() as session:
        choices = _only("p2") | {"link": "https://house.example.org/help"}
        ((_, case),) = words_cases(session, made(session, house, accounts=("bluesky-en",), choices=choices))
        ((_, bare),) = words_cases(session, made(session, house, message="M-2"))
    assert case.organisation is not None
    assert case.card == tuple((case.organisation.disclosure or {}).values())
    assert bare.card == case.media == bare.media == ()


def test_it_is_stored_once_for_each_material_epoch(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        first = shortcuts.evaluate(session, version, now(session))
        assert shortcuts.evaluate(session, version, now(session)).id == first.id
        assert current(session, version.digest) is first
        raise_epoch(session, house.organisation.id or 0)
        assert current(session, version.digest) is None
        assert shortcuts.evaluate(session, version, now(session)).id != first.id
    with house.store.read() as session:
        records = session.exec(select(Record).where(Record.action == "evaluation.make")).all()
    assert [one.subject_id for one in records] == [version.digest] * 2


def test_a_person_whose_relatives_nobody_asked_about_is_blocked_with_what_to_do(house: House) -> None:
    with house.store.write() as session:
        house.narrative.family_in_reach = None
        session.add(house.narrative)
        found = shortcuts.evaluate(session, made(session, house, **PERSON), now(session))
    assert stopped(found) == {"narrative.family_unknown"}
    assert found.blocks == 1
    assert "Ask the keeper" in found.answers[0]["reason"]


def test_a_passage_nobody_cleared_blocks(house: House) -> None:
    with house.store.write() as session:
        factory.passage(session, house.finding, house.people["alice"], "p7", "They were told another story.")
        choices = {"template": "infighting/plain", "passages": ["p7"], "stance": "s2"}
        found = shortcuts.evaluate(session, made(session, house, choices=choices), now(session))
    assert "text-provenance" in stopped(found)
    assert found.blocks > 1, "an untagged passage is not evaluated, which counts as a block"


def test_a_newer_version_of_a_block_or_template_counts_only_once_it_is_cleared(house: House) -> None:
    with house.store.write() as session:
        alice, line = house.people["alice"], factory.DISCLOSURE
        block = factory.block(session, house.organisation, alice, "disclosure-en", "disclosure", line, number=2)
        version = made(session, house)
        assert stopped(shortcuts.evaluate(session, version, now(session))) == {"text-provenance"}
        factory.clearing(session, "block", block.id or 0, block.entered_by, house.people["bob"], "content")
        raise_epoch(session, house.organisation.id or 0)
        assert shortcuts.evaluate(session, version, now(session)).blocks == 0


def test_tags_name_the_specialists(house: House) -> None:
    with house.store.write() as session:
        passage = house.passages["p2"]
        tags = {"religious_claim": True, "admits_act": True}
        carol = house.people["carol"]
        factory.clearing(session, "passage", passage.id or 0, passage.entered_by, carol, "content", tags)
        found = shortcuts.evaluate(session, made(session, house), now(session))
    assert (found.needs_legal, found.needs_religious, found.tier, found.blocks) == (True, True, 3, 0)


def test_a_passage_in_which_one_person_saw_a_lure_stops(house: House) -> None:
    with house.store.write() as session:
        passage, carol = house.passages["p2"], house.people["carol"]
        assert stopped(shortcuts.evaluate(session, made(session, house), now(session))) == set()
        factory.clearing(session, "passage", passage.id or 0, passage.entered_by, carol, "content", {"lure": True})
        raise_epoch(session, house.organisation.id or 0)
        assert stopped(shortcuts.evaluate(session, made(session, house), now(session))) == {"glorify-or-lure"}


def test_a_passage_in_which_one_person_saw_ridicule_stops(house: House) -> None:
    with house.store.write() as session:
        passage, carol = house.passages["p2"], house.people["carol"]
        factory.clearing(session, "passage", passage.id or 0, passage.entered_by, carol, "content", {"mocks": True})
        raise_epoch(session, house.organisation.id or 0)
        assert stopped(shortcuts.evaluate(session, made(session, house), now(session))) == {"mockery"}


def test_a_quote_counts_only_where_people_cleared_the_passage_that_holds_it(house: House) -> None:
    with house.store.write() as session:
        alice = house.people["alice"]
        text = "He said: “fighting other groups”."
        row = factory.passage(session, house.finding, alice, "p5", text, quotes=["Q1"])
        ((_, case),) = words_cases(session, made(session, house, choices=_only("p5")))
        assert [span.cleared for span in case.spans or () if span.kind == "quote"] == [False]
        factory.clearing(session, "passage", row.id or 0, row.entered_by, house.people["bob"], "content")
        ((_, case),) = words_cases(session, made(session, house, choices=_only("p5")))
        assert [span.cleared for span in case.spans or () if span.kind == "quote"] == [True]


def _only(passage: str) -> dict[str, Any]:
    return {"template": "infighting/plain", "passages": [passage], "stance": "s2"}


def test_a_language_is_asked_for_unless_somebody_who_speaks_it_cleared_the_passage(house: House) -> None:
    with house.store.write() as session:
        alice, bob, farid = (house.people[ref] for ref in ("alice", "bob", "farid"))
        row = factory.passage(session, house.finding, alice, "a1", "قالوا إنهم قاتلوا غيرهم.", language="ar")
        version = factory.version(session, house, language="ar")
        used = {"kind": "passage", "ref": "N-2/a1", "number": 1, "material_id": row.id}
        session.add(Used(version_id=version.id or 0, **used))
        factory.clearing(session, "passage", row.id or 0, row.entered_by, bob, "content")
        assert _cleared_in(session, version)["N-2/a1"] == "en"
        factory.clearing(session, "passage", row.id or 0, row.entered_by, farid, "content")
        assert _cleared_in(session, version)["N-2/a1"] == "ar"


def _cleared_in(session: Session, version: Version) -> dict[str, str | None]:
    ((_, case),) = words_cases(session, version)
    return {one.ref: one.cleared_language for one in case.used_passages or ()}


def test_a_term_of_any_narrative_stops_the_words_of_every_other(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        assert shortcuts.evaluate(session, version, now(session)).blocks == 0
        protect(session, house, "Open House")  # stands in the disclosure
        found = shortcuts.evaluate(session, version, now(session))
    assert ORACLE in stopped(found)


def test_an_author_learns_only_that_safeguarding_must_look(house: House) -> None:
    with house.store.write() as session:
        protect(session, house, "Open House")
        found = shortcuts.evaluate(session, made(session, house, accounts=("site", "facebook-gb")), now(session))
    shown = for_authors(found.answers)
    (hidden,) = [one for one in shown if one["check"] == ORACLE]
    assert hidden["reason"] == HIDDEN
    assert (hidden["span"], hidden["leaf"]) == (None, None)
    assert len([one for one in found.answers if one["check"] == ORACLE]) >= 2


def test_hits_are_counted_once_a_message_and_five_raise_an_alarm(house: House) -> None:
    with house.store.write() as session:
        protect(session, house, "Open House")
        for number in range(5):
            assert alarms(session, now(session)) == {}
            version = made(session, house, message=f"M-{number}")
            shortcuts.evaluate(session, version, now(session))
        raise_epoch(session, house.organisation.id or 0)
        shortcuts.evaluate(session, version, now(session))
        assert alarms(session, now(session)) == {house.id("alice"): 5}
        assert len(session.exec(select(TermHit)).all()) == 5
        assert len(session.exec(select(Record).where(Record.action == "term.alarm")).all()) == 1


def test_words_that_wait_or_are_cleared_are_stale_once_material_changes(house: House) -> None:
    with house.store.write() as session:
        old = factory.version(session, house, ref="M-1")
        new = factory.version(session, house, ref="M-1")
        cleared_old = factory.version(session, house, ref="M-2")
        factory.clearance(session, house, cleared_old)
        newer = factory.version(session, house, ref="M-2")
        over = factory.version(session, house, opens=timedelta(days=-9), closes=timedelta(days=-1))
        assert set(stale(session, 9)) == {new.digest, newer.digest}
        raise_epoch(session, house.organisation.id or 0)
        assert set(stale(session, 9)) == {new.digest, newer.digest, cleared_old.digest}
        assert len(stale(session, 1)) == 1
        assert {old.digest, over.digest}.isdisjoint(stale(session, 9))


def test_a_late_answer_in_the_same_round_counts(house: House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house)
        cleared = factory.clearance(session, house, version)
        raise_epoch(session, house.organisation.id or 0)
        asks = factory.evaluation(session, version, needs_religious=True, tier=1)
        assert unanswered(asks, cleared) == ["religious"]
        factory.verdict(session, version, asks, house.people["farid"], "religious")
        late = answered(session, [cleared])[cleared.id or 0]
        assert unanswered(asks, cleared, late) == []
        assert unanswered(Evaluation(**asks.model_dump() | {"tier": 2}), cleared, late) == ["tier 2"]


def test_an_evaluation_never_changes(house: House) -> None:
    with house.store.write() as session:
        shortcuts.evaluate(session, made(session, house), now(session))
    with pytest.raises(Exception, match="never change"), house.store.write() as session:
        found = session.exec(select(Evaluation).order_by(col(Evaluation.id))).first()
        assert found
        found.blocks = 0 if found.blocks else 1
        session.add(found)
        session.flush()
