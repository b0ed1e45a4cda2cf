"""What a page asks the database: as much for many things as for one, and less than it used to."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from content import slot
from content.slot import Wanted
from content.store import now
from tests import factory
from tests.statements import asked
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
ACCOUNTS = ("site", "facebook-gb", "telegram-ar", "bluesky-en")
# address -> who reads it, and how many statements it may take, BEGIN and COMMIT of SQLite among them
PAGES = {
    "/": ("alice", 34),
    "/calendar?view=list": ("alice", 30),
    "/calendar?view=month": ("alice", 30),
    "/go": ("dana", 11),
    "/campaigns/spring": ("alice", 25),
}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_for_ten_posts_what_it_asks_for_two(sign_in: SignIn, house: factory.House, address: str) -> None:
    who, most = PAGES[address]
    browser = sign_in(who)
    _posts(house, 2)
    few = _asked(house, browser, address)
    _posts(house, 8)
    many = _asked(house, browser, address)
    assert (len(many) - len(few), len(many) <= most) == (0, True), many


def test_a_sheet_asks_for_the_leaves_of_four_accounts_what_it_asks_for_one(
    sign_in: SignIn, house: factory.House
) -> None:
    bob, counts = sign_in("bob"), []
    for accounts in (("facebook-gb",), ACCOUNTS):
        with house.store.write() as session:
            made = factory.version(session, house, accounts=accounts)
            factory.evaluation(session, made)
            digest = made.digest
        counts.append(len(_asked(house, bob, f"/review/{digest}")))
    assert counts[0] == counts[1] < 42


def test_the_composing_form_asks_for_little(sign_in: SignIn, house: factory.House) -> None:
    asks = _asked(house, sign_in("alice"), "/compose?campaign=spring&narrative=N-1&language=en")
    assert any("FROM template_version" in one for one in asks)  # it is the form, and not the page before it
    assert len(asks) < 30, asks


def test_a_page_is_of_the_instant_it_was_asked_for_and_after_an_act_it_is_asked_anew(
    sign_in: SignIn, house: factory.House
) -> None:
    bob = sign_in("bob")
    with house.store.write() as session:
        made = factory.version(session, house)
        factory.evaluation(session, made)
        sheet = f"/review/{made.digest}"
    assert bob.post(f"{sheet}/approve", seen=0, digest="of others").status_code == 409  # which also finds its mark
    with asked(house.store) as seen:
        assert bob.get(sheet).status_code == 200
    with asked(house.store) as done:
        assert bob.post(f"{sheet}/approve", seen=0, digest="of others").status_code == 409
    assert (_of_roles(seen), _of_roles(done)) == (1, 3)  # who asks; what is to be answered; what is shown after it


def _of_roles(statements: list[str]) -> int:
    return sum(one.startswith("SELECT role_grant.role, role_grant.language") for one in statements)


def test_a_sheet_that_is_opened_for_the_first_time_writes_one_row_and_asks_no_more(
    sign_in: SignIn, house: factory.House
) -> None:
    bob, digests = sign_in("bob"), []
    for _ in range(2):
        with house.store.write() as session:
            made = factory.version(session, house)
            factory.evaluation(session, made)
            digests.append(made.digest)
    again = _asked(house, bob, f"/review/{digests[0]}")
    with asked(house.store) as first:
        assert bob.get(f"/review/{digests[1]}").status_code == 200
    more = [one for one in first if one not in again]
    assert [one.split()[0:3] for one in more if not one.startswith(("BEGIN", "COMMIT"))] == [
        ["INSERT", "INTO", "opening"]
    ]
    assert len(first) - len(again) <= 3  # the row, and on SQLite where its transaction begins and ends


def test_a_list_that_is_sifted_asks_once_however_much_it_looks_through(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    with house.store.write() as session:
        for _ in range(60):
            factory.evaluation(session, factory.version(session, house))
    whole, sifted = (len(_asked(house, bob, f"/review{query}")) for query in ("", "?tier=4"))
    assert sifted <= whole


def test_the_free_times_of_four_accounts_are_asked_for_at_once(sign_in: SignIn, house: factory.House) -> None:
    alice, counts = sign_in("alice"), []
    for accounts in (["bluesky-en"], ["facebook-gb", "site"]):
        with house.store.write() as session:
            for account in accounts:
                slot.add(session, house.people["alice"], _slot(account))
        counts.append(len(_asked(house, alice, "/campaigns/spring")))
    assert counts[0] == counts[1]


def _slot(account: str) -> Wanted:
    return Wanted("spring", language="en", account=account, day="thursday", local="18:00", zone="Europe/London")


def _posts(house: factory.House, number: int) -> None:
    """Cleared posts of the next hours, those of tier 3 among them, on one account after the other."""
    with house.store.write() as session:
        for one in range(number):
            _post(session, house, one)


def _post(session: Session, house: factory.House, number: int) -> None:
    made = factory.version(session, house, accounts=("site",), closes=timedelta(days=9))
    cleared = factory.clearance(session, house, made, tier=3, valid_from=timedelta(hours=-1))
    factory.post(session, house, cleared, due=now(session) + timedelta(hours=2 + number))


def _asked(house: factory.House, browser: Browser, address: str) -> list[str]:
    assert browser.get(address).status_code == 200  # the first time a process builds what it keeps
    with asked(house.store) as found:
        assert browser.get(address).status_code == 200
    return found
