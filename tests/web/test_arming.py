"""Arming on the desk: two people, each with a code, and nobody while anything is not ready."""

from collections.abc import Callable, Iterator

import pytest

from content import readiness
from content.organisation import the_instance
from content.readiness import Found
from tests import factory
from tests.web.browser import Browser
from web.asking import LANGUAGE

SignIn = Callable[[str], Browser]


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that `doctor` looks at is as it should be, but that nobody has armed it."""

    def seen(*_: object) -> Iterator[Found]:
        yield Found("people", True, "Enough of them.")
        yield Found(readiness.ARMED, False, "Nobody has armed it.", "Two people do.")

    monkeypatch.setattr(readiness, "kept_keys", lambda _: Found("keys", True, "Kept."))
    monkeypatch.setattr(readiness, "inside", seen)


def armed(house: factory.House) -> tuple[bool, int | None]:
    with house.store.read() as session:
        found = the_instance(session)
        return found.armed, found.arm_asked


def test_two_people_arm_it_each_with_a_code_of_their_own(sign_in: SignIn, house: factory.House, ready: None) -> None:
    kim, dana = sign_in("kim"), sign_in("dana")
    assert "Say so as the first of two" in kim.get("/arming").text
    assert (kim.post("/arming").status_code, armed(house)) == (403, (False, None))
    assert kim.post("/arming", proof=True).status_code == 303
    assert armed(house) == (False, house.id("kim"))
    page = dana.get("/arming").text
    assert "Arm it as the second" in page and "kim</bdi> has said so" in page
    assert dana.post("/arming", proof=True).status_code == 303
    assert armed(house) == (True, None) and "It is armed" in dana.get("/arming").text


def test_one_person_is_not_two(sign_in: SignIn, house: factory.House, ready: None) -> None:
    kim = sign_in("kim")
    kim.post("/arming", proof=True)
    assert "A second person says it too" in kim.get("/arming").text
    assert "arm.second" in kim.post("/arming", proof=True).text and not armed(house)[0]


def test_nothing_is_armed_while_something_is_not_ready(sign_in: SignIn, house: factory.House) -> None:
    kim = sign_in("kim")
    page = kim.get("/arming").text
    assert "No worker is running" in page and "Say so as the first of two" not in page
    answer = kim.post("/arming", proof=True)
    assert (answer.status_code, "arm.not_ready" in answer.text, armed(house)) == (422, True, (False, None))


def test_what_is_not_ready_is_said_in_the_reader_s_language(sign_in: SignIn, house: factory.House) -> None:
    kim = sign_in("kim")
    kim.client.cookies.set(LANGUAGE, "ar")
    page = kim.get("/arming").text
    assert "لا يعمل أي عامل" in page and '<code dir="ltr">counterpoint worker</code>' in page
    assert 'lang="en"' not in page.partition('id="ready-h"')[2].partition("</section>")[0]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_nobody_else_has_a_word_in_it(sign_in: SignIn, house: factory.House, ready: None, who: str) -> None:
    browser = sign_in(who)
    assert browser.get("/arming").status_code == browser.post("/arming", proof=True).status_code == 403
    assert armed(house) == (False, None) and 'href="/arming"' not in browser.get("/settings").text


def test_the_settings_lead_there(sign_in: SignIn) -> None:
    assert 'href="/arming"' in sign_in("kim").get("/settings").text
