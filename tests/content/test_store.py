"""A session that reads keeps what the database prepared for it, and can write nothing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from content.organisation import Instance
from content.store import Store, now
from tests import factory
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def stops(store: Store) -> int:
    with store.read() as session:
        return session.get_one(Instance, 1).stops


def test_what_is_written_while_reading_is_refused_or_gone(house: House) -> None:
    before = stops(house.store)
    write = text("UPDATE instance SET stops = stops + 1")
    if house.store.sqlite:
        with house.store.read() as session:
            session.connection().execute(write)
    else:
        with pytest.raises(InternalError, match="read-only"), house.store.read() as session:
            session.connection().execute(write)
    assert stops(house.store) == before


def test_an_object_that_is_changed_while_reading_is_not_kept(house: House) -> None:
    with house.store.read() as session:
        session.get_one(Instance, 1).stops += 1
    assert stops(house.store) == 0


def test_after_reading_the_next_session_may_write(house: House) -> None:
    before = stops(house.store)
    with house.store.write() as session:
        session.get_one(Instance, 1).stops += 1
    assert stops(house.store) == before + 1


@pytest.mark.parametrize("_databases", ["postgresql"], indirect=True)
def test_statements_stay_prepared_from_one_reading_to_the_next(db: str) -> None:
    with factory.opened(db) as store:
        for _ in range(8):  # psycopg prepares what it has seen five times
            with store.read() as session:
                now(session)
        with store.read() as session:
            prepared = session.connection().execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    assert prepared >= 1


@pytest.mark.parametrize("_databases", ["postgresql"], indirect=True)
def test_no_statement_of_ours_is_compiled_before_it_runs(db: str) -> None:
    with factory.opened(db) as store, store.read() as session:
        assert session.connection().exec_driver_sql("SHOW jit").scalar() == "off"
