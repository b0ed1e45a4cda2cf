"""A territory's calendar names the days that ask for care, in that territory's own midnights."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.calendar_days import FOLDER, Entry, calendar_days, load, territories
from content.checks.records import CalendarDay
from content.errors import Refusal

MUSLIM = {"ramadan": "Ramadan", "eid-al-fitr": "Eid al-Fitr", "eid-al-adha": "Eid al-Adha"}


def year(code: str, number: int) -> list[CalendarDay]:
    return calendar_days([code], date(number, 1, 1), date(number, 12, 31))


def named(days: list[CalendarDay], word: str) -> list[CalendarDay]:
    return [day for day in days if word in day.name]


def test_the_shipped_calendars_are_those_of_the_sample() -> None:
    assert territories() >= {"GB", "AT", "FR"}


@pytest.mark.parametrize(
    ("code", "name", "start"),
    [
        ("GB", "Boxing Day", datetime(2027, 12, 26)),
        ("AT", "Nationalfeiertag", datetime(2027, 10, 25, 22)),
        ("FR", "Fête nationale", datetime(2027, 7, 13, 22)),
    ],
)
def test_public_holidays_run_from_local_midnight(code: str, name: str, start: datetime) -> None:
    (found,) = [day for day in year(code, 2027) if day.name.lower() == name.lower()]
    assert (found.territory, found.kind, found.start) == (code, "holiday", start.replace(tzinfo=UTC))


def test_a_day_on_which_the_clocks_change_has_its_real_length(tmp_path: Path) -> None:
    folder = written(tmp_path, GB="days: [{ref: a, name: A day, day: 2027-03-28}]")
    (found,) = named(calendar_days(["GB"], date(2027, 3, 28), date(2027, 3, 28), folder), "A day")
    assert found.end - found.start == timedelta(hours=23)


def test_holidays_of_the_parts_of_a_territory_count() -> None:
    assert named(year("GB", 2027), "Easter Monday")
    assert named(year("GB", 2027), "Saint Andrew")


def test_a_day_of_remembrance_comes_back_every_year() -> None:
    for number in (2026, 2027, 2031):
        (found,) = named(year("AT", number), "2 November")
        assert (found.kind, found.start.year) == ("sensitive", number)


def test_days_of_everywhere_come_once_and_last_while_any_territory_has_them() -> None:
    found = calendar_days(["GB", "AT", "FR"], date(2027, 9, 11), date(2027, 9, 11))
    (day,) = named(found, "11 September")
    assert (day.territory, day.start.hour, day.end.hour) == ("*", 22, 23)


@pytest.mark.parametrize("country", ["TR", "AE", "ID"])
@pytest.mark.parametrize("feast", ["Eid al-Fitr", "Eid al-Adha"])
def test_the_computed_feast_covers_what_countries_keep(country: str, feast: str) -> None:
    kept = holidays.country_holidays(country, years=range(2024, 2041), language="en_US")
    names = {feast, f"{feast} (estimated)"}
    days = sorted(day for day, name in kept.items() if names & set(name.split("; ")))
    firsts = [day for day in days if day - timedelta(days=1) not in days]
    periods = named(calendar_days([], date(2024, 1, 1), date(2040, 12, 31)), feast)
    assert len(firsts) >= 15
    for first in firsts:
        noon = datetime.combine(first, datetime.min.time(), UTC) + timedelta(hours=12)
        assert any(period.start <= noon < period.end for period in periods), first


@given(st.integers(2000, 2090))
def test_religious_periods_are_marked_provisional_and_follow_one_another(number: int) -> None:
    days = calendar_days([], date(number, 1, 1), date(number, 12, 31))
    for name in MUSLIM.values():
        assert named(days, name)
        assert all("(provisional)" in day.name for day in named(days, name))
    fasts, feasts = named(days, "Ramadan"), named(days, "Eid al-Fitr")
    assert all(any(abs(fast.end - feast.start) <= timedelta(days=3) for feast in feasts) for fast in fasts[:-1])


def test_a_known_date_replaces_the_computed_one_of_that_year(tmp_path: Path) -> None:
    entries = "{ref: eid, name: Feast, hijri: 10-01, days: 3}, {ref: eid, name: Feast, day: 2027-03-10, days: 3}"
    folder = written(tmp_path, world=f"days: [{entries}]")
    days = named(calendar_days([], date(2027, 1, 1), date(2028, 12, 31), folder), "Feast")
    assert [(day.start.year, day.name) for day in days] == [(2027, "Feast"), (2028, "Feast (provisional)")]


def test_an_election_window_is_an_entry_people_can_edit() -> None:
    assert any(entry.name == "Election period" and entry.day for entry in load("GB").days)
    (found,) = named(calendar_days(["GB"], date(2026, 5, 7), date(2026, 5, 7)), "Election")
    assert found.end == datetime(2026, 5, 7, 23, tzinfo=UTC)


def test_a_period_that_began_earlier_is_found_by_its_last_day(tmp_path: Path) -> None:
    folder = written(tmp_path, GB="days: [{ref: a, name: Long, day: 2026-12-20, days: 30}]")
    assert named(calendar_days(["GB"], date(2027, 1, 18), date(2027, 1, 20), folder), "Long")
    assert not named(calendar_days(["GB"], date(2027, 1, 19), date(2027, 1, 20), folder), "Long")


def test_a_yearly_period_crosses_the_new_year(tmp_path: Path) -> None:
    folder = written(tmp_path, GB="days: [{ref: a, name: Turn, yearly: 12-30, days: 5}]")
    (found,) = named(calendar_days(["GB"], date(2027, 1, 2), date(2027, 1, 2), folder), "Turn")
    assert found.start == datetime(2026, 12, 30, tzinfo=UTC)


def test_a_leap_day_comes_only_in_leap_years(tmp_path: Path) -> None:
    folder = written(tmp_path, GB="days: [{ref: a, name: Leap, yearly: 02-29}]")
    found = named(calendar_days(["GB"], date(2027, 1, 1), date(2029, 12, 31), folder), "Leap")
    assert [day.start.year for day in found] == [2028]


def test_names_give_a_date_and_nobody() -> None:
    for path in FOLDER.glob("*.yaml"):
        for entry in load(path.stem).days:
            assert not entry.ref.startswith("remembrance") or entry.name.startswith("Day")


@pytest.mark.parametrize(
    ("code", "wanted", "content"),
    [
        ("calendar.territory_unknown", "XX", ""),
        ("calendar.territory_unknown", "../GB", ""),
        ("calendar.file", "GB", "days: [{ref: a, name: A}]"),
        ("calendar.file", "GB", "days: [{ref: a, name: A, yearly: 02-30}]"),
        ("calendar.file", "GB", "days: [{ref: a, name: A, yearly: 02-03, day: 2027-02-03}]"),
        ("calendar.file", "GB", "days: [{ref: a, name: A, yearly: 02-03, colour: red}]"),
        ("calendar.file", "GB", "days: [unclosed"),
        ("window.zone_unknown", "GB", "zone: Europe/Nowhere"),
    ],
)
def test_a_bad_calendar_is_refused(tmp_path: Path, code: str, wanted: str, content: str) -> None:
    with pytest.raises(Refusal) as caught:
        calendar_days([wanted], date(2027, 1, 1), date(2027, 1, 2), written(tmp_path, GB=content))
    assert caught.value.code == code


def test_a_backward_range_is_refused() -> None:
    with pytest.raises(Refusal, match=r"calendar\.order"):
        calendar_days(["GB"], date(2027, 1, 2), date(2027, 1, 1))


def test_an_entry_says_when_in_one_way() -> None:
    assert Entry(ref="a", name="A", yearly="02-29").days == 1


def written(folder: Path, GB: str = "", world: str = "") -> Path:
    for stem, territory, content in (("GB", "GB", GB), ("world", "'*'", world)):
        zone = "" if "zone:" in content else "zone: Europe/London\n"
        (folder / f"{stem}.yaml").write_text(f"territory: {territory}\n{zone}{content}\n", encoding="utf-8")
    return folder
