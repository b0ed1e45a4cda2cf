"""Clearing of material: two people for a person's passage, blind, the stricter tag wins."""

import inspect
from typing import get_type_hints

import pytest
from sqlmodel import Session, select

from cli.clear import clear
from content import clearing, uncleared
from content.checks.shape import TagsShape
from content.errors import Refusal
from content.intake.stories import Tags
from content.migrations import uncleared as keeping
from content.organisation import Organisation
from content.tags import SEEN, TagsRecord
from tests import factory

NOTHING: dict[str, object] = {}


def _refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


@pytest.fixture
def house(db: str):
    with factory.opened(db) as store:
        yield factory.house(store)


@pytest.fixture
def fresh(house: factory.House) -> int:
    """A passage of N-1 that nobody has cleared: N-1/p9, entered by bob."""
    with house.store.write() as session:
        made = factory.passage(session, house.narrative, house.people["bob"], "p9", "A new sentence.")
    return made.id or 0


def test_a_persons_passage_is_cleared_by_two_one_of_safeguarding(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        assert clearing.cleared(session, "passage", [fresh]) == set()
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=NOTHING)
        assert clearing.cleared(session, "passage", [fresh]) == set()
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags=NOTHING)
        assert clearing.cleared(session, "passage", [fresh]) == {fresh}


def test_two_of_safeguarding_do_not_replace_the_content_reviewer(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags=NOTHING)
        clearing.clear(session, house.people["sam"], "passage", "N-1/p9", tags=NOTHING)
        assert clearing.cleared(session, "passage", [fresh]) == set()


def test_nobody_clears_what_they_entered(house: factory.House, fresh: int) -> None:
    with _refused("rights.own"), house.store.write() as session:
        clearing.clear(session, house.people["bob"], "passage", "N-1/p9", tags=NOTHING)


def test_nobody_clears_twice(house: factory.House, fresh: int) -> None:
    with _refused("clearing.twice"), house.store.write() as session:
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=NOTHING)
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=NOTHING)


def test_who_is_neither_content_nor_safeguarding_clears_nothing(house: factory.House, fresh: int) -> None:
    for ref in ("alice", "kim", "lena"):
        with _refused("rights.role"), house.store.write() as session:
            clearing.clear(session, house.people[ref], "passage", "N-1/p9", tags=NOTHING)


def test_a_passage_is_tagged_when_it_is_cleared(house: factory.House, fresh: int) -> None:
    for tags in (None, {"mood": "grim"}, {"intensity": 4}, {"attributes": "origin"}, {"place_precision": "street"}):
        with _refused("clearing.tags"), house.store.write() as session:
            clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=tags)


@pytest.mark.parametrize("tag", SEEN)
def test_what_one_of_two_saw_counts(house: factory.House, fresh: int, tag: str) -> None:
    with house.store.write() as session:
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags={tag: True})
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags={tag: False})
        found = clearing.tags(session, [fresh])[fresh]
    assert found == TagsRecord(**{tag: True})  # type: ignore[arg-type]  # one of those that are true or false


def test_everything_that_is_seen_or_not_may_be_said_wherever_passages_are_tagged() -> None:
    asked = {name for name, one in get_type_hints(TagsRecord).items() if one is bool}
    assert set(SEEN) == asked
    assert set(SEEN) <= TagsShape.model_fields.keys()
    assert set(SEEN) <= Tags.model_fields.keys()
    assert set(SEEN) <= inspect.signature(clear).parameters.keys()


def test_the_stricter_tag_wins(house: factory.House, fresh: int) -> None:
    carol = {"attributes": ["origin"], "intensity": 2, "place_precision": "country"}
    dana = {"attributes": ["age"], "admits_act": True, "intensity": 1, "place_precision": "city"}
    with house.store.write() as session:
        assert clearing.tags(session, [fresh]) == {fresh: None}
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=carol)
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags=dana)
        found = clearing.tags(session, [fresh])[fresh]
    wanted = TagsRecord(frozenset({"origin", "age"}), admits_act=True, intensity=2, place_precision="city")
    assert found == wanted


def test_one_refusal_keeps_a_passage_from_being_cleared(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=NOTHING)
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags=NOTHING)
        clearing.clear(
            session, house.people["sam"], "passage", "N-1/p9", answer="refuse", tags=NOTHING, reason="it names a street"
        )
        assert clearing.cleared(session, "passage", [fresh]) == set()


