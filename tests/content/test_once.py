"""A page asks once what it asks twice; whoever writes is told how things stand each time."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, select

from content import people
from content.once import keeping, once
from content.people import Person
from content.store import now
from tests import factory
from tests.statements import asked


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def test_a_page_has_one_instant_and_asks_for_it_once(house: factory.House) -> None:
    with house.store.read() as session:
        keeping(session)
        first = now(session)
        with asked(house.store) as statements:
            assert now(session) == first
        assert statements == []


def test_a_page_asks_once_for_the_roles_of_a_person_and_for_each_row(house: factory.House) -> None:
    key = house.id("alice")
    with house.store.read() as session:
        keeping(session)
        held = people.roles(session, key, now(session))
        name = session.get_one(Person, key).name  # nobody holds the row
        with asked(house.store) as statements:
            assert people.roles(session, key, now(session)) == held
            assert session.get_one(Person, key).name == name
        assert statements == []


def test_whoever_writes_learns_of_a_role_that_was_taken_back_meanwhile(house: factory.House) -> None:
    key = house.id("alice")
    with house.store.write() as session:
        before, given = now(session), _grants(session, key)
        held = people.roles(session, key, before)
        for one in given:
            one.revoked_at = before
            session.add(one)
        assert held
        assert people.roles(session, key, before) == frozenset()
        assert now(session) > before


def test_what_was_found_is_told_apart_by_its_key_and_nothing_is_kept_unasked(house: factory.House) -> None:
    with house.store.read() as session:
        assert [once(session, "a", lambda: 1), once(session, "a", lambda: 2)] == [1, 2]
        keeping(session)
        assert [once(session, *given) for given in (("a", lambda: 3), ("b", lambda: 4), ("a", lambda: 5))] == [3, 4, 3]


def _grants(session: Session, key: int) -> list[people.RoleGrant]:
    return [one for one in session.exec(select(people.RoleGrant)) if one.person_id == key]
