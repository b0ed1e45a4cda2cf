"""Media: what messages may show, added and described here, and looked at by safeguarding before anybody sees it."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Literal

from fastapi import Form as Fields
from fastapi import UploadFile
from starlette.responses import FileResponse, Response

from content import encoding, journal, medium, quote_card, retiring
from content.errors import Refusal
from content.media import listed
from content.medium import SYNTHETIC, VOICES, Given, Saw, Words
from content.people import require
from content.retired import WHY
from content.settings import settings
from content.store import now
from content.where_used import met
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()
LARGEST = 25_000_000  # bytes of a file that the desk takes; a larger one is added in a shell
_MULTIPART = Fields(media_type="multipart/form-data")


class AddForm(Form):
    """file: what was chosen; alt: in `language`; synthetic: none, or what of it is made or staged."""

    file: UploadFile | None = None
    licence: str
    synthetic: Literal["none", "ai_image", "ai_voice", "ai_face", "actor", "reconstruction", "composite", "edited"]
    texts: Literal["none", "some", "only"]
    contrast: str = ""
    language: str
    alt: str = ""
    label: str = ""
    note: str = ""
    captions: str = ""
    release: str = ""
    source: str = ""
    narrative: str = ""
    illustration: bool = False


class SayForm(Form):
    language: str
    alt: str = ""
    label: str = ""
    note: str = ""
    captions: str = ""


class LookForm(Form):
    """What the person saw and heard; each question is answered."""

    faces: int
    released: int
    voice: Literal["none", "actor", "altered", "consented", "own"]
    background: Literal["yes", "no"]
    child: Literal["yes", "no"]
    symbol: Literal["yes", "no"]


class RetireForm(Form):
    """why: nothing is chosen beforehand, so that nobody says what they did not mean."""

    why: Literal["licence", "asked", "wrong", "other"]
    reason: str = ""


class CardForm(Form):
    kind: Literal["passage", "quote"]
    ref: str


@screen.page("/media", "medium.read")
def media(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = listed(session, ask.who.person, after)
    return ask.show("media.html", section="media", ask=ask, page=found, synthetic=SYNTHETIC)


@screen.act("/media", "medium.add")
def add(ask: Asking, form: Annotated[AddForm, _MULTIPART]) -> Response:
    given = Given(
        form.licence, form.release, form.source, [one for one in (form.synthetic,) if one != "none"], form.texts,
        _contrast(form.contrast), form.narrative, form.illustration,
    )  # fmt: skip
    encoded = _encoded(ask, form.file)
    words = {form.language: Words(form.alt, form.label, form.note, form.captions)}
    with ask.write() as (session, person):
        row = medium.add(session, person, encoded, given, words)
    return ask.go(f"/media/{row.ref}", "medium-added")


@screen.act("/media/card", "medium.add")
def card(ask: Asking, form: Annotated[CardForm, Fields()]) -> Response:
    with ask.read() as session:
        drawn = quote_card.card(session, ask.who.person, form.kind, form.ref)
    encoded = encoding.draw(drawn.order(), ask.store.media)
    with ask.write() as (session, person):
        row = quote_card.keep(session, person, drawn, encoded, "own")
    return ask.go(f"/media/{row.ref}", "medium-added")


@screen.page("/media/{ref}", "medium.read")
def one(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        require(session, ask.who.person, now(session), "medium.read")
        (found,) = medium.wholes(session, [medium.medium(session, ref)])
        posts = met(session, "medium", ref)
        reason = retiring.words_of(session, found.retired) if found.retired else ""
    codes = {verb for verb in ("medium.look", "medium.retire") if ask.code_wanted(verb)}
    return ask.show("medium.html", section="media", ask=ask, one=found, voices=VOICES, codes=codes, posts=posts,
                    why=WHY, reason=reason)  # fmt: skip


@screen.page("/media/{ref}/{sha256}", "medium.read")
def bytes_(ask: Asking, ref: str, sha256: str) -> Response:
    """The file, to be kept and not to be opened as a page; its name tells nothing."""
    with ask.read() as session:
        (found,) = medium.wholes(session, [medium.medium(session, ref)])
        file = next((each for each in found.files if each.sha256 == sha256), None)
        if file is None or not medium.file_at(session, file).exists():
            raise Refusal("media.none", f"There is no such file of {ref}.", "Open the medium again.", ref)
        path = medium.file_at(session, file)
    return FileResponse(path, media_type=file.type, filename=file.name)


@screen.act("/media/{ref}/say", "medium.add")
def say(ask: Asking, ref: str, form: Annotated[SayForm, Fields()]) -> Response:
    words = Words(form.alt, form.label, form.note, form.captions)
    with ask.write() as (session, person):
        medium.say(session, person, ref, form.language, words)
    return ask.go(f"/media/{ref}", "medium-said")


@screen.act("/media/{ref}/look", "medium.look")
def look(ask: Asking, ref: str, form: Annotated[LookForm, Fields()]) -> Response:
    saw = Saw(
        form.faces, form.released, form.voice, form.background == "yes", form.child == "yes", form.symbol == "yes"
    )
    with ask.write() as (session, person):
        medium.look(session, person, ref, saw)
    return ask.go(f"/media/{ref}", "medium-looked")


@screen.act("/media/{ref}/retire", "medium.retire")
def retire(ask: Asking, ref: str, form: Annotated[RetireForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        retiring.retire(session, person, ref, form.why, form.reason)
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go(f"/media/{ref}", "medium-retired")


def _encoded(ask: Asking, file: UploadFile | None) -> encoding.Encoded:
    """What the child makes of it; the name it came under is read by nobody."""
    if file is None:
        raise Refusal("media.no_file", "No file was chosen.", "Choose one.")
    if file.size is None or file.size > LARGEST:
        most = LARGEST // 1_000_000
        raise Refusal(
            "media.large_here", f"The desk takes files of {most} MB at most.", "Use `counterpoint media add`."
        )
    with NamedTemporaryFile(prefix="counterpoint-", suffix=".upload") as kept:
        while piece := file.file.read(1 << 20):
            kept.write(piece)
        kept.flush()
        return encoding.encode(Path(kept.name), ask.store.media)


def _contrast(typed: str) -> float | None:
    try:
        return float(typed) if typed.strip() else None
    except ValueError:
        raise Refusal("media.contrast", f"“{typed[:20]}” is no contrast.", "Write a number such as 4.5.") from None
