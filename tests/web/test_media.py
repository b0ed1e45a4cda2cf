"""Media on the desk: added and described by staff, looked at by safeguarding, blurred until somebody asks."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from content import medium
from content.medium import Medium, MediumLook
from tests import factory
from tests.factory.media import ALT, agreed, encoded, picture
from tests.web.browser import Browser
from web import form_size, media
from web.headers import Headers

SignIn = Callable[[str], Browser]
TOLD = {"licence": "CC-BY-4.0", "synthetic": "none", "texts": "none", "language": "en", "alt": ALT}
SAW = {"faces": "0", "released": "0", "voice": "none", "background": "yes", "child": "no", "symbol": "no"}


@pytest.fixture(autouse=True)
def folder(house: factory.House, tmp_path: Path) -> Path:
    house.store.media = tmp_path / "media"
    return house.store.media


def a_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "green").save(out, "PNG")
    return out.getvalue()


def kept(house: factory.House, **more: Any) -> medium.Whole:
    with house.store.write() as session:
        return picture(session, house, **more)


def test_a_file_is_added_with_its_words_and_keeps_no_name(sign_in: SignIn, house: factory.House) -> None:
    desk = sign_in("alice")
    answer = desk.post("/media", files={"file": ("a-persons-name.png", a_png(), "image/png")}, **TOLD)
    assert answer.status_code == 303, answer.text
    page = desk.get(answer.headers["location"]).text
    assert "encoded anew" in page and "a-persons-name" not in page
    with house.store.read() as session:
        row = session.exec(select(Medium)).one()
        (one,) = medium.wholes(session, [row])
    assert one.said("en").alt == ALT and one.files[0].type == "image/png"


def test_what_is_no_picture_or_too_large_is_refused(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sign_in("alice")
    assert "damaged" in desk.post("/media", files={"file": ("x.png", a_png()[:40], "image/png")}, **TOLD).text
    monkeypatch.setattr(media, "LARGEST", 10)
    assert "at most" in desk.post("/media", files={"file": ("x.png", a_png(), "image/png")}, **TOLD).text
    with house.store.read() as session:
        assert session.exec(select(Medium)).all() == []


def test_a_medium_is_shown_blurred_with_what_is_known_of_it(sign_in: SignIn, house: factory.House) -> None:
    one = kept(house, faces=1, saw=None)
    page = sign_in("bob").get(f"/media/{one.row.ref}").text
    assert 'class="veil"' in page and ALT in page and "CC-BY-4.0" in page
    assert "Nobody of safeguarding has looked at it yet" in page
    assert f'href="/media/{one.row.ref}"' in sign_in("bob").get("/media").text


def test_safeguarding_answers_every_question(sign_in: SignIn, house: factory.House) -> None:
    one = kept(house, faces=1, saw=None)
    desk = sign_in("dana")
    assert desk.post(f"/media/{one.row.ref}/look", **SAW).status_code == 303
    assert "judged again" in desk.get(f"/media/{one.row.ref}").text
    with house.store.read() as session:
        look = session.exec(select(MediumLook)).one()
    assert (look.faces, look.background_cleared, look.minor_visible, look.by) == (0, True, False, house.id("dana"))
    assert sign_in("alice").post(f"/media/{one.row.ref}/look", **SAW).status_code == 403


def test_the_bytes_come_as_a_file_without_a_name_of_its_own(sign_in: SignIn, house: factory.House) -> None:
    one = kept(house)
    answer = sign_in("bob").get(f"/media/{one.row.ref}/{one.files[0].sha256}")
    assert (answer.headers["content-type"], len(answer.content)) == ("image/png", 9)
    assert answer.headers["content-disposition"] == f'attachment; filename="{one.files[0].name}"'
    assert answer.headers["cache-control"] == "no-store"
    assert sign_in("bob").get(f"/media/{one.row.ref}/{'0' * 64}").status_code == 404


def test_a_reviewer_sees_the_picture_blurred_beside_its_words(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        one = picture(session, house)
        version = factory.version(session, house, shows=[one], accounts=("facebook-gb",))
        factory.evaluation(session, version, tier=2)
        digest = version.digest
    page = sign_in("bob").get(f"/review/{digest}").text
    assert f'src="/media/{one.row.ref}/{one.files[0].sha256}"' in page and 'class="veil"' in page
    assert ALT in page and "CC-BY-4.0" in page and "safeguarding saw 0 people" in page


def test_a_card_is_drawn_on_the_desk(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr("content.encoding.draw", lambda *_: encoded(folder))
    desk = sign_in("alice")
    answer = desk.post("/media/card", kind="passage", ref="N-2/p2")
    page = desk.get(answer.headers["location"]).text
    assert factory.PASSAGE in page
    assert "We drew it from cleared words" in page


def test_a_form_beyond_all_measure_is_not_read(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sign_in("alice")
    monkeypatch.setattr(form_size, "LARGEST_FORM", 100)
    answer = desk.post("/media", files={"file": ("x.png", a_png() + b"0" * 200, "image/png")}, **TOLD)
    assert "more than the desk reads at once" in answer.text
    with house.store.read() as session:
        assert session.exec(select(Medium)).all() == []


@pytest.mark.parametrize("path", ["/media", "/sign-in"])
@pytest.mark.parametrize(
    "told", [{"content-length": "30000001"}, {"content-length": "5", "transfer-encoding": "chunked"}]
)
def test_of_a_form_beyond_all_measure_or_of_none_not_a_byte_is_taken(
    desk: Headers, path: str, told: dict[str, str]
) -> None:
    taken, said = [], []

    async def receive() -> dict[str, Any]:
        taken.append(1)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message.get("status"))

    headers = {"host": "desk.house.example.org", "content-type": "multipart/form-data; boundary=x"} | told
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "https", "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("desk.house.example.org", 443), "client": ("198.51.100.7", 5000), "http_version": "1.1",
    }  # fmt: skip
    asyncio.run(desk(scope, receive, send))
    assert (taken, said[0]) == ([], 422)


def test_who_clears_retires_a_medium_and_is_told_what_is_out(sign_in: SignIn, house: factory.House) -> None:
    one = kept(house)
    with house.store.write() as session:
        post = factory.cleared_post(session, house, account="facebook-gb", shows=[one])
        post_id = factory.brought(session, post, "published").id
    desk = sign_in("bob")
    page = desk.get(f"/media/{one.row.ref}").text
    assert "Out with it: 1." in page and "This is no withdrawal" in page and 'href="/narratives"' in page
    told = {"why": "asked", "reason": "She wrote to us."}
    assert desk.post(f"/media/{one.row.ref}/retire", **told).status_code == 303
    page = desk.get(f"/media/{one.row.ref}").text
    assert "Retired on" in page and "She wrote to us." in page and "1 post is out with it" in page
    assert "Retire it for good" not in page and f'href="/used/medium/{one.row.ref}"' in page
    assert f'href="/posts/{post_id}/recall"' in sign_in("bob").get(f"/used/medium/{one.row.ref}").text
    assert ">retired<" in desk.get("/media").text.replace("\n", "")


def test_an_author_neither_retires_a_medium_nor_is_offered_it(sign_in: SignIn, house: factory.House) -> None:
    one = kept(house)
    desk = sign_in("alice")
    assert "Retire it for good" not in desk.get(f"/media/{one.row.ref}").text
    assert desk.post(f"/media/{one.row.ref}/retire", why="licence").status_code == 403
    with house.store.read() as session:
        assert medium.by_refs(session, [one.row.ref])[one.row.ref].retired is None
