"""What was made public is counted, also where people tag it more strictly after it went out."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from content import agreeing, exposing
from content.lifecycle import Post
from content.message import Leaf, Used
from content.narrative import Exposure, Quote
from content.record import Record
from tests import factory
from tests.factory import House

OUT = ("published", "uncertain", "recalling", "recalled", "recall_impossible")
NOT_OUT = ("scheduled", "claimed", "publishing", "blocked", "expired", "cancelled", "failed")


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _post(session: Session, house: House, state: str) -> Post:
    return factory.brought(session, factory.cleared_post(session, house), state)


def _tagged(session: Session, house: House, passage: str, attributes: Sequence[str], who: str = "sam") -> None:
    """One more person clears the passage, and sees more in it than those before."""
    factory.clearing(
        session, "passage", house.passages[passage].id or 0, house.id("alice"), house.people[who], "content",
        tags={"attributes": list(attributes)},
    )  # fmt: skip


def _exposures(session: Session) -> set[tuple[int, str, int | None]]:
    return {(row.narrative_id, row.attribute, row.post_id) for row in session.exec(select(Exposure))}


def _unexposed(session: Session) -> bool:
    rows = session.exec(select(Record).order_by(col(Record.id)))
    found = agreeing.problems(session, [one.model_dump() for one in rows])
    return "exposure.missing" in {problem.code for problem in found}


@pytest.mark.parametrize("state", OUT)
def test_a_stricter_tag_exposes_what_is_or_was_out(house: House, state: str) -> None:
    with house.store.write() as session:
        first = _post(session, house, state)
        _post(session, house, state)
        _tagged(session, house, "p2", ["origin", "town"])
        assert exposing.catch_up(session) == 2
        narrative = house.finding.id or 0
        assert _exposures(session) == {(narrative, "origin", first.id), (narrative, "town", first.id)}
        assert not _unexposed(session)


@pytest.mark.parametrize("state", NOT_OUT)
def test_what_never_was_out_exposes_nothing(house: House, state: str) -> None:
    with house.store.write() as session:
        _post(session, house, state)
        _tagged(session, house, "p2", ["origin"])
        assert exposing.catch_up(session) == 0
        assert _exposures(session) == set()


def test_it_is_on_the_record_once_and_a_second_look_adds_nothing(house: House) -> None:
    with house.store.write() as session:
        _post(session, house, "published")
        _tagged(session, house, "p2", ["origin"])
        assert _unexposed(session)
        assert [exposing.catch_up(session), exposing.catch_up(session)] == [1, 0]
        rows = session.exec(select(Record).where(col(Record.action) == "narrative.expose")).all()
        assert [(row.subject, row.subject_id) for row in rows] == [("narrative", str(house.finding.id))]


def test_an_attribute_that_stands_already_is_left_as_it_is(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "published")
        _tagged(session, house, "p2", ["origin"])
        exposing.catch_up(session)
        before = _exposures(session)
        _tagged(session, house, "s2", ["origin", "town"])
        assert exposing.catch_up(session) == 1
        assert _exposures(session) - before == {(house.finding.id, "town", one.id)}


def test_a_quote_exposes_what_its_source_says(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "published")
        quote = session.exec(select(Quote).where(Quote.narrative_id == house.finding.id)).one()
        leaf = session.get_one(Leaf, one.leaf_id)
        session.add(Used(version_id=leaf.version_id, kind="quote", ref="N-2/Q1", material_id=quote.id or 0))
        session.flush()
        assert exposing.catch_up(session) == 1
        assert _exposures(session) == {(house.finding.id, "origin", one.id)}
        assert not _unexposed(session)


def test_looking_takes_a_constant_number_of_queries(house: House) -> None:
    with house.store.write() as session:
        _post(session, house, "published")
        _tagged(session, house, "p2", ["origin"])
    few = _queries(house)
    with house.store.write() as session:
        for number in range(6):
            of = house.narrative if number % 2 else house.finding
            factory.brought(session, factory.cleared_post(session, house, of=of), "published")
        _tagged(session, house, "p1", ["town", "trade", "age"])
    assert _queries(house) == few


def _queries(house: House) -> int:
    said: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(house.store.engine, "before_cursor_execute", count)
    try:
        with house.store.read() as session:
            assert exposing.missing(session)
    finally:
        event.remove(house.store.engine, "before_cursor_execute", count)
    return len(said)
