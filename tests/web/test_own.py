"""One's own page: what one signs in with is changed by oneself, with a code, and ends whatever else was open."""

import re
from collections.abc import Callable

import pyotp
import pytest
from sqlmodel import select

from content import sign_in as sessions
from content.record import Record
from tests import factory
from tests.web.browser import PASSWORD, SAME, Browser
from web.device import device

SignIn = Callable[[str], Browser]
ANOTHER = "candle river seventeen harbour"


def _second(alice: Browser, house: factory.House) -> Browser:
    """Another browser of the same person."""
    client = type(alice.client)(alice.client.app, base_url="https://desk.example", follow_redirects=False)
    with house.store.write() as session:
        token = sessions.begin(session, house.id("alice"), "firefox/linux")
    client.cookies.set("__Host-desk", token, domain="desk.example")
    return Browser(client, alice.codes)


def test_a_page_of_one_s_own_shows_the_sessions_by_their_kind_of_browser(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    _second(alice, house)
    page = alice.get("/me").text
    assert "Alice Author" in page and "this one" in page and "Firefox on Linux" in page


def test_one_session_is_ended_and_the_one_that_asks_stays(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    other = _second(alice, house)
    where = re.search(r'action="(/me/sessions/[0-9a-f]{16})"', alice.get("/me").text)
    assert where and alice.post(where[1]).status_code == 303
    assert (alice.get("/me").status_code, other.get("/me").headers["location"]) == (200, "/sign-in?then=/me")


def test_all_others_are_ended_at_once(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    others = [_second(alice, house), _second(alice, house)]
    assert alice.post("/me/sessions").status_code == 303
    assert [other.get("/me").status_code for other in others] == [303, 303] and alice.get("/me").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(sign_in: SignIn) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    with_bob = bob.client.app
    assert with_bob is not None
    mark = sessions._hash(bob.client.cookies["__Host-desk"])[:16]
    for told in (mark, "", "%", "0" * 16):
        assert alice.post(f"/me/sessions/{told or 'x'}").status_code == 404
    assert bob.get("/me").status_code == 200


def test_a_password_takes_the_old_one_and_a_code_and_ends_the_other_sessions(
    sign_in: SignIn, house: factory.House
) -> None:
    alice = sign_in("alice")
    other = _second(alice, house)
    assert "code.wanted" in alice.post("/me/password", old=PASSWORD, new=ANOTHER).text
    wrong = alice.post("/me/password", proof=True, old="something else entirely", new=ANOTHER)
    assert (wrong.status_code, "not your password" in wrong.text) == (422, True)
    weak = alice.post("/me/password", proof=True, old=PASSWORD, new="password1234")
    assert (weak.status_code, "tried first" in weak.text) == (422, True)
    assert alice.post("/me/password", proof=True, old=PASSWORD, new=ANOTHER).status_code == 303
    assert other.get("/").status_code == 303 and alice.get("/").status_code == 200
    for plain, status in ((PASSWORD, 403), (ANOTHER, 303)):
        sent = {"name": "alice", "password": plain, "code": alice.codes.pop()}
        assert other.client.post("/sign-in", data=sent, headers=SAME).status_code == status


def test_another_app_takes_over_once_both_have_shown_a_code(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    page = alice.get("/me/app").text
    secret = re.search(r'name="secret" value="(\w+)"', page)
    assert secret and "<svg" in page
    assert alice.post("/me/app", proof=True, secret=secret[1], fresh="000000").status_code == 422
    done = alice.post("/me/app", proof=True, secret=secret[1], fresh=pyotp.TOTP(secret[1]).now())
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", done.text)
    assert len(codes) == 10
    assert "code.wrong" in alice.post("/me/codes", proof=True).text, "an old recovery code counts still"
    alice.codes = codes
    assert "Keep these codes" in alice.post("/me/codes", proof=True).text


@pytest.mark.parametrize("secret", ["A", "a" * 32, "\u0661" * 32, "JBSW Y3DP"])
def test_an_app_s_secret_is_one_of_ours_or_nothing_is_changed(sign_in: SignIn, secret: str) -> None:
    answer = sign_in("alice").post("/me/app", proof=True, secret=secret, fresh="000000")
    assert (answer.status_code, "form.unread" in answer.text) == (422, True)


def test_a_code_is_taken_in_whichever_digits_the_keyboard_writes(sign_in: SignIn) -> None:
    alice, secret = sign_in("alice"), pyotp.random_base32()
    arabic = pyotp.TOTP(secret).now().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert alice.post("/me/app", proof=True, secret=secret, fresh=arabic).status_code == 200
    for odd in ("٠٠٠٠٠٠", "²²²", "école", "\U0001d7d8" * 6):
        answer = alice.post("/me/codes", code=odd)
        assert (answer.status_code, "code.wrong" in answer.text) == (403, True)


def test_new_recovery_codes_replace_the_old_ones(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    done = alice.post("/me/codes", proof=True)
    fresh = re.findall(r"<code>([a-z2-9-]{19})</code>", done.text)
    assert len(fresh) == 10 and not set(fresh) & set(alice.codes)
    assert "code.wrong" in alice.post("/me/codes", proof=True).text


def test_each_change_stands_in_the_record(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    alice.post("/me/codes", proof=True)
    with house.store.read() as session:
        rows = session.exec(select(Record.actor).where(Record.action == "recovery_codes.change")).all()
    assert rows == [f"person:{house.id('alice')}"]


def test_the_desk_is_shown_in_the_language_that_was_chosen(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    chosen = alice.client.post("/language", data={"language": "ar", "then": "/me"}, headers=SAME)
    assert chosen.headers["location"] == "/me"
    assert 'dir="rtl"' in alice.get("/me").text and "لغة المكتب" in alice.get("/me").text


@pytest.mark.parametrize(
    ("said", "kept"),
    [("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox/linux"),
     ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
      "chrome/android"),
     ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "safari/ios"),
     ("<script>alert(1)</script>", "other/other"), ("", "other/other")],
)  # fmt: skip
def test_of_a_browser_two_words_are_kept(said: str, kept: str) -> None:
    assert device(said) == kept
