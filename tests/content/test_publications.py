"""What was public before Counterpoint is imported once, counts for the mosaic budget, and is never taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from content import people
from content.checks.engine import FACTS, run
from content.checks.facts.load import Wanted, facts
from content.checks.finding import Finding
from content.errors import Refusals
from content.intake import parse
from content.intake.storing import Stored, store, store_material
from content.message import Leaf
from content.narrative import Exposure
from content.record import Record
from content.store import now
from tests import factory
from tests.factory import House

ADDRESS = "https://gazette.example.org/2016/a-life"
ONE = f"""publications:
- narrative: N-1
  channel: facebook
  at: 2016-05-04
  address: {ADDRESS}
  attributes: [age, occupation]
"""


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as rows:
        yield factory.house(rows)


def _bring(house: House, folder: Path, text: str, by: str = "alice") -> Stored:
    file = folder / "before.yaml"
    file.write_text(text, "utf-8")
    with house.store.write() as session:
        return store(session, people.by_ref(session, by), parse([file], now(session)))


def _refused(house: House, folder: Path, text: str) -> list[str]:
    with pytest.raises(Refusals) as caught:
        _bring(house, folder, text)
    return [str(one) for one in caught.value.refusals]


def _exposed(session: Session, house: House) -> dict[str, str]:
    rows = session.exec(select(Exposure).where(Exposure.narrative_id == house.narrative.id)).all()
    assert all(row.post_id is None for row in rows)
    return {row.attribute: f"{row.at:%Y-%m-%d}" for row in rows}


def test_what_it_disclosed_counts_for_the_budget_of_whatever_is_published_next(house: House, tmp_path: Path) -> None:
    mosaic = FACTS["id-mosaic-budget"]
    with house.store.write() as session:
        made = factory.version(session, house, of=house.narrative)
        leaf = session.exec(select(Leaf.id).where(Leaf.version_id == made.id)).first() or 0
        before = facts(session, [Wanted(1, leaf, now(session))])[1]
    assert before.narrative is not None
    assert before.narrative.exposed == frozenset()
    more = replace(before, attributes=frozenset({"origin", "unit"}))
    assert not run(mosaic, more)
    _bring(house, tmp_path, ONE)
    with house.store.read() as session:
        after = facts(session, [Wanted(1, leaf, now(session))])[1]
    assert after.narrative is not None
    assert after.narrative.exposed == frozenset({"age", "occupation"})
    (found,) = run(mosaic, replace(after, attributes=more.attributes))
    assert isinstance(found, Finding)
    assert "4 details" in found.reason


def test_a_file_counts_once_however_often_it_is_imported(house: House, tmp_path: Path) -> None:
    assert _bring(house, tmp_path, ONE).counts == {("publication", "new"): 1}
    with house.store.read() as session:
        before = _exposed(session, house)
    assert before == {"age": "2016-05-04", "occupation": "2016-05-04"}
    assert _bring(house, tmp_path, ONE).counts == {("publication", "unchanged"): 1}
    assert _bring(house, tmp_path, ONE + ONE.partition("\n")[2]).counts == {("publication", "unchanged"): 2}
    with house.store.read() as session:
        assert _exposed(session, house) == before


def test_the_same_address_may_turn_out_to_say_more_and_never_says_less(house: House, tmp_path: Path) -> None:
    _bring(house, tmp_path, ONE)
    told = _bring(house, tmp_path, ONE.replace("[age, occupation]", "[origin]").replace("-05-04", "-06-01"))
    assert told.counts == {("publication", "changed"): 1}
    with house.store.read() as session:
        assert _exposed(session, house) == {"age": "2016-05-04", "occupation": "2016-05-04", "origin": "2016-06-01"}


def test_what_had_no_address_is_told_apart_by_what_it_says(house: House, tmp_path: Path) -> None:
    text = ONE.replace(f"  address: {ADDRESS}\n", "")
    assert _bring(house, tmp_path, text).counts == {("publication", "new"): 1}
    assert _bring(house, tmp_path, text).counts == {("publication", "unchanged"): 1}
    assert _bring(house, tmp_path, text.replace("2016", "2017")).counts == {("publication", "new"): 1}


def test_one_that_gave_nothing_away_is_remembered_and_exposes_nothing(house: House, tmp_path: Path) -> None:
    assert _bring(house, tmp_path, ONE.replace("[age, occupation]", "[]")).counts == {("publication", "new"): 1}
    with house.store.read() as session:
        assert _exposed(session, house) == {}


def test_what_is_wrong_is_named_with_file_and_line_and_nothing_is_stored(house: House, tmp_path: Path) -> None:
    rest = ONE.partition("\n")[2]
    wrong = ONE + rest.replace("N-1", "N-404") + rest.replace("2016", "2099")
    first, second = _refused(house, tmp_path, wrong)
    assert first.startswith("before.yaml:7:")
    assert "[intake.unknown_ref]" in first
    assert second.startswith("before.yaml:12:")
    assert "[intake.publication_day]" in second
    for field, code in (("channel: tv", "format.unknown"), ("attributes: [shoe_size]", "intake.value"),
                        ("at: 2016-05-04\n  u: x", "intake.unknown_field"), ("at: soon", "intake.value")):  # fmt: skip
        name = field.partition(":")[0]
        text = "\n".join(f"  {field}" if f"{name}:" in line else line for line in ONE.splitlines())
        assert any(f"[{code}]" in one for one in _refused(house, tmp_path, text)), field
    unsaid = "\n".join(line for line in ONE.splitlines() if "attributes" not in line)
    assert "[intake.missing_field]" in _refused(house, tmp_path, unsaid)[0]
    with house.store.read() as session:
        assert _exposed(session, house) == {}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(house: House, tmp_path: Path) -> None:
    file = tmp_path / "before.yaml"
    file.write_text(ONE, "utf-8")
    with pytest.raises(ZeroDivisionError), house.store.write() as session:
        told = store_material(session, people.by_ref(session, "alice"), parse([file], now(session)), stops=False)
        assert told.counts == {("publication", "new"): 1}
        raise ZeroDivisionError
    with house.store.read() as session:
        assert _exposed(session, house) == {}


def test_it_stands_on_the_record_and_the_address_stands_nowhere(house: House, tmp_path: Path) -> None:
    _bring(house, tmp_path, ONE)
    with house.store.read() as session:
        steps = select(Record).where(Record.action == "material.propose", Record.subject == "publication")
        step = session.exec(steps.order_by(col(Record.id))).one()
        assert step.subject_id == str(house.narrative.id)
        connection = session.connection()
        rows = [str(tuple(row)) for name in sa.inspect(connection).get_table_names()
                for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]  # fmt: skip
    assert not any("gazette.example.org/2016" in row for row in rows)


def test_the_database_takes_none_of_it_back(house: House, tmp_path: Path) -> None:
    _bring(house, tmp_path, ONE)
    for statement in ("DELETE FROM exposure", "DELETE FROM imported", "UPDATE exposure SET attribute = 'unit'"):
        with pytest.raises(sa.exc.DatabaseError), house.store.write() as session:
            session.connection().execute(sa.text(statement))
