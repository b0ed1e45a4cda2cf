"""Signing in: an invitation used once, a password, a second factor each step's once, and sessions that end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text, update
from sqlmodel import col

from content import invitation, password, people, second_factor, sign_in
from content.errors import Refusal
from content.sign_in import SignIn, SignInFailure
from content.store import wall
from tests import factory

WORDS = "kettle orbit marble thirteen"
HERE = "127.0.0.1"


def _refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


REAL = password._hasher
CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes a quarter of a second on purpose; these tests make hundreds."""
    monkeypatch.setattr(password, "_hasher", lambda: CHEAP)
    monkeypatch.setattr(password, "_nobodys", lambda: CHEAP.hash("nobody is called so"))


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _code(secret: str, steps: int = 0) -> str:
    """The app's code, so many steps from now: the next one is good too, and still is should a step end meanwhile."""
    at = datetime.now().timestamp() + steps * second_factor.STEP
    return pyotp.TOTP(secret).at(at)


def _set_up(house: factory.House, ref: str, by: str = "") -> tuple[str, tuple[str, ...]]:
    """Somebody takes their own invitation up; the app's secret and the recovery codes."""
    secret = second_factor.new_secret()
    with house.store.write() as session:
        token = invitation.invite(session, house.people[by or ref], house.people[ref])
    assert token
    hashed = password.hashed(WORDS, house.people[ref])
    with house.store.write() as session:
        _, codes = invitation.accept(session, token, hashed, secret, _code(secret))
    return secret, codes


def test_whoever_was_invited_signs_in_with_password_and_code(house: factory.House) -> None:
    secret, _ = _set_up(house, "alice")
    token = sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE)
    assert token
    who = sign_in.signed_in(house.store, token)
    assert who and who.person.ref == "alice"


def test_a_code_is_taken_once_even_if_it_is_still_shown(house: factory.House) -> None:
    secret, _ = _set_up(house, "alice")
    code = _code(secret, 1)
    assert sign_in.enter(house.store, "alice", WORDS, code, HERE)
    assert sign_in.enter(house.store, "alice", WORDS, code, HERE) is None


def test_a_recovery_code_stands_for_the_app_once(house: factory.House) -> None:
    _, codes = _set_up(house, "alice")
    assert sign_in.enter(house.store, "alice", WORDS, codes[3].upper(), HERE)
    assert sign_in.enter(house.store, "alice", WORDS, codes[3], HERE) is None
    assert sign_in.enter(house.store, "alice", WORDS, codes[4], HERE)


@pytest.mark.parametrize(("ref", "words"), [("alice", "another sentence of four"), ("nobody", WORDS), ("bob", WORDS)])
def test_wrong_names_and_passwords_hear_the_same(house: factory.House, ref: str, words: str) -> None:
    secret, _ = _set_up(house, "alice")
    assert sign_in.enter(house.store, ref, words, _code(secret, 1), HERE) is None


def test_whoever_guesses_is_slowed_and_nobody_else_is(house: factory.House) -> None:
    secret, _ = _set_up(house, "alice")
    with house.store.write() as session:
        sign_in._failed(session, {"name": "alice"})  # one, by the same way as real ones
        one = session.exec(sign_in.select(SignInFailure)).one()
        session.add_all(SignInFailure(kind="name", key=one.key, at=one.at) for _ in range(sign_in.TRIES["name"] - 1))
    with _refused("sign_in.slow"):
        sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE)
    assert sign_in.enter(house.store, "bob", WORDS, "000000", "127.0.0.2") is None


def test_guesses_are_forgotten_after_a_quarter_of_an_hour(house: factory.House) -> None:
    secret, _ = _set_up(house, "alice")
    with house.store.write() as session:
        old = wall(session) - sign_in.WINDOW
        key = sign_in._hash("alice")
        session.add_all(SignInFailure(kind="name", key=key, at=old) for _ in range(sign_in.TRIES["name"]))
    assert sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE)


