"""The field in the top bar leads to a reference, or shows what begins so, or says that nothing does."""

from collections.abc import Callable

from content.people import Person
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def test_every_page_has_the_field_and_it_works_without_a_script(sign_in: SignIn) -> None:
    page = sign_in("alice").get("/calendar").text
    assert '<form class="jump" role="search" method="get" action="/jump">' in page
    assert page.count('id="jump"') == 1 and 'href="/jump"' in page


def test_one_thing_that_begins_so_is_opened(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, ref="M-one")
        post = factory.post(session, house, factory.clearance(session, house, version))
    alice, bob = sign_in("alice"), sign_in("bob")
    for typed, where in (
        ("N-2", "/narratives/N-2"), ("spri", "/campaigns/spring"), ("bluesky", "/accounts/bluesky-en"),
        ("m-one", "/messages/M-one"), (f"%23{post.id}", f"/posts/{post.id}"), (version.digest, "/messages/M-one"),
    ):  # fmt: skip
        answer = alice.get(f"/jump?q={typed}")
        assert (answer.status_code, answer.headers.get("location")) == (303, where), typed
        assert alice.get(where).status_code == 200
    sheet = bob.get(f"/jump?q={version.digest[:8]}").headers["location"]
    assert sheet == f"/review/{version.digest[:16]}" and bob.get(sheet).status_code == 200


def test_several_are_shown_by_kind_with_what_they_are_called(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        for number in range(25):
            factory.version(session, house, ref=f"N-more-{number:02}")
    answer = sign_in("alice").get("/jump?q=N-")
    assert answer.status_code == 200 and answer.text.count('class="cover"') == 20
    assert 'href="/narratives/N-1"' in answer.text and 'href="/messages/N-more-00"' in answer.text
    assert "a former member" in answer.text and "More begin so." in answer.text


def test_what_nothing_begins_with_is_said_and_shown_as_text(sign_in: SignIn) -> None:
    page = sign_in("alice").get("/jump?q=<b>nothing").text
    assert "begins with <bdi>&lt;b&gt;nothing</bdi>" in page and "<b>nothing" not in page


def test_the_field_left_empty_says_what_it_takes(sign_in: SignIn) -> None:
    page = sign_in("alice").get("/jump").text
    assert "What you type leads straight there" in page and "Nothing that you may see" not in page


def test_who_may_read_no_narrative_is_led_to_none(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:  # whoever works here and holds no role
        house.people["olga"] = Person(ref="olga", name="Olga", token_hash="", created_at=now(session))
        session.add(house.people["olga"])
    page = sign_in("olga").get("/jump?q=N-")
    assert page.status_code == 200 and "/narratives/" not in page.text
    assert "Nothing that you may see begins with" in page.text
