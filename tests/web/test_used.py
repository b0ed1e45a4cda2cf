"""Where material stands, on the desk: linked from it, with the way to correct it."""

from collections.abc import Callable

from sqlmodel import select

from content.message import Used, Version
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def test_a_template_s_page_leads_to_where_it_stands(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "published")
        version = session.exec(select(Version.id).where(Version.digest == post.digest)).one() or 0
        session.add(Used(version_id=version, kind="template", ref=house.template.name, number=1, material_id=1))
    alice, where = sign_in("alice"), f"/used/template/{house.template.name}"
    assert f'href="{where}"' in alice.get(f"/templates/{house.template.name}").text
    page = alice.get(where).text
    assert f'href="/posts/{post.id}"' in page and "Write its next version" in page


def test_an_unused_passage_says_so_and_offers_other_words(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("alice").get("/used/passage/N-1/p1").text
    assert "No message carries it yet" in page and "/compose/propose?narrative=N-1" in page and "of=p1" in page
    assert "/compose/propose" not in sign_in("lena").get("/used/passage/N-1/p1").text


def test_material_that_is_cleared_and_helplines_lead_there(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert 'href="/used/passage/N-1/p1"' in bob.get("/material/passage/N-1/p1").text
    assert 'href="/used/block/' in bob.get("/helplines").text
    assert 'href="/used/passage/N-1/p1"' in bob.get("/narratives/N-1").text


def test_what_there_is_not_is_not_there(sign_in: SignIn) -> None:
    alice = sign_in("alice")
    assert alice.get("/used/passage/N-1/none").status_code == 404 and alice.get("/used/poem/x").status_code == 404
