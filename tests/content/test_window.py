"""A window's times: once each, in order, right by the wall clock, never outside."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import pytest
import whenever
from hypothesis import given, settings
from hypothesis import strategies as st

from content.blackout import Blackout, around_blackouts
from content.errors import Refusal
from content.window import (
    LATENESS,
    Window,
    canonical,
    contains,
    from_canonical,
    next_free,
    occurrences,
    parse_window,
    spread,
)
from content.zone import local_at, zone_version

NOW = datetime(2025, 1, 1, tzinfo=UTC)
LONDON = "Europe/London"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dues(window: Window) -> list[datetime]:
    return [o.due_at for o in occurrences(window, window.not_before, window.not_after)]


def refused(code: str, start: str = "2025-06-01 09:00", zone: str = LONDON, **more: Any) -> str:
    with pytest.raises(Refusal) as caught:
        parse_window(start, zone, now=more.pop("now", NOW), **more)
    assert caught.value.code == code
    return str(caught.value)


# One time.


def test_a_single_time_opens_the_window_and_stays_open_for_a_day() -> None:
    window = parse_window("2025-06-01 09:00", LONDON, now=NOW)
    assert window.not_before == utc("2025-06-01T08:00")
    assert window.not_after == utc("2025-06-02T08:00")
    assert (window.rule, window.count, window.tzdata) == ("", 1, zone_version())
    assert dues(window) == [window.not_before]


def test_the_bounds_belong_to_the_window() -> None:
    window = parse_window("2025-06-01 09:00", LONDON, not_after="2025-06-01 12:00", now=NOW)
    assert contains(window, window.not_before) and contains(window, utc("2025-06-01T11:00"))
    assert not contains(window, utc("2025-06-01T11:00:01"))
    assert not contains(window, window.not_before - timedelta(microseconds=1))


def test_an_end_that_happens_twice_is_read_as_the_first() -> None:
    window = parse_window("2025-10-25 09:00", LONDON, not_after="2025-10-26 01:30", now=NOW)
    assert window.not_after == utc("2025-10-26T00:30")


def test_a_time_in_a_gap_is_refused_with_both_neighbours() -> None:
    told = refused("window.gap", "2025-03-30 01:30")
    assert "2025-03-30T00:30" in told and "2025-03-30T02:30" in told


def test_a_time_in_a_fold_is_refused_with_both_instants() -> None:
    told = refused("window.fold", "2025-10-26 01:30")
    assert "2025-10-26T01:30+01:00" in told and "2025-10-26T01:30+00:00" in told


@pytest.mark.parametrize(
    ("start", "fold", "due"),
    [
        ("2025-10-26 01:30", 0, "2025-10-26T00:30"),
        ("2025-10-26 01:30", 1, "2025-10-26T01:30"),
        ("2025-10-26T01:30+01:00", None, "2025-10-26T00:30"),
        ("2025-10-26T01:30Z", None, "2025-10-26T01:30"),
    ],
)
def test_a_fold_is_settled_by_a_side_or_an_offset(start: str, fold: Literal[0, 1] | None, due: str) -> None:
    window = parse_window(start, LONDON, fold=fold, now=NOW)
    assert dues(window) == [utc(due)]


@pytest.mark.parametrize("offered", ["2025-10-26T01:30+01:00", "2025-10-26T01:30+00:00", "2025-03-30T00:30"])
def test_what_a_refusal_offers_is_accepted(offered: str) -> None:
    assert parse_window(offered, LONDON, now=NOW).zone == LONDON


def test_a_day_that_never_was_is_a_gap() -> None:
    told = refused("window.gap", "2011-12-30 09:00", "Pacific/Apia", now=datetime(2011, 1, 1, tzinfo=UTC))
    assert "2011-12-29T09:00" in told and "2011-12-31T09:00" in told


# What is refused.


@pytest.mark.parametrize(
    ("code", "given_"),
    [
        ("window.no_zone", {"zone": " "}),
        ("window.zone_unknown", {"zone": "Europe/Londn"}),
        ("window.zone_unknown", {"zone": "europe/london"}),
        ("window.zone_unknown", {"zone": "../../etc/passwd"}),
        ("window.zone_unknown", {"zone": "+01:00"}),
        ("window.start_unreadable", {"start": "tomorrow"}),
        ("window.start_unreadable", {"start": "2025-06-01"}),
        ("window.start_unreadable", {"start": "2025-02-30 09:00"}),
        ("window.start_unreadable", {"start": "٢٠٢٥-06-01 09:00"}),
        ("window.offset", {"start": "2025-06-01T09:00+05:00"}),
        ("window.past", {"start": "2024-12-31 23:59"}),
        ("window.past", {"start": "0001-01-01 00:00"}),
        ("window.too_far", {"start": "9999-12-31 23:59"}),
        ("window.too_far", {"not_after": "9999-12-31 23:59"}),
        ("window.inverted", {"not_after": "2025-06-01 08:59"}),
        ("window.inverted", {"not_after": "2025-06-01 09:00"}),
        ("window.inverted", {"rule": "FREQ=DAILY", "not_after": "2025-05-01 09:00"}),
        ("window.rule_unsupported", {"count": 3}),
        ("window.no_end", {"rule": "FREQ=DAILY"}),
        ("window.rule_unsupported", {"rule": "FREQ=HOURLY", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;BYEASTER=1", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;FREQ=WEEKLY", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;INTERVAL=0", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;BYHOUR=24", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=WEEKLY;BYDAY=1MO", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;BYSETPOS=5", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;COUNT=2", "count": 3}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY", "count": 0}),
        ("window.rule_unsupported", {"rule": "FREQ=DAILY;UNTIL=20250230"}),
        ("window.rule_unsupported", {"rule": "every monday", "count": 3}),
        ("window.empty", {"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "count": 3}),
        ("window.empty", {"rule": "FREQ=WEEKLY;BYDAY=MO", "until": "2025-06-01"}),
        ("window.too_many", {"rule": "FREQ=DAILY", "count": 1001}),
        ("window.too_many", {"rule": "FREQ=DAILY", "until": "2034-01-01"}),
        ("window.count_outside", {"rule": "FREQ=DAILY", "count": 9, "not_after": "2025-06-04 12:00"}),
        ("window.fold", {"start": "2025-10-26 01:30", "rule": "FREQ=DAILY", "count": 3, "fold": 1}),
    ],
)
def test_bad_input_is_refused_with_its_code(code: str, given_: dict[str, Any]) -> None:
    assert refused(code, **given_).endswith(f"[{code}]")


def test_an_unknown_zone_is_answered_with_the_nearest() -> None:
    assert "Europe/London?" in refused("window.zone_unknown", zone="Europe/Londn")


# Rules.


def test_a_weekly_nine_oclock_stays_nine_oclock_across_the_change() -> None:
    window = parse_window("2025-03-24 09:00", LONDON, rule="freq=weekly", count=3, now=NOW)
    assert dues(window) == [utc("2025-03-24T09:00"), utc("2025-03-31T08:00"), utc("2025-04-07T08:00")]


def test_a_recurrence_shifts_forward_out_of_a_gap_once() -> None:
    window = parse_window("2025-03-29 01:30", LONDON, rule="FREQ=DAILY", count=3, now=NOW)
    found = occurrences(window, window.not_before, window.not_after)
    assert [(o.local.isoformat(), o.shifted) for o in found] == [
        ("2025-03-29T01:30:00", False),
        ("2025-03-30T02:30:00", True),
        ("2025-03-31T01:30:00", False),
    ]


def test_a_recurrence_takes_the_first_of_a_fold_once() -> None:
    window = parse_window("2025-10-25 01:30", LONDON, rule="FREQ=DAILY", count=3, now=NOW)
    assert dues(window) == [utc("2025-10-25T00:30"), utc("2025-10-26T00:30"), utc("2025-10-27T01:30")]


def test_two_times_that_a_gap_pushes_together_fire_once() -> None:
    window = parse_window("2025-03-30 00:30", LONDON, rule="FREQ=DAILY;BYHOUR=1,2", count=2, now=NOW)
    found = occurrences(window, window.not_before, window.not_after)
    assert [(o.index, o.shifted) for o in found] == [(1, False)]


def test_a_rule_that_opens_in_a_gap_loses_no_time() -> None:
    rule = "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0,30"
    window = parse_window("2025-03-30 01:30", LONDON, rule=rule, count=3, now=NOW)
    assert window.not_before == utc("2025-03-30T01:00")
    assert dues(window) == [utc("2025-03-30T01:00"), utc("2025-03-30T01:30")]


def test_a_rule_ends_with_its_last_day_whichever_way_that_is_said() -> None:
    by_until = parse_window("2025-06-02 09:00", LONDON, rule="FREQ=DAILY", until="2025-06-04", now=NOW)
    in_rule = parse_window("2025-06-02 09:00", LONDON, rule="RRULE:FREQ=DAILY;UNTIL=20250604T080000Z", now=NOW)
    by_count = parse_window("2025-06-02 09:00", LONDON, rule="FREQ=DAILY", count=3, now=NOW)
    assert by_until == in_rule == by_count


def test_only_times_asked_for_are_given_and_indexes_hold() -> None:
    window = parse_window("2025-06-02 09:00", LONDON, rule="FREQ=DAILY", count=10, now=NOW)
    found = occurrences(window, utc("2025-06-04T08:00"), utc("2025-06-06T08:00"))
    assert [o.index for o in found] == [2, 3]


# Properties.

zones = st.sampled_from(sorted(whenever.available_timezones()))
starts = st.datetimes(datetime(1990, 1, 2), datetime(2036, 12, 31)).map(lambda d: d.replace(second=0, microsecond=0))
rules = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=SU,MO",
        "FREQ=MONTHLY;BYDAY=-1SU",
        "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,30",
    ]
)


def package_zone(key: str) -> zoneinfo.ZoneInfo:
    """The standard library's reading of the same data: an independent judge."""
    with files("tzdata.zoneinfo").joinpath(*key.split("/")).open("rb") as stream:
        return zoneinfo.ZoneInfo.from_file(stream, key)


