"""Compose: from a campaign and a narrative to the exact words of each account, with what stops them, then the queue."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from content import message, queued
from content.errors import Refusal, Refusals
from content.message import Order
from content.narrative import narratives_page
from content.offered import campaigns, offered
from content.page import MOST
from web.asking import Ask, Asking
from web.language import LANGUAGES
from web.leaf import ShownLeaf, folded
from web.screen import Screen

screen = Screen()
_FIELDS = {
    "mark", "code", "message", "campaign", "narrative", "language", "template", "stance", "quote", "start", "zone",
}  # fmt: skip
_LISTS = {"passage", "account"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds: text fields, and lists of what was ticked."""

    text: dict[str, str]
    lists: dict[str, list[str]]

    def order(self) -> Order:
        given = self.text.get
        choices: dict[str, Any] = {"template": given("template", ""), "passages": self.lists["passage"]}
        choices |= {name: self.text[name] for name in ("stance", "quote") if given(name)}
        plan = {"start": given("start", "").replace("T", " "), "zone": given("zone", "")}
        return Order(
            given("message", ""), given("campaign", ""), given("narrative", ""), given("language", ""), choices,
            self.lists["account"], plan,
        )  # fmt: skip


async def _draft(request: Request) -> Draft:
    """The form. Refuses a field that it does not have."""
    form = await request.form()
    if unknown := form.keys() - _FIELDS - _LISTS:
        raise Refusal("form.unread", f"This form has no field {min(unknown)[:40]}.", "Open the page again.")
    text = {name: str(form[name]).strip() for name in form.keys() & _FIELDS}
    return Draft(text, {name: [str(one) for one in form.getlist(name)] for name in _LISTS})


Drafting = Annotated[Draft, Depends(_draft)]


@screen.page("/compose", "message.queue")
def choose(ask: Asking, campaign: str = "", narrative: str = "", language: str = "") -> Response:
    """First what it is about, then what it is made of."""
    if campaign and narrative and language:
        return _form(ask, Draft({"campaign": campaign, "narrative": narrative, "language": language}, _none()))
    with ask.read() as session:
        plans, told = campaigns(session), narratives_page(session, limit=MOST).items
    given: dict[str, Any] = {"campaigns": plans, "narratives": told, "languages": LANGUAGES}
    return ask.show("compose_choose.html", section="compose", ask=ask, **given)


@screen.act("/compose/preview", "message.queue")
def preview(ask: Asking, draft: Drafting) -> Response:
    """What each account would get and what stops it; nothing is queued. A protected term met is counted."""
    return _form(ask, draft, look=True)


@screen.act("/compose", "message.queue")
def queue(ask: Asking, draft: Drafting) -> Response:
    try:
        with ask.write() as (session, person):
            message.queue(session, person, draft.order())
    except (Refusal, Refusals) as refused:
        return _form(ask, draft, refused=refused)
    return ask.go("/messages", "queued")


@screen.page("/messages", "message.read")
def messages(ask: Asking, after: str = "") -> Response:
    """What became of what was queued, the latest first."""
    with ask.read() as session:
        found = queued.lines_page(session, after=after)
    return ask.show("messages.html", section="compose", ask=ask, page=found)


def _none() -> dict[str, list[str]]:
    return {name: [] for name in _LISTS}


def _form(ask: Ask, draft: Draft, *, look: bool = False, refused: Exception | None = None) -> Response:
    found: queued.Preview | None = None
    if look:
        found, refused = _looked(ask, draft)
    told = (draft.text.get(name, "") for name in ("campaign", "narrative", "language"))
    with ask.read() as session:
        choices = offered(session, *told)
    given: dict[str, Any] = {"draft": draft, "choices": choices, "refusals": _listed(refused), "looked": bool(found)}
    given |= {"leaves": _leaves(found), "findings": found.answers} if found else {"leaves": (), "findings": ()}
    return ask.show("compose.html", 422 if refused and not look else 200, section="compose", ask=ask, **given)


def _looked(ask: Ask, draft: Draft) -> tuple[queued.Preview | None, Exception | None]:
    try:
        with ask.write() as (session, person):
            return queued.sketch(session, person, draft.order()), None
    except (Refusal, Refusals) as refused:
        return None, refused


def _listed(refused: Exception | None) -> list[Refusal]:
    if isinstance(refused, Refusals):
        return refused.refusals
    return [refused] if isinstance(refused, Refusal) else []


def _leaves(found: queued.Preview) -> list[ShownLeaf]:
    return folded(
        ShownLeaf(
            leaf.account.ref, leaf.length, leaf.limit, leaf.unit, leaf.links,
            tuple((part.text, [(s.start, s.end, s.kind, s.ref) for s in part.spans]) for part in leaf.parts),
        )
        for leaf in found.composed.leaves
    )  # fmt: skip
