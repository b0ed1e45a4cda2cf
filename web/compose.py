"""Compose: from a campaign and a narrative to the exact words of each account, with what stops them, then the queue.

The page works as plain forms; where scripts run, the part that shows the words is asked for again as one types.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Form as Fields
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from content import draft, message, queued
from content.briefed import campaigns_page
from content.errors import Refusal, Refusals
from content.jump import Jump, beginning
from content.narrative import labels, narratives_page
from content.offered import CHOICES, campaigns, offered, order_of
from content.slot import next_free
from web.asking import Ask, Asking
from web.drafting import Drafting, OrderForm, again, new, of_draft
from web.language import LANGUAGES
from web.screen import Form, Screen
from web.showing import Shown, shown
from web.shown import page
from web.toasts import Undo

screen = Screen()


@screen.page("/compose", "message.queue")
def choose(
    ask: Asking, campaign: str = "", narrative: str = "", language: str = "", message: str = "", draft: str = "",
    after: str = "", slot: str = "",
) -> Response:  # fmt: skip
    """First what it is about, then what it is made of; a draft or a message that was queued fills the form."""
    if _scripted(ask):
        return _offers(ask)
    if found := _kept(ask, draft):
        return _form(ask, found, look=found.filled())
    if message and language:
        with ask.read() as session:
            return _form(ask, again(order_of(session, message, language)), look=True)
    typed = {"campaign": campaign, "narrative": narrative}
    meant, offer = _meant(ask, typed, language, draft, slot) if all((*typed.values(), language)) else ({}, {})
    return _show(ask, offer, Shown()) if offer else _begin(ask, after, slot, meant)


@screen.act("/compose/preview", "message.queue")
def preview(ask: Asking, form: Drafting) -> Response:
    """What each account would get and what stops it; nothing is queued. A protected term met is counted once a try."""
    return _live(ask, form) if _scripted(ask) else _form(ask, form, look=True)


@screen.act("/compose", "message.queue")
def queue(ask: Asking, form: Drafting) -> Response:
    try:
        with ask.write() as (session, person):
            message.queue(session, person, form.order())
            draft.forget(session, person, form.ref)
    except (Refusal, Refusals) as refused:
        return _form(ask, form, refused=refused)
    return ask.go("/messages", "queued")


@screen.act("/compose/drafts", "message.queue")
def save(ask: Asking, form: Drafting) -> Response:
    """Keeps the form as it stands; by the button, or by itself a while after something was changed."""
    with ask.write() as (session, person):
        kept = draft.save(session, person, form.ref, form.kept())
    if _scripted(ask):
        return _part(ask, "compose_saved.html", saved=kept, zone=form.get("zone") or "UTC")
    return ask.go(f"/compose?draft={kept.ref}", "saved")


@screen.act("/compose/drafts/{ref}/discard", "message.queue")
def discard(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        draft.discard(session, person, ref)
    return ask.go("/compose", "discarded", undo=Undo(f"/compose/drafts/{ref}/restore", {}))


@screen.act("/compose/drafts/{ref}/restore", "message.queue")
def restore(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        draft.restore(session, person, ref)
    return ask.go("/compose", "restored")


def _meant(
    ask: Ask, typed: Mapping[str, str], language: str, ref: str, slot: str
) -> tuple[dict[str, Jump], dict[str, Any]]:
    """What was typed into the two fields leads to, each among the things of its kind; where that is one of both, the
    form for them."""
    with ask.read() as session:
        meant = {kind: beginning(session, ask.who.person, kind, text) for kind, text in typed.items()}
        sure = [one.sure.ref for one in meant.values() if one.sure]
        return meant, _offer(ask, session, new(sure[0], sure[1], language, ref, slot)) if len(sure) == 2 else {}


def _offers(ask: Ask) -> Response:
    """What begins as was typed so far, for the field that asks."""
    told = ask.request.query_params
    kind = "campaign" if "campaign" in told else "narrative"
    with ask.read() as session:
        found = beginning(session, ask.who.person, kind, told.get(kind, ""))
    return _part(ask, "compose_offers.html", found=found)


def _begin(ask: Ask, after: str, slot: str, meant: Mapping[str, Jump]) -> Response:
    with ask.read() as session:
        plans, told = campaigns(session), narratives_page(session, limit=CHOICES)
        mine = draft.drafts_page(session, ask.who.person, after)
        named = labels(session, (str(one.fields.get("text", {}).get("narrative", "")) for one in mine.items))
        first = {kind: beginning(session, ask.who.person, kind, "") for kind in ("campaign", "narrative")}
        any_ = bool(plans) or bool(campaigns_page(session, ask.who.person, limit=1).items)
    given: dict[str, Any] = {"campaigns": plans, "narratives": told.items, "many": bool(told.after), "drafts": mine}
    given |= {"meant": meant, "first": first, "typed": ask.request.query_params}
    given |= {"languages": LANGUAGES, "labels": named, "any_campaign": any_, "slot": slot}
    return ask.show("compose_choose.html", section="compose", ask=ask, new_ref=draft.new_ref(), **given)


def _kept(ask: Ask, ref: str) -> OrderForm | None:
    """The draft of this name, where there is one: a new page's is named before it is first kept."""
    if not ref:
        return None
    with ask.read() as session:
        found = draft.kept(session, ask.who.person, ref)
    return of_draft(found) if found else None


def _form(ask: Ask, form: OrderForm, *, look: bool = False, refused: Exception | None = None) -> Response:
    seen = _looked(ask, form) if look else Shown()
    with ask.read() as session:
        offer = _offer(ask, session, form)
    return _show(ask, offer, seen, refused)


def _offer(ask: Ask, session: Session, form: OrderForm) -> dict[str, Any]:
    """The form as it is filled, with what its fields let one choose from."""
    named = form.get("campaign"), form.get("narrative"), form.get("language")
    return {
        "form": form,
        "choices": offered(session, *named),
        "saved": draft.kept(session, ask.who.person, form.ref),
        "free": next_free(session, named[0], named[2], form.lists["account"]),
    }


def _show(ask: Ask, offer: Mapping[str, Any], seen: Shown, refused: Exception | None = None) -> Response:
    return ask.show(
        "compose.html", 422 if refused else 200, section="compose", ask=ask, **offer, seen=seen,
        refusals=_listed(refused), languages=LANGUAGES,
    )  # fmt: skip


def _live(ask: Ask, form: OrderForm) -> Response:
    """The parts of the page that what was changed may have changed; another template takes other fields."""
    seen, choices = _looked(ask, form), None
    if form.shown != form.get("template"):
        with ask.read() as session:
            choices = offered(session, form.get("campaign"), form.get("narrative"), form.get("language"))
    return _part(ask, "compose_live.html", form=form, choices=choices, seen=seen)


def _looked(ask: Ask, form: OrderForm) -> Shown:
    """What can be shown of it, or what is still needed for that."""
    try:
        with ask.write() as (session, person):
            return shown(queued.sketch(session, person, form.order(), timeless=not form.get("start")))
    except (Refusal, Refusals) as refused:
        return Shown(needed=_listed(refused))


def _part(ask: Ask, template: str, **given: Any) -> Response:
    """Parts of a page, for the script that puts them in their places."""
    return HTMLResponse(page(template, ask.language, {"ask": ask, **given}), headers={"Vary": "HX-Request"})


def _scripted(ask: Ask) -> bool:
    return ask.request.headers.get("hx-request") == "true"


def _listed(refused: Exception | None) -> list[Refusal]:
    if isinstance(refused, Refusals):
        return list(refused.refusals)
    return [refused] if isinstance(refused, Refusal) else []
