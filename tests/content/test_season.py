"""Seasons of a posting plan: other times between two days, or none, and never two on one day."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content import seasonal, slot
from content.errors import Refusal
from content.filling import fill
from content.ordering import Order
from content.record import Record
from content.season import Season, SeasonTime
from content.seasonal import Instead
from content.slot import DAYS, Free, Wanted
from content.store import now
from tests import factory


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        made = factory.house(store)
        _slot(made)
        yield made


def _slot(house: factory.House, at: str = "18:00", account: str = "bluesky-en", zone: str = "Europe/London") -> None:
    with house.store.write() as session:
        for day in DAYS:
            slot.add(session, house.people["alice"], Wanted("spring", "en", account, day, at, zone))


def _days(house: factory.House, first: int, last: int) -> tuple[str, str]:
    with house.store.read() as session:
        today = now(session).date()
    return str(today + timedelta(days=first)), str(today + timedelta(days=last))


def _instead(house: factory.House, first: int = 3, last: int = 5, local: str = "21:30", by: str = "alice",
             **more: str) -> int:  # fmt: skip
    begins, ends = _days(house, first, last)
    wanted = Instead("spring", **{"name": "Ramadan", "begins": begins, "ends": ends, "local": local} | more)
    with house.store.write() as session:
        return seasonal.instead(session, house.people[by], wanted).id or 0


def _free(house: factory.House) -> list[Free]:
    with house.store.read() as session:
        today = now(session).date()
        return slot.free(session, today + timedelta(days=1), today + timedelta(days=7), "spring")


def _clocks(house: factory.House) -> list[str]:
    return [f"{one.local:%H:%M}" for one in _free(house)]


def test_between_its_days_both_included_another_time_holds_and_the_usual_one_after(house: factory.House) -> None:
    _instead(house)
    assert _clocks(house) == ["18:00", "18:00", "21:30", "21:30", "21:30", "18:00", "18:00"]


def test_a_season_may_have_no_time_at_all(house: factory.House) -> None:
    _instead(house, local="")
    begins, ends = (date.fromisoformat(day) for day in _days(house, 3, 5))
    assert len(_free(house)) == 4 and not any(begins <= one.day <= ends for one in _free(house))


def test_only_the_slots_that_are_meant_change(house: factory.House) -> None:
    _slot(house, account="facebook-gb")
    _slot(house, at="09:00", account="facebook-gb")
    _instead(house, account="facebook-gb", was="18:00")
    here = {(f"{one.local:%H:%M}", one.accounts) for one in _free(house) if str(one.day) == _days(house, 4, 4)[0]}
    assert here == {("18:00", ("bluesky-en",)), ("09:00", ("facebook-gb",)), ("21:30", ("facebook-gb",))}


def test_two_slots_that_move_to_one_time_are_one(house: factory.House) -> None:
    _slot(house, at="12:00")
    _instead(house)
    (one,) = [one for one in _free(house) if str(one.day) == _days(house, 4, 4)[0]]
    assert one.accounts == ("bluesky-en",)


def test_messages_are_filled_into_the_season_s_times(house: factory.House) -> None:
    _instead(house, 1, 30)
    choices = {"template": "infighting/plain", "passages": ["p2"], "stance": "s2"}
    with house.store.write() as session:
        (one,) = fill(session, house.people["alice"], [Order("W", "spring", "N-2", "en", choices, ("bluesky-en",), {})])
    assert one.local and f"{one.local:%H:%M}" == "21:30"


def test_a_season_that_is_taken_out_leaves_the_usual_times_and_may_come_back(house: factory.House) -> None:
    number = _instead(house)
    with house.store.write() as session:
        assert seasonal.end(session, house.people["bob"], number)[0] == "spring"
        assert seasonal.shown(session, house.people["lena"], "spring") == []
    assert set(_clocks(house)) == {"18:00"}
    with house.store.write() as session:
        seasonal.again(session, house.people["alice"], number)
        (one,) = seasonal.shown(session, house.people["lena"], "spring")
    assert "21:30" in _clocks(house)
    assert (one.name, [(c.was, c.local, c.days, c.accounts) for c in one.changes]) == (
        "Ramadan", [("18:00", "21:30", tuple(range(7)), ("bluesky-en",))]
    )  # fmt: skip
    with house.store.read() as session:
        steps = session.exec(select(Record.action).where(Record.subject == "season").order_by(Record.id)).all()
    assert steps == ["season.add", "season.end", "season.add"]


def test_a_slot_that_is_taken_out_and_put_in_again_keeps_its_season(house: factory.House) -> None:
    _instead(house)
    with house.store.write() as session:
        alice = house.people["alice"]
        for one in slot.plan(session, alice, "spring"):
            slot.add(session, alice, slot.wanted_again(session, slot.end(session, alice, one.slot.id or 0)))
    assert _clocks(house).count("21:30") == 3


def test_two_seasons_never_meet_in_one_slot(house: factory.House) -> None:
    number = _instead(house)
    for first, last in ((5, 9), (0, 3), (4, 4), (1, 20)):
        with pytest.raises(Refusal, match=r"\[season.twice\]"):
            _instead(house, first, last)
    _instead(house, 6, 9)
    with house.store.write() as session:
        seasonal.end(session, house.people["alice"], number)
    _instead(house, 4, 5)
    with house.store.write() as session, pytest.raises(Refusal, match=r"\[season.twice\]"):
        seasonal.again(session, house.people["alice"], number)


def test_the_database_too_gives_a_slot_one_time_on_one_day(house: factory.House) -> None:
    number = _instead(house)
    with pytest.raises(IntegrityError, match="one time on one day"), house.store.write() as session:
        _copied(session, number)


def _copied(session: Session, number: int) -> None:
    season = Season(**session.get_one(Season, number).model_dump(exclude={"id"}))
    session.add(season)
    session.flush()
    for one in session.exec(select(SeasonTime).where(SeasonTime.season_id == number)).all():
        session.add(SeasonTime(**one.model_dump() | {"season_id": season.id}))
    session.flush()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "season.name"), ({"begins": "soon"}, "season.days"), ({"ends": "2020-01-01"}, "season.days"),
        ({"begins": "2020-01-01", "ends": "2020-02-01"}, "season.over"), ({"ends": "2999-01-01"}, "season.days"),
        ({"local": "9 pm"}, "slot.time"), ({"day": "someday"}, "slot.day"), ({"was": "07:00"}, "season.nothing"),
        ({"language": "ar"}, "season.nothing"),
    ],
)  # fmt: skip
def test_what_makes_no_season_is_refused(house: factory.House, change: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        _instead(house, **change)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_who_plans_nothing_changes_no_season(house: factory.House) -> None:
    number = _instead(house)
    for wrong in (
        lambda: _instead(house, 8, 9, by="lena"),
        lambda: _tried(house, seasonal.end, number),
        lambda: _tried(house, seasonal.again, number),
    ):
        with pytest.raises(Refusal, match=r"\[rights.role\]"):
            wrong()
    with house.store.write() as session, pytest.raises(Refusal, match=r"\[season.none\]"):
        seasonal.end(session, house.people["alice"], 99)


def _tried(house: factory.House, verb: object, number: int) -> None:
    with house.store.write() as session:
        verb(session, house.people["lena"], number)  # type: ignore[operator]
