"""Accounts on the desk: whose they are by two people's words, who answers there, and what keeps them from sending."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from content.circuit import Circuit
from content.credential import opened
from content.organisation import Account
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
SAID = {"identity": "paper:bluesky-en", "ours": "true", "openly": "true"}


def _account(house: factory.House, ref: str = "bluesky-en") -> Account:
    with house.store.read() as session:
        return session.exec(select(Account).where(Account.ref == ref)).one()


def _forget(house: factory.House) -> None:
    """As it was before anybody confirmed it."""
    with house.store.write() as session:
        row = session.exec(select(Account).where(Account.ref == "bluesky-en")).one()
        row.ownership_first = row.ownership_second = row.ownership_verified_at = row.identity_verified_at = None
        session.add(row)


def test_every_account_is_listed_with_whose_it_is_and_who_answers(sign_in: SignIn, house: factory.House) -> None:
    _forget(house)
    page = sign_in("alice").get("/accounts").text
    for ref in house.accounts:
        assert f'href="/accounts/{ref}"' in page
    assert "ours, by two" in page and "nobody confirmed it" in page


def test_one_account_shows_its_identity_caps_and_circuit(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        at = now(session)
        session.add(Circuit(account_id=house.accounts["bluesky-en"].id or 0, failures=5, trips=1,
                            until=at + timedelta(hours=1), opened_at=at, code="call.timeout"))  # fmt: skip
    page = sign_in("alice").get("/accounts/bluesky-en").text
    for told in ("paper:bluesky-en", "0 of 2 within 24 hours", "left alone", "call.timeout"):
        assert told in page
    assert "no cap" in sign_in("alice").get("/accounts/site").text


def test_a_cleared_post_counts(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        ref = session.get_one(Account, post.account_id).ref
    page = sign_in("alice").get(f"/accounts/{ref}").text
    assert page.count("none planned") + page.count("none within 24 hours") == 1


def test_two_people_confirm_in_words_that_an_account_is_ours(sign_in: SignIn, house: factory.House) -> None:
    _forget(house)
    bob, dana = sign_in("bob"), sign_in("dana")
    where = "/accounts/bluesky-en/own"
    assert "belongs to the organisation" in bob.get("/accounts/bluesky-en").text
    assert "code.wanted" in bob.post(where, **SAID).text
    assert bob.post(where, proof=True, **SAID).status_code == 303
    assert "account.second" in bob.post(where, proof=True, **SAID).text
    assert _account(house).ownership_verified_at is None
    assert dana.post(where, proof=True, **SAID).status_code == 303
    row = _account(house)
    assert {row.ownership_first, row.ownership_second} == {house.id("bob"), house.id("dana")}


@pytest.mark.parametrize("left_out", ["ours", "openly"])
def test_a_sentence_that_is_not_ticked_confirms_nothing(sign_in: SignIn, house: factory.House, left_out: str) -> None:
    _forget(house)
    told = {name: value for name, value in SAID.items() if name != left_out}
    answer = sign_in("bob").post("/accounts/bluesky-en/own", proof=True, **told)
    assert ("account.unsaid" in answer.text, _account(house).ownership_asked) == (True, None)


def test_another_identity_than_the_page_showed_is_not_confirmed(sign_in: SignIn, house: factory.House) -> None:
    _forget(house)
    answer = sign_in("bob").post("/accounts/bluesky-en/own", proof=True, **SAID | {"identity": "paper:elsewhere"})
    assert (answer.status_code, "account.moved" in answer.text) == (409, True)
    assert _account(house).ownership_asked is None


def test_looking_who_answers_is_asked_of_the_worker(sign_in: SignIn, house: factory.House) -> None:
    assert sign_in("bob").post("/accounts/bluesky-en/verify").headers["location"] == "/accounts/bluesky-en"
    assert _account(house).verify_wanted_at is not None


def test_an_author_reads_and_changes_nothing(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    assert "Look who answers now" not in alice.get("/accounts/bluesky-en").text
    for where, fields in (("verify", {}), ("own", SAID)):
        answer = alice.post(f"/accounts/bluesky-en/{where}", proof=True, **fields)
        assert (answer.status_code, "rights.role" in answer.text) == (403, True)


def test_an_account_that_is_not_there_is_not_found(sign_in: SignIn) -> None:
    bob = sign_in("bob")
    assert bob.get("/accounts/nothing").status_code == 404
    assert bob.post("/accounts/nothing/verify").status_code == 404


def test_a_profile_that_pretends_to_be_somebody_is_told_and_mended_by_two(
    sign_in: SignIn, house: factory.House
) -> None:
    bob, dana = sign_in("bob"), sign_in("dana")
    assert sign_in("alice").post("/accounts/facebook-gb/poses").status_code == 403
    assert bob.post("/accounts/facebook-gb/poses").status_code == 303
    assert "Somebody saw that it pretends to be somebody" in bob.get("/accounts/facebook-gb").text
    assert bob.post("/accounts/facebook-gb/open", openly="true").status_code != 303, "no code was given"
    assert bob.post("/accounts/facebook-gb/open", proof=True).status_code == 422
    assert bob.post("/accounts/facebook-gb/open", proof=True, openly="true").status_code == 303
    assert "That was you" in bob.get("/accounts/facebook-gb").text
    assert dana.post("/accounts/facebook-gb/open", proof=True, openly="true").status_code == 303
    assert "Nobody has seen it pretend" in dana.get("/accounts/facebook-gb").text


def _hook(house: factory.House) -> None:
    with house.store.write() as session:
        factory.account(session, house.organisation, "hook", channel="webhook")


def test_where_credentials_are_not_needed_the_page_says_so(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.account(session, house.organisation, "press", channel="list")
    page = sign_in("bob").get("/accounts/press").text
    assert "only if the other side asks" in page and "Until they are" not in page
    for name in ("user", "password", "key"):
        assert f'id="secret-{name}"' in page


def test_credentials_are_given_on_the_page_and_never_shown_again(sign_in: SignIn, house: factory.House) -> None:
    _hook(house)
    bob, where = sign_in("bob"), "/accounts/hook/credential"
    page = bob.get("/accounts/hook").text
    assert "No credentials were given here" in page and "End what was given" not in page
    assert "code.wanted" in bob.post(where, secret="whsec_Q2FuYXJ5").text
    assert bob.post(where, proof=True, secret="whsec_Q2FuYXJ5").status_code == 303
    page = bob.get("/accounts/hook").text
    assert "kept sealed and never shown again" in page and "Q2FuYXJ5" not in page
    assert _account(house, "hook").identity_verified_at is None


def test_all_of_them_are_ended_in_one_step(sign_in: SignIn, house: factory.House) -> None:
    _hook(house)
    bob = sign_in("bob")
    bob.post("/accounts/hook/credential", proof=True, secret="whsec_Q2FuYXJ5")
    assert bob.post("/accounts/hook/credential/away", proof=True).status_code == 303
    with house.store.read() as session:
        assert opened(session, "hook") == []


def test_an_author_gives_none_and_is_offered_no_field_for_them(sign_in: SignIn, house: factory.House) -> None:
    _hook(house)
    alice = sign_in("alice")
    assert "/accounts/hook/credential" not in alice.get("/accounts/hook").text
    assert alice.post("/accounts/hook/credential", proof=True, secret="whsec_Q2FuYXJ5").status_code == 403
