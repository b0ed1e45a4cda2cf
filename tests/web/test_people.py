"""People on the desk: who may do what, given and taken back by two, each act with a code of its own."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from content.people import Person, RoleGrant
from content.record import Record
from tests import factory
from tests.web.browser import SAME, Browser

SignIn = Callable[[str], Browser]


def _grants(house: factory.House, ref: str) -> list[RoleGrant]:
    with house.store.read() as session:
        mine = select(RoleGrant).where(RoleGrant.person_id == house.id(ref)).order_by(RoleGrant.id)  # type: ignore[arg-type]  # a column
        return list(session.exec(mine))


def test_everybody_sees_who_holds_which_role_since_when(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("alice").get("/people").text
    for founder in factory.FOUNDERS:
        assert f'href="/people/{founder.ref}"' in page and founder.name in page
    assert "language reviewer (Arabic)" in page and "since" in page


def test_a_long_list_is_read_page_by_page(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        first = session.get_one(Person, house.id("alice"))
        for number in range(60):
            session.add(Person(ref=f"p{number}", name=f"Person {number}", token_hash="", created_at=first.created_at))
    alice = sign_in("alice")
    page = alice.get("/people").text
    following = re.search(r'href="(/people\?after=[^"]+)"', page)
    assert following and "Person 59" not in page and "Person 59" in alice.get(following[1]).text


def test_somebody_new_comes_without_a_role_and_is_invited_by_a_link_that_is_shown_once(
    sign_in: SignIn, house: factory.House, stranger: TestClient
) -> None:
    kim = sign_in("kim")
    assert "code.wanted" in kim.post("/people", ref="nora", name="Nora Newcomer").text
    assert kim.post("/people", proof=True, ref="nora", name="Nora Newcomer").headers["location"] == "/people/nora"
    assert "No role yet" in kim.get("/people/nora").text
    shown = kim.post("/people/nora/invite", proof=True).text
    link = re.search(r"https://desk\.example(/invitation/[\w-]+)", shown)
    assert link and stranger.get(link[1]).status_code == 200
    assert "/invitation/" not in kim.get("/people/nora").text


def test_whoever_holds_a_role_is_invited_by_two(sign_in: SignIn, house: factory.House) -> None:
    kim, dana = sign_in("kim"), sign_in("dana")
    assert kim.post("/people/bob/invite", proof=True).headers["location"] == "/people/bob"
    assert "A second person" in kim.get("/people/bob").text
    assert "/invitation/" in dana.post("/people/bob/invite", proof=True).text


def test_a_role_is_given_by_one_and_confirmed_by_another_each_with_a_code(
    sign_in: SignIn, house: factory.House
) -> None:
    bob, dana = sign_in("bob"), sign_in("dana")
    assert "code.wanted" in bob.post("/people/alice/grant", role="legal").text
    assert bob.post("/people/alice/grant", proof=True, role="legal").status_code == 303
    given = _grants(house, "alice")[-1]
    where = f"/grants/{given.id}/confirm"
    assert where in dana.get("/people").text and where not in bob.get("/people").text
    assert "rights.self" in bob.post(where, proof=True).text
    assert "code.wanted" in dana.post(where).text
    assert dana.post(where, proof=True).status_code == 303
    assert _grants(house, "alice")[-1].valid_from is not None
    assert "from" in dana.get("/people/alice").text


def test_a_language_reviewer_has_a_language(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert "role.unknown" in bob.post("/people/alice/grant", proof=True, role="language").text
    bob.post("/people/alice/grant", proof=True, role="language", language="fr")
    assert (_grants(house, "alice")[-1].role, _grants(house, "alice")[-1].language) == ("language", "fr")


def test_nobody_gives_a_role_to_themselves_or_takes_part_in_their_own(sign_in: SignIn, house: factory.House) -> None:
    bob, dana = sign_in("bob"), sign_in("dana")
    assert "rights.self" in bob.post("/people/bob/grant", proof=True, role="legal").text
    dana.post("/people/bob/grant", proof=True, role="legal")
    assert "rights.self" in bob.post(f"/grants/{_grants(house, 'bob')[-1].id}/confirm", proof=True).text
    assert _grants(house, "bob")[-1].confirmed_at is None


def test_taking_a_role_back_shows_the_clearances_that_go_with_it(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.cleared_post(session, house)
    kim, number = sign_in("kim"), _grants(house, "bob")[0].id
    assert "1 clearance rests on it" in kim.get(f"/grants/{number}/revoke").text
    assert _grants(house, "bob")[0].revoked_at is None
    assert kim.post(f"/grants/{number}/revoke", proof=True).status_code == 303
    assert _grants(house, "bob")[0].revoked_at is not None
    with house.store.read() as session:
        assert session.exec(select(Record.id).where(Record.action == "clearance.revoke")).all()


def test_whoever_is_switched_off_is_out_at_once_and_cannot_come_back(sign_in: SignIn, house: factory.House) -> None:
    alice, dana = sign_in("alice"), sign_in("dana")
    assert alice.get("/").status_code == 200
    assert "with 1 role" in dana.get("/people/alice/off").text
    assert dana.post("/people/alice/off", proof=True).status_code == 303
    assert alice.get("/").headers["location"] == "/sign-in"
    fields = {"name": "alice", "password": "kettle orbit marble thirteen", "code": alice.codes.pop()}
    assert alice.client.post("/sign-in", data=fields, headers=SAME).status_code == 403
    assert "invitation.off" in dana.post("/people/alice/invite", proof=True).text


@pytest.mark.parametrize(
    ("where", "fields"),
    [("/people", {"ref": "nora", "name": "Nora"}), ("/people/bob/invite", {}), ("/people/bob/grant", {"role": "legal"}),
     ("/grants/1/confirm", {}), ("/grants/1/revoke", {}), ("/people/bob/off", {})],
)  # fmt: skip
def test_an_author_does_none_of_it(sign_in: SignIn, house: factory.House, where: str, fields: dict[str, str]) -> None:
    answer = sign_in("alice").post(where, proof=True, **fields)
    assert (answer.status_code, "rights.role" in answer.text) == (403, True)


def test_who_and_what_is_not_there_is_not_found(sign_in: SignIn) -> None:
    dana = sign_in("dana")
    for where in ("/people/nobody", "/people/nobody/off", "/grants/404/revoke", "/grants/99999999999/revoke"):
        assert dana.get(where).status_code == 404
