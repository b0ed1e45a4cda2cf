"""Hashtags and the platforms' own rules at an instant: of late somebody looked, and nothing had changed."""

from datetime import timedelta

from content.checks import engine
from content.checks.facts import hashtag_hygiene, platform_profile
from content.checks.finding import Finding, Missing
from tests.content.checks import samples as s

TAG = "#openlantern"


def tags(**changes):
    return list(hashtag_hygiene.check(s.facts(**changes)))


def policy(**changes):
    return list(platform_profile.check(s.facts(**changes)))


def codes(answers):
    return [one.code for one in answers if isinstance(one, Finding)]


def test_a_hashtag_that_somebody_looked_at_within_the_week_may_be_used():
    assert tags(tag_looks={TAG: s.look(7)}) == []
    assert codes(tags(tag_looks={TAG: s.look(7.01)})) == ["age"]


def test_a_hashtag_that_others_have_taken_over_stops_at_once():
    found = tags(tag_looks={TAG: s.look(0, good=False)})
    assert codes(found) == ["taken"]
    assert engine.blocks(found) == 1


def test_a_hashtag_is_the_same_however_it_is_written():
    for written in ("#OpenLantern", "#OPENLANTERN", "＃OpenLantern"):
        assert tags(hashtags=(written,)) == []


def test_a_hashtag_that_nobody_looked_at_was_not_looked_at():
    assert tags(tag_looks={}) == [Missing("hashtag-hygiene", "campaign.hashtags.1.checked_at")]
    assert tags(tag_looks=None) == tags(tag_looks={})
    assert tags(hashtags=None) == [Missing("hashtag-hygiene", "hashtags")]
    assert tags(at=None) == [Missing("hashtag-hygiene", "at")]
    assert tags(hashtags=(), tag_looks=None) == []


def test_a_platform_s_rules_count_for_ninety_days_after_somebody_compared_them():
    assert policy(policy_checked_at=s.AT - timedelta(days=90)) == []
    assert codes(policy(policy_checked_at=s.AT - timedelta(days=90, seconds=1))) == ["policy"]


def test_our_own_pages_have_nobody_s_rules_to_keep():
    assert policy(channel="site", policy_checked_at=None) == []


def test_rules_that_nobody_compared_were_not_looked_at():
    assert policy(policy_checked_at=None) == [Missing("platform-profile", "platform.policy_checked_at")]
    assert policy(at=None) == [Missing("platform-profile", "at")]


def test_a_forecast_asks_how_they_stand_today():
    later = s.AT + timedelta(days=200)
    assert tags(at=later, upkeep=s.AT) == policy(at=later, upkeep=s.AT) == []