@pytest.mark.parametrize(
    ("column", "back"),
    [("seen_at", sign_in.IDLE), ("begun_at", sign_in.LONGEST)],
    ids=["half an hour without a step", "twelve hours"],
)
def test_a_session_ends_by_itself(house: factory.House, column: str, back: timedelta) -> None:
    secret, _ = _set_up(house, "alice")
    token = sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE) or ""
    with house.store.write() as session:
        session.execute(update(SignIn).values({column: wall(session) - back}))
    assert sign_in.signed_in(house.store, token) is None


def test_what_counts_no_more_is_taken_out_when_somebody_signs_in(house: factory.House) -> None:
    secret, codes = _set_up(house, "alice")
    sign_in.enter(house.store, "alice", WORDS, codes[0], HERE)
    sign_in.enter(house.store, "nobody", WORDS, "000000", HERE)
    with house.store.write() as session:
        session.execute(update(SignIn).values(begun_at=wall(session) - sign_in.KEPT))
        session.execute(update(SignInFailure).values(at=wall(session) - sign_in.WINDOW))
    assert sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE)
    with house.store.read() as session:
        rows = [len(session.exec(sign_in.select(table)).all()) for table in (SignIn, SignInFailure)]
    assert rows == [1, 0]


def test_whoever_waits_for_a_role_is_invited_by_two(house: factory.House) -> None:
    with house.store.write() as session:
        entered, _ = people.add(session, house.people["dana"], "gita", "Gita Rao")
        people.grant(session, house.people["dana"], entered, "content")
        assert invitation.invite(session, house.people["dana"], entered) is None


def test_an_invitation_made_by_one_person_is_over_once_somebody_is_in_that_place(house: factory.House) -> None:
    """Whoever invited them twice kept the other one."""
    with house.store.write() as session:
        entered, _ = people.add(session, house.people["dana"], "gita", "Gita Rao")
        kept, given = (invitation.invite(session, house.people["dana"], entered) or "" for _ in range(2))
    secret, hashed = second_factor.new_secret(), password.hashed(WORDS, entered)
    with house.store.write() as session:
        assert invitation.accept(session, given, hashed, secret, _code(secret))
    with house.store.read() as session:
        assert invitation.invited(session, kept) is None
    with _refused("invitation.over"), house.store.write() as session:
        invitation.accept(session, kept, password.hashed("another sentence of four", entered), secret, _code(secret))
    assert sign_in.enter(house.store, "gita", WORDS, _code(secret, 1), HERE)


def test_an_invitation_made_by_one_person_is_over_once_a_role_was_given(house: factory.House) -> None:
    with house.store.write() as session:
        entered, _ = people.add(session, house.people["dana"], "gita", "Gita Rao")
        token = invitation.invite(session, house.people["dana"], entered) or ""
        people.grant(session, house.people["bob"], entered, "content")
        assert invitation.invited(session, token) is None


def test_a_session_ends_at_sign_out_and_with_the_person(house: factory.House) -> None:
    secret, codes = _set_up(house, "alice")
    first = sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE) or ""
    second = sign_in.enter(house.store, "alice", WORDS, codes[0], HERE) or ""
    who = sign_in.signed_in(house.store, first)
    assert who
    sign_in.leave(house.store, who)
    assert sign_in.signed_in(house.store, first) is None
    assert sign_in.signed_in(house.store, second)
    with house.store.write() as session:
        people.disable(session, house.people["dana"], people.by_ref(session, "alice"))
    assert sign_in.signed_in(house.store, second) is None
    assert sign_in.enter(house.store, "alice", WORDS, codes[1], HERE) is None


def test_five_wrong_codes_in_a_session_end_it(house: factory.House) -> None:
    secret, codes = _set_up(house, "alice")
    token = sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE) or ""
    who = sign_in.signed_in(house.store, token)
    assert who
    for _ in range(sign_in.TRIES["code"]):
        assert not sign_in.prove(house.store, who, "000000")
    assert sign_in.signed_in(house.store, token) is None
    assert codes


