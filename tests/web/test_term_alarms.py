"""Whose words met protected terms again and again reaches keepers and safeguarding; which terms reaches nobody."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from content import protected_term
from content.protected_term import ALARM, protect
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
TERM = "Otmarsfeld"  # an invented place


def met(house: factory.House, who: str, times: int = ALARM) -> None:
    """So often words of theirs met a term."""
    with house.store.write() as session:
        for number in range(times):
            protected_term.tried(session, house.id(who), [f"{TERM} {number}"], now(session))


@pytest.mark.parametrize("who", ["kim", "dana"])
def test_the_alarm_comes_to_the_home_page_of_keeper_and_safeguarding(
    sign_in: SignIn, house: factory.House, who: str
) -> None:
    met(house, "alice")
    page = sign_in(who).get("/").text
    assert 'data-key="term.alice"' in page and f"met protected terms {ALARM} times" in page
    assert 'href="/term-alarms"' in page and TERM not in page


def test_the_number_of_times_has_its_own_form_in_arabic(sign_in: SignIn, house: factory.House) -> None:
    met(house, "alice", 11)
    page = sign_in("kim").client.get("/", headers={"accept-language": "ar"})
    assert page.status_code == 200 and "عبارة محمية 11 مرة" in page.text


def test_the_page_says_who_and_how_often_and_neither_term_nor_words(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        protect(session, house.people["kim"], house.organisation.id or 0, house.finding.id or 0, TERM)
    met(house, "alice", ALARM + 1)
    met(house, "bob", ALARM - 1)
    page = re.sub('name="mark" value="[^"]*"', "", sign_in("kim").get("/term-alarms").text)  # any letters stand in one
    assert 'href="/people/alice"' in page and f"{ALARM + 1} times" in page
    assert 'href="/people/bob"' not in page and TERM not in page and house.finding.ref not in page


def test_it_ends_by_itself_after_thirty_days(sign_in: SignIn, house: factory.House) -> None:
    met(house, "alice")
    with house.store.write() as session:
        factory.move_on(session, timedelta(days=31))
    kim = sign_in("kim")
    assert 'data-key="term.alice"' not in kim.get("/").text
    assert "Whoever's do appears here" in kim.get("/term-alarms").text


@pytest.mark.parametrize("who", ["alice", "bob", "tom"])
def test_nobody_else_hears_of_it(sign_in: SignIn, house: factory.House, who: str) -> None:
    met(house, "alice")
    browser = sign_in(who)
    assert 'data-key="term.' not in browser.get("/").text and browser.get("/term-alarms").status_code == 403