def test_an_aggregate_passage_and_a_block_take_one_content_reviewer(house: factory.House) -> None:
    with house.store.write() as session:
        one = factory.passage(session, house.finding, house.people["alice"], "p9", "Many said so.")
        text = factory.block(session, house.organisation, house.people["alice"], "help-at", "helpline", "Call us.")
        with _refused("rights.role"):
            clearing.clear(session, house.people["dana"], "block", "help-at")
        clearing.clear(session, house.people["bob"], "passage", "N-2/p9", tags=NOTHING)
        clearing.clear(session, house.people["bob"], "block", "help-at")
        assert clearing.cleared(session, "passage", [one.id or 0]) == {one.id}
        assert clearing.cleared(session, "block", [text.id or 0]) == {text.id}


def test_a_new_version_of_a_passage_is_not_cleared_by_the_old_verdicts(house: factory.House) -> None:
    with house.store.write() as session:
        changed = factory.passage(session, house.narrative, house.people["alice"], "p1", "Other words.", number=2)
        assert clearing.cleared(session, "passage", [changed.id or 0]) == set()
        assert clearing.material(session, "passage", "N-1/p1").id == changed.id
        assert clearing.material(session, "passage", "N-1/p1@1").id == house.passages["p1"].id


def test_clearing_makes_the_checks_look_again(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        before = session.get_one(Organisation, house.organisation.id).material_epoch
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=NOTHING)
        assert session.get_one(Organisation, house.organisation.id, populate_existing=True).material_epoch == before + 1


def test_the_list_shows_what_one_may_clear_and_never_anothers_tags(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags={"attributes": ["origin"]})
        shown = uncleared.waiting(session, house.people["carol"])
        assert [one["ref"] for one in shown] == ["N-1/p9"]
        assert "origin" not in str(shown)
        assert [uncleared.waiting(session, house.people[ref]) for ref in ("bob", "dana", "sam")] == [[]] * 3
        with pytest.raises(Refusal, match="content or safeguarding"):
            uncleared.waiting(session, house.people["alice"])


def _waits(house: factory.House, ref: str) -> list[str]:
    with house.store.read() as session:
        return [piece.version for piece in uncleared.waiting_page(session, house.people[ref]).items]


def test_what_waits_leaves_with_the_last_answer_it_needs(house: factory.House, fresh: int) -> None:
    assert (_waits(house, "carol"), _waits(house, "dana"), _waits(house, "bob")) == (["N-1/p9@1"], ["N-1/p9@1"], [])
    with house.store.write() as session:
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags=NOTHING)
    assert (_waits(house, "carol"), _waits(house, "sam")) == (["N-1/p9@1"], [])
    with house.store.write() as session:
        clearing.clear(session, house.people["carol"], "passage", "N-1/p9", tags=NOTHING)
    assert _waits(house, "carol") == []


def test_what_was_refused_waits_for_nobody(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", answer="refuse", reason="no", tags=NOTHING)
    assert _waits(house, "carol") == []


def test_a_newer_version_takes_the_older_ones_place(house: factory.House, fresh: int) -> None:
    with house.store.write() as session:
        factory.passage(session, house.narrative, house.people["bob"], "p9", "Other words.", number=2)
    assert _waits(house, "carol") == ["N-1/p9@2"]


def test_the_list_comes_page_by_page_the_oldest_first(house: factory.House) -> None:
    with house.store.write() as session:
        for ref in ("a", "b", "c"):
            factory.block(session, house.organisation, house.people["bob"], ref, "connector", "He said:")
    with house.store.read() as session:
        first = uncleared.waiting_page(session, house.people["carol"], limit=2)
        rest = uncleared.waiting_page(session, house.people["carol"], first.after, 2)
    assert [[one.ref for one in page.items] for page in (first, rest)] == [["a", "b"], ["c"]]
    assert rest.after == ""


def test_what_stood_before_the_list_did_waits_in_it(house: factory.House, fresh: int) -> None:
    """The migration finds what nobody has answered, and nothing else."""
    with house.store.write() as session:
        clearing.clear(session, house.people["dana"], "passage", "N-1/p9", tags=NOTHING)
        factory.block(session, house.organisation, house.people["bob"], "a", "connector", "He said:")
        kept = _rows(session)
        session.connection().exec_driver_sql("DELETE FROM uncleared")
        keeping.fill(session.connection())
        assert _rows(session) == kept
        assert [row[2:] for row in kept] == [(True, False), (True, False)]


def _rows(session: Session) -> list[tuple[str, int, bool, bool]]:
    found = session.exec(select(uncleared.Uncleared).order_by(uncleared.Uncleared.kind))  # type: ignore[arg-type]  # a column
    return [(one.kind, one.material_id, one.content, one.safeguarding) for one in found]
