"""The named deputy of safeguarding: named ahead by safeguarding, confirmed by a second person, until a last day; counts
where two people lift a pause and nowhere else."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from content import confirming, crisis, deputy, going, people, stopping, verdict
from content.deputy import Deputy
from content.errors import Refusal
from content.people import RoleGrant
from content.record import Record
from content.stop import Pause
from content.store import now
from tests import factory
from tests.factory import House

DAY = timedelta(days=1)


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def day(house: House, days: int) -> str:
    with house.store.read() as session:
        return (now(session) + days * DAY).date().isoformat()


def later(house: House, by: timedelta) -> None:
    with house.store.write() as session:
        factory.move_on(session, by)


def name(house: House, by: str = "dana", who: str = "lena", last: int = 30) -> int:
    until = day(house, last)
    with house.store.write() as session:
        return deputy.name(session, house.people[by], house.people[who], until).id or 0


def confirm(house: House, number: int, by: str = "kim") -> None:
    with house.store.write() as session:
        deputy.confirm(session, house.people[by], number)


def named(house: House, **told: Any) -> int:
    """A deputy who counts now."""
    number = name(house, **told)
    confirm(house, number)
    later(house, people.WAIT)
    return number


def paused(house: House, by: str = "alice") -> int:
    with house.store.write() as session:
        return stopping.pause(session, house.people[by], "all").id


def lift(house: House, number: int, *who: str) -> bool:
    """Whether it is lifted once these have said so, one after the other."""
    for one in who:
        with house.store.write() as session:
            found = stopping.resume(session, house.people[one], number)
    return found.lifted_at is not None


def refused(work: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refusal) as met:
        work(*given, **more)
    return met.value.code


def lifting(house: House, *who: str) -> str:
    """By which code two people are refused who would lift a pause of everything; "" where it is lifted."""
    number = paused(house)
    lift(house, number, who[0])
    try:
        return "" if lift(house, number, who[1]) else "not yet"
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("order", [("bob", "lena"), ("lena", "bob")])
def test_the_deputy_counts_as_the_one_of_safeguarding_first_or_second(home: House, order: tuple[str, str]) -> None:
    assert lifting(home, *order) == "rights.role"
    number = named(home)
    assert lifting(home, *order) == ""
    with home.store.read() as session:
        row = session.exec(select(Record).where(Record.action == "pause.lift")).one()
    assert json.loads(row.detail) == {"first": home.id(order[0]), "second": home.id(order[1]), "deputy": number}


def test_one_person_is_never_two_not_even_as_deputy(home: House) -> None:
    named(home)
    assert lifting(home, "lena", "lena") == "pause.same"


def test_with_somebody_of_safeguarding_nobody_counts_as_deputy(home: House) -> None:
    named(home)
    assert lifting(home, "lena", "sam") == ""
    with home.store.read() as session:
        row = session.exec(select(Record).where(Record.action == "pause.lift")).one()
    assert "deputy" not in json.loads(row.detail)


def test_who_confirmed_the_deputy_does_not_lift_a_pause_with_them(home: House) -> None:
    named(home)
    assert lifting(home, "lena", "kim") == "rights.role"
    assert lifting(home, "kim", "lena") == "rights.role"
    assert lifting(home, "lena", "carol") == ""


def test_before_its_day_and_after_its_last_it_counts_for_nothing(home: House) -> None:
    number = name(home, last=3)
    assert lifting(home, "bob", "lena") == "rights.role"
    confirm(home, number)
    assert lifting(home, "bob", "lena") == "rights.role"
    later(home, people.WAIT - timedelta(minutes=1))
    assert lifting(home, "bob", "lena") == "rights.role"
    later(home, timedelta(minutes=2))
    assert lifting(home, "bob", "lena") == ""
    later(home, 3 * DAY)
    assert lifting(home, "bob", "lena") == "rights.role"
    with home.store.read() as session:
        assert deputy.standing(session) == ()


@pytest.mark.parametrize("who", ["dana", "kim", "lena", "sam"])
def test_who_named_confirmed_or_is_named_and_who_looks_after_people_ends_it_at_once(home: House, who: str) -> None:
    number = named(home)
    with home.store.write() as session:
        deputy.end(session, home.people[who], number)
    assert lifting(home, "bob", "lena") == "rights.role"
    with home.store.write() as session, pytest.raises(Refusal, match=r"deputy.none"):
        deputy.end(session, home.people[who], number)


def test_nobody_else_ends_it(home: House) -> None:
    number = named(home)
    for who in ("alice", "bob"):
        with home.store.write() as session, pytest.raises(Refusal, match=r"rights.role"):
            deputy.end(session, home.people[who], number)
    assert lifting(home, "bob", "lena") == ""


def test_the_word_of_a_deputy_who_was_switched_off_since_counts_for_nothing(home: House) -> None:
    named(home)
    number = paused(home)
    assert not lift(home, number, "lena")
    with home.store.write() as session:
        people.disable(session, home.people["kim"], home.people["lena"])
    assert not lift(home, number, "carol") and lift(home, number, "dana")


def test_nobody_stands_in_for_somebody_who_lost_the_role(home: House) -> None:
    named(home)
    with home.store.write() as session:
        theirs = select(RoleGrant).where(RoleGrant.person_id == home.id("dana"))
        people.revoke(session, home.people["kim"], session.exec(theirs).one().id or 0)
    assert lifting(home, "bob", "lena") == "rights.role"


def test_a_deputy_who_lost_their_own_role_lifts_nothing(home: House) -> None:
    named(home, who="farid")
    with home.store.write() as session:
        for one in session.exec(select(RoleGrant).where(RoleGrant.person_id == home.id("farid"))).all():
            people.revoke(session, home.people["kim"], one.id or 0)
    number = paused(home)
    lift(home, number, "bob")
    assert refused(lift, home, number, "farid") == "rights.role"


@pytest.mark.parametrize(
    ("told", "code"),
    [({"who": "dana"}, "rights.self"), ({"by": "bob"}, "rights.role"), ({"by": "kim"}, "rights.role"),
     ({"by": "lena", "who": "lena"}, "rights.role"), ({"who": "alice"}, "deputy.role"), ({"last": -1}, "deputy.past"),
     ({"last": 93}, "deputy.far")],
)  # fmt: skip
def test_only_safeguarding_names_and_never_themselves(home: House, told: dict[str, Any], code: str) -> None:
    assert refused(name, home, **told) == code
    with home.store.read() as session:
        assert session.exec(select(Deputy)).all() == []


@pytest.mark.parametrize(("who", "code"), [("dana", "rights.self"), ("lena", "rights.self"), ("alice", "rights.role")])
def test_neither_who_named_nor_who_is_named_confirms(home: House, who: str, code: str) -> None:
    number = name(home)
    assert refused(confirm, home, number, who) == code
    confirm(home, number, "bob")
    assert refused(confirm, home, number, "kim") == "deputy.settled"


def test_one_is_named_once_at_a_time(home: House) -> None:
    name(home)
    assert refused(name, home, by="sam") == "deputy.twice"
    with home.store.write() as session, pytest.raises(Refusal, match=r"deputy.day"):
        deputy.name(session, home.people["dana"], home.people["bob"], "soon")


def test_it_counts_for_nothing_else(home: House) -> None:
    """A crisis, a role, a verdict of safeguarding, the day's go, a withdrawal: the deputy does none of them."""
    named(home)
    lena, bob = home.people["lena"], home.people["bob"]
    with home.store.write() as session:
        crisis_day = crisis.declare(session, home.people["alice"], "GB", "An attack").id or 0
        crisis.lift(session, bob, crisis_day)
        with pytest.raises(Refusal, match=r"rights.role"):
            crisis.lift(session, lena, crisis_day)
        given = people.grant(session, bob, home.people["alice"], "content").id or 0
        with pytest.raises(Refusal, match=r"rights.role"):
            people.confirm(session, lena, given)
        with pytest.raises(Refusal, match=r"rights.role"):
            stopping.withdraw(session, lena, home.narrative)
        assert people.roles(session, home.id("lena"), now(session)) == {"legal", "language:fr", "language:de"}
        with pytest.raises(Refusal, match=r"rights.role"):
            going.go(session, lena, now(session).date())
        made = factory.version(session, home, of=home.narrative)
        seen = factory.evaluation(session, made, tier=2).id or 0
        with pytest.raises(Refusal, match=r"rights.role"):
            verdict.verdict(session, lena, made.digest, "approve", roles=["safeguarding"], seen=seen)