def before(start: datetime) -> datetime:
    return start.replace(tzinfo=UTC) - timedelta(days=2)


@settings(max_examples=150, deadline=None)
@given(zones, starts, rules, st.integers(1, 60))
def test_times_are_in_order_inside_and_once_each(zone: str, start: datetime, rule: str, count: int) -> None:
    window = parse_window(start.isoformat(), zone, rule=rule, count=count, now=before(start))
    found = occurrences(window, window.not_before, window.not_after)
    instants = [o.due_at for o in found]
    assert instants == sorted(set(instants))
    assert len({o.local for o in found}) == len(found)
    assert all(contains(window, instant) for instant in instants)
    assert len(found) == count or clocks_change(window, zone)


def clocks_change(window: Window, zone: str) -> bool:
    """Only then may two local times fall together, and fewer be given than counted."""
    judge, step = package_zone(zone), timedelta(hours=6)
    steps = range(-8, (window.not_after - window.not_before) // step + 1)
    return len({(window.not_before + step * n).astimezone(judge).utcoffset() for n in steps}) > 1


@settings(max_examples=150, deadline=None)
@given(zones, starts, rules)
def test_every_instant_shows_its_local_time_on_the_wall(zone: str, start: datetime, rule: str) -> None:
    window = parse_window(start.isoformat(), zone, rule=rule, count=30, now=before(start))
    judge = package_zone(zone)
    for one in occurrences(window, window.not_before, window.not_after):
        assert one.due_at.astimezone(judge).replace(tzinfo=None, fold=0) == one.local
        assert one.local.replace(tzinfo=judge).astimezone(UTC) == one.due_at  # fold=0: the first of two


@settings(max_examples=300, deadline=None)
@given(zones, starts)
def test_a_single_time_round_trips_or_is_refused_as_gap_or_fold(zone: str, start: datetime) -> None:
    judge = package_zone(zone)
    sides = {start.replace(tzinfo=judge, fold=fold).astimezone(UTC) for fold in (0, 1)}
    try:
        window = parse_window(start.isoformat(), zone, now=before(start))
    except Refusal as refusal:
        assert refusal.code in ("window.gap", "window.fold") and len(sides) == 2
    else:
        assert {window.not_before} == sides and local_at(window.not_before, zone) == start


@pytest.mark.parametrize(
    "zone", [LONDON, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut"]
)
@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_half_hour_of_a_change_is_judged_as_the_standard_library_does(zone: str, year: int) -> None:
    judge = package_zone(zone)
    half_hours = [datetime(year, 1, 1) + timedelta(minutes=30 * n) for n in range(366 * 48)]
    odd = [t for t in half_hours if t.replace(tzinfo=judge).utcoffset() != t.replace(tzinfo=judge, fold=1).utcoffset()]
    assert len(odd) >= 2
    for start in odd:
        first, second = (start.replace(tzinfo=judge, fold=fold).utcoffset() for fold in (0, 1))
        assert first is not None and second is not None
        refused("window.fold" if first > second else "window.gap", start.isoformat(), zone, now=before(start))


@given(starts, rules, st.integers(1, 20))
def test_the_canonical_form_gives_the_window_back(start: datetime, rule: str, count: int) -> None:
    window = parse_window(start.isoformat(), "Asia/Beirut", rule=rule, count=count, now=before(start))
    assert from_canonical(canonical(window), window.tzdata) == window


# The minimum gap.

instants = st.datetimes(datetime(2025, 1, 1), datetime(2025, 1, 3), timezones=st.just(UTC))


@given(st.lists(instants), instants, st.integers(1, 600).map(lambda m: timedelta(minutes=m)))
def test_the_next_free_instant_keeps_the_gap_and_is_the_first(
    taken: list[datetime], candidate: datetime, gap: timedelta
) -> None:
    free = next_free(taken, candidate, gap)
    assert free >= candidate and all(abs(free - other) >= gap for other in taken)
    tried = [candidate, *(t + gap for t in taken)]
    assert all(any(abs(t - o) < gap for o in taken) for t in tried if candidate <= t < free)


def test_spreading_stops_at_the_end_of_the_window() -> None:
    nine = utc("2025-06-01T09:00")
    four = timedelta(hours=4)
    assert spread([nine, nine, nine], four, [nine - four], last=nine + four) == [nine, nine + four, None]


# Blackout days.


def thrice_weekly(days: int) -> Window:
    return parse_window("2025-06-02 09:00", LONDON, rule="FREQ=WEEKLY;BYDAY=MO,WE,FR", count=days, now=NOW)


def planned(window: Window, *blackouts: Blackout) -> tuple[list[date], list[str]]:
    kept, skipped = around_blackouts(window, occurrences(window, NOW, utc("2026-01-01")), blackouts)
    return [o.local.date() for o in kept], [s.why for s in skipped]


MON, TUE, WED, THU, FRI = (date(2025, 6, n) for n in range(2, 7))


def test_a_blackout_day_is_skipped_shifted_or_kept_as_its_policy_says() -> None:
    assert planned(thrice_weekly(3), Blackout(WED, WED, "skip")) == ([MON, FRI], ["skip"])
    assert planned(thrice_weekly(3), Blackout(WED, WED, "shift")) == ([MON, THU, FRI], [])
    assert planned(thrice_weekly(3), Blackout(WED, WED, "keep")) == ([MON, WED, FRI], [])


def test_the_stricter_of_two_blackouts_counts() -> None:
    assert planned(thrice_weekly(3), Blackout(WED, WED, "keep"), Blackout(TUE, THU, "skip")) == (
        [MON, FRI],
        ["skip"],
    )
    assert planned(thrice_weekly(3), Blackout(WED, WED, "shift"), Blackout(WED, WED, "skip")) == (
        [MON, FRI],
        ["skip"],
    )


def test_a_shift_never_takes_anothers_place_and_never_leaves_the_window() -> None:
    assert planned(thrice_weekly(3), Blackout(WED, THU, "shift")) == ([MON, FRI], ["taken"])
    assert planned(thrice_weekly(3), Blackout(FRI, date.max, "shift")) == ([MON, WED], ["outside"])
    assert planned(thrice_weekly(3), Blackout(FRI, date(2025, 6, 8), "shift")) == ([MON, WED], ["outside"])


# Lateness and new zone data.


def test_the_harder_the_tier_the_less_late_a_post_may_be() -> None:
    quarter = timedelta(minutes=15)
    assert {1: 16 * quarter, 2: 4 * quarter, 3: quarter, 4: quarter} == LATENESS


@contextmanager
def new_zone_data(folder: Path, zone: str, now_reads: str) -> Iterator[None]:
    """A release of the zone data in which one zone keeps another's time."""
    target = folder / zone
    target.parent.mkdir(parents=True, exist_ok=True)
    with as_file(files("tzdata.zoneinfo").joinpath(*now_reads.split("/"))) as source:
        target.write_bytes(source.read_bytes())
    try:
        whenever.reset_tzpath((folder,))
        whenever.clear_tzcache()
        yield
    finally:
        whenever.reset_tzpath(())
        whenever.clear_tzcache()


def test_new_zone_data_moves_times_inside_the_window_only(tmp_path: Path) -> None:
    window = parse_window("2025-06-02 09:00", "Europe/Paris", rule="FREQ=DAILY", count=2, now=NOW)
    was = dues(window)
    with new_zone_data(tmp_path, "Europe/Paris", "Europe/London"):
        assert dues(window) == [one + timedelta(hours=1) for one in was]


def test_a_time_that_new_zone_data_would_take_out_of_the_window_stays(tmp_path: Path) -> None:
    window = parse_window("2025-06-02 09:00", LONDON, now=NOW)
    with new_zone_data(tmp_path, LONDON, "Europe/Paris"):
        assert dues(window) == [window.not_before]


def test_new_zone_data_gives_no_time_past_the_end(tmp_path: Path) -> None:
    window = parse_window("2025-06-02 09:00", LONDON, rule="FREQ=DAILY", count=2, not_after="2025-06-03 10:00", now=NOW)
    with new_zone_data(tmp_path, LONDON, "America/New_York"):
        assert [o.due_at for o in occurrences(window, NOW, utc("2026-01-01"))] == [utc("2025-06-02T13:00")]
