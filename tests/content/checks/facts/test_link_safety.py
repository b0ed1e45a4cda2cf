"""link-safety at an instant: the page was opened of late, it was the one that is meant, and a copy is kept."""

from datetime import timedelta

from content.checks import engine
from content.checks.facts import link_safety as check
from content.checks.finding import Finding, Missing
from tests.content.checks import samples as s


def judged(**changes):
    return list(check.check(s.facts(**changes)))


def codes(**changes):
    return [one.code for one in judged(**changes) if isinstance(one, Finding)]


def test_a_page_that_was_opened_within_the_week_may_be_led_to():
    assert judged(link_looks={s.LINK: s.look(7)}) == []
    assert codes(link_looks={s.LINK: s.look(7.01)}) == ["age"]


def test_a_page_that_is_gone_stops_at_once_however_lately_it_was_seen():
    assert codes(link_looks={s.LINK: s.look(0, good=False)}) == ["gone"]
    assert engine.blocks(judged(link_looks={s.LINK: s.look(0, good=False)})) == 1


def test_a_page_that_nobody_opened_was_not_looked_at():
    assert judged(link_looks={}) == [Missing(check.ID, "link_check.1")]
    assert judged(link_looks=None) == [Missing(check.ID, "link_check.1")]
    assert judged(links=None) == [Missing(check.ID, "links")]
    assert judged(at=None) == [Missing(check.ID, "at")]


def test_each_address_is_asked_for_once_and_words_without_one_ask_for_none():
    assert len(judged(links=(s.LINK, s.LINK), link_looks={})) == 1
    assert judged(links=(), link_looks=None) == []


def test_a_forecast_asks_how_the_page_stands_today():
    later = s.AT + timedelta(days=30)
    assert codes(at=later) == ["age"]
    assert judged(at=later, upkeep=s.AT) == []