def test_a_proof_is_fresh_for_half_an_hour_and_never_where_each_time_asks_its_own(house: factory.House) -> None:
    secret, codes = _set_up(house, "alice")
    token = sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE) or ""
    with house.store.write() as session:
        session.execute(update(SignIn).values(proved_at=col(SignIn.proved_at)))
    who = sign_in.signed_in(house.store, token)
    assert who
    late = who.proved_at + sign_in.RECENT + timedelta(seconds=1)
    assert sign_in.fresh(who, "recent", who.proved_at + sign_in.RECENT)
    assert not sign_in.fresh(who, "recent", late)
    assert not sign_in.fresh(who, "each", who.proved_at)
    assert sign_in.fresh(who, "session", late)
    assert sign_in.prove(house.store, who, codes[0])


def test_an_invitation_is_used_once(house: factory.House) -> None:
    with house.store.write() as session:
        token = invitation.invite(session, house.people["alice"], house.people["alice"]) or ""
    hashed, secret = password.hashed(WORDS, house.people["alice"]), second_factor.new_secret()
    with house.store.write() as session:
        invitation.accept(session, token, hashed, secret, _code(secret))
    with _refused("invitation.over"), house.store.write() as session:
        invitation.accept(session, token, hashed, secret, _code(secret))


def test_a_wrong_code_leaves_the_invitation_to_be_used(house: factory.House) -> None:
    with house.store.write() as session:
        token = invitation.invite(session, house.people["alice"], house.people["alice"]) or ""
    hashed, secret = password.hashed(WORDS, house.people["alice"]), second_factor.new_secret()
    with _refused("code.wrong"), house.store.write() as session:
        invitation.accept(session, token, hashed, secret, "000000")
    with house.store.write() as session:
        assert invitation.accept(session, token, hashed, secret, _code(secret))


def test_nobody_alone_makes_a_way_into_a_reviewer_s_place(house: factory.House) -> None:
    with house.store.write() as session:
        assert invitation.invite(session, house.people["dana"], house.people["bob"]) is None
        assert invitation.invite(session, house.people["dana"], house.people["bob"]) is None
    with house.store.write() as session:
        assert invitation.invite(session, house.people["kim"], house.people["bob"])


def test_an_author_invites_nobody_but_themselves(house: factory.House) -> None:
    with _refused("rights.role"), house.store.write() as session:
        invitation.invite(session, house.people["alice"], house.people["bob"])


def test_somebody_new_without_a_role_is_invited_by_one(house: factory.House) -> None:
    with house.store.write() as session:
        entered, _ = people.add(session, house.people["dana"], "gita", "Gita Rao")
        assert invitation.invite(session, house.people["dana"], entered)


@pytest.mark.parametrize(
    ("words", "code"),
    [("short one", "password.short"), ("x" * 129, "password.long"), ("passwordpassword", "password.common"),
     ("qwertyuiop123", "password.common"), ("aaaaaaaaaaaaaa", "password.common")],
)  # fmt: skip
def test_a_password_that_is_tried_first_is_refused(house: factory.House, words: str, code: str) -> None:
    with _refused(code):
        password.hashed(words, house.people["alice"])


def test_a_hash_costs_whoever_guesses_64_mib_and_three_passes() -> None:
    assert REAL().hash(WORDS).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_no_password_and_no_secret_stands_in_the_database(house: factory.House) -> None:
    secret, codes = _set_up(house, "alice")
    token = sign_in.enter(house.store, "alice", WORDS, _code(secret, 1), HERE) or ""
    with house.store.read() as session:
        stored = [
            str(value)
            for table in ("password", "second_factor", "recovery_code", "invitation", "sign_in", "sign_in_failure")
            for row in session.connection().execute(text(f"SELECT * FROM {table}"))
            for value in row
        ]
    assert not [value for value in stored for word in (WORDS, secret, token, *codes) if word in value]
    assert any(value.startswith("$argon2id$") for value in stored)
