"""Queueing: what is refused before anything is kept, and who can never sit on both sides."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from content.errors import Refusal, Refusals
from content.message import Involvement, Message, Order, Wording, involve, queue, queue_all
from content.store import now
from tests import factory
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def codes(house: House, author: str = "alice", **more: Any) -> set[str]:
    """The codes with which this order is refused."""
    with pytest.raises((Refusal, Refusals)) as caught, house.store.write() as session:
        queue(session, house.people[author], factory.order(session, **more))
    found = caught.value
    return {one.code for one in found.refusals} if isinstance(found, Refusals) else {str(found.code)}


def test_a_queued_message_waits_to_be_answered(house: House) -> None:
    with house.store.write() as session:
        wording = queue(session, house.people["alice"], factory.order(session))
    assert (wording.number, wording.language, wording.accounts) == (1, "en", ["site"])
    assert wording.answered_at is None


def test_a_second_order_of_the_same_message_is_its_next_number(house: House) -> None:
    for number in (1, 2, 3):
        with house.store.write() as session:
            assert queue(session, house.people["alice"], factory.order(session)).number == number
    with house.store.read() as session:
        assert len(session.exec(select(Message)).all()) == 1


def test_author_translator_and_further_writers_all_count_as_having_written(house: House) -> None:
    with house.store.write() as session:
        queue(session, house.people["alice"], factory.order(session, translator="tom", writers=("kim",)))
    with house.store.read() as session:
        rows = session.exec(select(Involvement)).all()
    assert {(row.person_id, row.side) for row in rows} == {(house.id(ref), "wrote") for ref in ("alice", "tom", "kim")}


def test_who_judged_a_message_can_never_write_a_later_version_of_it(house: House) -> None:
    with house.store.write() as session:
        wording = queue(session, house.people["alice"], factory.order(session))
        message = session.get_one(Message, wording.message_id)
        involve(session, message, house.people["tom"], "judges")
    assert codes(house, author="tom") == {"message.judged"}
    assert codes(house, translator="tom") == {"message.judged"}


def test_the_database_too_keeps_writers_and_judges_apart(house: House) -> None:
    with house.store.write() as session:
        wording = queue(session, house.people["alice"], factory.order(session))
    with pytest.raises(IntegrityError), house.store.write() as session:
        other_side = Involvement(message_id=wording.message_id, person_id=house.id("alice"), side="judges")
        session.add(other_side)
        session.flush()


def test_only_authors_and_translators_queue(house: House) -> None:
    assert codes(house, author="bob") == {"rights.role"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"campaign": "autumn"}, "message.campaign"),
        ({"narrative": "N-99"}, "message.narrative"),
        ({"accounts": ()}, "message.accounts"),
        ({"accounts": ("nowhere",)}, "message.account"),
        ({"choices": {"template": "infighting/none", "passages": ["p2"]}}, "message.template"),
        ({"choices": {"template": "infighting/plain", "passages": []}}, "message.passage"),
        ({"choices": {"template": "infighting/plain", "passages": ["p1"]}}, "message.passage"),
        ({"choices": {"template": "infighting/plain", "passages": ["p2"], "stance": "p2"}}, "message.stance"),
        ({"choices": {"template": "infighting/plain", "passages": ["p2"], "helpline": "none"}}, "block.none"),
        ({"choices": {"template": "infighting/plain", "passages": ["p2"], "helpline": "context-en"}}, "block.kind"),
        ({"plan": {"start": "2020-01-01 10:00", "zone": "UTC"}}, "window.past"),
        ({"plan": {"zone": "UTC"}}, "window.no_start"),
    ],
)
def test_what_does_not_hold_together_is_refused(house: House, change: dict[str, Any], code: str) -> None:
    assert code in codes(house, **change)
    with house.store.read() as session:
        assert session.exec(select(Wording)).all() == []


def test_a_language_the_campaign_does_not_speak_is_refused_with_all_else_that_is_wrong(house: House) -> None:
    found = codes(house, language="ar", accounts=("site", "nowhere"))
    assert {"message.language", "message.account", "message.passage_language", "block.disclosure_none"} <= found


def test_an_account_that_is_switched_off_or_of_another_campaign_is_refused(house: House) -> None:
    with house.store.write() as session:
        house.accounts["site"].disabled_at = now(session)
        session.add(house.accounts["site"])
        factory.a_campaign(session, house.organisation, house.people["alice"], "narrow", accounts=["facebook-gb"])
    assert codes(house) == {"message.account"}
    assert codes(house, campaign="narrow", accounts=("bluesky-en",)) == {"message.account"}


def test_a_message_keeps_its_campaign_and_its_narrative(house: House) -> None:
    with house.store.write() as session:
        queue(session, house.people["alice"], factory.order(session))
    other: dict[str, Any] = {"narrative": "N-1"}
    other["choices"] = {"template": "infighting/plain", "passages": ["p1"]}
    assert codes(house, **other) == {"message.other"}


def test_times_are_counted_from_when_it_is_queued(house: House) -> None:
    with house.store.write() as session:
        soon = factory.order(session, start=timedelta(hours=1))
        wording = queue(session, house.people["alice"], soon)
        assert abs(wording.queued_at - now(session)) < timedelta(minutes=1)
    assert isinstance(soon, Order)
    assert replace(soon, message="M-2").plan == wording.plan


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    """The statements that the database is given meanwhile; one given many sets of values counts for each."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        seen.extend([statement] * (len(values) if many else 1))

    event.listen(house.store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(house.store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("again", [False, True], ids=["new", "another number"])
def test_many_orders_take_the_same_statements_as_one(house: House, again: bool) -> None:
    with house.store.write() as session:
        order = factory.order(session)
        lots = [[replace(order, message=f"{lot}-{number}") for number in range(lot)] for lot in (1, 700)]
        for orders in lots if again else ():
            queue_all(session, house.people["alice"], orders)
    seen = []
    for orders in lots:
        with counted(house) as statements, house.store.write() as session:
            assert not any(queue_all(session, house.people["alice"], orders))
        seen.append(statements)
    assert seen[0] == seen[1]
    with house.store.read() as session:
        assert len(session.exec(select(Wording)).all()) == 701 * (2 if again else 1)


def test_what_was_queued_reads_as_it_was_ordered(house: House) -> None:
    """Signs that one of the databases, JSON or SQL might take for its own."""
    with house.store.write() as session:
        order = factory.order(session)
        plan = {**order.plan, "note": 'a "quote", \\ and {braces}, \u0645, :name, %s'}
        wording = queue(session, house.people["alice"], replace(order, plan=plan))
        session.refresh(wording)
        assert (wording.choices, wording.accounts, wording.plan) == (order.choices, list(order.accounts), plan)
        assert (wording.refused, wording.translator_id) == (None, None)
