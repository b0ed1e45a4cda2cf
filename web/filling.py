"""One's drafts without a time onto the free slots of their campaigns' plans: shown first, then queued as shown."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form as Fields
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from content import draft, filling
from content.errors import Refusal
from content.filling import Placed
from web.asking import Ask, Asking
from web.drafting import OrderForm, of_draft
from web.screen import Form, Screen

screen = Screen()
Refs = Annotated[list[str], Query()]


class FillForm(Form):
    """draft, at: the drafts, and beside each the instant that was shown; first: the first day."""

    draft: list[str] = Field(default_factory=list)
    at: list[str] = Field(default_factory=list)
    first: str = ""


@screen.page("/compose/fill", "message.queue")
def look(ask: Asking, draft: Refs = [], first: str = "") -> Response:  # noqa: B006  # FastAPI copies them
    """Where each would go, before anything is queued; without a choice, all that have no time."""
    return _show(ask, draft, first)


@screen.act("/compose/fill", "message.queue")
def queue(ask: Asking, form: Annotated[FillForm, Fields()]) -> Response:
    """All of them at the times that were shown, or none: the plan may have changed meanwhile."""
    shown = dict(zip(form.draft, form.at, strict=False))
    try:
        with ask.write() as (session, person):
            drafts = {one.ref: one for one in _ready(ask) if one.ref in shown}
            placed = filling.fill(session, person, [one.order() for one in drafts.values()], form.first)
            if {ref: _at(one) for ref, one in zip(drafts, placed, strict=True)} != shown or not shown:
                raise _moved()
            for ref in drafts:
                draft.forget(session, person, ref)
    except Refusal as refused:
        return _show(ask, form.draft, form.first, refused)
    return ask.go("/messages", "filled", {"n": str(len(placed))})


def _show(ask: Ask, chosen: Sequence[str], first: str, refused: Refusal | None = None) -> Response:
    drafts = _ready(ask)
    here = [one for one in drafts if one.ref in chosen] or drafts
    placed: list[Placed] = []
    try:
        with ask.write() as (session, person):
            placed = filling.fill(session, person, [one.order() for one in here], first, check=True)
    except Refusal as wrong:
        refused = refused or wrong
    found = [*zip(here, placed, strict=False)]
    going = [(form, one) for form, one in found if one.at and not one.stands]
    return ask.show(
        "fill.html", 422 if refused else 200, section="compose", ask=ask, drafts=drafts, first=first, refused=refused,
        chosen={one.ref for one in here}, found=found, going=[(form.ref, _at(one)) for form, one in going],
    )  # fmt: skip


def _ready(ask: Ask) -> list[OrderForm]:
    """The drafts that lack nothing but a time, in the order of their names."""
    with ask.read() as session:
        kept = draft.drafts_page(session, ask.who.person, limit=draft.MOST).items
    forms = [form for form in map(of_draft, kept) if form.filled() and form.get("message") and not form.get("start")]
    return sorted((form for form in forms if form.lists["account"]), key=lambda one: (one.get("message"), one.ref))


def _at(one: Placed) -> str:
    return one.at.isoformat() if one.at else ""


def _moved() -> Refusal:
    return Refusal("slots.moved", "The plan changed meanwhile, so nothing was queued.", "Look at the new times.")
