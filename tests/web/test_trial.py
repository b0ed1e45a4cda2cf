"""The page of rules shows those who adopt rules what a trial of proposed ones found."""

from collections.abc import Callable

from sqlalchemy import text

from content import trial
from content.checks.rules import RULES
from content.shadowing import Change, Kind, Shadow
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def _tried(house: factory.House, *changes: Change, proposed: str = "2027-01-01.1+0123456789ab") -> None:
    with house.store.write() as session:
        trial.keep(session, house.people["dana"], proposed, 90, Shadow(120, changes))


def _change(kind: Kind, message: str, role: str = "") -> Change:
    return Change(kind, message, "en", 1, ("mockery",), role)


def test_a_page_without_a_trial_says_how_to_make_one(sign_in: SignIn) -> None:
    page = sign_in("dana").get("/rules").text
    assert "Nobody has tried other rules here" in page and "--keep" in page


def test_what_would_stop_and_what_would_pass_is_shown_with_its_date(sign_in: SignIn, house: factory.House) -> None:
    _tried(house, _change("free", "M-7"), _change("blocked", "M-8"), _change("needs", "M-9", "legal"))
    page = sign_in("bob").get("/rules").text
    for words in ("judged 120 versions anew", "2027-01-01.1+0123456789ab", "/messages/M-8", "Would newly stop",
                  "needs legal reviewer", "mockery"):  # fmt: skip
        assert words in page, words
    assert page.index("/messages/M-8") < page.index("/messages/M-7")


def test_a_trial_of_the_very_rules_that_wait_says_so_and_one_against_others_too(
    sign_in: SignIn, house: factory.House
) -> None:
    _tried(house, proposed=RULES)
    assert "the rules that wait" not in sign_in("bob").get("/rules").text
    with house.store.write() as session:
        on = "" if house.store.sqlite else " ON organisation"
        session.execute(text(f"DROP TRIGGER guard_rules_by_two{on}"))
        session.execute(text("UPDATE organisation SET rules = 'older'"))
    page = sign_in("bob").get("/rules").text
    assert "the rules that wait" in page and "not those adopted now" in page
    assert "Nothing would be otherwise" in page


def test_more_changes_than_a_page_takes_are_counted(sign_in: SignIn, house: factory.House) -> None:
    _tried(house, *(_change("blocked", f"M-{n}") for n in range(60)))
    assert "10 more; the command lists all" in sign_in("bob").get("/rules").text


def test_who_adopts_no_rules_sees_none_of_it(sign_in: SignIn, house: factory.House) -> None:
    _tried(house, _change("blocked", "M-8"))
    page = sign_in("alice").get("/rules").text
    assert "M-8" not in page and "What proposed rules would change" not in page


def test_it_is_said_in_arabic_in_its_own_number(sign_in: SignIn, house: factory.House) -> None:
    _tried(house, _change("needs", "M-9", "legal"))
    dana = sign_in("dana")
    dana.client.headers["accept-language"] = "ar"
    page = dana.get("/rules").text
    assert "120 نسخة" in page and "ما الذي تغيّره القواعد المقترحة" in page
