"""Beginning a message where there are more campaigns and narratives than a list holds: a beginning is enough."""

from collections.abc import Callable

import pytest

from content import offered
from content.campaign import Campaign
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
WHERE = "/compose?campaign={}&narrative={}&language=en"


@pytest.fixture
def many(house: factory.House, monkeypatch: pytest.MonkeyPatch) -> factory.House:
    """A house with more of both than a form lists."""
    monkeypatch.setattr(offered, "CHOICES", 1)
    monkeypatch.setattr("web.compose.CHOICES", 1)
    with house.store.write() as session:
        for ref in ("summer-a", "summer-b"):
            told = house.campaign.model_dump(exclude={"id", "ref", "name"})
            session.add(Campaign(**told, ref=ref, name=ref.title()))
    return house


def test_the_fields_offer_what_there_is_and_look_again_as_one_types(sign_in: SignIn, many: factory.House) -> None:
    alice = sign_in("alice")
    page = alice.get("/compose").text
    assert 'list="narrative-list"' in page and '<option value="N-1">' in page and 'hx-get="/compose"' in page
    typed = alice.client.get("/compose?campaign=summ", headers={"hx-request": "true"}).text
    assert "<html" not in typed and typed.count("<option") == 2 and "Summer-A" in typed
    typed = alice.client.get("/compose?narrative=n-2", headers={"hx-request": "true"}).text
    assert typed.count("<option") == 1 and 'value="N-2"' in typed


def test_of_several_that_begin_so_one_is_chosen_without_a_script(sign_in: SignIn, many: factory.House) -> None:
    page = sign_in("alice").get(WHERE.format("summ", "N-2")).text
    assert '<select id="campaign"' in page and '<option value="summer-a">' in page and "Several begin with" in page
    assert '<select id="narrative"' in page and page.count('<option value="N-2">') == 1  # it is sure, and kept


def test_the_only_one_that_begins_so_is_meant(sign_in: SignIn, many: factory.House) -> None:
    page = sign_in("alice").get(WHERE.format("spr", "n-2")).text
    assert 'name="campaign" value="spring"' in page and 'name="narrative" value="N-2"' in page


def test_what_nothing_begins_with_is_said_at_its_field_and_kept(sign_in: SignIn, many: factory.House) -> None:
    answer = sign_in("alice").get(WHERE.format("spring", "X-9"))
    assert answer.status_code == 200 and "Nothing begins with <bdi>X-9</bdi>" in answer.text
    assert 'name="narrative" value="X-9"' in answer.text and 'aria-invalid="true"' in answer.text


def test_narratives_are_narrowed_by_how_their_reference_begins_page_by_page(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = sign_in("alice")
    page = alice.get("/narratives?begins=n-2").text
    assert 'href="/narratives/N-2"' in page and 'href="/narratives/N-1"' not in page and "Show all" in page
    assert "No narrative's reference begins with" in alice.get("/narratives?begins=zzz").text.replace("&#39;", "'")
