"""The door: who is let in, with what, and what every answer tells the browser."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

import pyotp
import pytest
from fastapi.routing import APIRoute
from sqlmodel import select
from starlette.testclient import TestClient

from content import invitation, people
from content import sign_in as sessions
from content.organisation import Instance
from content.permission import PERMISSIONS
from content.stop import Pause
from tests import factory
from tests.web.browser import PASSWORD, SAME, Browser
from web import signing
from web.app import SCREENS, build
from web.headers import HEADERS
from web.signing import ours

SignIn = Callable[[str], Browser]
OPEN = {
    "/sign-in", "/as/{token}", "/invitation/{token}", "/language", "/static/{mark}/{name}",
    "/calendar/feed/{token}.ics",  # its secret is its key; it names neither theme nor person
}  # fmt: skip


def test_every_route_is_under_a_verb_of_the_table_or_is_the_door(house: factory.House) -> None:
    routes = {
        (method, route.path)
        for router in build(house.store).app.routes
        for route in getattr(router, "original_router", router).routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    verbs = {place: verb for screen in SCREENS for place, verb in screen.verbs.items()}
    assert set(verbs.values()) <= PERMISSIONS.keys()
    assert {path for place in routes - verbs.keys() for path in place[1:]} == OPEN
    assert verbs.keys() < routes


def test_nobody_sees_a_page_without_signing_in(stranger: TestClient) -> None:
    for screen in SCREENS:
        for method, path in screen.verbs:
            where = path.replace("{number}", "1").replace("{digest}", "12345678")
            answer = stranger.request(method, where, headers=SAME)
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in"), path


def test_whoever_signs_in_sees_the_start_page_and_is_out_after_signing_out(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    assert alice.get("/").status_code == 200
    assert alice.post("/sign-out").status_code == 303
    assert alice.get("/").headers["location"] == "/sign-in"


def test_signing_in_makes_a_new_session_and_the_old_cookie_is_worth_nothing_after_sign_out(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    first = alice.client.cookies["__Host-desk"]
    alice.client.cookies.clear()
    alice.sign_in("alice")
    assert alice.client.cookies["__Host-desk"] != first


def test_a_person_switched_off_is_out_at_once(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    with house.store.write() as session:
        people.disable(session, house.people["dana"], people.by_ref(session, "alice"))
    assert alice.get("/").headers["location"] == "/sign-in"


def test_wrong_names_passwords_and_codes_read_the_same(sign_in: SignIn, stranger: TestClient) -> None:
    alice = sign_in("alice")
    tries = [
        {"name": "alice", "password": "something else entirely", "code": alice.codes[0]},
        {"name": "nobody", "password": PASSWORD, "code": alice.codes[0]},
        {"name": "alice", "password": PASSWORD, "code": "000000"},
    ]
    answers = [stranger.post("/sign-in", data=one, headers=SAME) for one in tries]
    assert {answer.status_code for answer in answers} == {403}
    assert len({re.sub(r'value="\w*"', "", answer.text) for answer in answers}) == 1


def test_cookies_are_for_this_host_alone_and_out_of_every_script_s_reach(sign_in: SignIn) -> None:
    told = sign_in("alice").sign_in("alice").headers["set-cookie"]
    assert told.startswith("__Host-desk=")
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in told.split(";")}


def test_every_answer_forbids_what_the_browser_need_not_do(sign_in: SignIn, stranger: TestClient) -> None:
    for answer in (sign_in("alice").get("/"), stranger.get("/sign-in"), stranger.get("/nowhere")):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
        assert "max-age=31536000" in answer.headers["strict-transport-security"]


def test_a_form_without_this_session_s_mark_does_nothing(sign_in: SignIn, house: factory.House) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    for mark in ("", "AAAA", bob.mark()):
        answer = alice.client.post("/pauses", data={"scope": "all", "mark": mark}, headers=SAME)
        assert (answer.status_code, "form.old" in answer.text) == (403, True)
    with house.store.read() as session:
        assert session.exec(select(Pause)).all() == []


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
def test_another_site_s_page_cannot_send_our_forms(sign_in: SignIn, headers: dict[str, str]) -> None:
    alice = sign_in("alice")
    answer = alice.client.post("/pauses", data={"scope": "all", "mark": alice.mark()}, headers=headers)
    assert (answer.status_code, "form.foreign" in answer.text) == (403, True)


def test_a_field_that_the_form_does_not_have_is_refused(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("alice").post("/pauses", scope="all", by="1")
    assert (answer.status_code, "form.unread" in answer.text) == (422, True)
    with house.store.read() as session:
        assert session.exec(select(Pause)).all() == []


def test_anybody_pauses_in_one_step_and_two_lift_it_each_with_a_code(sign_in: SignIn, house: factory.House) -> None:
    assert sign_in("alice").post("/pauses", scope="all").status_code == 303
    bob, dana = sign_in("bob"), sign_in("dana")
    assert "code.wanted" in bob.post("/pauses/1/lift").text
    assert bob.post("/pauses/1/lift", proof=True).status_code == 303
    assert bob.post("/pauses/1/lift", proof=True).status_code == 422
    assert dana.post("/pauses/1/lift", proof=True).status_code == 303
    with house.store.read() as session:
        assert session.get_one(Pause, 1).lifted_at is not None


def test_a_verb_is_refused_to_whoever_has_no_role_for_it(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    alice.post("/pauses", scope="all")
    answer = alice.post("/pauses/1/lift", proof=True)
    assert (answer.status_code, "rights.role" in answer.text) == (403, True)


def test_getting_a_page_changes_nothing_that_only_a_form_does(sign_in: SignIn) -> None:
    assert sign_in("dana").get("/pauses/1/lift").status_code == 405


@pytest.mark.parametrize(
    "then", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "a b",
             "/x\ny", "/\t/elsewhere.example", "//[", "///elsewhere.example"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site_after_signing_in(then: str) -> None:
    assert ours(then) == "/"


def test_whoever_signs_in_comes_to_the_whole_address_they_asked_for(stranger: TestClient) -> None:
    asked = "/calendar?view=month&campaign=spring&language=ar"
    led = stranger.get(asked).headers["location"]
    assert f'name="then" value="{escape(asked)}"' in stranger.get(led).text


def test_an_invitation_sets_up_password_and_app_in_the_browser(stranger: TestClient, house: factory.House) -> None:
    with house.store.write() as session:
        token = invitation.invite(session, house.people["carol"], house.people["carol"])
    page = stranger.get(f"/invitation/{token}")
    secret = re.search(r'name="secret" value="(\w+)"', page.text)
    assert secret and "<svg" in page.text
    fields = {"password": PASSWORD, "secret": secret[1], "code": pyotp.TOTP(secret[1]).now()}
    done = stranger.post(f"/invitation/{token}", data=fields, headers=SAME)
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", done.text)
    assert len(codes) == 10
    again = stranger.post(f"/invitation/{token}", data=fields, headers=SAME)
    assert "invitation.over" in again.text
    answer = stranger.post("/sign-in", data={"name": "carol", "password": PASSWORD, "code": codes[0]}, headers=SAME)
    assert answer.status_code == 303


def test_only_a_rehearsal_takes_a_session_from_an_address(stranger: TestClient, house: factory.House) -> None:
    with house.store.write() as session:
        token = sessions.begin(session, house.id("bob"))
    assert stranger.get("/as/nothing").status_code == 404
    assert stranger.get(f"/as/{token}").headers["location"] == "/"
    assert stranger.get("/").status_code == 200


def test_a_live_instance_takes_no_session_from_an_address(
    stranger: TestClient, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Instance(kind="live", epoch="", created_at=datetime.now(UTC))
    monkeypatch.setattr(signing, "the_instance", lambda _: live)
    with house.store.write() as session:
        token = sessions.begin(session, house.id("bob"))
    assert (stranger.get(f"/as/{token}").status_code, stranger.get("/").status_code) == (404, 303)


def test_a_page_that_broke_says_nothing_of_how(house: factory.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "signed_in", lambda *_: 1 / 0)
    client = TestClient(build(house.store), base_url="https://desk.example", raise_server_exceptions=False)
    client.cookies.set("__Host-desk", "x", domain="desk.example")
    answer = client.get("/")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text and re.search(r"Error [0-9A-F]{4}", answer.text)
    assert "Content-Security-Policy" in answer.headers
