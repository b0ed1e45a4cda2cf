"""What vanished and what others posted, on the desk: who sees it, who answers, and where each page leads."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from content.organisation import Account
from content.record import Record
from content.stop import Pause
from content.store import now
from content.stranger import Stranger
from content.watch import Appeal, Piece, Watch, saw, take_in
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
URL = "https://social.example.org/not-ours"


def strange(session: Session, account: Account, name: str = "x1", *, raised: bool = True, url: str = URL) -> Stranger:
    at = now(session)
    made = Stranger(account_id=account.id or 0, remote_id=name, url=url, posted_at=at, seen_at=at,
                    raised_at=at if raised else None)  # fmt: skip
    session.add(made)
    session.flush()
    return made


def vanished(session: Session, house: factory.House) -> int:
    """A post that stood an hour ago, with its counts, and was seen twice to be gone since."""
    post = factory.brought(session, factory.cleared_post(session, house, account="bluesky-en"), "published").id or 0
    take_in(session, now(session))
    for result in ("stands", "vanished", "vanished"):
        factory.move_on(session, timedelta(hours=1))
        counts = {"likes": 41} if result == "stands" else {}
        saw(session, post, [Piece(0, result, "The platform says so.", counts)], "worker:test", "bluesky", now(session))
    return post


@pytest.fixture
def seen(house: factory.House) -> dict[str, int]:
    with house.store.write() as session:
        post = vanished(session, house)
        stranger = strange(session, house.accounts["bluesky-en"])
        appeal = session.exec(select(Appeal)).one()
        return {"post": post, "stranger": stranger.id or 0, "appeal": appeal.id or 0}


def test_the_page_shows_what_vanished_and_what_was_not_sent_from_here(
    sign_in: SignIn, house: factory.House, seen: dict[str, int]
) -> None:
    alice = sign_in("alice").get("/watched").text
    assert URL in alice and "Vanished" in alice and f'href="/posts/{seen["post"]}"' in alice
    assert "It is not ours" not in alice and "Close the appeal" not in alice
    dana = sign_in("dana").get("/watched").text
    assert "It is not ours" in dana and "Close the appeal" in dana and f"/posts/{seen['post']}#take-h" in dana


def test_a_stranger_leads_to_the_pauses_with_its_account_chosen_and_one_press_stops_it(
    sign_in: SignIn, house: factory.House, seen: dict[str, int]
) -> None:
    bob = sign_in("bob")
    assert 'href="/pauses?account=bluesky-en"' in bob.get("/watched").text
    page = bob.get("/pauses?account=bluesky-en").text
    assert 'name="scope" value="account=bluesky-en"' in page
    bob.post("/pauses", scope="account=bluesky-en", reason="somebody else posts there")
    with house.store.read() as session:
        pause = session.exec(select(Pause)).one()
    assert (pause.scope, pause.value) == ("account", str(house.accounts["bluesky-en"].id))


@pytest.mark.parametrize("answer", ["ours", "not_ours"])
def test_a_stranger_is_answered_once_and_whose_word_it_was_stands(
    sign_in: SignIn, house: factory.House, seen: dict[str, int], answer: str
) -> None:
    dana = sign_in("dana")
    where = f"/watched/strangers/{seen['stranger']}"
    assert dana.post(where, proof=True, answer=answer).status_code == 303
    page = dana.get("/watched").text
    assert "It is not ours</button>" not in page and URL in page and "dana" in page
    assert "stranger.answered" in dana.post(where, proof=True, answer=answer).text
    with house.store.read() as session:
        row = session.exec(select(Stranger)).one()
        told = session.exec(select(Record).where(Record.action == "stranger.answer")).one()
    assert (row.answer, row.answered_by, told.actor) == (answer, house.id("dana"), f"person:{house.id('dana')}")


def test_an_appeal_ends_with_what_the_platform_answered_and_only_with_that(
    sign_in: SignIn, house: factory.House, seen: dict[str, int]
) -> None:
    dana = sign_in("dana")
    where = f"/watched/appeals/{seen['appeal']}"
    assert "appeal.note" in dana.post(where, proof=True, note="  ").text
    assert dana.post(where, proof=True, note="They put it back within a day.").status_code == 303
    page = dana.get("/watched").text
    assert "They put it back within a day." in page and "Close the appeal" not in page
    assert "appeal.closed" in dana.post(where, proof=True, note="Again.").text
    with house.store.read() as session:
        row = session.exec(select(Appeal)).one()
    assert row.closed_by == house.id("dana") and "put it back" not in (row.note or "")


def test_a_post_s_page_says_what_was_last_seen_and_what_the_platform_counts(
    sign_in: SignIn, house: factory.House, seen: dict[str, int]
) -> None:
    page = sign_in("alice").get(f"/posts/{seen['post']}").text
    for said in ("Vanished", "The platform says so.", "Last seen as it was sent", "The next look", "likes", "41"):
        assert said in page
    assert '<bdi dir="ltr">bluesky</bdi>' in page


def test_both_come_to_whoever_answers_them(sign_in: SignIn, house: factory.House, seen: dict[str, int]) -> None:
    dana, alice = sign_in("dana").get("/").text, sign_in("alice").get("/").text
    assert dana.count('href="/watched"') == 2 and "Whose is the post on" in dana and "vanished from" in dana
    assert "/watched" not in alice


# --- insiders ----------------------------------------------------------------------------------------------


def test_an_author_answers_nothing(sign_in: SignIn, house: factory.House, seen: dict[str, int]) -> None:
    alice = sign_in("alice")
    assert alice.post(f"/watched/strangers/{seen['stranger']}", proof=True, answer="ours").status_code == 403
    assert alice.post(f"/watched/appeals/{seen['appeal']}", proof=True, note="Nothing.").status_code == 403
    with house.store.read() as session:
        assert session.exec(select(Stranger.answer)).one() is None
        assert session.exec(select(Appeal.closed_at)).one() is None


def test_no_form_takes_a_field_too_many(sign_in: SignIn, house: factory.House, seen: dict[str, int]) -> None:
    dana = sign_in("dana")
    for where, fields in (
        (f"/watched/strangers/{seen['stranger']}", {"answer": "ours", "answered_by": "1"}),
        (f"/watched/strangers/{seen['stranger']}", {"answer": "perhaps"}),
        (f"/watched/appeals/{seen['appeal']}", {"note": "x", "kind": "changed"}),
    ):
        answer = dana.post(where, proof=True, **fields)
        assert (answer.status_code, "form.unread" in answer.text) == (422, True)


def test_what_is_another_organisation_s_is_neither_shown_nor_answered(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        other = factory.an_organisation(session, "elsewhere")
        account = factory.account(session, other, "account-elsewhere")
        stranger = strange(session, account).id
        post = vanished(session, house)
        _give_away(session, post, other.id or 0)
        appeal = session.exec(select(Appeal)).one().id
    dana = sign_in("dana")
    page = dana.get("/watched").text
    assert URL not in page and "Close the appeal" not in page and "account-elsewhere" not in page
    assert "stranger.none" in dana.post(f"/watched/strangers/{stranger}", proof=True, answer="ours").text
    assert "appeal.none" in dana.post(f"/watched/appeals/{appeal}", proof=True, note="Nothing.").text


def _give_away(session: Session, post: int, organisation: int) -> None:
    """As if the post were another organisation's: what is read of it goes by that column."""
    drop = "DROP TRIGGER guard_post_fixed" + ("" if session.get_bind().dialect.name == "sqlite" else " ON post")
    session.execute(text(drop))
    given = {"other": organisation, "post": post}
    session.execute(text("UPDATE post SET organisation_id = :other WHERE id = :post"), given)


def test_what_was_seen_only_once_is_not_answered(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        number = strange(session, house.accounts["bluesky-en"], raised=False).id
    dana = sign_in("dana")
    assert URL not in dana.get("/watched").text
    assert "stranger.none" in dana.post(f"/watched/strangers/{number}", proof=True, answer="ours").text


def test_an_address_that_would_run_is_shown_and_leads_nowhere(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        strange(session, house.accounts["bluesky-en"], url="javascript:alert(1)//https://x")
        strange(session, house.accounts["bluesky-en"], "<b>x2</b>", url="")
    page = sign_in("dana").get("/watched").text
    assert 'href="javascript' not in page and "<b>x2</b>" not in page and "&lt;b&gt;x2" in page


def test_a_post_that_nobody_has_looked_at_says_nothing_of_it(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "published").id
        assert session.get(Watch, post) is None
    assert "Last seen as it was sent" not in sign_in("alice").get(f"/posts/{post}").text
