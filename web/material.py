"""Material: what waits to be cleared by this person, and one piece of it with what it stands on and the tags to give.

A passage's tags are asked for as plain questions, each answered by hand: nothing is ticked beforehand, and nothing of
what somebody else tagged is on the page.
"""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import clearing, uncleared
from content.errors import Refusal
from content.page import Page
from content.tags import ATTRIBUTES, SEEN
from content.uncleared import Piece
from web import polled
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()
_YES = {"yes": True, "no": False}


class ClearForm(Form):
    """answer: clear | refuse. The tags as the form asks for them, "" where a question was left open."""

    answer: str = ""
    reason: str = ""
    attributes: tuple[str, ...] = ()
    others: str = ""
    admits_act: str = ""
    operational: str = ""
    endorses_violence: str = ""
    religious_claim: str = ""
    third_parties: str = ""
    relatives: str = ""
    lure: str = ""
    mocks: str = ""
    intensity: str = ""
    place_precision: str = ""
    date_precision: str = ""

    def open_questions(self) -> list[str]:
        """The questions that nobody has answered yet, as the page names them."""
        asked = [name for name in (*SEEN, "intensity", "place_precision", "date_precision") if not getattr(self, name)]
        return asked if self.attributes or self.others else ["attributes", *asked]

    def tags(self) -> dict[str, Any]:
        """What was answered, as content/clearing.py takes it."""
        named = {*self.attributes, *(word.strip() for word in self.others.split(","))} - {"", "none"}
        told: dict[str, Any] = {"attributes": sorted(named)}
        told |= {name: _YES.get(value, value) for name in SEEN if (value := getattr(self, name))}
        told |= {name: value for name in ("place_precision", "date_precision") if (value := getattr(self, name))}
        return told | ({"intensity": int(self.intensity)} if self.intensity.isdecimal() else {})


@screen.page("/material", "material.clear")
def material(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found: Page[Piece] = uncleared.waiting_page(session, ask.who.person, after)
    tag = polled.tag(ask, found)
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    return polled.tagged(ask.show("material.html", section="material", ask=ask, page=found, tag=tag), tag)


@screen.page("/material/{kind}/{piece:path}", "material.clear")
def look(ask: Asking, kind: str, piece: str) -> Response:
    return _piece(ask, kind, piece, ClearForm())


@screen.act("/material/{kind}/{piece:path}", "material.clear")
def clear(ask: Asking, kind: str, piece: str, form: Annotated[ClearForm, Fields()]) -> Response:
    """The next piece that waits is shown after it; a question left open is asked again, with all that was answered."""
    if kind == "passage" and form.answer == "clear" and form.open_questions():
        return _piece(ask, kind, piece, form, form.open_questions())
    tags = form.tags() if kind == "passage" else None
    try:
        with ask.write() as (session, person):
            clearing.clear(session, person, kind, piece, answer=form.answer, tags=tags, reason=form.reason)
    except Refusal as refused:
        if refused.code != "clearing.answer":
            raise
        return _piece(ask, kind, piece, form, ["reason"])
    with ask.read() as session:
        following = uncleared.waiting_page(session, ask.who.person, limit=1).items
    return ask.go(_address(following[0]) if following else "/material", "material-answered")


def _address(piece: Piece) -> str:
    return f"/material/{piece.kind}/{piece.version}"


def _piece(ask: Ask, kind: str, ref: str, form: ClearForm, left: list[str] | None = None) -> Response:
    with ask.read() as session:
        found = uncleared.evidence(session, ask.who.person, kind, ref)
    may = bool(ask.roles & found.needs) and not (found.own or found.answered)
    return ask.show(
        "material_piece.html", 422 if left else 200, section="material", ask=ask, found=found, piece=found.piece,
        may=may, form=form, left=left or [], code=ask.code_wanted("material.clear"),
        kinds=ATTRIBUTES, seen=SEEN,
    )  # fmt: skip
