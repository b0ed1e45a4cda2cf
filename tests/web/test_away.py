"""On the desk: who is away and who stands in, how one is told, and who posts at an account by hand."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from content.absence import Absence
from content.deputy import Deputy
from content.notice import Notice
from content.organisation import Account
from content.posting import Posting
from content.store import now
from tests import factory
from tests.web.browser import Browser
from worker.notices import give_back

SignIn = Callable[[str], Browser]
ADDRESS = "canary-address@people.example.org"


@pytest.fixture
def soon(house: factory.House) -> dict[str, str]:
    """Two days that are not far ahead."""
    with house.store.read() as session:
        day = now(session).date().isoformat()
    return {"first": day, "last": day}


def absences(house: factory.House) -> list[tuple[int, int, bool]]:
    with house.store.read() as session:
        return [(one.person_id, one.deputy_id, one.ended_at is None) for one in session.exec(select(Absence))]


def test_one_says_on_one_s_own_page_that_one_is_away_and_is_back(
    sign_in: SignIn, house: factory.House, soon: dict[str, str]
) -> None:
    alice = sign_in("alice")
    assert 'action="/people/alice/away"' in alice.get("/me").text
    assert alice.post("/people/alice/away", deputy="tom", **soon).status_code == 303
    assert absences(house) == [(house.id("alice"), house.id("tom"), True)]
    page = alice.get("/me").text
    assert "stands in" in page and 'action="/people/alice/back"' in page
    assert "stands in" in sign_in("bob").get("/people").text
    assert alice.post("/people/alice/back").status_code == 303
    assert absences(house) == [(house.id("alice"), house.id("tom"), False)]


def test_whoever_looks_after_people_says_it_of_others_and_nobody_else_does(
    sign_in: SignIn, house: factory.House, soon: dict[str, str]
) -> None:
    kim, bob = sign_in("kim"), sign_in("bob")
    assert "/away" not in bob.get("/people/alice").text and "/people/alice/away" in kim.get("/people/alice").text
    assert bob.post("/people/alice/away", deputy="tom", **soon).status_code == 403
    assert kim.post("/people/alice/away", deputy="tom", **soon).status_code == 303
    assert len(absences(house)) == 1


def test_a_deputy_without_the_role_is_refused_in_prose_on_the_desk(
    sign_in: SignIn, house: factory.House, soon: dict[str, str]
) -> None:
    answer = sign_in("bob").post("/people/bob/away", deputy="tom", **soon)
    assert answer.status_code == 422 and "tom may not judge words" in answer.text
    assert absences(house) == []


def test_how_one_is_told_is_chosen_on_one_s_own_page_and_the_address_is_never_shown(
    sign_in: SignIn, house: factory.House
) -> None:
    alice = sign_in("alice")
    assert "No relay for mails is set up here" in alice.get("/me").text
    assert alice.post("/me/notices", how="at_once", address=ADDRESS).status_code == 303
    page = alice.get("/me").text
    assert "canary" not in page and "One is kept, sealed" in page and 'value="at_once" selected' in page
    assert alice.post("/me/notices", how="daily").status_code == 303
    with house.store.read() as session:
        row = session.exec(select(Notice)).one()
    assert (row.person_id, row.how) == (house.id("alice"), "daily") and "canary" not in str(row.model_dump())
    assert alice.post("/me/notices", how="none").status_code == 303
    with house.store.read() as session:
        assert session.exec(select(Notice.sealed)).one() == ""


@pytest.mark.parametrize("address", ["", "nowhere", "a@b.example\r\nBcc: c@d.example", "a b@c.example", "é@c.example"])
def test_what_is_no_address_is_refused(sign_in: SignIn, house: factory.House, address: str) -> None:
    answer = sign_in("alice").post("/me/notices", how="at_once", address=address)
    assert answer.status_code == 422 and "no plain mail address" in answer.text
    with house.store.read() as session:
        assert session.exec(select(Notice)).all() == []


def _manual(session: Session, house: factory.House) -> None:
    factory.account(session, house.organisation, "page-en", channel="manual", form="facebook")


def test_who_posts_at_an_account_by_hand_is_named_on_its_page(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        _manual(session, house)
    bob = sign_in("bob")
    page = bob.get("/accounts/page-en").text
    assert "whoever takes a post has it" in page and "<option" in page and ">lena</option>" not in page
    assert bob.post("/accounts/page-en/poster", poster="tom").status_code == 303
    assert "new posts are theirs at once" in bob.get("/accounts/page-en").text
    assert "/poster" not in sign_in("alice").get("/accounts/page-en").text
    assert "Who posts there" not in bob.get("/accounts/site").text
    assert bob.post("/accounts/page-en/poster", poster="").status_code == 303
    with house.store.read() as session:
        assert session.exec(select(Account.poster_id).where(Account.ref == "page-en")).one() is None


def test_the_record_tells_of_it_in_words(sign_in: SignIn, soon: dict[str, str]) -> None:
    alice = sign_in("alice")
    alice.post("/people/alice/away", deputy="tom", **soon)
    alice.post("/me/notices", how="at_once", address=ADDRESS)
    page = sign_in("bob").get("/record?subject=person").text
    assert "said who is away and who stands in" in page and "chose how they are told what needs them" in page
    assert "canary" not in page


# --- who stands in for safeguarding where a pause is lifted -------------------------------------------------


def test_a_deputy_of_safeguarding_is_named_confirmed_and_ended_on_the_desk(
    sign_in: SignIn, house: factory.House, soon: dict[str, str]
) -> None:
    dana, kim, lena = sign_in("dana"), sign_in("kim"), sign_in("lena")
    assert "/deputy" in dana.get("/people/lena").text
    assert "/people/lena/deputy" not in kim.get("/people/lena").text + dana.get("/people/dana").text
    assert dana.post("/people/lena/deputy", proof=True, last=soon["last"]).status_code == 303
    assert "wants a second person" in dana.get("/people").text
    assert "/deputies/1/confirm" not in dana.get("/people").text + lena.get("/people").text
    assert "lena</bdi> is to stand in for safeguarding" in kim.get("/").text
    assert "/deputies/1/confirm" in kim.get("/people").text
    assert kim.post("/deputies/1/confirm", proof=True).status_code == 303
    page = lena.get("/people/lena").text
    assert "named by" in page and "confirmed by" in page and 'action="/deputies/1/end"' in page
    assert "/deputies/1/end" not in sign_in("bob").get("/people").text
    assert lena.post("/deputies/1/end", proof=True).status_code == 303
    assert "Stands in for safeguarding" not in dana.get("/people").text
    with house.store.read() as session:
        ended = session.exec(select(Deputy)).one()
    assert ended.ended_by == house.id("lena")


def test_whoever_lifts_pauses_sees_who_stands_in(sign_in: SignIn, house: factory.House, soon: dict[str, str]) -> None:
    sign_in("dana").post("/people/lena/deputy", proof=True, last=soon["last"])
    said = "stands in for safeguarding where a pause is lifted"
    assert said not in sign_in("bob").get("/pauses").text
    with house.store.write() as session:
        row = session.exec(select(Deputy)).one()
        row.confirmed_by, row.confirmed_at, row.valid_from = house.id("kim"), row.named_at, row.named_at
        session.add(row)
    assert said in sign_in("bob").get("/pauses").text


def test_what_went_back_to_everybody_is_said_on_its_page_in_the_lists_and_on_the_start_page(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house, account="facebook-gb"), "recalling")
        at = now(session)
        row = Posting(post_id=post.id or 0, kind="recall", opened_at=at - timedelta(hours=2),
                      deadline=at - timedelta(hours=1), assignee_id=house.id("alice"))  # fmt: skip
        session.add(row)
    give_back(house.store)
    tom, alice = sign_in("tom"), sign_in("alice")
    assert "alice</bdi> had it in hand: it is everybody’s now." in tom.get("/").text
    assert "back from" in tom.get("/postings").text
    page = tom.get("/postings/1").text
    assert "Its time is over, so it is everybody’s now." in page and "If you have taken it down" not in page
    assert "If you have taken it down, say so here." in alice.get("/postings/1").text
    assert alice.post("/postings/1/deleted").status_code == 303
    assert "gave a task by hand back to everybody" in tom.get("/record?subject=post").text
