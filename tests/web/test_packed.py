"""Evidence is taken home from a post's and a campaign's page, by whoever the table lets, and with a fresh proof."""

import io
import zipfile
from collections.abc import Callable

from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def _post(house: factory.House) -> int:
    with house.store.write() as session:
        return factory.brought(session, factory.cleared_post(session, house), "published").id or 0


def test_a_post_s_evidence_is_saved_as_a_file(sign_in: SignIn, house: factory.House) -> None:
    number, dana = _post(house), sign_in("dana")
    assert f'action="/posts/{number}/evidence"' in dana.get(f"/posts/{number}").text
    answer = dana.post(f"/posts/{number}/evidence", proof=True)
    assert answer.headers["content-disposition"] == f'attachment; filename="post-{number}-evidence.zip"'
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert f"posts/{number}.json" in archive.namelist()
    assert "took the evidence home" in dana.get(f"/record?subject=post&id={number}").text


def test_a_campaign_s_evidence_is_saved_as_a_file(sign_in: SignIn, house: factory.House) -> None:
    number, dana = _post(house), sign_in("dana")
    assert 'action="/campaigns/spring/evidence"' in dana.get("/campaigns/spring").text
    answer = dana.post("/campaigns/spring/evidence", proof=True, after="")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert f"posts/{number}.json" in archive.namelist()


def test_an_author_takes_nothing_home_and_is_offered_nothing(sign_in: SignIn, house: factory.House) -> None:
    number, alice = _post(house), sign_in("alice")
    for page in (f"/posts/{number}", "/campaigns/spring"):
        assert "/evidence" not in alice.get(page).text
    assert alice.post(f"/posts/{number}/evidence", proof=True).status_code == 403
    assert alice.post("/campaigns/spring/evidence", proof=True).status_code == 403
