"""Caps count appearances, not copies."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from content.checks import engine
from content.checks.facts.frequency_cap import appearances, crowded
from content.checks.finding import Missing
from content.checks.records import Caps
from tests.content.checks import samples as s

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def codes(*others, **changes):
    answers = engine.run(engine.FACTS["frequency-cap"], s.facts(appearances=others, **changes))
    return [answer.missing if isinstance(answer, Missing) else answer.code for answer in answers]


def same_account(message, hours, narrative="N-9"):
    return s.appearance(message, hours / 24, account="A-1", narrative=narrative)


def test_one_message_across_languages_and_accounts_within_a_day_is_one():
    assert codes(s.appearance("M-1", 0.9), s.appearance("M-1", -0.05), s.appearance("M-1", 0.5)) == []
    assert codes(s.appearance("M-1", 1.5)) == ["narrative-7d"]


def test_once_in_seven_days_before_and_after():
    assert codes(s.appearance("M-0", 6.99)) == ["narrative-7d"]
    assert codes(s.appearance("M-0", -6.99)) == ["narrative-7d"]
    assert codes(s.appearance("M-0", 7)) == []


def test_three_times_in_thirty_days_in_any_window_that_holds_this_one():
    assert codes(*(s.appearance(f"M-0{n}", n) for n in (8, 16, 24))) == ["narrative-30d"]
    assert codes(*(s.appearance(f"M-0{n}", n) for n in (-8, 8, 16))) == ["narrative-30d"]
    assert codes(*(s.appearance(f"M-0{n}", n) for n in (8, 16, 30))) == []


def test_another_narrative_counts_for_the_account_only():
    assert codes(s.appearance("M-0", 1, narrative="N-9")) == []


def test_twice_a_day_and_four_hours_apart_on_one_account():
    assert codes(same_account("M-8", 3.9)) == ["account-gap"]
    assert codes(same_account("M-8", -3.9)) == ["account-gap"]
    assert codes(same_account("M-8", 4)) == []
    assert codes(same_account("M-8", 5), same_account("M-9", 10)) == ["account-24h"]
    assert codes(same_account("M-8", 5), same_account("M-9", 24)) == []


def test_another_language_of_the_same_message_on_one_account_is_no_second_appearance():
    assert codes(same_account("M-1", 1, narrative="N-1")) == []


def test_the_site_is_exempt_and_spends_nothing():
    on_site = s.appearance("M-0", 1, channel="site")
    assert codes(on_site) == []
    assert codes(s.appearance("M-0", 1), channel="site") == []


def test_a_campaign_may_be_stricter():
    assert codes(s.appearance("M-0", 10), caps=Caps(per_narrative_30d=1)) == ["narrative-30d"]
    assert codes(same_account("M-8", 5), caps=Caps(account_gap_hours=6)) == ["account-gap"]


def test_each_absent_key_is_missing_and_the_rest_is_judged():
    assert codes(s.appearance("M-0", 1), account=None) == ["narrative-7d", "account"]
    assert codes(same_account("M-8", 1), narrative=None) == ["account-gap", "narrative.id"]
    assert codes(message=None) == ["message"]


hours = st.integers(-24 * 30, 24 * 30)


@given(st.lists(hours, max_size=12), st.integers(1, 4), st.integers(1, 24 * 30))
def test_crowded_is_what_counting_every_window_says(offsets, limit, span):
    times = sorted([s.AT, *(s.AT + HOUR * offset for offset in offsets)])
    starts = [time for time in times if time <= s.AT]
    counted = any(
        sum(start <= t < start + HOUR * span for t in times) > limit for start in starts if start + HOUR * span > s.AT
    )
    assert crowded(times, s.AT, limit, HOUR * span) is counted


@given(st.lists(st.tuples(st.sampled_from(["M-1", "M-2"]), hours), max_size=12))
def test_no_two_appearances_of_a_message_lie_within_a_day(copies):
    mine, times = appearances("M-1", s.AT, [s.appearance(m, h / 24) for m, h in copies])
    alone = appearances("M-1", s.AT, [s.appearance(m, h / 24) for m, h in copies if m == "M-1"])[1]
    assert mine in times
    assert mine <= s.AT <= mine + DAY
    assert all(b - a > DAY for a, b in pairwise(alone))


def test_a_second_late_breaks_no_gap_that_the_plan_keeps():
    """Both stand four hours apart in the plan; the first begins a second after its instant."""
    assert codes(same_account("M-8", -4), at=s.AT + timedelta(seconds=1)) == ["account-gap"]
    assert codes(same_account("M-8", -4), at=s.AT + timedelta(seconds=1), due=s.AT) == []
