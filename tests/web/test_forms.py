"""Every act of every screen: from a page of ours, with its mark, its proof and its own fields, or nothing is done.

Made from SCREENS: an act that is added is tried without anybody writing a line here.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape

import pytest
from sqlalchemy import update
from sqlmodel import select

from content import sign_in as sessions
from content.permission import PERMISSIONS
from content.record import Record
from content.store import now, wall
from tests import factory
from tests.web.browser import PASSWORD, SAME, Browser
from tests.web.routes import ACTS, LEAVES, needed, nowhere, who

SignIn = Callable[[str], Browser]

pytestmark = pytest.mark.wide  # every act of every page, several times over
PROVED = [(path, verb) for path, verb in ACTS if PERMISSIONS[verb].proof != "session"]


@pytest.fixture
def db(sqlite_db: str) -> str:
    """On SQLite alone: what a form may hold does not depend on the database."""
    return sqlite_db


@pytest.fixture
def browsers(sign_in: SignIn) -> Callable[[str], tuple[Browser, str]]:
    """Of whoever may do this: their browser and a mark."""
    known: dict[str, tuple[Browser, str]] = {}

    def of(verb: str) -> tuple[Browser, str]:
        ref = who(verb)
        if ref not in known:
            browser = sign_in(ref)
            known[ref] = browser, browser.mark()
        return known[ref]

    return of


Browsers = Callable[[str], tuple[Browser, str]]


def test_the_acts_are_all_there_are() -> None:
    assert len(ACTS) > 50 and len(PROVED) > 20
    for path in ("/go", "/narratives/{ref}/grant", "/posts/{number}/recall", "/calendar/posts/{number}/move"):
        assert path in dict(ACTS), path


def test_no_act_takes_a_form_without_the_mark_of_its_page(browsers: Browsers) -> None:
    found = {}
    for path, verb in ACTS:
        browser, _ = browsers(verb)
        for mark in ({}, {"mark": ""}, {"mark": "bm90LW91cnM="}):
            answer = browser.client.post(nowhere(path), data={**needed(path), **mark, "code": "1"}, headers=SAME)
            if (answer.status_code, "form.old" in answer.text) != (403, True):
                found[path] = answer.status_code
    assert found == {}


def test_no_act_takes_another_site_s_form_though_it_has_the_mark(browsers: Browsers) -> None:
    foreign = ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://else.example"})
    found = {}
    for path, verb in ACTS:
        browser, mark = browsers(verb)
        for headers in foreign:
            answer = browser.client.post(nowhere(path), data={**needed(path), "mark": mark}, headers=headers)
            if (answer.status_code, "form.foreign" in answer.text) != (403, True):
                found[path] = answer.status_code
    assert found == {}


def test_no_act_takes_a_field_that_its_page_does_not_offer(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "prove", lambda *_: True)  # codes are tried below
    taken, unread = {}, {}
    for path, verb in ACTS:
        browser, mark = browsers(verb)
        sent = {"mark": mark, "code": "1", **needed(path)}
        more = browser.client.post(nowhere(path), data=sent | {"founding": "true"}, headers=SAME)
        if (more.status_code, "form.unread" in more.text) != (422, True):
            taken[path] = more.status_code
        if path not in LEAVES and "form.unread" in browser.client.post(nowhere(path), data=sent, headers=SAME).text:
            unread[path] = "without it it is not read either: this shows nothing"
    assert (taken, unread) == ({}, {})


def test_no_act_that_asks_for_a_code_is_done_without_one(
    house: factory.House, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _, verb in PROVED:
        browsers(verb)
    with house.store.write() as session:  # everybody signed in a while ago
        long_ago = wall(session) - timedelta(hours=2)
        session.execute(update(sessions.SignIn).values(proved_at=long_ago))
    monkeypatch.setattr(sessions, "prove", lambda _store, _who, code: code == "right")
    found = {}
    for path, verb in PROVED:
        browser, mark = browsers(verb)
        for code, told in (("", "code.wanted"), ("  ", "code.wanted"), ("wrong", "code.wrong")):
            sent = {"mark": mark, "code": code, **needed(path)}
            answer = browser.client.post(nowhere(path), data=sent, headers=SAME)
            if (answer.status_code, told in answer.text) != (403, True):
                found[path, code] = answer.status_code
    assert found == {}


def test_a_code_that_was_fresh_for_one_act_is_none_for_the_next(sign_in: SignIn, house: factory.House) -> None:
    dana = sign_in("dana")
    code = dana.codes.pop()
    first = dana.post("/narratives/N-1/narrow", code=code, languages="en")
    again = dana.post("/narratives/N-1/narrow", code=code, languages="ar")
    without = dana.post("/narratives/N-1/narrow", languages="ar")
    assert (first.status_code, again.status_code, without.status_code) == (303, 403, 403)
    assert "code.wrong" in again.text and "code.wanted" in without.text


# --- a form that is sent again -------------------------------------------------------------------------------


def _steps(house: factory.House, action: str) -> int:
    with house.store.read() as session:
        return len(session.exec(select(Record.id).where(Record.action == action)).all())


def _posts(house: factory.House, *states: str, tier: int = 1) -> list[int]:
    with house.store.write() as session:
        made = [factory.cleared_post(session, house, tier=tier) for _ in states]
        return [factory.brought(session, post, state).id or 0 for post, state in zip(made, states, strict=True)]


@pytest.mark.parametrize(
    ("state", "act", "by", "fields", "step"),
    [("uncertain", "found", "bob", {"url": "https://social.example.org/1"}, "post.confirm"),
     ("uncertain", "not-there", "bob", {"evidence": "looked at the profile"}, "post.give_up_asked"),
     ("recall_impossible", "down", "bob", {"evidence": "gone"}, "post.confirm_recall"),
     ("blocked", "unblock", "bob", {}, "post.unblock"), ("scheduled", "cancel", "alice", {}, "post.cancel"),
     ("published", "recall", "bob", {"reason": "a name"}, "post.recall")],
)  # fmt: skip
def test_what_is_done_to_a_post_twice_is_done_once(
    sign_in: SignIn, house: factory.House, state: str, act: str, by: str, fields: dict[str, str], step: str
) -> None:
    (number,) = _posts(house, state)
    send = partial(sign_in(by).post, f"/posts/{number}/{act}", **fields)
    before = _steps(house, step)
    first, again = send(), send()
    assert (first.status_code, again.status_code >= 400) == (303, True), (first.status_code, again.status_code)
    assert _steps(house, step) == before + 1


def test_a_move_sent_again_after_somebody_moved_it_back_changes_nothing(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.version(session, house)
        cleared = factory.clearance(session, house, made)
        post = factory.post(session, house, cleared, due=now(session) + timedelta(hours=3))
        was, later = post.due_at, post.due_at + timedelta(hours=5)
        number = post.id
    alice = sign_in("alice")
    sent = {"start": f"{later:%Y-%m-%d %H:%M}", "zone": "UTC", "was": was.isoformat()}
    first, again = (alice.post(f"/calendar/posts/{number}/move", **sent) for _ in range(2))
    assert (first.status_code, again.status_code, _steps(house, "post.reschedule")) == (303, 409, 1)


def test_a_go_sent_again_lets_nothing_more_out(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.version(session, house)
        cleared = factory.clearance(session, house, made, tier=3)
        due = now(session) + timedelta(hours=1)
        numbers = [factory.post(session, house, cleared, due=due).id]
        day = f"{due:%Y-%m-%d}"
    dana = sign_in("dana")
    assert dana.post("/go", proof=True, day=day, post=numbers).status_code == 303
    with house.store.write() as session:
        late = factory.clearance(session, house, factory.version(session, house), tier=3)
        factory.post(session, house, late, due=due)
    dana.post("/go", proof=True, day=day, post=numbers)
    with house.store.read() as session:
        given = set(session.exec(select(Record.subject_id).where(Record.action == "post.go")))
    assert given == {str(one) for one in numbers}


def test_a_wrong_code_costs_nothing_that_was_typed(sign_in: SignIn, house: factory.House) -> None:
    kim, where = sign_in("kim"), "/narratives/N-1/withdraw"
    typed = {"scope": "some", "channels": "site", "reason": "She wrote\nto us, “now”."}
    refused = kim.post(where, code="000000", **typed)
    assert (refused.status_code, _steps(house, "consent.withdraw")) == (403, 0)
    kept = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', refused.text)}
    assert typed.items() <= kept.items() and f'action="{where}"' in refused.text and "code" not in kept
    del kept["mark"]
    assert kim.post(where, proof=True, **kept).status_code == 303
    assert _steps(house, "consent.withdraw") == 1


def test_what_is_secret_is_repeated_by_no_page(sign_in: SignIn, house: factory.House) -> None:
    kim = sign_in("kim")
    for where, typed in (
        ("/me/password", {"old": PASSWORD, "new": "magnet-lantern-orbit"}),
        ("/accounts/site/credential", {"secret": "magnet-lantern-orbit"}),
    ):
        refused = kim.post(where, code="000000", **typed)
        assert refused.status_code == 403
        assert not [word for word in ("magnet-lantern-orbit", PASSWORD) if word in refused.text]


def test_a_hold_is_lifted_once_and_only_as_that_narrative_s(sign_in: SignIn, house: factory.House) -> None:
    kim, dana = sign_in("kim"), sign_in("dana")
    assert kim.post("/narratives/N-1/hold", kind="medical").status_code == 303
    other = dana.post("/narratives/N-2/hold/1/lift", proof=True)
    first, again = (dana.post("/narratives/N-1/hold/1/lift", proof=True) for _ in range(2))
    assert (other.status_code, first.status_code, again.status_code) == (404, 303, 404)
    assert _steps(house, "hold.lift") == 1
