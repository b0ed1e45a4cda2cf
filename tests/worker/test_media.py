"""What is sent of a picture is what was cleared: another file, or none, is a refusal before anybody is called."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from content import medium
from tests.factory.media import ALT, agreed, picture
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import dispatch


@pytest.fixture
def shown(desk: Desk) -> Iterator[tuple[Desk, int, Path]]:
    """A post with a picture, due, and where the picture's bytes lie."""
    desk.store.media = desk.settings.media
    with desk.store.write() as session:
        agreed(session, desk.house)
        one = picture(session, desk.house)
        path = medium.file_at(session, one.files[0])
    yield desk, desk.post(shows=[one]), path


def look(desk: Desk) -> int:
    return dispatch.look(desk.store, desk.settings, desk.node)


def test_a_picture_hangs_on_the_wall_with_its_alt_text(shown: tuple[Desk, int, Path]) -> None:
    desk, post, _ = shown
    look(desk)
    assert desk.state(post) == "published"
    (sheet,) = [json.loads(path.read_text()) for path in desk.settings.home.rglob("out/*.json")]
    assert [(one["type"], one["alt"]) for one in sheet["media"]] == [("image/png", ALT)]


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_file_that_is_not_the_cleared_one_is_not_sent(
    shown: tuple[Desk, int, Path], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, post, path = shown
    way = Scripted()
    monkeypatch.setattr(dispatch, "channels", lambda _: {"paper": way})
    path.unlink() if how == "gone" else path.write_bytes(b"something else")
    look(desk)
    assert (desk.state(post), way.calls) == ("failed", [])
    assert "media.changed" in desk.row(post).note
