"""moderation-cover: whoever replies in the first hours is read by somebody, in their language."""

from datetime import timedelta

from content.checks import engine
from content.checks.facts import moderation_cover as check
from content.checks.finding import Finding, Missing
from content.checks.records import ModerationRecord, ShiftRecord
from tests.content.checks import samples as s


def judged(moderation, **changes):
    return list(check.check(s.facts(organisation=s.organisation(moderation=moderation), **changes)))


def codes(moderation, **changes):
    return [one.code for one in judged(moderation, **changes) if isinstance(one, Finding)]


def shift(begins, ends, *languages):
    return ShiftRecord(s.AT + timedelta(hours=begins), s.AT + timedelta(hours=ends), frozenset(languages or ("en",)))


def test_a_shift_that_ends_too_early_is_shown():
    assert codes(s.moderation(shifts=(shift(-1, 6),))) == []
    assert codes(s.moderation(shifts=(shift(-1, 5.9),))) == ["shift"]
    assert codes(s.moderation(shifts=(shift(0.1, 9),))) == ["shift"]


def test_shifts_that_meet_cover_together_and_a_gap_does_not():
    assert codes(s.moderation(shifts=(shift(3, 7), shift(-2, 3)))) == []
    assert codes(s.moderation(shifts=(shift(-2, 3), shift(3.1, 7)))) == ["shift"]
    assert codes(s.moderation(shifts=(shift(-2, 8), shift(1, 2)))) == []


def test_a_shift_in_another_language_is_none():
    assert codes(s.moderation(), language="ar") == ["shift"]
    assert codes(s.moderation(shifts=(shift(-1, 9, "en", "ar"),)), language="ar") == []


def test_where_nobody_can_reply_nobody_need_be_there():
    for channel in ("site", "sms", "mail", "email_subject"):
        assert judged(None, channel=channel) == []


def test_a_policy_and_a_way_out_of_distress_are_asked_for():
    assert codes(s.moderation(reply_policy=None, escalation="")) == ["policy", "distress"]


def test_nobody_at_all_is_a_warning_and_never_a_block():
    answers = judged(ModerationRecord())
    assert [one.code for one in answers] == ["shift", "policy", "distress"]
    assert engine.blocks(answers) == 0


def test_what_is_not_known_is_not_judged():
    assert judged(None) == [Missing(check.ID, "organisation.moderation")]
    assert Missing(check.ID, "at") in judged(s.moderation(), at=None)