def test_what_waits_for_a_second_person_comes_to_those_who_may_confirm(home: House) -> None:
    number = name(home)

    def kinds(session: Session, who: str, kind: str) -> list[int]:
        at = now(session)
        found = confirming.confirming(session, home.people[who], people.roles(session, home.id(who), at), at)
        return [one.number for one in found if one.kind == kind]

    with home.store.read() as session:
        waits = {who: kinds(session, who, "deputy") for who in ("bob", "kim", "dana", "lena", "alice")}
    assert waits == {"bob": [number], "kim": [number], "dana": [], "lena": [], "alice": []}
    confirm(home, number)
    pause = paused(home)
    lift(home, pause, "bob")
    with home.store.read() as session:
        assert kinds(session, "lena", "pause") == []
    later(home, people.WAIT)
    with home.store.read() as session:
        assert (kinds(session, "lena", "pause"), kinds(session, "carol", "pause")) == ([pause], [])


@pytest.mark.parametrize(
    "said",
    ["UPDATE deputy SET confirmed_by = named_by", "UPDATE deputy SET confirmed_by = person_id", "DELETE FROM deputy",
     "UPDATE deputy SET ends_at = '2099-01-01 00:00:00+00:00'", "UPDATE deputy SET person_id = 1",
     "UPDATE deputy SET valid_from = '2020-01-01 00:00:00+00:00'"],
)  # fmt: skip
def test_the_database_refuses_one_person_for_two_and_a_later_last_day(home: House, said: str) -> None:
    confirm(home, name(home))
    with pytest.raises(DBAPIError), home.store.write() as session:
        session.execute(text(said))


def test_each_step_stands_in_the_record(home: House) -> None:
    number = name(home)
    confirm(home, number)
    with home.store.write() as session:
        deputy.end(session, home.people["lena"], number)
    with home.store.read() as session:
        rows = session.exec(select(Record).where(Record.subject == "person").order_by(col(Record.id))).all()
        assert session.exec(select(Pause)).all() == []
    told = [(one.actor, one.action, one.subject_id) for one in rows if one.action.startswith("deputy.")]
    lena = str(home.id("lena"))
    assert told == [
        (f"person:{home.id(who)}", f"deputy.{step}", lena)
        for who, step in (("dana", "name"), ("kim", "confirm"), ("lena", "end"))
    ]
