"""Links on the desk: where our words lead, who opened each page last, and what they saw."""

from collections.abc import Callable

from sqlmodel import select

from content.link_check import Link, LinkCheck
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
PAGE = factory.LINKS[0]


def _last(house: factory.House) -> LinkCheck:
    with house.store.read() as session:
        return list(session.exec(select(LinkCheck).join(Link).where(Link.url == PAGE)))[-1]


def test_every_address_is_listed_with_who_opened_it_and_where_a_copy_is(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("alice").get("/links").text
    for url in factory.LINKS:
        assert url in page
    assert "carol" in page
    assert "the house&#39;s shelf" in page
    assert "I opened it just now" not in page


def test_a_person_says_that_a_page_is_there_and_where_its_copy_is_kept(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert bob.post("/links", url=PAGE, answer="good", kept="the second shelf").status_code == 303
    assert "This holds a week" in bob.get("/links").text
    assert (_last(house).by, _last(house).kept) == (house.id("bob"), "the second shelf")


def test_a_person_says_that_a_page_is_gone(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert bob.post("/links", url=PAGE, answer="gone").status_code == 303
    page = bob.get("/links").text
    assert "What leads there waits" in page
    assert "gone on" in page
    assert _last(house).answer == "gone"


def test_without_a_copy_a_page_does_not_count_as_seen(sign_in: SignIn, house: factory.House) -> None:
    before = _last(house).id
    answer = sign_in("bob").post("/links", url=PAGE, answer="good")
    assert "No copy of the page is kept" in answer.text
    assert _last(house).id == before


def test_an_author_records_no_look(sign_in: SignIn, house: factory.House) -> None:
    assert sign_in("alice").post("/links", url=PAGE, answer="gone").status_code == 403
    assert _last(house).answer == "good"
