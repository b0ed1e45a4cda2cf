"""F26: the clocks jump, go back, or a government changes its mind: each local time fires once, nothing moves alone."""

# ruff: noqa: F811  # fixtures are imported by their names

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from content import rescheduling, rezoning
from content.window import Window, occurrences
from content.zone import exact, zone_version
from tests.faults.counting import injected
from tests.faults.wire_desk import Outside, outside, server  # noqa: F401

pytestmark = pytest.mark.fault
LONDON = "Europe/London"


def days(first: datetime, rule: str, count: int) -> list[tuple[datetime, datetime]]:
    """(local time, instant) of each time that fires."""
    opens = first.replace(tzinfo=UTC) - timedelta(days=1)
    window = Window(opens, opens + timedelta(days=30), LONDON, first, rule, count, zone_version())
    return [(one.local, one.due_at) for one in occurrences(window, window.not_before, window.not_after)]


def test_f26_a_time_that_the_clocks_jump_over_fires_once_an_hour_later() -> None:
    fired = days(datetime(2027, 3, 27, 1, 30), "FREQ=DAILY", 3)
    assert [f"{local:%d %H:%M}" for local, _ in fired] == ["27 01:30", "28 02:30", "29 01:30"]


def test_f26_where_it_lands_on_another_s_instant_both_are_one() -> None:
    fired = days(datetime(2027, 3, 28, 1, 30), "FREQ=DAILY;BYHOUR=1,2", 2)
    assert [f"{local:%d %H:%M}" for local, _ in fired] == ["28 02:30"]
    assert len({due for _, due in fired}) == len(fired)


def test_f26_a_time_that_comes_twice_fires_the_first_time_only() -> None:
    fired = days(datetime(2027, 10, 30, 1, 30), "FREQ=DAILY", 3)
    assert [f"{due:%d %H:%M}" for _, due in fired] == ["30 00:30", "31 00:30", "01 01:30"]


@pytest.fixture
def planned(outside: Outside) -> Iterator[int]:
    """A post for tomorrow at noon in London, planned by other zone data; London follows Paris afterwards."""
    (post,) = outside.posts(1)
    noon = (datetime.now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)

    def plan(session: Session) -> None:
        made = rescheduling.reschedule(session, outside.house.people["alice"], post, f"{noon:%Y-%m-%d %H:%M}", LONDON)
        made.tzdata, made.due_at = "1999a", exact(noon, "Europe/Paris")  # what the old data said
        session.add(made)

    outside.change(plan)
    injected("zone.rule")
    yield post


def test_f26_changed_rules_are_shown_first_and_move_a_post_to_its_own_local_time(
    outside: Outside, planned: int
) -> None:
    before = outside.row(planned)
    with outside.store.read() as session:
        (shown,) = rezoning.differences(session)
    assert (shown.post_id, shown.wanted - shown.was) == (planned, timedelta(hours=1))
    assert outside.row(planned).due_at == before.due_at  # nothing moves by itself
    assert outside.change(lambda session: rezoning.rezone(session, outside.house.people["alice"])) == []
    after = outside.row(planned)
    assert (after.local, after.tzdata) == (before.local, zone_version())
    assert after.due_at == before.due_at + timedelta(hours=1)
    with outside.store.read() as session:
        assert rezoning.differences(session) == []
