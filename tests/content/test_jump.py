"""A reference or its beginning leads to what it names: quickly, and to nothing that somebody may not see."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from content.jump import MOST, Jump, beginning, jump, narratives_beginning
from content.people import Person
from content.store import now
from tests import factory
from tests.content.test_plans import heard
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _found(house: House, typed: str, who: str = "alice") -> Jump:
    with house.store.read() as session:
        return jump(session, house.people[who], typed)


def _refs(found: Jump) -> list[tuple[str, str]]:
    return [(one.kind, one.ref) for one in found.hits]


def _messages(session: Session, house: House, *refs: str) -> None:
    for ref in refs:
        factory.version(session, house, ref=ref)


@pytest.mark.parametrize(
    ("typed", "kind", "ref"),
    [("N-1", "narrative", "N-1"), ("n-2", "narrative", "N-2"), ("spring", "campaign", "spring"),
     (" blue ", "account", "bluesky-en"), ("SITE", "account", "site")],
)  # fmt: skip
def test_a_reference_leads_to_what_it_names(house: House, typed: str, kind: str, ref: str) -> None:
    sure = _found(house, typed).sure
    assert sure is not None and (sure.kind, sure.ref) == (kind, ref)


def test_what_begins_so_is_listed_and_what_is_called_so_is_sure(house: House) -> None:
    with house.store.write() as session:
        _messages(session, house, "M-1", "M-10", "M-11", "M-2")
    found = _found(house, "M-1")
    assert _refs(found) == [("message", "M-1"), ("message", "M-10"), ("message", "M-11")]
    assert found.sure and found.sure.ref == "M-1"
    assert _found(house, "M-").sure is None


def test_signs_that_other_searches_read_as_any_sign_are_only_themselves(house: House) -> None:
    with house.store.write() as session:
        _messages(session, house, "M-1", "M_1")
    assert _refs(_found(house, "M_")) == [("message", "M_1")]
    assert _refs(_found(house, "M%")) == _refs(_found(house, "\x00")) == _refs(_found(house, " ")) == []


def test_of_many_only_the_first_are_listed_and_of_each_kind_some(house: House) -> None:
    with house.store.write() as session:
        _messages(session, house, *(f"N-{number:03}" for number in range(30)))
    found = _found(house, "N-")
    assert (len(found.hits), found.more) == (MOST, True)
    assert {"N-1", "N-2"} <= {ref for kind, ref in _refs(found) if kind == "narrative"}


def test_a_post_is_found_by_its_number_and_words_by_eight_signs_of_their_digest(house: House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, ref="M-1")
        post = factory.post(session, house, factory.clearance(session, house, version))
    assert ("post", str(post.id)) in _refs(_found(house, f"#{post.id}"))
    assert _refs(_found(house, version.digest[:8].upper())) == [("version", version.digest)]
    assert _refs(_found(house, version.digest[:7])) == []
    assert _refs(_found(house, "9" * 40)) == []


def test_nobody_is_told_of_what_they_may_not_see(house: House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, ref="M-1")
        olga = Person(ref="olga", name="Olga", token_hash="", created_at=now(session))
        session.add(olga)
    with house.store.read() as session:  # who holds no role may read messages, and no narrative
        assert _refs(jump(session, olga, "N-1")) == []
        assert _refs(jump(session, olga, "M-1")) == [("message", "M-1")]
    assert [one.sheet for one in _found(house, version.digest).hits] == [False]
    assert [one.sheet for one in _found(house, version.digest, "bob").hits] == [True]


def test_things_of_one_kind_are_found_among_themselves(house: House) -> None:
    with house.store.write() as session:
        _messages(session, house, "N-9")
    with house.store.read() as session:
        found = beginning(session, house.people["alice"], "narrative", "n")
    assert _refs(found) == [("narrative", "N-1"), ("narrative", "N-2")]


def test_each_look_goes_by_an_index_of_references_and_never_through_the_rows(house: House) -> None:
    with heard(house) as seen:
        _found(house, "deadbeef")
        _found(house, "1204")
    words = "EXPLAIN QUERY PLAN " if house.store.sqlite else "EXPLAIN "
    plans = []
    with house.store.read() as session:
        if not house.store.sqlite:
            for way in ("seqscan", "bitmapscan", "sort"):  # on ten rows it would be right to take them
                session.connection().exec_driver_sql(f"SET LOCAL enable_{way} = off")
        for statement, values in seen:
            if any(f"FROM {name}" in statement for name in ("message", "narrative", "campaign", "account", "version")):
                rows = session.connection().exec_driver_sql(words + statement, values)
                plans.append("\n".join(str(row[-1]) for row in rows))
    assert len(plans) >= 9
    for plan in plans:
        assert "~~" not in plan and "Sort" not in plan and "TEMP B-TREE" not in plan, plan
        assert not any(f"SCAN {name}" in plan for name in ("message", "narrative", "campaign", "account", "version"))
        assert "Seq Scan on" not in plan or "Seq Scan on organisation" in plan, plan


def test_the_pages_of_narratives_that_begin_so_hold_each_once_in_order(house: House) -> None:
    with house.store.read() as session:
        alice, found, after = house.people["alice"], [], ""
        for _ in range(2):
            page = narratives_beginning(session, alice, "n-", after, 1)
            found, after = [*found, *(one.ref for one in page.items)], page.after
    assert (found, after) == (["N-1", "N-2"], "")
