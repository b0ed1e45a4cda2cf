"""What goes beside words that are posted by hand: each file is given to whoever has the words, and to nobody else."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from content import medium, stopping
from content.medium import Whole, Words
from tests import factory
from tests.factory.building import consented
from tests.factory.media import ALT, picture
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
USES = ["text", "verbatim", "image", "video"]
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\nThey said it was a war.\n"


@pytest.fixture
def shown(house: factory.House, tmp_path: Path) -> list[Whole]:
    """A film with captions, a note and a label; then a picture."""
    house.store.media = tmp_path / "media"
    with house.store.write() as session:
        film = picture(session, house, kind="video")
        told = Words(alt=ALT, label="Acted by others", note="Speaks of violence", captions=VTT)
        medium.say(session, house.people["alice"], film.row.ref, "en", told)
        found = medium.by_refs(session, [film.row.ref])[film.row.ref]
        return [found, picture(session, house)]


def tasked(house: factory.House, shown: list[Whole], kind: str = "post", form: str = "site") -> int:
    with house.store.write() as session:
        consented(session, house, house.finding, uses=USES, channels=[form])
        account = house.accounts["site"]
        account.settings, account.format = {"hosts": "social.example.org"}, form
        session.add(account)
        state = "recalling" if kind == "recall" else "uncertain"
        post = factory.brought(session, factory.cleared_post(session, house, shows=shown), state)
        return factory.by_hand(session, post, kind).id or 0


@pytest.fixture
def task(house: factory.House, shown: list[Whole]) -> int:
    return tasked(house, shown)


def files(task: int, shown: list[Whole]) -> list[str]:
    return [f"/postings/{task}/files/{one.files[0].sha256}" for one in shown]


def test_whoever_has_the_words_is_given_each_file_in_order_with_what_is_said_of_it(
    sign_in: SignIn, task: int, shown: list[Whole]
) -> None:
    alice = sign_in("alice")
    assert files(task, shown)[0] not in alice.get(f"/postings/{task}").text
    alice.post(f"/postings/{task}/take")
    page = alice.get(f"/postings/{task}").text
    film, still = files(task, shown)
    assert page.index(f'href="{film}"') < page.index(f'href="{still}"') < page.index(f">{factory.PASSAGE}</textarea>")
    assert page.count(f">{ALT}</textarea>") == 2
    assert "Speaks of violence" in page and "Acted by others" in page
    answer = alice.get(film)
    assert hashlib.sha256(answer.content).hexdigest() == shown[0].files[0].sha256
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == f'attachment; filename="{shown[0].files[0].name}"'
    captions = alice.get(film.replace("/files/", "/captions/"))
    assert captions.text.startswith("WEBVTT") and "They said it was a war." in captions.text
    assert captions.headers["content-disposition"].endswith('.vtt"')
    assert alice.get(still.replace("/files/", "/captions/")).status_code == 422


def test_nobody_else_is_given_them_until_somebody_says_that_it_is_out(
    sign_in: SignIn, house: factory.House, task: int, shown: list[Whole]
) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    alice.post(f"/postings/{task}/take")
    assert [bob.get(one).status_code for one in files(task, shown)] == [422, 422]
    assert files(task, shown)[0] not in bob.get(f"/postings/{task}").text
    alice.post(f"/postings/{task}/posted", url="https://social.example.org/posts/1")
    assert [bob.get(one).status_code for one in files(task, shown)] == [200, 200]
    assert f'href="{files(task, shown)[0]}"' in bob.get(f"/postings/{task}").text


def test_a_stop_takes_the_files_away_with_the_words(
    sign_in: SignIn, house: factory.House, task: int, shown: list[Whole]
) -> None:
    alice = sign_in("alice")
    alice.post(f"/postings/{task}/take")
    with house.store.write() as session:
        stopping.pause(session, house.people["kim"], "all")
    assert files(task, shown)[0] not in alice.get(f"/postings/{task}").text
    gone = [
        alice.get(one).status_code for one in (*files(task, shown), files(task, shown)[0].replace("files", "captions"))
    ]
    assert gone == [422, 422, 422]


def test_bytes_that_are_not_the_cleared_ones_and_files_of_others_are_given_to_nobody(
    sign_in: SignIn, house: factory.House, shown: list[Whole]
) -> None:
    with house.store.write() as session:
        other = picture(session, house)
    task, alice = tasked(house, shown), sign_in("alice")
    alice.post(f"/postings/{task}/take")
    assert alice.get(f"/postings/{task}/files/{other.files[0].sha256}").status_code == 422
    assert [alice.get(one).status_code for one in files(task, shown)] == [200, 200]
    with house.store.read() as session:
        path = medium.file_at(session, shown[0].files[0])
    path.write_bytes(b"something else")
    assert [alice.get(one).status_code for one in files(task, shown)] == [422, 200]
    path.unlink()
    assert [alice.get(one).status_code for one in files(task, shown)] == [422, 200]


def test_a_recall_gives_nobody_the_files(sign_in: SignIn, house: factory.House, shown: list[Whole]) -> None:
    task, alice = tasked(house, shown, "recall"), sign_in("alice")
    alice.post(f"/postings/{task}/take")
    assert [alice.get(one).status_code for one in files(task, shown)] == [422, 422]


@pytest.mark.parametrize(("form", "asks"), [("youtube", True), ("facebook", False)])
def test_where_the_platform_asks_for_a_title_it_is_given_to_be_copied(
    sign_in: SignIn, house: factory.House, shown: list[Whole], form: str, asks: bool
) -> None:
    task, alice = tasked(house, shown[:1], form=form), sign_in("alice")
    assert "Its title there" not in alice.get(f"/postings/{task}").text
    alice.post(f"/postings/{task}/take")
    page = alice.get(f"/postings/{task}").text
    assert factory.PASSAGE in page
    assert (f">{house.campaign.name}</textarea>" in page, "Its title there" in page) == (asks, asks)
